"""The front page arranged in a browser: by keyboard, by drag, looked at, applied, ended in time."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from playwright.sync_api import expect

from tests.portal import running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "ことのは-for-tests-only"
SET_UP = f"""
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.utils import timezone
from articles.models import Article, Section
from newsportal import roles
roles.set_up()
section = Section.objects.create(name="社会", slug="society")
now = timezone.now()
for number in range(24):
    Article.objects.create(
        headline=f"港の記事{{number:02}}", teaser="リード", body="<p>本文</p>", section=section,
        status="published", publish_at=now - timedelta(minutes=number + 1),
    )
editor = User.objects.create_user("editor", password="{PASSWORD}", is_staff=True, last_name="高井")
editor.groups.add(Group.objects.get(name=roles.group_name(roles.Role.EDITOR)))
"""
END_SOON = """
from datetime import timedelta
from django.utils import timezone
from articles.arranging import arrange, arrangement
from articles.models import FrontSlot
slots = list(FrontSlot.objects.all())
for slot in slots:
    slot.ends_at = timezone.now() + timedelta(seconds=4)
arrange(slots, version=arrangement().version, by=None)
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


CLEAR = "from articles.arranging import *; arrange([], version=arrangement().version, by=None)"


@pytest.fixture
def desk(browser, portal):
    portal.manage("shell", "-v0", "-c", CLEAR)
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 1800}
    )
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.goto(f"{portal.url}/admin/")
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.locator("input[type=submit]").click()
    page.goto(f"{portal.url}/admin/articles/frontslot/")
    expect(page.locator("[data-preview-words]")).to_contain_text("の見え方です")
    yield page
    context.close()


def top(portal):
    """The lead and the main news as a reader gets them."""
    html = httpx.get(portal.url).text.replace("<wbr>", "")
    html = html[html.index('class="top"') : html.index('aria-labelledby="latest"')]
    return re.findall(r"港の記事\d\d", html)


def await_top(portal, wanted, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if top(portal)[: len(wanted)] == wanted:
            return
        time.sleep(0.05)
    assert top(portal)[: len(wanted)] == wanted


def place(desk, value):
    return desk.locator(f'[data-place="{value}"]')


def frame_lead(desk):
    return desk.frame_locator("iframe").locator(".first h2")


def test_the_front_page_is_arranged_looked_at_applied_and_ends_in_time(portal, desk):
    await_top(portal, ["港の記事00"], 3)
    before = top(portal)
    assert before[:3] == ["港の記事00", "港の記事01", "港の記事02"]

    # By keyboard: an article of the archive into a place, then up to the lead.
    place(desk, "main-1").locator("[data-choose]").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.type("港の記事20")
    choice = desk.locator(".choice", has_text="港の記事20")
    choice.wait_for()
    desk.keyboard.press("Enter")
    expect(choice).to_be_focused()
    desk.keyboard.press("Enter")
    up = place(desk, "main-1").get_by_role("button", name="上へ：港の記事20")
    expect(up).to_be_focused()
    desk.keyboard.press("Enter")
    expect(place(desk, "lead-1")).to_contain_text("港の記事20")
    expect(frame_lead(desk)).to_have_text("港の記事20")

    # By drag: a fixed automatic article three places down.
    place(desk, "main-1").get_by_role("button", name=re.compile("ここに固定")).click()
    card = place(desk, "main-1").locator("[data-slot]")
    fixed = card.locator("a[data-headline]").inner_text()
    card.locator(".grip").drag_to(place(desk, "main-4").locator("h2"))
    expect(place(desk, "main-4").locator("a[data-headline]")).to_have_text(fixed)
    expect(place(desk, "main-1").locator("[data-slot]")).to_have_count(0)
    shown = desk.frame_locator("iframe").locator(".main-news li").nth(3)
    expect(shown).to_contain_text(fixed)

    # Readers have seen nothing of it.
    assert top(portal) == before
    desk.get_by_role("button", name="この組みを反映する").click()
    began = time.monotonic()
    await_top(portal, ["港の記事20"], 10)
    desk.locator(".messagelist", has_text="トップ面に反映しました。").wait_for()
    assert time.monotonic() - began < 3
    assert top(portal)[4] == fixed
    assert [line for line in desk.said if "favicon" not in line] == []

    portal.manage("shell", "-v0", "-c", END_SOON)
    assert top(portal)[0] == "港の記事20"
    await_top(portal, before, 6)


def test_another_tab_is_told_and_what_was_arranged_stays(portal, desk):
    place(desk, "lead-1").get_by_role("button", name=re.compile("ここに固定")).click()
    place(desk, "lead-1").locator("summary").click()
    place(desk, "lead-1").get_by_label("ここでの見出し").fill("組みかけの見出し")
    portal.manage("shell", "-v0", "-c", CLEAR)
    desk.get_by_role("button", name="この組みを反映する").click()
    desk.get_by_role("alert").get_by_text("トップ面を組み替えました").wait_for()
    expect(place(desk, "lead-1").locator("a[data-headline]")).to_have_text("組みかけの見出し")
    desk.get_by_role("button", name="今の組みを捨てて、これを反映する").click()
    desk.locator(".messagelist", has_text="トップ面に反映しました。").wait_for()


def test_it_fits_a_phone(portal, desk):
    desk.set_viewport_size({"width": 390, "height": 800})
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
