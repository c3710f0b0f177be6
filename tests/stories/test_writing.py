"""No work is lost: two editors at one article, a killed browser, an ended login, a take-over."""

from __future__ import annotations

import shutil
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from tests.portal import running
from tests.stories.caret import press
from tests.stories.conftest import FLAGS
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser

MORE = f"""
from django.contrib.auth.models import Permission
from articles.publishing import save_article
for name, last in (("takai", "高井"), ("asakura", "朝倉")):
    user = User.objects.create_user(name, password="{PASSWORD}", is_staff=True, last_name=last)
    user.groups.add(Group.objects.get(name=roles.group_name(roles.Role.EDITOR)))
for number in range(8):
    article = Article.objects.create(
        headline=f"もとの見出し{{number}}", teaser="もとのリード。", body="<p>もとの本文。</p>",
        section=society, version=0,
    )
    save_article(article, by=user)
    print(article.pk)
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP + MORE)
        yield portal


class Desk:
    """Somebody at the desk with a browser of their own."""

    def __init__(self, context, portal, name):
        self.context, self.portal = context, portal
        self.errors = []
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = context.pages[0] if context.pages else context.new_page()
        self.log_in(name)

    def log_in(self, name, path="/admin/"):
        if path:
            self.page.goto(f"{self.portal.url}{path}")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.locator("input[type=submit]").click()
        self.page.wait_for_selector("#user-tools, .desk-bar")

    def open(self, number):
        self.page.goto(f"{self.portal.url}/admin/articles/article/{number}/change/")
        self.page.wait_for_selector(".ProseMirror")
        return self.page

    def save(self):
        self.page.locator("input[name=_save]").first.click()
        self.page.wait_for_load_state()


@pytest.fixture
def desk(browser, portal):
    contexts, desks = [], []

    def come(name):
        contexts.append(browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo"))
        desks.append(Desk(contexts[-1], portal, name))
        return desks[-1]

    yield come
    for context in contexts:
        context.close()
    assert [error for one in desks for error in one.errors] == []


def type_into(page, selector, text):
    page.locator(selector).click()
    press(page, "Control+End")
    page.keyboard.insert_text(text)


def wait_until_kept(page):
    expect(page.locator("[data-desk=autosave]")).to_contain_text("自動保存しました", timeout=15_000)


@pytest.mark.slow
def test_two_editors_at_one_article(desk):
    takai, asakura = desk("takai"), desk("asakura")
    takai.open(4)
    asakura.open(4)
    type_into(takai.page, "#id_headline", "、高井の直し")
    type_into(takai.page, "#id_teaser", "高井が足した。")
    takai.save()
    expect(takai.page.locator(".messagelist .success")).to_be_visible()
    # Typed without having heard of the save, as after a night with the lid closed.
    asakura.page.evaluate("document.querySelector('#id_headline').value += '、朝倉の直し'")
    asakura.page.evaluate(
        "document.querySelector('#id_headline').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    type_into(asakura.page, ".ProseMirror", "朝倉が足した。")
    asakura.page.evaluate(
        "document.querySelector('#article_form').requestSubmit("
        "document.querySelector('input[name=_save]'))"
    )
    merge = asakura.page.locator(".desk-merge")
    expect(merge).to_contain_text("もとの見出し0、高井の直し")
    expect(merge).to_contain_text("もとの見出し0、朝倉の直し")
    expect(asakura.page.locator(".errornote + .errorlist")).to_contain_text(
        "開いている間に高井さんが"
    )
    expect(asakura.page.locator("#id_headline")).to_have_value("もとの見出し0、朝倉の直し")
    expect(asakura.page.locator("#id_teaser")).to_have_value("もとのリード。高井が足した。")
    asakura.page.get_by_label("相手の文を使う").check()
    expect(asakura.page.locator("#id_headline")).to_have_value("もとの見出し0、高井の直し")
    asakura.page.get_by_label("手で直す").check()
    asakura.page.fill("#id_headline", "高井の直しと朝倉の直し")
    asakura.save()
    expect(asakura.page.locator(".messagelist .success")).to_be_visible()
    asakura.open(4)
    expect(asakura.page.locator("#id_headline")).to_have_value("高井の直しと朝倉の直し")
    expect(asakura.page.locator("#id_teaser")).to_have_value("もとのリード。高井が足した。")
    expect(asakura.page.locator(".ProseMirror")).to_contain_text("もとの本文。朝倉が足した。")
    # Nothing that was saved is offered again.
    expect(asakura.page.locator(".desk-offer")).to_be_hidden()


@pytest.mark.slow
def test_a_browser_killed_in_mid_sentence(browser, portal, tmp_path):
    path = next(found for name in ("chromium", "chromium-browser", "google-chrome")
                if (found := shutil.which(name)))  # fmt: skip
    kind = browser.browser_type
    options = {"executable_path": path, "args": FLAGS, "locale": "ja-JP"}
    context = kind.launch_persistent_context(tmp_path, **options)
    writer = Desk(context, portal, "takai")
    page = writer.open(5)
    type_into(page, ".ProseMirror", "灯台守は言いかけて")
    page.locator("#article_authors-group .add-row a").click()
    wait_until_kept(page)
    # The renderer dies as it does in a crash: no event of the page is sent any more.
    page.on("crash", lambda: None)
    with suppress(Error):
        page.goto("chrome://crash", timeout=3_000)
    context.close()

    context = kind.launch_persistent_context(tmp_path / "new", **options)
    writer = Desk(context, portal, "takai")
    page = writer.open(5)
    offer = page.locator(".desk-offer")
    expect(offer).to_contain_text("の書きかけがあります")
    expect(page.locator(".ProseMirror")).not_to_contain_text("言いかけて")
    offer.get_by_role("button", name="差分を見る").click()
    expect(offer.locator("ins").filter(has_text="灯台守は言いかけて")).to_be_visible()
    offer.get_by_role("button", name="戻す", exact=True).click()
    expect(page.locator(".desk-notice").filter(has_text="まだ保存していません")).to_be_visible()
    expect(page.locator(".ProseMirror")).to_contain_text("もとの本文。灯台守は言いかけて")
    writer.save()
    expect(page.locator(".messagelist .success")).to_be_visible()
    writer.open(5)
    expect(page.locator(".ProseMirror")).to_contain_text("灯台守は言いかけて")
    expect(offer).to_be_hidden()
    context.close()


@pytest.mark.slow
def test_a_login_that_ended_takes_no_text_with_it(desk, portal):
    writer = desk("takai")
    page = writer.open(6)
    session = next(one for one in writer.context.cookies() if one["name"] == "sessionid")
    writer.context.clear_cookies(name="sessionid")
    type_into(page, "#id_headline", "、切れた後に書いた")
    status = page.locator("[data-desk=autosave]")
    expect(status).to_contain_text("ログインが切れました", timeout=15_000)
    expect(status).to_contain_text("この端末に控えました")
    writer.save()
    expect(page).to_have_url(f"{portal.url}/admin/login/?next=/admin/articles/article/6/change/")
    writer.log_in("takai", path="")
    assert session
    offer = page.locator(".desk-offer")
    expect(offer).to_contain_text("の書きかけがあります")
    offer.get_by_role("button", name="戻す", exact=True).click()
    expect(page.locator("#id_headline")).to_have_value("もとの見出し2、切れた後に書いた")
    writer.save()
    expect(page.locator(".messagelist .success")).to_be_visible()
    writer.open(6)
    expect(page.locator("#id_headline")).to_have_value("もとの見出し2、切れた後に書いた")
    expect(offer).to_be_hidden()


@pytest.mark.slow
def test_taking_over_makes_the_other_window_read_only(desk):
    asakura, takai = desk("asakura"), desk("takai")
    asakura.open(7)
    type_into(asakura.page, ".ProseMirror", "朝倉の書きかけ。")
    wait_until_kept(asakura.page)
    page = takai.open(7)
    expect(page.locator(".desk-lock")).to_contain_text("朝倉さんが編集中です")
    expect(page.locator("[data-desk=presence]")).to_contain_text("朝倉さんが編集中")
    expect(page.locator("#id_headline")).to_have_attribute("readonly", "")
    expect(page.locator(".ProseMirror")).to_have_attribute("contenteditable", "false")
    expect(page.locator("input[name=_save]").first).to_be_disabled()
    page.get_by_role("button", name="編集を引き継ぐ").click()
    expect(page.locator(".desk-lock")).to_be_hidden()
    expect(page.locator(".ProseMirror")).to_have_attribute("contenteditable", "true")
    lock = asakura.page.locator(".desk-lock")
    expect(lock).to_contain_text("高井さんが編集を引き継ぎました", timeout=20_000)
    expect(asakura.page.locator("#id_headline")).to_have_attribute("readonly", "")
    expect(asakura.page.locator(".ProseMirror")).to_have_attribute("contenteditable", "false")
    type_into(page, "#id_teaser", "高井が足した。")
    takai.save()
    expect(page.locator(".messagelist .success")).to_be_visible()
    # Nothing of the one who had to stop is lost.
    asakura.open(7)
    asakura.page.get_by_role("button", name="戻す", exact=True).click()
    expect(asakura.page.locator("#id_teaser")).to_have_value("もとのリード。高井が足した。")
    expect(asakura.page.locator(".ProseMirror")).to_contain_text("朝倉の書きかけ。")
    asakura.save()
    again = asakura.page.locator("input[name=_save]").first
    if asakura.page.locator(".desk-merge").count():
        again.click()
    expect(asakura.page.locator(".messagelist .success")).to_be_visible()


def test_only_an_unsaved_form_asks_before_it_is_left(desk):
    writer = desk("takai")
    page = writer.open(8)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#id_headline").click()
    writer.open(8)
    assert asked == []
    type_into(page, "#id_headline", "、まだ保存していない")
    writer.open(8)
    assert asked == ["beforeunload"]


@pytest.mark.slow
def test_a_new_article_in_two_windows(desk, portal):
    writer = desk("takai")
    first, second = writer.page, writer.context.new_page()
    for number, page in enumerate((first, second)):
        page.goto(f"{portal.url}/admin/articles/article/add/")
        page.wait_for_selector(".ProseMirror")
        type_into(page, "#id_headline", f"新しい記事{number}")
        wait_until_kept(page)
    third = writer.context.new_page()
    third.goto(f"{portal.url}/admin/articles/article/add/")
    expect(third.locator(".desk-offer")).to_contain_text("ほかに1件")
    first.select_option("#id_section", label="社会")
    first.locator("input[name=_save]").first.click()
    expect(first.locator(".messagelist .success")).to_be_visible()
    third.reload()
    expect(third.locator(".desk-offer")).to_be_visible()
    third.get_by_role("button", name="戻す", exact=True).click()
    expect(third.locator("#id_headline")).to_have_value("新しい記事1")


@pytest.mark.slow
def test_nothing_is_kept_while_a_conversion_goes_on(desk):
    writer = desk("takai")
    page = writer.open(9)
    sent = []
    page.on("request", lambda request: "autosave" in request.url and sent.append(request.post_data))
    page.locator("#id_headline").click()
    press(page, "Control+End")
    input_method = writer.context.new_cdp_session(page)
    for text in ("ｔ", "と", "とう", "とうだ", "とうだい"):
        input_method.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )
    page.wait_for_timeout(5_000)
    assert [one for one in sent if '"keep"' in one] == []
    input_method.send("Input.insertText", {"text": "灯台"})
    wait_until_kept(page)
    assert "灯台" in sent[-1]
    assert "とうだい" not in sent[-1]
