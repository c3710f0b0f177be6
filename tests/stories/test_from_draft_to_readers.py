"""From draft to readers: a writer, an editor and the clock, with the worker stopped."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.portal import running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
JST = ZoneInfo("Asia/Tokyo")
PASSWORD = "ことのは-for-tests-only"
HEADLINE = "知事、来春の開港を正式に表明"
SET_UP = f"""
from django.contrib.auth.models import Group, User
from articles.models import Section
from newsportal import roles
Section.objects.create(name="社会", slug="society")
Section.objects.create(name="政治", slug="politics", four_eyes=True)
names = {{"WRITER": "朝倉", "EDITOR": "高井", "PUBLISHER": "速水"}}
for role, name in names.items():
    user = User.objects.create_user(
        role.lower(), password="{PASSWORD}", is_staff=True, last_name=name
    )
    user.groups.add(Group.objects.get(name=roles.group_name(roles.Role[role])))
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


@pytest.fixture
def seat(browser, portal):
    """A browser of one's own for each colleague."""
    contexts = []

    def take(name):
        context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{portal.url}/admin/")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.locator("input[type=submit]").click()
        page.wait_for_selector("#user-tools")
        return page

    yield take
    for context in contexts:
        context.close()


def press(page, name):
    with page.expect_navigation():
        page.locator(f"input[name={name}]").first.click()


def said(page):
    return page.locator(".messagelist").inner_text()


def write(page, portal, headline):
    """A writer's draft, sent to whoever may approve; returns its number."""
    page.goto(f"{portal.url}/admin/articles/article/add/")
    page.locator("#id_headline").fill(headline)
    page.fill("#id_teaser", "県は二十三日、港の整備を終え、来春に開くと発表した。")
    page.locator(".ProseMirror").click()
    page.keyboard.insert_text("県は二十三日、港の整備を終え、来春に開くと発表した。")
    page.select_option("#id_section", label="政治")
    press(page, "_submit")
    number = int(page.url.split("/article/")[1].split("/")[0])
    page.fill("#id_words", "数字の確認をお願いします。")
    page.locator("input[value=レビューを依頼する]").click()
    page.wait_for_selector(".messagelist .success")
    return number


def open_article(page, portal, number):
    page.goto(f"{portal.url}/admin/articles/article/{number}/change/")


