"""あとで読む in a real browser: kept on the device, nothing of it anywhere else."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import expect

from tests.portal import ROOT, running

pytestmark = pytest.mark.browser

SET_UP = """
from django.utils import timezone
from articles.models import Article, Section
section = Section.objects.create(name="社会", slug="society")
for name in ("港の朝", "灯台の昼", "岬の夜"):
    Article.objects.create(headline=name, teaser="北の岬。", body="<p>潮。</p>", section=section,
        status="published", publish_at=timezone.now())
"""
WITHDRAW = """
from articles import publishing
from articles.models import Article
publishing.withdraw(Article.objects.get(pk=2), by=None, reason="誤報")
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with running(tmp_path_factory.mktemp("portal")) as portal:
        portal.manage("shell", "-v0", "-c", SET_UP)
        yield portal


@pytest.fixture
def page(browser):
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.complaints = []
    context.on("console", lambda message: page.complaints.append(message.text))
    context.on("weberror", lambda error: page.complaints.append(str(error.error)))
    yield page
    context.close()


def test_articles_are_kept_listed_and_cleared(portal, page):
    page.goto(f"{portal.url}/saved/")
    expect(page.get_by_role("status")).to_have_text("保存した記事はありません。")
    for number in (1, 2, 3):
        page.goto(f"{portal.url}/articles/{number}/")
        button = page.locator("[data-save] button")
        expect(button).to_have_text("あとで読む")
        button.click()
        expect(button).to_have_text("保存済み")
        expect(button).to_have_attribute("aria-pressed", "true")
    # A second press takes it out again.
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.goto(f"{portal.url}/saved/")
    items = page.locator("[data-saved-items] li a")
    expect(items).to_have_text(["灯台の昼", "港の朝"])
    expect(page.get_by_role("status")).to_have_text("2件を保存しています。")
    # What was withdrawn meanwhile is said and gone, on the device as well.
    portal.manage("shell", "-v0", "-c", WITHDRAW)
    page.reload()
    expect(items).to_have_text(["港の朝"])
    expect(page.get_by_role("status")).to_contain_text("掲載を終えた記事が1件あり")
    assert "灯台の昼" not in page.evaluate("localStorage.getItem('saved-articles')")
    page.get_by_role("button", name="すべて消す").click()
    expect(page.get_by_role("status")).to_have_text("保存した記事はありません。")
    assert page.evaluate("localStorage.getItem('saved-articles')") is None
    assert page.context.cookies() == []
    assert page.complaints == []


def test_what_is_not_ours_in_the_store_does_no_harm(portal, page):
    page.goto(f"{portal.url}/saved/")
    for kept in ('"x"', "{", '[{"id":"1"},null,{"id":1,"headline":"<img src=x>"}]'):
        page.evaluate("kept => localStorage.setItem('saved-articles', kept)", kept)
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("保存")
    expect(page.locator("[data-saved-items] li a")).to_have_text(["港の朝"])
    assert page.complaints == []


def test_without_javascript_it_is_said_in_words(portal, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal.url}/saved/")
    expect(page.get_by_text("JavaScript が要ります")).to_be_visible()
    page.goto(f"{portal.url}/articles/1/")
    expect(page.locator("[data-save]")).to_be_hidden()
    context.close()


def test_all_scripts_of_readers_pages_together_are_small():
    names = set()
    for template in (ROOT / "templates").rglob("*.html"):
        if "admin" not in template.parts:
            names |= set(re.findall(r"static '([^']+\.js)'", template.read_text("utf-8")))
    files = [path for name in names for path in ROOT.glob(f"*/static/{name}")]
    assert len(files) == len(names) >= 3
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 10_000
