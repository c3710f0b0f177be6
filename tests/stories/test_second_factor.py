"""A code after the password, in a browser: begun, asked for, mistyped, lost, ended."""

from __future__ import annotations

import time
from base64 import b32decode
from contextlib import contextmanager

import pytest
from django_otp.oath import hotp
from playwright.sync_api import expect

from tests.portal import running
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        administrator = f"User.objects.create_superuser('root', password={PASSWORD!r})\n"
        portal.manage("shell", "-v0", "-c", SET_UP + administrator)
        yield portal


@contextmanager
def window(browser, **options):
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", **options)
    watched = Watched(context)
    yield watched
    assert watched.complaints == []
    context.close()


class App:
    """What the phone does: a code every half minute."""

    def __init__(self, typed):
        self._key = b32decode(typed.replace(" ", ""))
        self._last = 0

    def next_code(self):
        """The code of this half minute, or the one after it: none is taken twice."""
        self._last = max(int(time.time() / 30), self._last + 1)
        return f"{hotp(self._key, self._last):06d}"


def send(page, code):
    page.fill("#id_code", code)
    page.locator("#otp_form input[type=submit]").click()


def password_alone(watched, portal):
    watched.page.goto(f"{portal.url}/admin/")
    if leave := watched.page.query_selector("#logout-form button"):
        leave.click()
        watched.page.goto(f"{portal.url}/admin/")
    watched.page.fill("#id_username", "editor")
    watched.page.fill("#id_password", PASSWORD)
    watched.page.locator("input[type=submit]").click()
    expect(watched.page.locator("#id_code")).to_be_focused()


def test_a_code_after_the_password(browser, portal):
    # As narrow as phones are: that is where the app is.
    with window(browser, viewport={"width": 390, "height": 800}) as editor:
        page = editor.page
        log_in(editor, portal, "editor")
        page.locator("#user-tools a", has_text="二段階認証").click()
        page.get_by_role("link", name="始める").click()
        expect(page.get_by_role("img", name="認証アプリで読み取る図")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        app = App(page.locator(".otp-key").text_content())
        send(page, app.next_code())
        codes = page.locator(".otp-codes code").all_text_contents()
        assert len(codes) == 10
        assert page.evaluate("document.documentElement.scrollWidth") == 390

        password_alone(editor, portal)
        # Full-width, as Japanese keyboards give it.
        wide = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}
        send(page, app.next_code().translate(wide))
        expect(page.locator("#user-tools")).to_contain_text("ログアウト")

        password_alone(editor, portal)
        send(page, codes[0])
        page.goto(f"{portal.url}/admin/otp/")
        expect(page.locator("#content")).to_contain_text("9個")

        password_alone(editor, portal)
        send(page, codes[0])
        expect(page.locator(".errorlist")).to_contain_text("コードが違います")
        page.goto(f"{portal.url}/admin/articles/article/")
        expect(page.locator("#id_code")).to_be_visible()
        with window(browser) as administrator:
            log_in(administrator, portal, "root")
            desk = administrator.page
            desk.goto(f"{portal.url}/admin/auth/user/")
            desk.locator("tr", has_text="editor").locator("input.action-select").check()
            desk.select_option("select[name=action]", "reset_second_factor")
            desk.locator("button[name=index]").click()
            expect(desk.locator(".messagelist")).to_contain_text("解除しました：editor")
        page.goto(f"{portal.url}/admin/")
        expect(page.locator("#user-tools")).to_contain_text("ログアウト")

        page.goto(f"{portal.url}/admin/otp/setup/")
        send(page, App(page.locator(".otp-key").text_content()).next_code())
        page.goto(f"{portal.url}/admin/otp/")
        page.get_by_role("button", name="二段階認証をやめる").click()
        expect(page.locator(".messagelist")).to_contain_text("やめました")
        expect(page.get_by_role("link", name="始める")).to_be_visible()
