"""What only a browser can tell of the readers' pages: width, choices, no script, no cookies."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.portal import running

pytestmark = pytest.mark.browser

SET_UP = """
from django.utils import timezone
from articles.models import Article, Section
sections = [
    Section.objects.create(name=name, slug=f"s{number}", order=number)
    for number, name in enumerate(["社会", "国際", "経済", "くらし", "文化・芸能", "スポーツ"])
]
for number in range(24):
    Article.objects.create(
        headline=f"夜明けの港に六十年、灯台を守り続けた手の記憶その{number}",
        teaser="北の岬に立つ灯台が来春、遠隔管理に移る。", section=sections[number % 6],
        body="<p>潮の匂いがまだ冷たい午前五時、階段を上る足音が響いた。</p><h2>日誌</h2>" * 3,
        status="published", publish_at=timezone.now(),
    )
"""
PAGES = ["/", "/articles/1/", "/sections/s0/", "/search/?q=灯台", "/topics/", "/nowhere/"]
# WCAG 1.4.12: readers may set these; nothing may be lost by it.
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
word-spacing: .16em !important } p { margin-bottom: 2em !important }"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


@pytest.fixture
def reader(browser):
    """Opens pages with the given settings of a browser; all are closed at the end."""
    contexts = []

    def open_page(url, **options):
        contexts.append(browser.new_context(locale="ja-JP", **options))
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_page_does_not_scroll_sideways(portal, reader, path):
    # Readers' own style sheets are no part of the page; the one of this test is.
    page = reader(portal.url + path, viewport={"width": 320, "height": 700}, bypass_csp=True)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == 320
    page.add_style_tag(content=SPACING)
    assert page.evaluate(width) == 320


def test_a_choice_of_size_and_colours_is_kept(portal, reader):
    page = reader(portal.url + "/articles/1/", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    size = "getComputedStyle(document.documentElement).fontSize"
    light = page.evaluate(paper)
    page.get_by_role("button", name="文字 標準").click()
    page.get_by_role("button", name="表示 自動").click()
    assert page.evaluate(paper) == light
    page.get_by_role("button", name="表示 明").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.goto(portal.url + "/")
    assert page.evaluate(paper) == dark
    assert page.evaluate(size) == "18px"
    page.get_by_role("button", name="表示 暗").click()
    assert page.evaluate(paper) == light


def test_a_phone_shows_why_an_article_was_found(portal, reader):
    page = reader(f"{portal.url}/search/?q=遠隔管理", viewport={"width": 360, "height": 740})
    expect(page.locator(".story mark").first).to_be_visible()
    page.goto(f"{portal.url}/sections/s0/")
    expect(page.locator(".story .teaser").first).to_be_hidden()


def test_the_system_is_followed_without_a_choice(portal, reader):
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = reader(portal.url, color_scheme="dark").evaluate(paper)
    assert dark != reader(portal.url, color_scheme="light").evaluate(paper)


def test_everything_is_there_without_script_and_nothing_is_kept(portal, reader):
    page = reader(portal.url + "/articles/1/", java_script_enabled=False)
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("heading", name="関連記事").is_visible()
    assert not page.locator("button[data-display]").first.is_visible()
    page.get_by_role("searchbox", name="記事を検索").fill("灯台")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="“灯台”の検索結果").wait_for()
    assert page.context.cookies() == []


def test_the_keyboard_goes_past_the_masthead(portal, reader):
    page = reader(portal.url + "/articles/1/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移動")
    assert skip.evaluate("element => element === document.activeElement")
    # It slides in.
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
