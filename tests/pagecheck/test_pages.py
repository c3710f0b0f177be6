"""Every kind of page of the demo newsroom, seen by every part of the page checker."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager

import pytest

from tests.feed_rules import faults
from tests.pagecheck import browsing, rules, syndication
from tests.pagecheck.conftest import BARE
from tests.pagecheck.site import KINDS, UNLINKED
from tests.pagecheck.validation import validate

pytestmark = [pytest.mark.browser, pytest.mark.pagecheck, pytest.mark.slow]

# Kinds that this newsroom has; the others are looked at as soon as a link leads to them.
EXPECTED = {
    "home", "article", "photo", "section", "topics", "topic", "tag", "author", "ranking",
    "ranking window", "ranking section", "search", "archive", "archive year", "archive month",
    "archive day", "corrections", "saved", "about", "about page", *UNLINKED, *BARE,
}  # fmt: skip
# What is kept on a device is there by script alone, and the page says so.
BY_SCRIPT = {"saved"}
KEEP = "localStorage.setItem('saved-articles', JSON.stringify(%s))"


@contextmanager
def opened(browser, example, **options):
    """A page as a reader's phone has it, without a policy in the way of the checks.

    Its HTML is what was walked through: rankings are made anew while the checks go on.
    """
    context = browser.new_context(
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
        **{"viewport": {"width": 360, "height": 740}, "bypass_csp": True, **options},
    )
    try:
        page = context.new_page()
        if example.kind in BY_SCRIPT:
            page.add_init_script(KEEP % json.dumps(example.kept))
        page.route(
            example.url,
            lambda route: route.fulfill(
                status=example.status, body=example.html, content_type="text/html; charset=utf-8"
            ),
        )
        page.goto(
            example.url, wait_until="networkidle" if options.get("device_scale_factor") else "load"
        )
        yield page
    finally:
        context.close()


CHECKS = {
    "weight": browsing.weight,
    "focus": browsing.focus,
    "order": browsing.reading_order,
    "reflow": browsing.reflow,
    "lines": browsing.line_length,
    "axe": browsing.accessibility,
}


@pytest.fixture(scope="module")
def looked_at(browser, examples):
    """Check to kind to faults: each page is opened once, as on a phone, for every check.

    What a page asks for at first is looked at on a wide screen too.
    """
    found = {name: {} for name in (*CHECKS, "without script")}
    for kind, example in examples.items():
        with opened(browser, example, device_scale_factor=2) as page:
            complete = browsing.in_main(page)
            for name, check in CHECKS.items():
                if said := check(page):
                    found[name][kind] = said
        with opened(browser, example, viewport={"width": 1280, "height": 800}) as page:
            page.wait_for_load_state("networkidle")
            if said := browsing.weight(page):
                found["weight"][f"{kind}, wide"] = said
        with opened(browser, example, java_script_enabled=False) as page:
            if kind not in BY_SCRIPT and browsing.in_main(page) != complete:
                found["without script"][kind] = browsing.in_main(page)
    return found


def test_every_kind_of_page_is_there(site, examples):
    assert set(examples) >= EXPECTED
    assert set(examples) - EXPECTED - {"withdrawn"} <= set(KINDS)


def test_every_link_leads_somewhere(site):
    assert len(site.pages) > 100
    assert site.faults == []


def test_every_page_keeps_the_rules(site, examples):
    found = {}
    for page in [*site.pages.values(), *examples.values()]:
        if said := rules.faults(page):
            found[page.url] = said
    assert found == {}


def test_the_html_is_valid(examples, tmp_path):
    assert validate({kind: page.html for kind, page in examples.items()}, tmp_path) == {}


def test_axe_finds_nothing(looked_at):
    assert looked_at["axe"] == {}


def test_nothing_is_lost_on_narrow_screens(looked_at):
    assert looked_at["reflow"] == {}


def test_no_line_holds_more_than_forty_characters(looked_at):
    assert looked_at["lines"] == {}


def test_pages_are_read_out_in_the_order_in_which_they_stand(looked_at):
    assert looked_at["order"] == {}


def test_the_keyboard_shows_where_it_is(looked_at):
    assert looked_at["focus"] == {}


def test_pages_are_complete_without_script(looked_at):
    assert looked_at["without script"] == {}


def test_pages_are_light_and_lie_still(looked_at, examples):
    assert looked_at["weight"] == {}
    sizes = {kind: len(gzip.compress(page.html.encode(), 6)) for kind, page in examples.items()}
    assert {kind: size for kind, size in sizes.items() if size > browsing.HTML_BYTES} == {}


def test_a_choice_of_colours_is_as_readable_as_the_systems(browser, examples):
    """Dark chosen on a light system and the other way round, at the largest text."""
    found = {}
    for system, chosen in (("light", "dark"), ("dark", "light")):
        with opened(browser, examples["article"], color_scheme=system) as page:
            page.evaluate(
                "theme => { localStorage.setItem('display-theme', theme);"
                "localStorage.setItem('display-size', 'largest') }",
                chosen,
            )
            page.reload()
            assert page.evaluate("document.documentElement.dataset.theme") == chosen
            found[chosen] = browsing.axe(page) + browsing.reflow(page)
    assert found == {"dark": [], "light": []}


def test_an_article_takes_two_sheets_and_names_its_address(browser, site):
    found = {}
    # Those with most pictures need most room.
    articles = [page for page in site.pages.values() if page.kind == "article"]
    for article in sorted(articles, key=lambda page: -page.html.count("<figure"))[:3]:
        with opened(browser, article, color_scheme="dark") as page:
            sheets = browsing.printed_pages(page)
            page.emulate_media(media="print")
            address = page.get_by_text(article.url, exact=True)
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            if sheets > browsing.MAX_PRINTED or not address.is_visible():
                found[article.url] = sheets
            assert paper == "rgb(255, 255, 255)"
            assert not page.locator(".nav, .aside").first.is_visible()
    assert found == {}


def test_feeds_are_valid(site):
    addresses = syndication.feeds(site)
    found = {
        address: faults(site.text(address).content, site.url + address) for address in addresses
    }
    # In two forms, of the site and of a list at least.
    assert len(addresses) >= 4
    assert {address: said for address, said in found.items() if said} == {}


def test_sitemaps_are_valid(site):
    addresses = syndication.sitemaps(site)
    found = {
        address: syndication.sitemap_faults(site.text(address).content) for address in addresses
    }
    # An index, articles, news.
    assert len(addresses) >= 3
    assert {address: said for address, said in found.items() if said} == {}
