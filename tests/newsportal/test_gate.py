"""Who comes to the desk: guesses at passwords, addresses, and how an operator opens it again."""

from __future__ import annotations

import logging
from datetime import timedelta
from ipaddress import ip_network

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from articles import review_links
from tests.articles.desk import words
from tests.factories import ArticleFactory
from tests.newsportal.test_headers import run

pytestmark = pytest.mark.django_db
PASSWORD = "ことのは-for-tests-only"
MINE, THEIRS = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def people():
    for name in ("editor", "writer"):
        User.objects.create_superuser(name, password=PASSWORD)


def log_in(client, name="editor", password=PASSWORD, address=MINE, **fields):
    return client.post(
        "/admin/login/", {"username": name, "password": password}, REMOTE_ADDR=address, **fields
    )


def guess(client, times=5, **options):
    for number in range(times):
        response = log_in(client, password=f"guess-{number}", **options)
    return response


def test_guessing_is_stopped_in_japanese(client):
    assert guess(client, 4).status_code == 200
    response = guess(client, 1)
    assert response.status_code == 429
    assert "15分ほど待って" in words(response)
    assert response["Retry-After"] == "900"
    assert "no-store" in response["Cache-Control"]
    # The right password does not help before the time is over.
    assert log_in(client).status_code == 429
    assert client.get("/admin/").status_code == 302


def test_a_name_that_does_not_exist_is_answered_alike(client):
    assert guess(client, name="nobody").status_code == 429


def test_nobody_else_is_locked_out(client):
    assert guess(client, address=THEIRS).status_code == 429
    assert log_in(client, name="writer", address=THEIRS).status_code == 302
    assert log_in(client, address=MINE).status_code == 302


def test_another_browser_does_not_help_the_guesser(client):
    for number in range(5):
        log_in(client, password="guess", headers={"User-Agent": f"agent {number}"})
    assert log_in(client, headers={"User-Agent": "agent 9"}).status_code == 429


def test_the_lock_ends_by_itself_however_much_is_tried(client):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        assert guess(client).status_code == 429
    with time_machine.travel(now + timedelta(minutes=14), tick=False):
        assert guess(client).status_code == 429
    with time_machine.travel(now + timedelta(minutes=16), tick=False):
        assert log_in(client).status_code == 302


def test_success_forgets_the_failures(client):
    guess(client, 4)
    assert log_in(client).status_code == 302
    assert guess(client, 4).status_code == 200


@pytest.mark.parametrize("command", [["axes_reset"], ["axes_reset_username", "editor"]])
def test_an_operator_lifts_the_lock(client, command, capsys):
    guess(client)
    call_command(*command)
    assert log_in(client).status_code == 302


def test_the_address_is_the_one_that_the_trusted_proxy_saw(client, settings):
    settings.TRUSTED_PROXIES = 1
    # A guesser who writes another address in front each time is still the same.
    for number in range(5):
        forwarded = {"X-Forwarded-For": f"192.0.2.{number}, {THEIRS}"}
        response = log_in(client, password="guess", headers=forwarded)
    assert response.status_code == 429
    assert log_in(client, headers={"X-Forwarded-For": MINE}).status_code == 302


def test_without_a_proxy_nobody_chooses_an_address(client):
    for number in range(5):
        forwarded = {"X-Forwarded-For": f"192.0.2.{number}"}
        response = log_in(client, password="guess", headers=forwarded)
    assert response.status_code == 429


def test_a_line_of_ipv6_is_one_guesser(client):
    for number in range(5):
        response = log_in(client, password="guess", address=f"2001:db8:1:2::{number}")
    assert response.status_code == 429
    assert log_in(client, address="2001:db8:1:3::1").status_code == 302


def test_an_unknown_address_is_throttled_too(client):
    assert guess(client, address="").status_code == 429


def test_no_password_is_logged(client, caplog):
    caplog.set_level(logging.DEBUG)
    guess(client)
    log_in(client)
    assert caplog.text
    assert "guess-" not in caplog.text
    assert PASSWORD not in caplog.text
    kept = str(list(AccessAttempt.objects.values()))
    assert "editor" in kept
    assert "guess-" not in kept


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/login/", "/admin/nowhere/"])
def test_the_desk_is_there_for_the_newsrooms_addresses_only(client, settings, path):
    settings.ADMIN_NETWORKS = [ip_network("203.0.113.0/24"), ip_network("2001:db8::/32")]
    for address in (THEIRS, "2001:db9::1", "", "::ffff:198.51.100.9"):
        response = client.get(path, REMOTE_ADDR=address)
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
        assert "Content-Security-Policy" in response
    for address in (MINE, "2001:db8::1", "::ffff:203.0.113.7"):
        assert client.get(path, REMOTE_ADDR=address).status_code in {200, 301, 302}
    assert client.get("/", REMOTE_ADDR=THEIRS).status_code == 200


@pytest.mark.parametrize("value", ["203.0.113.0/33", "office", "203.0.113.7/24"])
def test_no_network_that_is_none_is_taken(tmp_path, value):
    done = run("-c", "import newsportal.settings", ADMIN_NETWORKS=value, VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "ADMIN_NETWORKS must be addresses or networks" in done.stderr


def wrong_link(client, times, address=MINE, **more):
    for number in range(times):
        response = client.get(f"/review/mistyped-{number}.x/", REMOTE_ADDR=address, **more)
    return response


def test_who_guesses_at_review_links_is_turned_away_in_words(client):
    assert wrong_link(client, 5).status_code == 404
    response = wrong_link(client, 1)
    assert response.status_code == 429
    assert "知らないアドレスが続けて開かれました。15分ほど待って" in words(response)
    assert response["Retry-After"] == "900"
    assert "no-store" in response["Cache-Control"]
    # Neither another place nor the desk is shut by that, and it ends by itself.
    assert wrong_link(client, 1, address=THEIRS).status_code == 404
    assert log_in(client).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert wrong_link(client, 1).status_code == 404


def test_a_link_that_was_made_opens_for_the_same_office(client):
    editor = User.objects.get(username="editor")
    draft = ArticleFactory(status="draft", publish_at=None)
    until = timezone.now() + timedelta(days=3)
    _, token = review_links.make(draft, by=editor, recipient="弁護士 森", expires_at=until)
    assert wrong_link(client, 6).status_code == 429
    assert client.get(f"/review/{token}/", REMOTE_ADDR=MINE).status_code == 200


def test_the_lock_remembers_no_token(client):
    wrong_link(client, 2)
    [attempt] = AccessAttempt.objects.values()
    assert "mistyped" not in str(attempt)
