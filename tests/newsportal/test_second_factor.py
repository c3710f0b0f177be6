"""A code after the password: setting it up, being asked, losing the phone."""

from __future__ import annotations

import re
from base64 import b32decode
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles.models import AuditEntry
from newsportal import roles
from newsportal.roles import Role
from tests.articles.desk import person, words
from tests.newsportal.test_gate import PASSWORD
from tests.newsportal.test_settings import start

pytestmark = pytest.mark.django_db
CODE, SETUP = "/admin/otp/code/", "/admin/otp/setup/"


@pytest.fixture
def editor():
    return User.objects.create_superuser("editor", "lighthouse-desk@news.example", PASSWORD)


@pytest.fixture
def clock():
    """Codes are taken once: a test steps from one to the next."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def log_in(client, **data):
    return client.post("/admin/login/?next=/admin/", {"username": "editor", "password": PASSWORD})


def code_of(user):
    device = TOTPDevice.objects.get(user=user)
    return f"{totp(device.bin_key):06d}"


def codes_in(page):
    return re.findall(r"<li>\s*<code>([a-z2-7]{4}(?: [a-z2-7]{4}){3})</code>", page)


@pytest.fixture
def enrolled(editor, clock):
    """The recovery codes of an editor who has set it up, half a minute ago."""
    client = Client()
    log_in(client)
    client.get(SETUP)
    page = words(client.post(SETUP, {"code": code_of(editor)}))
    clock.shift(timedelta(seconds=31))
    return codes_in(page)


def test_setting_it_up(client, editor, clock):
    log_in(client)
    assert "二段階認証" in words(client.get("/admin/"))
    assert "始める" in words(client.get("/admin/otp/"))
    page = words(client.get(SETUP))
    # What the picture says stands there as text too, and is the key of the device.
    (key,) = re.findall(r'otp-key">([A-Z2-7 ]+)<', page)
    device = TOTPDevice.objects.get()
    assert b32decode(key.replace(" ", "") + "=" * (-len(key.replace(" ", "")) % 8)) == (
        device.bin_key
    )
    assert re.search(r'<path fill="#000" d="M0 0h1v1h-1z', page)
    assert words(client.get(SETUP)) != "", "asked again it is the same device"
    assert TOTPDevice.objects.count() == 1
    assert "コードが違います" in words(client.post(SETUP, {"code": "000000"}))
    assert not TOTPDevice.objects.get().confirmed
    clock.shift(timedelta(seconds=31))

    shown = words(client.post(SETUP, {"code": code_of(editor)}))
    codes = codes_in(shown)
    assert len(set(codes)) == 10
    assert TOTPDevice.objects.get().confirmed
    # Once, and nowhere again.
    assert codes[0] not in words(client.get("/admin/otp/"))
    assert "<strong>10個</strong>" in words(client.get("/admin/otp/"))
    assert AuditEntry.objects.get(action="otp_on").actor == editor
    assert client.get("/admin/").status_code == 200


def test_the_picture_of_the_key_needs_nothing_that_the_policy_forbids(client, editor, settings):
    log_in(client)
    response = client.get(SETUP)
    page = words(response)
    svg = page[page.index('<svg class="otp-qr"') : page.index("</svg>", page.index("otp-qr"))]
    assert "style=" not in svg
    assert "http" not in svg
    assert "no-store" in response["Cache-Control"]


def test_the_password_alone_opens_nothing(client, editor, enrolled):
    response = client.post(
        "/admin/login/?next=/admin/otp/", {"username": "editor", "password": PASSWORD}
    )
    assert response.status_code == 302
    asked = client.get("/admin/articles/article/", follow=True)
    assert asked.redirect_chain[-1][0] == f"{CODE}?next=%2Fadmin%2Farticles%2Farticle%2F"
    page = words(asked)
    assert 'autocomplete="one-time-code"' in page
    assert "記事" not in page, "nothing of the desk shows"
    # A second device would be a way around the first.
    assert client.get(SETUP)["Location"] == CODE
    assert client.post(SETUP, {"code": "1"})["Location"] == CODE
    done = client.post(asked.request["PATH_INFO"] + "?next=/admin/otp/", {"code": code_of(editor)})
    assert done["Location"] == "/admin/otp/"
    assert client.get("/admin/").status_code == 200


def test_who_has_no_code_can_leave(client, editor, enrolled):
    log_in(client)
    assert client.post("/admin/logout/").status_code == 200
    assert "/login/" in client.get(CODE)["Location"]


@pytest.mark.parametrize("typed", ["full-width", "blanks"])
def test_digits_as_people_type_them(client, editor, enrolled, typed):
    code = code_of(editor)
    if typed == "full-width":
        code = code.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    else:
        code = f" {code[:3]} {code[3:]} "
    log_in(client)
    assert client.post(CODE, {"code": code})["Location"] == "/admin/"


def test_a_code_is_taken_once(client, editor, enrolled):
    code = code_of(editor)
    log_in(client)
    assert client.post(CODE, {"code": code}).status_code == 302
    other = Client()
    log_in(other)
    assert "コードが違います" in words(other.post(CODE, {"code": code}))


def test_a_recovery_code_is_taken_once(client, editor, enrolled):
    log_in(client)
    assert client.post(CODE, {"code": enrolled[0].upper().replace(" ", "-")}).status_code == 302
    assert StaticToken.objects.count() == 9
    other = Client()
    log_in(other)
    assert "コードが違います" in words(other.post(CODE, {"code": enrolled[0]}))


def test_no_recovery_code_stands_in_the_database(client, editor, enrolled):
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(kept) == 10
    assert not kept & {code.replace(" ", "") for code in enrolled}
    # Who read the table has nothing to type.
    log_in(client)
    assert "コードが違います" in words(client.post(CODE, {"code": kept.pop()}))


def test_new_recovery_codes_end_the_old(client, editor, enrolled):
    log_in(client)
    client.post(CODE, {"code": code_of(editor)})
    assert client.get("/admin/otp/codes/")["Location"] == "/admin/otp/"
    fresh = codes_in(words(client.post("/admin/otp/codes/")))
    assert len(fresh) == 10
    assert not set(fresh) & set(enrolled)
    assert StaticToken.objects.count() == 10
    assert AuditEntry.objects.filter(action="otp_codes").exists()


def test_who_came_in_by_a_recovery_code_stays_in_with_new_ones(client, editor, enrolled):
    log_in(client)
    client.post(CODE, {"code": enrolled[0]})
    client.post("/admin/otp/codes/")
    assert "<strong>10個</strong>" in words(client.get("/admin/otp/"))


def test_guessing_codes_is_slowed_down_and_then_stopped(client, editor, enrolled, clock):
    log_in(client)
    assert client.post(CODE, {"code": "000000"}).status_code == 200
    # django-otp: for a moment not even the right one.
    assert client.post(CODE, {"code": code_of(editor)}).status_code == 200
    for _ in range(3):
        clock.shift(timedelta(seconds=40))
        response = client.post(CODE, {"code": "000000"})
    # axes: five wrong answers in all, like wrong passwords.
    assert response.status_code == 429
    clock.shift(timedelta(seconds=120))
    assert client.post(CODE, {"code": code_of(editor)}).status_code == 429
    clock.shift(timedelta(minutes=16))
    assert client.post(CODE, {"code": code_of(editor)}).status_code == 302


def test_it_can_be_ended_and_begun_again(client, editor, enrolled):
    log_in(client)
    client.post(CODE, {"code": code_of(editor)})
    client.get("/admin/otp/remove/")
    assert TOTPDevice.objects.exists()
    assert "やめました" in words(client.post("/admin/otp/remove/", follow=True))
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert AuditEntry.objects.filter(action="otp_off", actor=editor).exists()
    assert client.get("/admin/").status_code == 200


def test_required_of_everybody(client, editor, settings, clock):
    settings.ADMIN_OTP = "required"
    log_in(client)
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0] == f"{SETUP}?next=%2Fadmin%2F"
    assert "二段階認証が必要です" in words(page)
    client.post(SETUP, {"code": code_of(editor)})
    assert client.get("/admin/").status_code == 200
    # Ended, it is asked for at once.
    client.post("/admin/otp/remove/")
    assert client.get("/admin/").status_code == 302


def test_off_asks_nobody(client, editor, enrolled, settings):
    settings.ADMIN_OTP = "off"
    log_in(client)
    assert "二段階認証" not in words(client.get("/admin/"))
    for path in ("", "code/", "setup/", "codes/", "remove/"):
        assert client.get(f"/admin/otp/{path}").status_code == 404


def test_it_leads_to_no_other_site(client, editor, enrolled):
    log_in(client)
    done = client.post(f"{CODE}?next=https://evil.example/", {"code": code_of(editor)})
    assert done["Location"] == "/admin/"


def test_an_administrator_lets_a_colleague_in(client, editor, enrolled):
    roles.set_up()
    for role, allowed in ((Role.PUBLISHER, False), (Role.ADMINISTRATOR, True)):
        client.force_login(person(role))
        data = {"action": "reset_second_factor", "_selected_action": [editor.pk]}
        response = client.post("/admin/auth/user/", data, follow=True)
        assert TOTPDevice.objects.filter(user=editor).exists() is not allowed
    assert "解除しました：editor" in words(response)
    entry = AuditEntry.objects.get(action="otp_reset")
    assert (entry.actor.username, entry.label) == ("administrator", "editor")
    again = client.post("/admin/auth/user/", data, follow=True)
    assert "使っている人はいません" in words(again)
    assert "二段階認証の解除" in words(client.get("/admin/articles/auditentry/"))


def test_the_keys_of_others_stand_nowhere_at_the_desk(client, editor, enrolled):
    log_in(client)
    client.post(CODE, {"code": code_of(editor)})
    for model in ("otp_totp/totpdevice", "otp_static/staticdevice"):
        assert client.get(f"/admin/{model}/").status_code == 404


def test_an_operator_lets_a_locked_out_administrator_in(client, editor, enrolled, capsys):
    call_command("reset_otp", "editor")
    assert "解除しました" in capsys.readouterr().out
    log_in(client)
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.get(action="otp_reset").actor is None
    with pytest.raises(CommandError, match="使っていません"):
        call_command("reset_otp", "editor")
    with pytest.raises(CommandError, match="いません"):
        call_command("reset_otp", "nobody")


def test_a_mode_that_is_none_is_refused(tmp_path):
    assert "ADMIN_OTP must be off, optional or required" in start(tmp_path, ADMIN_OTP="1").stderr


# --- passwords


def test_a_new_password_ends_every_other_session(client, editor):
    other = Client()
    for browser in (client, other):
        assert log_in(browser).status_code == 302
    new = "あたらしい-pass-phrase-7"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", data).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert "/login/" in other.get("/admin/")["Location"]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-pass", "短"),
        ("lighthouse-desk", "似て"),
        ("q1w2e3r4t5y6", "一般的"),
        ("928374650192", "数字だけ"),
    ],
)
def test_weak_passwords_are_refused_in_japanese(client, editor, password, reason):
    log_in(client)
    data = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    response = client.post("/admin/password_change/", data)
    assert response.status_code == 200
    assert reason in words(response)
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)
