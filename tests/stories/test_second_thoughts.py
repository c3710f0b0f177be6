"""What was published is rewritten aside, swapped under a reader, corrected and brought back."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from tests.portal import running
from tests.stories.caret import press

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "ことのは-for-tests-only"
OLD, NEW = "灯台を守り続けた手の記憶", "灯台を守り抜いた手の記憶"
CAPTION = "夜明けの岬に立つ灯台。最後の有人点検"
SET_UP = f"""
import hashlib
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.utils import timezone
from articles import publishing
from articles.library import make_pictures
from newsportal.demo import illustrations
from articles.models import Article, ArticlePhoto, Photo, Section
from newsportal import roles
society = Section.objects.create(name="社会", slug="society")
editor = User.objects.create_user("editor", password="{PASSWORD}", is_staff=True, last_name="高井")
editor.groups.add(Group.objects.get(name=roles.group_name(roles.Role.EDITOR)))
picture = illustrations.jpeg("horizon", 4)
photo = Photo(sha256=hashlib.sha256(picture).hexdigest(), alt="灯台", caption="灯台")
photo.original.save("todai.jpg", ContentFile(picture, name="todai.jpg"))
make_pictures(photo)
for number in range(3):
    article = Article.objects.create(
        headline="{OLD}", teaser="北の岬の灯台。", section=society, status="draft",
        body="<p>潮の匂いがまだ冷たい午前五時。</p><p>手すりは毎朝拭く。</p>",
    )
    article.tags.set(["灯台", "海"])
    ArticlePhoto.objects.create(article=article, photo=photo, caption="{CAPTION}")
    publishing.publish(article, by=editor)
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


@pytest.fixture
def desk(browser, portal):
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"{portal.url}/admin/")
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.locator("input[type=submit]").click()
    page.wait_for_url("**/admin/")
    yield page
    context.close()


@pytest.fixture
def number(portal, request):
    """Each story has an article of its own."""
    stories = ("swapped", "restored", "asks")
    return 1 + next(place for place, name in enumerate(stories) if name in request.node.name)


def form(portal, number):
    return f"{portal.url}/admin/articles/article/{number}/change/"


def seen(portal, number):
    answer = httpx.get(f"{portal.url}/articles/{number}/")
    assert answer.status_code == 200
    return answer.text.replace("<wbr>", "")


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def views_of(portal, number):
    rows = json.loads(httpx.get(f"{portal.url}/api/rankings/hourly/").text)["items"]
    return next((row["views"] for row in rows if row["id"] == number), 0)


def rewrite(page, text):
    page.locator(".ProseMirror").click()
    press(page, "Control+a")
    page.keyboard.insert_text(text)


def save(page):
    page.locator("input[name=_save]").first.click()
    page.wait_for_selector(".messagelist")


def test_a_working_copy_is_swapped_under_a_reader(browser, portal, desk, number):
    address = f"{portal.url}/articles/{number}/"
    reader = browser.new_context(locale="ja-JP", user_agent="Mozilla/5.0 (X11) Chrome/156.0")
    page = reader.new_page()
    with page.expect_response(lambda response: response.url.endswith("/v/")):
        page.goto(address)
    assert wait_until(lambda: views_of(portal, number) == 1, 60)

    desk.goto(form(portal, number))
    desk.get_by_role("button", name="差し替え稿を作る").click()
    desk.wait_for_selector(".copy-banner")
    rewrite(desk, "書き直した本文の一段落め。")
    save(desk)
    assert "書き直した" not in seen(portal, number)
    desk.get_by_role("link", name="読者が今見ているものと比べる").first.click()
    desk.wait_for_selector(".comparison ins")
    assert "書き直した本文の一段落め" in desk.locator(".comparison").inner_text()
    desk.go_back()
    desk.get_by_role("link", name="差し替える…").click()
    desk.get_by_role("button", name="差し替える・予約する").click()
    desk.wait_for_selector(".messagelist .success")

    assert wait_until(lambda: "書き直した本文" in seen(portal, number), 1.0)
    page.reload()
    assert page.url == address
    assert "書き直した本文" in page.locator("article").first.inner_text()
    # A list that is due may be handed out a last time.
    assert wait_until(lambda: views_of(portal, number) >= 1, 10)
    reader.close()


def test_a_version_is_restored_with_its_caption_and_tags(portal, desk, number):
    desk.goto(form(portal, number))
    desk.fill("#id_tags", "港")
    desk.fill("#id_article_photos-0-caption", "べつの説明")
    desk.fill("#id_save_reason", "説明を直した")
    save(desk)
    assert wait_until(lambda: "べつの説明" in seen(portal, number), 1.0)

    desk.locator("[data-tab=history]").click()
    panel = desk.locator("#desk-panel-history")
    panel.get_by_text("説明を直した").wait_for()
    panel.get_by_role("link", name="戻す").last.click()
    shown = "".join(desk.locator(".comparison ins").all_inner_texts())
    assert "灯台" in shown
    desk.get_by_role("button", name="この内容に戻す").click()
    desk.wait_for_selector(".messagelist .success")
    assert desk.input_value("#id_tags") == "海、灯台"
    assert desk.input_value("#id_article_photos-0-caption") == CAPTION
    assert wait_until(lambda: CAPTION in seen(portal, number), 1.0)


def test_a_changed_headline_asks_and_the_correction_is_shown(portal, desk, number):
    desk.goto(form(portal, number))
    desk.fill("#id_headline", NEW)
    desk.locator("[data-tab=history]").click()
    desk.get_by_role("button", name="書きかけと保存した版を比べる").click()
    desk.wait_for_selector("#desk-panel-history ins")
    desk.locator("input[name=_save]").first.click()
    desk.wait_for_selector(".headline-question")
    assert desk.input_value("#id_headline") == NEW
    assert OLD in seen(portal, number)
    desk.get_by_label("訂正を書く").check()
    desk.fill("#id_headline_words", "「守り続けた」は「守り抜いた」の誤りでした。")
    save(desk)
    assert wait_until(lambda: NEW in seen(portal, number), 1.0)
    assert "「守り抜いた」の誤りでした" in seen(portal, number)
    listed = httpx.get(f"{portal.url}/corrections/").text
    assert "「守り抜いた」の誤りでした" in listed
