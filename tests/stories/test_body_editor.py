"""The text editor of the desk in a browser: what it keeps of a text, and what its buttons write."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.portal import running
from tests.stories.caret import press
from tests.stories.test_content_policy import Watched, log_in
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser

BODY = (
    '<p><i lang="ko">김정은</i>氏は<em>強く</em>述べた。'
    "<ruby>岬<rt>みさき</rt></ruby>の街で、Le Mondeが報じた。</p>"
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        code = (
            f"User.objects.create_superuser('root', password={PASSWORD!r})\n"
            f"Article.objects.update(body={BODY!r})\n"
        )
        portal.manage("shell", "-v0", "-c", SET_UP + code)
        yield portal


def test_languages_and_readings_stay_and_are_given(browser, portal):
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    watched = Watched(context)
    log_in(watched, portal, "root")
    page = watched.page
    page.goto(f"{portal.url}/admin/articles/article/1/change/")
    text = page.locator(".ProseMirror")
    expect(text.locator('i[lang="ko"]')).to_have_text("김정은")
    expect(text.locator("em")).to_have_text("強く")
    text.locator("p").first.click()
    press(page, "Control+End")
    # 「が報じた。」 is five characters: the paper's name stands before them.
    press(page, "ArrowLeft", 5)
    press(page, "Shift+ArrowLeft", 8)
    page.get_by_role("button", name="外国語").click()
    page.locator("dialog input").first.fill("fr")
    page.keyboard.press("Enter")
    expect(text.locator('i[lang="fr"]')).to_have_text("Le Monde")

    page.locator("input[name=_save]").click()
    page.wait_for_selector(".messagelist .success")
    page.goto(f"{portal.url}/admin/articles/article/1/change/")
    expect(page.locator('.ProseMirror i[lang="fr"]')).to_have_text("Le Monde")
    page.goto(f"{portal.url}/articles/1/")
    body = page.locator(".article .body")
    expect(body.locator('i[lang="ko"]')).to_have_text("김정은")
    expect(body.locator('i[lang="fr"]')).to_have_text("Le Monde")
    expect(body.locator("em")).to_have_text("強く")
    expect(body.locator("ruby")).to_have_text("岬みさき")
    assert watched.complaints == []
    context.close()
