"""The editing screen in a browser: tabs, preview, headline, shortcuts, an input method at work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.pagecheck import browsing
from tests.portal import running
from tests.stories.caret import press
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser

MORE = f"""
writer = User.objects.create_user(
    "writer", password="{PASSWORD}", is_staff=True, last_name="朝倉", first_name="みのり"
)
writer.groups.add(Group.objects.get(name=roles.group_name(roles.Role.WRITER)))
from articles.models import Photo
Photo.objects.create(caption="夜明けの灯台", alt="岬に立つ灯台")
for number in range(6):
    Article.objects.create(
        headline=f"下書きその{{number}}", teaser="下書きのリード。", section=society, version=1,
        body="".join(f"<p>{{n}}段落目の本文。潮の匂いがまだ冷たい。</p>" for n in range(40)),
        created_by=writer,
    )
"""
COUNT_CHANGES = """() => {
  window.changes = 0;
  document.addEventListener('desk:changed', () => { window.changes += 1; });
}"""
WIDE = {"width": 1440, "height": 1000}
ALT, CTRL = 1, 2
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP + MORE)
        yield portal


@pytest.fixture
def desk(browser, portal, request):
    """Opens the draft of that number; nothing may break the policy of the page."""
    opened = []

    def open_draft(number, name="editor", viewport=WIDE, **options):
        context = browser.new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", viewport=viewport, **options
        )
        watched = Watched(context)
        opened.append(watched)
        log_in(watched, portal, name)
        # Three articles of the set-up stand before the drafts.
        watched.page.goto(f"{portal.url}/admin/articles/article/{number + 4}/change/")
        watched.page.wait_for_selector(".ProseMirror")
        return watched.page

    yield open_draft
    complaints = [text for watched in opened for text in watched.complaints]
    for watched in opened:
        watched.context.close()
    assert complaints == []


def framed(page):
    return page.frame_locator("iframe[title=記事のプレビュー]")


def tab(page, name):
    return page.get_by_role("tab", name=name)


def compose(page, text):
    """An input method shows an unfinished text in the field that has the focus."""
    method = page.context.new_cdp_session(page)
    method.send(
        "Input.imeSetComposition",
        {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
    )
    return method


def press_in_composition(method, code, modifiers):
    """A key that the input method takes for itself, as browsers tell of it."""
    key = {"KeyS": "s", "Digit3": "3"}.get(code, code)
    event = {"key": key, "code": code, "windowsVirtualKeyCode": 229, "modifiers": modifiers}
    for kind in ("rawKeyDown", "keyUp"):
        method.send("Input.dispatchKeyEvent", {"type": kind, **event})


def test_tabs_by_keyboard_and_remembered(desk):
    page = desk(0)
    expect(tab(page, "プレビュー")).to_have_attribute("aria-selected", "true")
    tab(page, "プレビュー").focus()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "表記")).to_be_focused()
    expect(page.locator("#desk-panel-proofread")).to_be_visible()
    expect(page.locator("#desk-panel-preview")).to_be_hidden()
    press(page, "End")
    expect(tab(page, "アクセス")).to_be_focused()
    expect(page.locator("#desk-panel-views")).to_contain_text("いまの順位")
    page.keyboard.press("ArrowRight")
    expect(tab(page, "プレビュー")).to_be_focused()
    page.keyboard.press("Alt+Digit5")
    expect(tab(page, "メモ")).to_be_focused()
    page.reload()
    expect(tab(page, "メモ")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("メモを書く")).to_be_visible()


def test_the_preview_follows_the_typing_and_keeps_its_place(desk):
    page = desk(1)
    body = framed(page).locator(".article .body")
    expect(body).to_contain_text("39段落目")
    body.locator("p").last.scroll_into_view_if_needed()
    frame = page.frame(url="about:srcdoc")
    assert frame.evaluate("scrollY") > 500
    place = frame.evaluate("scrollY")
    page.locator("#id_headline").fill("打ちかけの見出しである")
    expect(framed(page).locator("h1")).to_have_text("打ちかけの見出しである")
    page.locator(".ProseMirror p").last.click()
    press(page, "End")
    page.keyboard.insert_text("ここまで打った。")
    expect(body).to_contain_text("ここまで打った。")
    assert abs(frame.evaluate("scrollY") - place) < 200
    # The widths are those of devices, scaled to the panel.
    for name, width in (("タブレット", 820), ("パソコン", 1280), ("スマホ", 390)):
        page.get_by_role("button", name=name).click()
        assert frame.evaluate("innerWidth") == width
    assert page.locator("iframe").bounding_box()["width"] <= WIDE["width"] * 0.3


def test_a_time_ahead_and_a_window_of_its_own(desk):
    page = desk(2)
    page.locator("#id_headline").fill("別の窓で見る見出し")
    expect(framed(page).locator("h1")).to_have_text("別の窓で見る見出し")
    page.get_by_text("いまの見え方").click()
    page.get_by_role("button", name="18:00").click()
    page.get_by_role("button", name="トップ面").click()
    expect(framed(page).get_by_role("note")).to_contain_text("18時00分のトップ面")
    expect(framed(page).locator("body")).to_contain_text("ほかの記事その")
    page.get_by_role("button", name="この記事", exact=True).click()
    expect(framed(page).locator("h1")).to_have_text("別の窓で見る見出し")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="別窓").click()
    expect(opened.value.locator("h1")).to_have_text("別の窓で見る見出し")
    assert "/admin/articles/article/" in opened.value.url


def test_the_headline_wraps_grows_and_counts(desk):
    page = desk(3)
    headline = page.locator("#id_headline")
    low = headline.bounding_box()["height"]
    headline.fill("夜明けの港に六十年、灯台を守り続けた手の記憶をたどって海辺の町を歩いた")
    label = page.locator("label[for=id_headline]")
    expect(label).to_contain_text("35 ／ 32字")
    expect(label.locator(".count")).to_have_class(re.compile("over"))
    assert headline.bounding_box()["height"] > low * 1.3
    assert headline.evaluate("field => field.scrollHeight - field.clientHeight") <= 2
    headline.press("Enter")
    assert "\n" not in headline.input_value()
    expect(page.locator("#id_short_headline")).to_be_focused()


def test_a_shortcut_saves_and_another_lists_them(desk):
    page = desk(4)
    page.locator("h1").first.wait_for(state="attached")
    page.locator(".desk-bar").click(position={"x": 300, "y": 4})
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="ショートカット")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="ショートカット")).to_be_hidden()
    page.locator("#id_headline").fill("キーだけで保存する？")
    page.locator("#id_headline").press("?")
    expect(page.get_by_role("dialog", name="ショートカット")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator("input[name=_publish]")).to_be_focused()
    expect(page.locator(".desk-state")).to_have_text("下書き")
    page.locator("#id_headline").press("Control+s")
    expect(page.locator(".messagelist .success")).to_contain_text("保存しました")
    assert page.locator("#id_headline").input_value().startswith("キーだけで保存する？")


def test_nothing_acts_while_an_input_method_composes(desk):
    page = desk(5)
    page.evaluate(COUNT_CHANGES)
    address = page.url
    headline = page.locator("#id_headline")
    headline.click()
    press(page, "Control+End")
    method = compose(page, "とうだい")
    for code, modifiers in (("Enter", 0), ("KeyS", CTRL), ("Enter", CTRL), ("Digit3", ALT)):
        press_in_composition(method, code, modifiers)
        expect(headline).to_be_focused()
    assert page.evaluate("newsportalDesk.isComposing()")
    expect(tab(page, "プレビュー")).to_have_attribute("aria-selected", "true")
    page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true), 700))")
    assert page.evaluate("window.changes") == 0
    assert page.url == address
    assert page.locator(".messagelist").count() == 0
    method.send("Input.insertText", {"text": "灯台の話"})
    page.wait_for_function("() => window.changes === 1")
    assert headline.input_value().endswith("灯台の話")
    expect(framed(page).locator("h1")).to_contain_text("灯台の話")


@pytest.mark.slow
def test_a_note_names_a_colleague_who_finds_it(desk):
    page = desk(0)
    tab(page, "メモ").click()
    text = page.get_by_label("メモを書く")
    text.click()
    page.keyboard.type("@朝")
    expect(page.get_by_role("option", name="朝倉 みのり")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.insert_text("さん、リードを見てください。")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note")).to_contain_text("@朝倉 みのり さん、リードを見てください。")
    expect(tab(page, "メモ")).to_contain_text("1")
    expect(page).to_have_url(re.compile(r"/article/4/change/$"))

    mine = desk(0, name="writer")
    mine.goto(mine.url.partition("/articles/")[0] + "/")
    box = mine.locator(".mentions")
    expect(box).to_contain_text("リードを見てください。")
    box.get_by_role("link", name="下書きその0").click()
    expect(mine.locator(".note.is-asked")).to_contain_text("未読")
    mine.get_by_role("button", name="読みました").click()
    expect(mine.locator(".note")).not_to_have_class(re.compile("is-asked"))


def test_a_photo_of_the_library_goes_into_the_form(desk):
    page = desk(1)
    tab(page, "写真").click()
    page.get_by_label("写真を探す").fill("灯台")
    page.get_by_role("button", name="探す").click()
    page.get_by_role("button", name="入れる：夜明けの灯台").click()
    expect(page.locator(".photo-cards")).to_contain_text("夜明けの灯台")
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.locator("#id_article_photos-0-photo")).to_have_value("1")


def test_the_map_follows_and_leads(desk):
    page = desk(2, reduced_motion="reduce")
    here = page.locator(".desk-map [aria-current=location]")
    expect(here).to_have_text("見出し")
    page.get_by_role("link", name="公開の窓").click()
    expect(page.locator("#id_publish_at_0")).to_be_focused()
    expect(here).to_have_text("公開の窓")
    expect(page.locator("#id_publish_at_0")).to_be_in_viewport()
    expect(page.locator("input[name=_save]")).to_be_in_viewport()
    page.mouse.move(400, 500)
    page.mouse.wheel(0, -20000)
    expect(here).to_have_text("見出し")


def test_on_a_phone_the_panel_is_a_sheet(desk):
    page = desk(3, viewport=PHONE)
    expect(page.locator("#desk-panel-preview")).to_be_hidden()
    tab(page, "履歴").click()
    expect(page.locator("#desk-panel-history")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#desk-panel-history")).to_be_hidden()
    expect(tab(page, "履歴")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.locator("input[name=_save]")).to_be_in_viewport()


@pytest.mark.slow
@pytest.mark.pagecheck
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_in_any_tab(desk, scheme, viewport):
    page = desk(0, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    faults = {}
    for one in page.get_by_role("tab").all():
        one.click()
        page.wait_for_load_state("networkidle")
        found = browsing.axe(page)
        if found:
            faults[one.inner_text()] = found
    assert faults == {}
