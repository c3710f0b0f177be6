"""Nothing that readers or editors see breaks the Content-Security-Policy: Chromium says so."""

from __future__ import annotations

import pytest

from newsportal.demo import illustrations
from tests.portal import running
from tests.stories.caret import press
from tests.stories.test_main_job import PASSWORD, SET_UP, add_row, choose

pytestmark = pytest.mark.browser

MORE = """
from datetime import timedelta
from articles.models import Author, TopicTeaser
article = Article.objects.first()
article.authors.add(Author.objects.create(name="朝倉 みのり", slug="asakura"))
article.tags.add("灯台")
TopicTeaser.objects.create(topic=Topic.objects.get(), article=article, headline="灯台守の朝")
User.objects.create_superuser("root", password=editor_password)
"""
PUBLIC = [
    "/", "/articles/1/", "/sections/society/", "/topics/", "/topics/sea/", "/authors/asakura/",
    "/ranking/", "/ranking/weekly/society/", "/search/?q=ほか", "/search/?q=%00", "/nowhere/",
    "/articles/999/", "/archive/", "/corrections/", "/saved/", "/about/", "/about/privacy/",
]  # fmt: skip
DESK = [
    "", "articles/article/", "articles/article/1/change/", "articles/article/1/history/",
    "articles/photo/", "articles/photo/add/", "articles/topic/", "articles/topic/1/change/",
    "articles/section/", "articles/section/add/", "articles/tag/", "articles/author/",
    "articles/agency/", "articles/correction/", "articles/revision/", "articles/auditentry/",
    "rankings/snapshot/", "rankings/snapshot/counting/", "rankings/snapshot/article/1/",
    "rankings/rankingrule/", "rankings/rankingrule/add/", "auth/user/", "auth/user/add/",
    "auth/user/1/change/", "auth/group/1/change/", "password_change/", "nowhere/",
]  # fmt: skip
PHOTO = ["", "upload/", "1/uses/", "1/replace/", "captions/?ids=1"]


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        code = SET_UP + f"editor_password = {PASSWORD!r}\n" + MORE
        portal.manage("shell", "-v0", "-c", code)
        yield portal


class Watched:
    """A page of a browser, and what its console says of policies and errors of scripts."""

    def __init__(self, context):
        self.complaints = []
        self.context = context
        context.on("console", lambda message: self._hear(message.text))
        context.on("weberror", lambda error: self._hear(f"script: {error.error}"))
        self.page = context.new_page()

    def _hear(self, text):
        if "Policy" in text or text.startswith("script: "):
            self.complaints.append(f"{self.page.url}: {text}")


@pytest.fixture
def watched(browser):
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    yield Watched(context)
    context.close()


def log_in(watched, portal, name):
    watched.page.goto(f"{portal.url}/admin/")
    watched.page.fill("#id_username", name)
    watched.page.fill("#id_password", PASSWORD)
    watched.page.locator("input[type=submit]").click()
    watched.page.wait_for_selector("#user-tools")


def test_readers_pages(portal, watched):
    for path in PUBLIC:
        watched.page.goto(portal.url + path)
        if button := watched.page.query_selector("button[data-display]"):
            button.click()
    assert watched.complaints == []


def test_what_is_put_into_a_page_does_not_run(portal, watched):
    watched.page.goto(portal.url)
    watched.page.evaluate(
        """document.body.insertAdjacentHTML("beforeend",
        "<img src=/nowhere/ onerror='document.title=1'><p style='color:red'>")"""
    )
    watched.page.wait_for_load_state("networkidle")
    assert any("event handler" in said for said in watched.complaints)
    assert any("style" in said for said in watched.complaints)
    assert watched.page.title() != "1"


def test_pages_of_the_desk(portal, watched):
    log_in(watched, portal, "root")
    for path in DESK:
        watched.page.goto(f"{portal.url}/admin/{path}")
    assert watched.complaints == []


def test_the_form_of_an_article(portal, watched, tmp_path):
    """Editor, links, dates, search fields, rows, a popup with an upload: all of it works."""
    picture = tmp_path / "todai.jpg"
    picture.write_bytes(illustrations.jpeg("horizon", 4))
    log_in(watched, portal, "editor")
    page = watched.page
    page.goto(f"{portal.url}/admin/articles/article/add/")
    page.fill("#id_headline", "灯台の一日")
    page.fill("#id_teaser", "北の岬に立つ灯台が来春、遠隔管理に移る。")
    page.select_option("#id_section", label="社会")
    editor = page.locator(".ProseMirror").first
    editor.click()
    page.keyboard.insert_text("潮の匂いがまだ冷たい午前五時。")
    press(page, "Control+a")
    press(page, "Control+b")
    assert editor.locator("strong").count() == 1
    assert editor.evaluate("element => getComputedStyle(element).whiteSpace") == "break-spaces"
    for button in page.locator(".prose-menubar button:enabled").all():
        if button.is_visible():
            button.click()
            page.keyboard.press("Escape")
    add_row(page, "article_photos")
    with page.expect_popup() as opened:
        page.locator("#add_id_article_photos-0-photo").click()
    photo = opened.value
    photo.set_input_files("#id_original", picture)
    photo.fill("#id_alt", "朝日の中に立つ灯台")
    photo.fill("#id_caption", "夜明けの岬に立つ灯台")
    choose(photo, "agency", "AFP通信")
    with photo.expect_event("close"):
        photo.locator("input[name=_save]").click()
    add_row(page, "teasers")
    choose(page, "teasers-0-topic", "海と漁")
    for shortcut in page.locator(".datetimeshortcuts a").all():
        if shortcut.is_visible():
            shortcut.click()
            page.keyboard.press("Escape")
    page.locator("input[name=_save]").first.click()
    page.wait_for_load_state()
    for path in PHOTO:
        page.goto(f"{portal.url}/admin/articles/photo/{path}")
    page.goto(f"{portal.url}/admin/articles/photo/1/change/")
    crop = page.locator(".crop img").first
    assert crop.evaluate("element => getComputedStyle(element).aspectRatio") == "16 / 9"
    assert watched.complaints == []
