"""The feeds and sitemaps of a walked site, and what the schemas say of a sitemap."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

SCHEMA = Path(__file__).parents[1] / "schemas/sitemap.xsd"
TYPES = ("application/rss+xml", "application/atom+xml")
# A feed is as good as its kind: so many of one site are looked at.
MOST_FEEDS = 40


def feeds(site):
    """The addresses of feeds that pages name, each once."""
    named = {
        urlsplit(href).path
        for page in site.pages.values()
        for href in page.tree.xpath(
            "//link[@rel='alternate' and (@type=$rss or @type=$atom)]/@href",
            rss=TYPES[0],
            atom=TYPES[1],
        )
    }
    return sorted(named)[:MOST_FEEDS]


def sitemaps(site):
    """The sitemaps that robots.txt names, and those that these name."""
    waiting = re.findall(r"(?mi)^sitemap:\s*(\S+)", site.text("/robots.txt").text)
    found = []
    while waiting:
        address = waiting.pop()
        if address not in found:
            found.append(address)
            tree = _tree(site.text(address).content)
            if tree is not None and etree.QName(tree).localname == "sitemapindex":
                waiting += [each.strip() for each in tree.xpath("//*[local-name()='loc']/text()")]
    return found


@cache
def _schema():
    return etree.XMLSchema(etree.parse(SCHEMA))


def _tree(content):
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def sitemap_faults(content):
    tree = _tree(content)
    if tree is None:
        return ["not well-formed"]
    schema = _schema()
    schema.validate(tree)
    return [f"line {each.line}: {each.message}" for each in schema.error_log]
