"""The portal's main job: written at the desk, read in browsers, ranked, withdrawn."""

from __future__ import annotations

import time

import httpx
import pytest

from newsportal.demo import illustrations
from tests.portal import running

pytestmark = pytest.mark.browser

PASSWORD = "ことのは-for-tests-only"
HEADLINE = "夜明けの港に六十年、灯台を守り続けた手の記憶"
TEASER = "北の岬に立つ灯台が来春、遠隔管理に移る。最後の有人点検に立ち会い、三代の日誌を読んだ。"
CAPTION = "夜明けの岬に立つ灯台。最後の有人点検は午前五時に始まった"
SET_UP = f"""
from django.contrib.auth.models import Group, User
from django.utils import timezone
from articles.models import Agency, Article, Author, Section, Topic
from newsportal import roles
society = Section.objects.create(name="社会", slug="society")
Agency.objects.create(name="AFP通信", slug="afp", credit_pattern="／AFP通信")
Topic.objects.create(name="海と漁", slug="sea")
editor = User.objects.create_user("editor", password="{PASSWORD}", is_staff=True)
editor.groups.add(Group.objects.get(name=roles.group_name(roles.Role.EDITOR)))
for number in range(3):
    Article.objects.create(
        headline=f"ほかの記事その{{number}}", teaser="ほかの記事のリード。", body="<p>本文。</p>",
        section=society, status="published", publish_at=timezone.now(),
    )
"""
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:{}) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


def choose(page, field, typed):
    """Picks an entry of a field with suggestions, as a person does."""
    page.locator(f"[aria-labelledby=select2-id_{field}-container]").click()
    page.locator(".select2-search__field").last.fill(typed)
    page.locator(".select2-results__option", has_text=typed).first.click()


def add_row(page, prefix):
    page.locator(f"#{prefix}-group .add-row a").click()


def open_as_reader(browser, url, number):
    """A visitor of their own opens a page and looks at it until the view has been told."""
    context = browser.new_context(user_agent=AGENT.format(100 + number), locale="ja-JP")
    page = context.new_page()
    with page.expect_response(lambda response: response.url.endswith("/v/")) as told:
        page.goto(url)
    assert told.value.status == 204
    assert context.cookies() == []
    context.close()


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.5)
    return False


def leader(portal):
    """The text of the first entry of アクセスランキング on the home page."""
    _, found, rest = httpx.get(f"{portal.url}/").text.partition('<ol class="rank">')
    return rest.partition("</li>")[0].replace("<wbr>", "") if found else ""


def write_article(page, portal, picture):
    """Writes and publishes the article at the desk; returns its number."""
    page.goto(f"{portal.url}/admin/articles/article/add/")
    page.locator("#id_headline").click()
    page.keyboard.insert_text(HEADLINE)
    page.fill("#id_teaser", TEASER)
    page.locator(".ProseMirror").click()
    page.keyboard.insert_text("潮の匂いがまだ冷たい午前五時、足音が石の壁に響いた。")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("手すりは毎朝拭くように、と祖父に言われてきた。")
    page.select_option("#id_section", label="社会")
    page.fill("#id_tags", "灯台、LE SSERAFIM")

    add_row(page, "article_photos")
    with page.expect_popup() as opened:
        page.locator("#add_id_article_photos-0-photo").click()
    photo = opened.value
    photo.set_input_files("#id_original", picture)
    photo.fill("#id_alt", "朝日の中に立つ灯台")
    photo.fill("#id_caption", CAPTION)
    choose(photo, "agency", "AFP通信")
    with photo.expect_event("close"):
        photo.locator("input[name=_save]").click()

    add_row(page, "teasers")
    choose(page, "teasers-0-topic", "海と漁")
    page.fill("#id_teasers-0-headline", "灯台守、最後の点検日")
    page.fill("#id_teasers-0-teaser", "六十年続いた手作業の点検が終わる。")

    page.locator("input[name=_publish]").click()
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{portal.url}/admin/articles/article/")
    link = page.get_by_role("link", name=HEADLINE).first.get_attribute("href")
    return int(link.split("/article/")[1].split("/")[0])


@pytest.mark.slow
def test_from_the_desk_to_the_ranking_and_away(browser, portal, tmp_path):
    picture = tmp_path / "todai.jpg"
    picture.write_bytes(illustrations.jpeg("horizon", 4))
    desk = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    page = desk.new_page()
    page.goto(f"{portal.url}/admin/")
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.locator("input[type=submit]").click()

    number = write_article(page, portal, picture)
    address = f"{portal.url}/articles/{number}/"

    shown = httpx.get(address)
    text = shown.text.replace("<wbr>", "")
    assert shown.status_code == 200
    assert HEADLINE in text
    assert CAPTION in text
    assert "／AFP通信" in text
    assert "祖父に言われてきた" in text
    assert "LE SSERAFIM" in text
    assert "<picture>" in text
    assert "set-cookie" not in shown.headers
    assert HEADLINE in httpx.get(f"{portal.url}/").text.replace("<wbr>", "")
    assert "灯台守、最後の点検日" in httpx.get(f"{portal.url}/topics/sea/").text.replace(
        "<wbr>", ""
    )

    others = [other for other in range(1, 4) if other != number]
    open_as_reader(browser, f"{portal.url}/articles/{others[0]}/", 50)
    for visitor in range(6):
        open_as_reader(browser, address, visitor)
    assert wait_for(lambda: HEADLINE in leader(portal), 60)

    page.goto(f"{portal.url}/admin/articles/article/{number}/change/")
    page.get_by_role("link", name="取り下げ…").click()
    page.fill("[name=reason]", "事実の確認が終わるまで")
    page.locator("input[type=submit][value=取り下げる]").click()
    page.wait_for_selector(".messagelist .success")

    gone = httpx.get(address)
    assert gone.status_code == 410
    assert HEADLINE not in gone.text.replace("<wbr>", "")
    for path in ("/", "/topics/sea/", "/ranking/", "/sections/society/", f"/articles/{others[0]}/"):
        text = httpx.get(portal.url + path, follow_redirects=True).text.replace("<wbr>", "")
        assert HEADLINE not in text
        assert "灯台守、最後の点検日" not in text
    assert "ほかの記事" in leader(portal)
    desk.close()
