"""A Japanese composition, as Chromium's own input method makes it, in every kind of field."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.portal import running
from tests.stories.caret import press
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser

CODE = f"""
User.objects.create_superuser('root', password={PASSWORD!r})
Article.objects.create(
    headline="下書きの見出し", teaser="北の岬の灯台。", section=society, body="<p>一の段落。</p>"
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
    yield watched
    assert watched.complaints == []
    context.close()


class InputMethod:
    """Composes as a person does: kana, a conversion, Enter to accept it."""

    def __init__(self, page):
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def compose(self, *steps):
        for words in steps:
            self.session.send(
                "Input.imeSetComposition",
                {"text": words, "selectionStart": len(words), "selectionEnd": len(words)},
            )

    def enter(self):
        """The key that accepts: browsers report it as 229, inside the composition."""
        for kind in ("rawKeyDown", "keyUp"):
            self.session.send(
                "Input.dispatchKeyEvent",
                {"type": kind, "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229},
            )

    def accept(self, words):
        self.enter()
        self.session.send("Input.insertText", {"text": words})

    def write(self, *steps):
        self.compose(*steps)
        self.accept(steps[-1])


KANA = ("と", "とう", "とうだい", "灯台")


def open_article(desk, portal):
    log_in(desk, portal, "root")
    page = desk.page
    page.goto(f"{portal.url}/admin/articles/article/4/change/")
    expect(page.locator(".ProseMirror")).to_be_visible()
    # Whoever leaves the page loses this mark.
    page.evaluate("window.stayed = true")
    return page, InputMethod(page)


def stayed(page):
    return page.evaluate("window.stayed === true")


@pytest.mark.parametrize("field", ["headline", "short_headline", "teaser", "tags"])
def test_a_composition_in_a_field(desk, portal, field):
    page, method = open_article(desk, portal)
    box = page.locator(f"#id_{field}")
    box.fill("")
    box.focus()
    method.write(*KANA)
    expect(box).to_have_value("灯台")
    expect(box).to_be_focused()
    method.compose("の", "のあさ")
    method.enter()
    # Still composing: nothing was sent, no field was left, no tag was made.
    expect(box).to_be_focused()
    method.accept("の朝")
    expect(box).to_have_value("灯台の朝")
    assert stayed(page)


def test_a_composition_in_the_text(desk, portal):
    page, method = open_article(desk, portal)
    text = page.locator(".ProseMirror")
    text.locator("p").first.click()
    press(page, "End")
    changes = (
        "window.changes = 0; document.addEventListener('desk:changed', () => window.changes++)"
    )
    page.evaluate(changes)
    method.compose("と", "とう", "とうだい")
    # Everything of ours that follows the typing waits: half a word is no word.
    assert page.evaluate("window.newsportalDesk.isComposing()") is True
    assert page.evaluate("window.changes") == 0
    method.accept("灯台")
    expect(text).to_have_text("一の段落。灯台")
    expect(text.locator("p")).to_have_count(1)
    page.wait_for_function("() => window.changes > 0")
    assert stayed(page)


def test_ruby_is_made_when_the_composition_has_ended_and_not_before(desk, portal):
    page, method = open_article(desk, portal)
    text = page.locator(".ProseMirror")
    text.locator("p").first.click()
    press(page, "End")
    method.compose("｜岬《みさき》")
    expect(text.locator("ruby")).to_have_count(0)
    method.accept("｜岬《みさき》")
    expect(text.locator("ruby")).to_have_text("岬みさき")
    assert stayed(page)


def test_a_composition_in_the_reason_for_letting_a_finding_stand(desk, portal):
    page, method = open_article(desk, portal)
    page.locator("#id_teaser").fill("北の岬。、灯台。")
    page.locator("#desk-tab-proofread").click()
    fault = page.locator(".proofread-findings > li").first
    fault.get_by_role("button", name="理由をつけて無視").click()
    box = fault.get_by_label("無視する理由")
    method.compose("か", "歌")
    method.enter()
    expect(box).to_be_visible()
    method.accept("歌の題名")
    expect(box).to_have_value("歌の題名")
    expect(fault).to_be_visible()
    assert stayed(page)


def test_compositions_in_the_search_of_the_desk(desk, portal):
    log_in(desk, portal, "root")
    page = desk.page
    page.goto(f"{portal.url}/admin/articles/article/")
    page.evaluate("window.stayed = true")
    box = page.locator("#searchbar")
    box.focus()
    method = InputMethod(page)
    method.write(*KANA)
    expect(box).to_have_value("灯台")
    assert stayed(page)
    # The next Enter is meant.
    box.press("Enter")
    page.wait_for_url("**q=*")


def test_compositions_in_a_field_with_suggestions(desk, portal):
    page, method = open_article(desk, portal)
    page.locator("#related_items-group .add-row button, #related_items-group .add-row a").click()
    page.locator("[aria-labelledby=select2-id_related_items-0-other-container]").click()
    method.compose("ほ", "ほか")
    method.enter()
    # The list is still open: Enter accepted the words and chose nothing.
    expect(page.locator(".select2-search__field")).to_be_focused()
    method.accept("ほかの記事")
    expect(page.locator(".select2-search__field")).to_have_value("ほかの記事")
    expect(page.locator(".select2-results__option").first).to_contain_text("ほかの記事")
    assert stayed(page)


def test_compositions_in_the_search_of_readers(desk, portal):
    page = desk.page
    page.goto(f"{portal.url}/search/")
    page.evaluate("window.stayed = true")
    box = page.locator("main input[name=q]")
    box.focus()
    method = InputMethod(page)
    method.write(*KANA)
    expect(box).to_have_value("灯台")
    assert stayed(page)
    box.press("Enter")
    page.wait_for_url("**q=*")
