"""Passing an article on: with scripts, without, and under the site's own policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.portal import running
from tests.stories.test_main_job import PASSWORD, SET_UP

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP + f"editor_password = {PASSWORD!r}\n")
        yield portal


def page_of(browser, **options):
    context = browser.new_context(locale="ja-JP", viewport={"width": 390, "height": 800}, **options)
    return context.new_page()


def test_a_reader_copies_the_address(portal, browser):
    page = page_of(browser, permissions=["clipboard-read", "clipboard-write"])
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{portal.url}/articles/1/")
    page.get_by_role("button", name="リンクをコピー").click()
    expect(page.locator(".share").get_by_role("status")).to_have_text("リンクをコピーしました。")
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    assert page.evaluate("navigator.clipboard.readText()") == canonical
    # Data in a script element runs nothing: no policy forbids it.
    assert page.locator("script[type='application/ld+json']").count() == 1
    assert [text for text in complaints if "Policy" in text] == []
    page.context.close()


def test_the_links_need_no_script_and_ask_nobody_before_they_are_followed(portal, browser):
    page = page_of(browser, java_script_enabled=False)
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(f"{portal.url}/articles/1/")
    for name in ("X", "LINE", "Facebook", "はてなブックマーク"):
        expect(
            page.get_by_role("link", name=re.compile(f"^{name} ?で共有（新しいタブで開きます）$"))
        ).to_be_visible()
    expect(page.get_by_role("button", name="リンクをコピー")).to_be_hidden()
    assert hosts == {portal.url.split("/")[2]}
    page.context.close()
