"""The text editor: ruby as typed, photos and embeds at their place, what a paste leaves behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.articles.pictures import jpeg
from tests.portal import running
from tests.stories.caret import press
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser

CLIPBOARD = Path(__file__).with_name("clipboard")
CODE = f"""
import io
from django.core.files.base import ContentFile
from articles import renditions
from articles.models import Photo
User.objects.create_superuser('root', password={PASSWORD!r})
for number in range(4):
    article = Article.objects.create(
        headline=f"本文の記事その{{number}}", teaser="北の岬の灯台。", section=society,
        body="<p>一の段落。</p><p>二の段落。</p>",
    )
    for place, words in enumerate(["夜明けの灯台", "日誌の棚"]):
        photo = Photo(alt=words, caption=words)
        photo.original.save("a.jpg", ContentFile(PICTURES[place], name="a.jpg"))
        renditions.make_first(photo)
        article.article_photos.create(photo=photo, order=place)
"""
PASTE = """([kind, content]) => {
  const data = new DataTransfer();
  data.setData(kind, content);
  const text = document.querySelector('.ProseMirror');
  const paste = {clipboardData: data, bubbles: true, cancelable: true};
  text.dispatchEvent(new ClipboardEvent('paste', paste));
}"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    pictures = [jpeg((64, 48), color) for color in ((40, 90, 160), (160, 90, 40))]
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", f"PICTURES = {pictures!r}\n{SET_UP}{CODE}")
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
    page.locator(".ProseMirror p").first.click()
    press(page, "Control+End")
    return page, page.locator(".ProseMirror")


def html(page):
    """The text as the form would send it."""
    return page.locator("#id_body").input_value()


def empty(page, text):
    text.click()
    press(page, "Control+a")
    press(page, "Delete")


def test_ruby_as_newsrooms_type_it(desk, portal):
    page, text = open_article(desk, portal, 4)
    press(page, "Enter")
    page.keyboard.type("総書記の｜金正恩《キムジョンウン》が")
    expect(text.locator("ruby")).to_have_text("金正恩キムジョンウン")
    expect(text).not_to_contain_text("《")
    press(page, "Enter")
    page.evaluate(PASTE, ["text/plain", "｜岬《みさき》と｜汐崎《しおざき》の街"])
    expect(text.locator("ruby")).to_have_text(["金正恩キムジョンウン", "岬みさき", "汐崎しおざき"])
    assert "<p>総書記の<ruby>金正恩<rt>キムジョンウン</rt></ruby>が</p>" in html(page)
    assert html(page).endswith("<ruby>汐崎<rt>しおざき</rt></ruby>の街</p>")


def test_a_photo_is_placed_in_the_text_and_moves_with_it(desk, portal):
    page, text = open_article(desk, portal, 5)
    press(page, "Control+Home")
    page.get_by_role("button", name="この記事の写真をここに入れる").click()
    page.locator("dialog select").select_option(label="写真2：日誌の棚")
    page.locator("dialog button[type=submit]").click()
    expect(text.locator(".photo-place")).to_have_text("写真2：日誌の棚")
    assert re.fullmatch(r'<p>一の段落。</p><hr data-photo="\d+"><p>二の段落。</p>', html(page))
    press(page, "Control+Home")
    page.keyboard.insert_text("前に足した段落。")
    press(page, "Enter")
    page.locator("input[name=_publish]").click()
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{portal.url}/articles/5/")
    parts = page.locator(".article .body > *")
    expect(parts.nth(0)).to_have_text("前に足した段落。")
    expect(parts.nth(1)).to_have_text("一の段落。")
    expect(parts.nth(2)).to_contain_text("日誌の棚")
    expect(parts.nth(3)).to_have_text("二の段落。")


def test_a_video_is_a_link_and_readers_ask_nobody_else(desk, portal):
    page, text = open_article(desk, portal, 6)
    button = page.get_by_role("button", name="YouTubeやXの埋め込みを入れる")
    button.click()
    page.locator("dialog input").nth(0).fill("https://example.com/")
    page.locator("dialog input").nth(1).fill("灯台の動画")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog[open]")).to_contain_text("YouTubeの動画かXの投稿のアドレス")
    page.locator("dialog input").nth(0).fill("https://youtu.be/dQw4w9WgXcQ?si=follow-me")
    page.locator("dialog button[type=submit]").click()
    expect(text.locator("a")).to_have_attribute(
        "href", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    )
    page.locator("input[name=_publish]").click()
    page.wait_for_selector(".messagelist .success")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{portal.url}/articles/6/")
    embed = page.locator(".article .embed")
    expect(embed.locator("a")).to_have_text("灯台の動画")
    expect(embed).to_contain_text("YouTubeの動画を見る（別のサイトが開きます）")
    assert [url for url in asked if not url.startswith(portal.url)] == []


def test_a_quotation_keeps_its_source(desk, portal):
    page, text = open_article(desk, portal, 7)
    press(page, "Shift+Home")
    page.get_by_role("button", name="引用の出典").click()
    page.get_by_role("button", name="引用", exact=True).click()
    expect(text.locator("blockquote cite")).to_have_text("二の段落。")
    assert html(page).endswith("<blockquote><p><cite>二の段落。</cite></p></blockquote>")


def test_pastes_come_out_clean(desk, portal):
    page, text = open_article(desk, portal, 7)
    for source in sorted(CLIPBOARD.glob("*.in.html")):
        empty(page, text)
        page.evaluate(PASTE, ["text/html", source.read_text("utf-8")])
        expected = source.with_name(source.name.replace(".in.", ".out.")).read_text("utf-8")
        wanted = "".join(line.strip() for line in expected.splitlines())
        assert html(page) == wanted, source.name


def test_plain_text_becomes_paragraphs(desk, portal):
    page, text = open_article(desk, portal, 7)
    empty(page, text)
    page.evaluate(PASTE, ["text/plain", "　一の段落。\r\n\r\n　二の\u200b段落。\n"])
    assert html(page) == "<p>一の段落。</p><p>二の段落。</p>"