def worker_of(portal):
    """The process that does the jobs, found below bin/serve."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"run_huey" in command and int(parent) == portal.process.pid:
            return int(folder.name)
    raise AssertionError("no worker below bin/serve")


def test_reviewed_approved_scheduled_and_out_at_the_second_without_a_worker(seat, portal):
    number = write(seat("writer"), portal, HEADLINE)
    address = f"{portal.url}/articles/{number}/"

    desk = seat("editor")
    open_article(desk, portal, number)
    assert "数字の確認をお願いします" in desk.locator(".review-note").inner_text()
    press(desk, "_approve")
    assert "承認しました" in said(desk)

    worker = worker_of(portal)
    os.kill(worker, signal.SIGSTOP)
    try:
        # Whole minutes are typed; the seconds are those of the clock.
        at = (datetime.now(JST) + timedelta(seconds=75)).replace(second=0, microsecond=0)
        if at - datetime.now(JST) < timedelta(seconds=12):
            at += timedelta(minutes=1)
        desk.fill("#id_publish_at_0", f"{at:%Y-%m-%d}")
        desk.fill("#id_publish_at_1", f"{at:%H:%M}")
        press(desk, "_publish")
        assert "予約しました" in said(desk)
        assert httpx.get(address).status_code == 404
        assert HEADLINE not in httpx.get(portal.url).text.replace("<wbr>", "")
        desk.goto(f"{portal.url}/admin/articles/article/calendar/?view=coming")
        assert HEADLINE in desk.locator(".calendar").inner_text()

        while datetime.now(JST) < at - timedelta(seconds=1):
            assert httpx.get(address).status_code == 404
            time.sleep(0.5)
        while (shown := httpx.get(address)).status_code != 200:
            assert datetime.now(JST) < at + timedelta(seconds=2), "not out two seconds late"
            time.sleep(0.1)
        assert datetime.now(JST) >= at
        assert HEADLINE in shown.text.replace("<wbr>", "")
        assert HEADLINE in httpx.get(portal.url).text.replace("<wbr>", "")
    finally:
        os.kill(worker, signal.SIGCONT)


def test_two_people_have_to_look_unless_it_is_urgent(seat, portal):
    headline = "県庁の一部で停電、窓口を閉鎖"
    number = write(seat("writer"), portal, headline)
    desk = seat("publisher")
    open_article(desk, portal, number)
    desk.fill("#id_headline", f"{headline}（更新）")
    press(desk, "_save")
    open_article(desk, portal, number)
    press(desk, "_approve")
    assert "最後に直した人は承認できません" in desk.locator("#content").inner_text()

    open_article(desk, portal, number)
    press(desk, "_publish")
    assert "承認が要ります" in desk.locator("#content").inner_text()
    assert httpx.get(f"{portal.url}/articles/{number}/").status_code == 404
    desk.fill("#id_urgent_reason", "停電が続いており、次席が不在のため。")
    press(desk, "_publish")
    assert "公開しました" in said(desk)
    assert httpx.get(f"{portal.url}/articles/{number}/").status_code == 200

    other = seat("editor")
    other.goto(f"{portal.url}/admin/articles/article/unchecked/")
    assert "停電が続いており" in other.locator("#content").inner_text()
    other.get_by_role("button", name=f"{headline}（更新）を確認した").click()
    other.wait_for_selector(".messagelist .success")
    assert "停電が続いており" not in other.locator("#content").inner_text()


def test_a_review_link_is_opened_answered_and_revoked(seat, browser, portal):
    headline = "原告側、控訴の方針"
    number = write(seat("writer"), portal, headline)
    desk = seat("editor")
    desk.goto(f"{portal.url}/admin/articles/article/{number}/links/")
    desk.fill("#id_recipient", "弁護士 森")
    desk.get_by_role("button", name="リンクを作る").click()
    address = desk.locator("#new-link").input_value()
    # The address as the outside sees it.
    address = f"{portal.url}/review/{address.split('/review/')[1]}"

    guest = browser.new_context(locale="ja-JP")
    page = guest.new_page()
    assert page.goto(address).status == 200
    assert headline in page.locator("h1").first.inner_text()
    page.get_by_label("ご意見").fill("二段落目の日付を確かめてください。")
    page.get_by_role("button", name="意見を送る").click()
    assert "お預かりしました" in page.locator("#answer").inner_text()
    page.get_by_role("button", name="この内容でよい").click()

    open_article(desk, portal, number)
    assert "社外の了承" in desk.locator(".review-note").inner_text()
    desk.goto(f"{portal.url}/admin/articles/article/{number}/links/")
    assert "1回開かれました" in desk.locator("#content").inner_text()
    desk.get_by_role("button", name="弁護士 森さんのリンクを無効にする").click()
    desk.wait_for_selector(".messagelist .success")
    ended = page.goto(address)
    assert ended.status == 410
    assert headline not in page.content()

    desk.goto(f"{portal.url}/admin/articles/article/{number}/links/")
    desk.fill("#id_recipient", "弁護士 森")
    desk.get_by_role("button", name="リンクを作る").click()
    again = desk.locator("#new-link").input_value().split("/review/")[1]
    portal.manage(
        "shell", "-v0", "-c",
        "from articles.models import ReviewLink; from django.utils import timezone\n"
        "ReviewLink.objects.update(expires_at=timezone.now())",
    )  # fmt: skip
    assert page.goto(f"{portal.url}/review/{again}").status == 410
    guest.close()
