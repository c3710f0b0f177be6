"""The desk's own pages in a browser: the menu, the bar, things moved by hand and by key."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import expect

from tests.pagecheck import browsing
from tests.portal import running
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}
TOPIC = """
from articles.models import TopicTeaser
for number, article in enumerate(Article.objects.order_by("id")):
    TopicTeaser.objects.create(
        topic=Topic.objects.get(), article=article, headline=f"紹介{number}", is_pinned=number < 3
    )
"""
PLANNED = """
from datetime import timedelta
noon = timezone.localtime().replace(hour=12, minute=30, second=0, microsecond=0)
for number in range(2):
    Article.objects.create(
        headline=f"予定の記事{number}", teaser="リード。", body="<p>本文。</p>", section=society,
        publish_at=noon + timedelta(days=8),
    )
"""
ROOT = f"User.objects.create_superuser('root', password='{PASSWORD}', last_name='管理')\n"


# Every page that the desk has of its own, and those of the stock admin that editors meet.
PAGES = (
    "",
    "find/?q=記事",
    "screen/",
    "otp/",
    "articles/article/",
    "articles/article/?q=記事",
    "articles/article/add/",
    "articles/article/calendar/",
    "articles/article/calendar/?view=week",
    "articles/article/calendar/?view=coming",
    "articles/article/trash/",
    "articles/article/unchecked/",
    "articles/article/1/history/",
    "articles/article/1/links/",
    "articles/article/1/notes/",
    "articles/aboutpage/1/change/",
    "articles/auditentry/",
    "articles/banner/add/",
    "articles/checkrule/",
    "articles/dictionaryentry/",
    "articles/dictionaryentry/import/",
    "articles/frontslot/",
    "articles/photo/",
    "articles/photo/upload/",
    "articles/section/",
    "articles/shiftnote/add/",
    "articles/topic/",
    "articles/topic/1/change/",
    "auth/user/",
    "auth/user/1/change/",
    "rankings/rankingrule/",
    "rankings/rankingrule/add/",
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP + ROOT + TOPIC + PLANNED)
        yield portal


@pytest.fixture
def desk(browser, portal):
    """Opens a page of the desk; nothing may break its policy."""
    opened = []

    def open_page(path, viewport=WIDE, **options):
        context = browser.new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", viewport=viewport, **options
        )
        watched = Watched(context)
        opened.append(watched)
        log_in(watched, portal, "root")
        watched.page.goto(f"{portal.url}/admin/{path}")
        return watched.page

    yield open_page
    complaints = [text for watched in opened for text in watched.complaints]
    for watched in opened:
        watched.context.close()
    assert complaints == []


@pytest.mark.parametrize("path", ["articles/article/", "articles/article/1/change/"])
def test_on_a_phone_the_menu_opens_by_key_and_closes_with_escape(desk, path):
    page = desk(path, viewport=PHONE)
    place = page.get_by_role("link", name="予定表")
    button = page.get_by_role("button", name="メニュー")
    expect(place).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(place).to_be_visible()
    page.keyboard.press("Escape")
    expect(place).to_be_hidden()
    expect(button).to_be_focused()
    page.set_viewport_size(WIDE)
    expect(place).to_be_visible()
    expect(button).to_be_hidden()


def test_the_counts_beside_an_article_leave_its_form_alone(desk):
    page = desk("")
    with page.expect_response(lambda response: response.url.endswith("/turn/")):
        page.goto(page.url + "articles/article/1/change/")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#id_headline")).to_have_value("ほかの記事その0")
    expect(page.locator("#id_teaser")).to_have_value("ほかの記事のリード。")


def test_rare_buttons_fold_into_a_menu_while_the_bar_is_narrow(desk):
    page = desk("articles/article/1/change/")
    more = page.get_by_role("button", name="その他")
    withdraw = page.get_by_role("link", name="取り下げ…")
    save = page.locator("input[name=_save]")
    expect(withdraw).to_be_visible()
    expect(more).to_be_hidden()
    page.set_viewport_size({"width": 820, "height": 900})
    expect(withdraw).to_be_hidden()
    expect(save).to_be_visible()
    assert page.locator(".desk-bar").bounding_box()["height"] < 70
    more.focus()
    page.keyboard.press("Enter")
    expect(withdraw).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="確認用リンク…")).to_be_focused()
    page.keyboard.press("Escape")
    expect(withdraw).to_be_hidden()
    expect(more).to_be_focused()
    page.set_viewport_size(WIDE)
    expect(withdraw).to_be_visible()


def pinned(page):
    found = page.locator("#teasers-group .inline-related:not(.empty-form)")
    return [row.locator("[name$=-headline]").input_value() for row in found.all()]


def on_the_topics_page(portal):
    html = httpx.get(f"{portal.url}/topics/sea/").text.replace("<wbr>", "")
    return re.findall(r"紹介\d", html[html.index("<main") : html.index("</main>")])


def test_pinned_articles_of_a_topic_are_ordered_by_key_and_by_drag(desk, portal):
    # High enough for the first row and the last.
    page = desk("articles/topic/1/change/", viewport={"width": 1440, "height": 2400})
    before = pinned(page)
    up = page.get_by_role("button", name=f"上へ：{before[2]}")
    up.focus()
    page.keyboard.press("Enter")
    expect(up).to_be_focused()
    assert pinned(page) == [before[0], before[2], before[1]]
    rows = page.locator("#teasers-group .inline-related:not(.empty-form)")
    rows.nth(0).locator("h3").drag_to(rows.nth(2).locator("h3"))
    wanted = [before[2], before[1], before[0]]
    assert pinned(page) == wanted
    page.locator("input[name=_continue]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert pinned(page) == wanted
    until = time.monotonic() + 5
    while on_the_topics_page(portal) != wanted and time.monotonic() < until:
        time.sleep(0.05)
    assert on_the_topics_page(portal) == wanted
    # One that is let go keeps no buttons and no place.
    rows.nth(0).get_by_label("先頭に固定").uncheck()
    expect(rows.nth(0).get_by_role("button", name="上へ")).to_be_hidden()
    assert [row.locator("[name$=-order]").input_value() for row in rows.all()][1:] == ["1", "2"]


def monday_after():
    """The Monday of the week in which the planned articles stand."""
    day = datetime.now(ZoneInfo("Asia/Tokyo")).date() + timedelta(days=8)
    return day - timedelta(days=day.weekday()), day


def test_an_article_moves_to_another_day_by_drag_and_by_key(desk):
    monday, day = monday_after()
    page = desk(f"articles/article/calendar/?on={monday}")
    goal = monday if day != monday else monday + timedelta(days=1)
    place = page.locator(f'[data-day="{goal}"]')
    page.locator(".calendar-item", has_text="予定の記事0").locator("time").drag_to(
        place.locator("h2")
    )
    expect(page.locator(".messagelist .success")).to_contain_text("「予定の記事0」を")
    expect(place).to_contain_text("予定の記事0")
    expect(place.locator("time")).to_have_text("12:30")
    # By key: the form of the item, opened, filled and sent without a pointer.
    item = page.locator(".calendar-item", has_text="予定の記事1")
    item.locator("summary").focus()
    page.keyboard.press("Enter")
    field = item.get_by_label("移す日")
    field.fill(str(goal))
    field.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("「予定の記事1」を")
    expect(place).to_contain_text("予定の記事1")
    expect(place.locator(".calendar-clash")).to_have_count(2)


@pytest.mark.pagecheck
@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", WIDE), ("dark", PHONE)], ids=["wide", "phone"]
)
def test_axe_finds_nothing_on_any_page(desk, portal, scheme, viewport):
    page = desk("", viewport=viewport, color_scheme=scheme, bypass_csp=True)
    faults = {}
    for path in PAGES:
        assert page.goto(f"{portal.url}/admin/{path}").status == 200, path
        found = browsing.axe(page) + page.evaluate(browsing.TOO_WIDE)
        if found:
            faults[path] = found
    assert faults == {}
    page.get_by_role("button", name="ログアウト").click()
    page.goto(f"{portal.url}/admin/login/")
    assert browsing.axe(page) == []
