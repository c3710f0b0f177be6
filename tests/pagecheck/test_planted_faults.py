"""The checker sees what it is for: faults planted one by one in a good article.

Each names the part that has to see it. The good page itself stays clean in every part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.pagecheck import browsing, rules
from tests.pagecheck.validation import validate

pytestmark = [pytest.mark.browser, pytest.mark.pagecheck, pytest.mark.slow]

H1 = re.compile(r"<h1>.*?</h1>")
LEAD = re.compile(r'<p class="lead">')
FIRST_IMAGE = re.compile(r"(<figure.*?<img )([^>]*?)(/?>)", re.DOTALL)
IN_ARTICLE = '<div class="body">'


@dataclass
class Fault:
    """One change to a good text, and which part of the checker has to see it."""

    name: str
    seen_by: str
    find: str | re.Pattern
    put: str

    def plant(self, good):
        if isinstance(self.find, str):
            bad = good.replace(self.find, self.put, 1)
        else:
            bad = self.find.sub(self.put, good, count=1)
        assert bad != good, f"{self.name}: nothing to plant it in"
        return bad


def meta(name):
    return re.compile(rf'<meta[^>]*"{name}"[^>]*>')


def data(name, value='"[^"]*"'):
    return re.compile(rf'"{name}":\s*{value}')


def added(html):
    """At the beginning of the body."""
    return {"find": IN_ARTICLE, "put": IN_ARTICLE + html}


def image(find, put=""):
    return {"find": re.compile(rf"(<figure.*?<img [^>]*?){find}", re.DOTALL), "put": rf"\1{put}"}


def said(words):
    return added(f"<p>{words}</p>")


SMALL = """<div style="width:9px;font-size:9px;line-height:9px">
<a href="/" style="display:block">一</a><a href="/topics/" style="display:block">二</a></div>"""
STYLE = '<link rel="stylesheet" href="/static/newsportal/base.css?{}">'
JUMP = """<script>setTimeout(() => document.body.insertAdjacentHTML(
  "afterbegin", '<p style="height:300px">広告</p>'), 200)</script></body>"""

FAULTS = [
    Fault("no lang", "rules", '<html lang="ja">', "<html>"),
    Fault("lang of another language", "rules", 'lang="ja"', 'lang="en"'),
    Fault("no h1", "rules", H1, ""),
    Fault("two h1", "rules", H1, r"\g<0>\g<0>"),
    Fault("a heading skipped", "rules", **added("<h4>見出し</h4>")),
    Fault("an empty heading", "rules", **added("<h2> </h2>")),
    Fault("a heading over nothing", "rules", **added("<section><h2>関連記事</h2></section>")),
    Fault("no title", "rules", re.compile(r"<title>.*?</title>", re.DOTALL), ""),
    Fault("no description", "rules", meta("description"), ""),
    Fault("no canonical", "rules", re.compile(r'<link rel="canonical"[^>]*>'), ""),
    Fault("a wrong canonical", "rules", re.compile(r'(rel="canonical" href="[^"]*)'), r"\1x/"),
    Fault("noindex", "rules", "max-image-preview:large", "noindex,max-image-preview:large"),
    Fault("small previews", "rules", "max-image-preview:large", "index"),
    Fault("no og:image", "rules", meta("og:image"), ""),
    Fault(
        "a small og:image",
        "rules",
        meta("og:image:width"),
        '<meta property="og:image:width" content="640">',
    ),
    Fault(
        "another og:url",
        "rules",
        meta("og:url"),
        '<meta property="og:url" content="https://other.example/">',
    ),
    Fault("no og:title", "rules", meta("og:title"), ""),
    Fault("broken JSON-LD", "rules", re.compile(r'("@type":)'), "{{"),
    Fault("no author", "rules", re.compile(r'"author":'), '"editor":'),
    Fault("another headline", "rules", data("headline"), '"headline": "ほかの見出し"'),
    Fault(
        "a date that is not shown",
        "rules",
        data("datePublished"),
        '"datePublished": "2001-01-01T00:00:00+09:00"',
    ),
    Fault(
        "a change that is not shown",
        "rules",
        data("dateModified"),
        '"dateModified": "2001-01-01T00:00:00+09:00"',
    ),
    Fault(
        "another way to the page",
        "rules",
        re.compile(r'(aria-label="現在位置">.*?)ホーム', re.DOTALL),
        r"\1トップ",
    ),
    Fault(
        "a date without offset",
        "rules",
        data("dateModified"),
        '"dateModified": "2026-11-23T06:00:00"',
    ),
    Fault(
        "free or not is not said",
        "rules",
        data("isAccessibleForFree", "(true|false)"),
        '"inLanguage": "ja"',
    ),
    Fault("a misspelt property", "rules", '"headline"', '"headLine"'),
    Fault("an unknown type", "rules", '"NewsArticle"', '"NewsArtikel"'),
    Fault("no alt", "rules", **image(r'alt="[^"]*"')),
    Fault("no size", "rules", **image(r'width="\d+"')),
    Fault("a lazy lead", "rules", **image(r'fetchpriority="high"', 'loading="lazy"')),
    Fault(
        "a picture over http",
        "rules",
        **image(r'src="[^"]*"', 'src="http://pictures.example/a.jpg"'),
    ),
    Fault("no credit", "rules", re.compile(r'<span class="credit">.*?</span>'), ""),
    Fault(
        "a date in words",
        "rules",
        re.compile(r'<time datetime="[^"]*"'),
        '<time datetime="11月23日"',
    ),
    Fault(
        "a time without offset",
        "rules",
        re.compile(r'<time datetime="[^"]*"'),
        '<time datetime="2026-11-23T06:00:00"',
    ),
    Fault("こちら", "rules", **added('<p>詳しくは<a href="/">こちら</a></p>')),
    Fault("a link without words", "rules", **added('<a href="/"></a>')),
    Fault("no outline", "rules", **added('<a href="/" style="outline:none">トップ</a>')),
    Fault("。、", "rules", **said("行った。、その後")),
    Fault("half-width kana", "rules", **said("ｶﾞｽの値上がり")),
    Fault("a machine's character", "rules", **said("①と②")),
    Fault("a zero-width character", "rules", **said("港\u200bの灯台")),
    Fault("half-width !", "rules", **said("驚いた!とても")),
    Fault("an id twice", "html", **added('<p id="main">あ</p>')),
    Fault("an unclosed figure", "html", "</figure>", ""),
    Fault("no zoom", "axe", "initial-scale=1", "initial-scale=1, user-scalable=no"),
    Fault("a field without label", "html", ' aria-label="記事を検索"', ""),
    Fault("a frame without title", "html", **added('<iframe src="/"></iframe>')),
    Fault("a tabindex of its own", "axe", **added('<a href="/" tabindex="3">トップ</a>')),
    Fault(
        "a page that goes away",
        "html",
        '<meta charset="utf-8">',
        '<meta charset="utf-8"><meta http-equiv="refresh" content="5">',
    ),
    Fault("a div in a list", "html", **added("<ol><div>あ</div></ol>")),
    Fault("a button without words", "html", **added('<button type="button"></button>')),
    Fault("a link in a link", "html", **added('<a href="/">外<a href="/">内</a></a>')),
    Fault("a misspelt attribute", "axe", **added('<p aria-labeledby="main">あ</p>')),
    Fault("two mains", "html", **added("<main>あ</main>")),
    Fault(
        "a nav without name",
        "html",
        re.compile(r'<nav class="nav" aria-label="分野"'),
        '<nav class="nav"',
    ),
    Fault("a marquee", "html", **added("<marquee>速報</marquee>")),
    Fault("weak contrast", "axe", LEAD, '<p class="lead" style="color:#aaa">'),
    Fault("targets too small", "axe", **added(SMALL)),
    Fault("too wide", "reflow", **added('<div style="width:500px">あ</div>')),
    Fault(
        "words cut off",
        "reflow",
        **added(f'<div style="height:1em;overflow:hidden">{"長い文が続く。" * 9}</div>'),
    ),
    Fault(
        "long lines",
        "lines",
        **added(f'<p style="width:50em;max-width:none">{"長い行が続く。" * 9}</p>'),
    ),
    Fault(
        "no ring",
        "focus",
        "</head>",
        "<style>*{outline:none!important;box-shadow:none!important}</style></head>",
    ),
    Fault(
        "a trap out of sight",
        "focus",
        '<a class="skip"',
        '<a href="/" style="position:absolute;left:-999px">隠</a><a class="skip"',
    ),
    Fault(
        "turned around",
        "order",
        '<article class="article"',
        '<article style="display:flex;flex-direction:column-reverse" class="article"',
    ),
    Fault(
        "another host",
        "weight",
        **added('<img src="https://pictures.example/a.png" alt="" width="1" height="1">'),
    ),
    Fault("a jump", "weight", "</body>", JUMP),
    Fault("a heavy style", "weight", "</head>", "".join(map(STYLE.format, range(9))) + "</head>"),
    Fault("many sheets", "print", IN_ARTICLE, IN_ARTICLE + "<p>長い記事。</p>" * 400),
    Fault("a broken link", "links", **added('<p><a href="/articles/999999/">前の記事</a></p>')),
]


@pytest.fixture(scope="module")
def good(examples):
    return examples["article"]


@pytest.fixture(scope="module")
def validated(good, tmp_path_factory):
    """What the validator says of the good page and of each with a fault for it, in one run."""
    pages = {each.name: each.plant(good.html) for each in FAULTS if each.seen_by == "html"}
    return validate({"good": good.html, **pages}, tmp_path_factory.mktemp("html"))


@pytest.fixture(scope="module")
def window(browser):
    context = browser.new_context(
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
        bypass_csp=True,
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
    )
    yield context
    context.close()


IN_BROWSER = {
    "axe": browsing.axe,
    "reflow": browsing.reflow,
    "lines": browsing.line_length,
    "focus": browsing.focus,
    "order": browsing.reading_order,
    "weight": browsing.weight,
    "print": lambda page: browsing.printed_pages(page) > browsing.MAX_PRINTED,
}


def seen(part, html, good, site, window):
    """What a part of the checker says of a text in the place of the good page."""
    if part == "rules":
        return rules.faults(rules.Page(good.url, "article", html, 200, good.origin))
    if part == "links":
        return site.dead_links(rules.Page(good.url, "article", html, 200, good.origin))
    page = window.new_page()
    try:
        page.route("https://pictures.example/**", lambda route: route.fulfill(body=b""))
        page.route(
            good.url,
            lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"),
        )
        page.goto(good.url, wait_until="networkidle")
        return IN_BROWSER[part](page)
    finally:
        page.close()


@pytest.mark.parametrize("part", ["rules", "html", "links", *IN_BROWSER])
def test_the_good_page_is_clean(good, site, window, validated, part):
    assert not (validated["good"] if part == "html" else seen(part, good.html, good, site, window))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_seen(good, site, window, validated, fault):
    if fault.seen_by == "html":
        assert validated[fault.name]
    else:
        assert seen(fault.seen_by, fault.plant(good.html), good, site, window)
