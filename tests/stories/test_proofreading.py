"""表記チェック in a browser: the text as typed, one click to mend it, a reason to let it stand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.portal import running
from tests.stories.caret import press
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser

FIRST, SECOND = "潮の匂いが冷たい。", "会談を行った。、その後、署名した。"
CODE = f"""
User.objects.create_superuser('root', password={PASSWORD!r})
for number in range(2):
    Article.objects.create(
        headline=f"表記の記事その{{number}}", teaser="北の岬の灯台。", section=society,
        body="<p>{FIRST}</p><p><ruby>岬<rt>みさき</rt></ruby>で{SECOND}</p>",
    )
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP + CODE)
        yield portal


@pytest.fixture
def desk(browser, portal):
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 1000}
    )
    watched = Watched(context)
    log_in(watched, portal, "root")
    yield watched
    assert watched.complaints == []
    context.close()


def open_article(desk, portal, number):
    page = desk.page
    page.goto(f"{portal.url}/admin/articles/article/{number}/change/")
    page.get_by_role("tab", name=re.compile("表記")).click()
    return page


def finding(page, words):
    return page.locator(".proofread-findings > li").filter(has_text=words)


def test_one_click_mends_the_text_and_undo_takes_it_back(desk, portal):
    page = open_article(desk, portal, 4)
    text = page.locator(".ProseMirror")
    fault = finding(page, "句読点の重なり")
    expect(fault).to_contain_text("本文 第2段落")
    expect(page.get_by_role("tab", name=re.compile("表記"))).to_contain_text("1")
    expect(text.locator(".finding")).to_have_text("。、")
    expect(page.locator(".proofread-state")).to_contain_text("公開を止めている項目が1件")

    fault.get_by_role("button", name="本文 第2段落").click()
    page.wait_for_function("() => getSelection().toString() === '。、'")
    fault.get_by_role("button", name="「。」に直す").click()
    expect(text).to_contain_text("会談を行った。その後")
    expect(fault).to_have_count(0)
    expect(page.locator(".proofread-state")).not_to_contain_text("止めている")
    press(page, "Control+z")
    expect(text).to_contain_text("会談を行った。、その後")
    expect(fault).to_have_count(1)
    expect(text.locator("ruby")).to_have_text("岬みさき")

    # A plain field likewise.
    page.locator("#id_teaser").fill("北の岬の灯台、、朝。")
    fault = finding(page, "リード")
    fault.get_by_role("button", name="「、」に直す").click()
    expect(page.locator("#id_teaser")).to_have_value("北の岬の灯台、朝。")
    press(page, "Control+z")
    expect(page.locator("#id_teaser")).to_have_value("北の岬の灯台、、朝。")


def test_a_blocking_rule_keeps_it_from_readers_until_somebody_says_why_not(desk, portal):
    page = open_article(desk, portal, 5)
    page.locator("input[name=_publish]").click()
    expect(page.locator(".errorlist").filter(has_text="句読点の重なり")).to_be_visible()
    expect(page.locator(".ProseMirror")).to_contain_text(SECOND)
    assert page.request.get(f"{portal.url}/articles/5/").status == 404

    page.goto(f"{portal.url}/admin/articles/article/")
    page.locator("tr", has_text="表記の記事その1").locator("input.action-select").check()
    page.select_option("select[name=action]", label="公開・予約する")
    page.locator("button[name=index]").click()
    expect(page.locator("#content")).to_contain_text("句読点の重なり")

    page = open_article(desk, portal, 5)
    fault = finding(page, "句読点の重なり")
    fault.get_by_role("button", name="理由をつけて無視").click()
    reason = fault.get_by_label("無視する理由")
    reason.press("Enter")
    expect(page.locator(".desk-told")).to_contain_text("理由を書いてください")
    reason.fill("歌の題名のまま")
    reason.press("Enter")
    expect(fault).to_have_count(0)
    page.get_by_text("無視した指摘 1件").click()
    expect(page.locator(".proofread-ignored")).to_contain_text("歌の題名のまま")

    # It is kept although the text around it changes, and the article goes out.
    page.locator(".ProseMirror p").first.click()
    press(page, "Home")
    page.keyboard.insert_text("夜が明けた。")
    page.keyboard.press("Enter")
    page.locator("input[name=_publish]").click()
    page.wait_for_selector(".messagelist .success")
    assert page.request.get(f"{portal.url}/articles/5/").status == 200
    expect(page.locator(".proofread-ignored")).to_contain_text("歌の題名のまま")
