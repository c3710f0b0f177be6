"""What a page must hold beyond valid HTML: each rule takes a Page and says what is wrong with it.

`faults(page)` is empty for a good page. Nothing here opens a browser or the network.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import chain, pairwise

from lxml import html as parser

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
# Link texts that say nothing of where they lead.
EMPTY_WORDS = {"こちら", "ここ", "詳細", "詳しく", "もっと見る", "続きを読む", "クリック"}
TYPOS = {
    "two marks in a row": re.compile(r"。、|、。|、、|。。"),
    "half-width kana": re.compile(r"[\uff61-\uff9f]"),
    "a character of some machines only": re.compile(r"[\u2460-\u2473\u2160-\u217f\u3231]"),
    "a control or zero-width character": re.compile(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffd]"
    ),
    "half-width ! or ? in Japanese": re.compile(r"[\u3040-\u30ff\u3400-\u9fff][!?]"),
}
OG = ("title", "type", "url", "image", "description", "site_name", "locale")
# The words of schema.org that these pages use, so that a misspelt one is seen.
VOCABULARY = {
    "NewsArticle": """
        @id url headline alternativeHeadline description datePublished dateModified author image
        publisher mainEntityOfPage isPartOf articleSection articleBody keywords inLanguage
        isAccessibleForFree correction wordCount thumbnailUrl dateline copyrightHolder
        copyrightYear speakable creditText about sourceOrganization publishingPrinciples
    """,
    "NewsMediaOrganization": """
        @id name url logo publishingPrinciples correctionsPolicy ethicsPolicy masthead
        diversityPolicy noBylinesPolicy sameAs contactPoint alternateName description
    """,
    "Organization": "@id name url logo sameAs",
    "Person": "@id name url jobTitle image description worksFor alternateName sameAs",
    "ImageObject": """
        @id url contentUrl width height caption creditText copyrightNotice license creator
        acquireLicensePage representativeOfPage dateCreated name inLanguage
    """,
    "BreadcrumbList": "@id itemListElement name",
    "ListItem": "@id position name item url",
    "WebPage": """
        @id url name isPartOf breadcrumb inLanguage description mainEntity primaryImageOfPage
        datePublished dateModified
    """,
    "WebSite": "@id url name alternateName description publisher inLanguage potentialAction",
    "CollectionPage": """
        @id url name isPartOf breadcrumb inLanguage description mainEntity about publisher
    """,
    "ItemList": "@id name itemListElement numberOfItems itemListOrder url",
    "ProfilePage": """
        @id url name mainEntity isPartOf breadcrumb inLanguage dateCreated dateModified
        description hasPart
    """,
    "CorrectionComment": "@id text datePublished dateCreated author correction name url",
    "SearchAction": "target query-input",
    "EntryPoint": "urlTemplate",
    "WebPageElement": "cssSelector isAccessibleForFree",
    "AboutPage": "@id url name isPartOf breadcrumb inLanguage description mainEntity",
}


@dataclass
class Page:
    """A page as it was answered: where it stands, of what kind it is, its HTML."""

    url: str
    kind: str
    html: str
    status: int = 200
    origin: str = ""
    # What a reader keeps on the device.
    kept: list[dict[str, object]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @cached_property
    def tree(self):
        return parser.document_fromstring(self.html)

    @cached_property
    def main(self):
        found = self.tree.xpath("//main")
        return found[0] if found else self.tree

    def meta(self, name):
        """The contents of every meta of that name or property."""
        return self.tree.xpath("//meta[@name=$n or @property=$n]/@content", n=name)

    @property
    def is_indexed(self):
        return self.status == 200 and not any("noindex" in text for text in self.meta("robots"))

    @cached_property
    def data(self):
        """Every node of the JSON-LD, those inside others too."""
        nodes = []
        for text in self.tree.xpath("//script[@type='application/ld+json']/text()"):
            try:
                nodes.append(json.loads(text))
            except ValueError as error:
                self.faults.append(f"JSON-LD: not JSON ({error})")
        return list(_nodes(nodes))


def _nodes(value):
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for item in value.values():
            yield from _nodes(item)


def words(element):
    """An element's text, its white space made single."""
    return " ".join(element.text_content().split())


def faults(page):
    """Everything that is wrong with the page, a sentence each."""
    rules = [language, headings, title, canonical, robots, images, times, links, focus, text]
    if page.is_indexed:
        rules += [open_graph]
    if page.kind == "article":
        rules += [credits_, news_article]
    rules += [vocabulary, way]
    found = [f"{rule.__name__}: {said}" for rule in rules for said in rule(page)]
    return list(dict.fromkeys(found + page.faults))


def language(page):
    declared = page.tree.get("lang", "")
    text = "".join(page.main.text_content().split())
    if not declared:
        yield "no lang"
    elif text and len(JAPANESE.findall(text)) > 0.3 * len(text) and declared != "ja":
        yield f"lang={declared} on Japanese text"


def headings(page):
    if len(page.tree.xpath("//h1")) != 1:
        yield f"{len(page.tree.xpath('//h1'))} h1"
    levels = [int(each.tag[1]) for each in page.tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"h{after} after h{before}"
    for each in page.tree.iter("h1", "h2", "h3"):
        if not words(each):
            yield f"an empty {each.tag}"
    # A heading promises something: text or list items before the next one of its rank.
    for section in page.tree.xpath("//section[h2]"):
        if not section.xpath(".//li | .//p | .//article | .//table"):
            yield f"nothing under {words(section.find('h2'))!r}"


def title(page):
    if not [each for each in page.tree.xpath("//head/title/text()") if each.strip()]:
        yield "no title"
    descriptions = page.meta("description")
    if page.is_indexed and (len(descriptions) != 1 or not descriptions[0].strip()):
        yield f"{len(descriptions)} descriptions"


def canonical(page):
    found = page.tree.xpath("//link[@rel='canonical']/@href")
    if page.is_indexed and found != [page.url]:
        yield f"{found} instead of {page.url}"


def robots(page):
    said = ",".join(page.meta("robots"))
    if page.kind in {"article", "home", "section"} and "noindex" in said:
        yield "noindex on a page that is to be found"
    if page.is_indexed and "max-image-preview:large" not in said:
        yield "no max-image-preview:large"
    if page.status >= 400 and "noindex" not in said:
        yield "an error page without noindex"


def open_graph(page):
    for name in OG:
        if not any(value.strip() for value in page.meta(f"og:{name}")):
            yield f"no og:{name}"
    if page.meta("og:url") and page.meta("og:url") != page.tree.xpath(
        "//link[@rel='canonical']/@href"
    ):
        yield "og:url is not the canonical address"
    for image in page.meta("og:image"):
        if not image.startswith(("http://", "https://")):
            yield f"og:image {image!r} is not absolute"
    for width in page.meta("og:image:width"):
        if int(width) < 1200:
            yield f"og:image is {width} wide"
    if page.meta("og:image") and not page.meta("og:image:width"):
        yield "og:image without width"
    if page.kind == "article" and page.meta("og:type") not in ([], ["article"]):
        yield "og:type of an article is not article"


def images(page):
    for image in page.tree.iter("img"):
        name = image.get("src", "")[-40:]
        if image.get("alt") is None:
            yield f"{name} without alt"
        if not (image.get("width") or "").isdigit() or not (image.get("height") or "").isdigit():
            yield f"{name} without size"
        # The site under test itself may be on http.
        for address in (image.get("src", ""), image.get("srcset", "")):
            if "http:" in address and not (page.origin and page.origin in address):
                yield f"{name} over http"
    leads = page.main.xpath(".//figure//img")
    if leads and leads[0].get("loading") == "lazy":
        yield "the first picture waits to be loaded"


def credits_(page):
    for figure in page.main.iter("figure"):
        found = figure.find_class("credit")
        if not found or not words(found[0]):
            yield "a picture without credit"


def times(page):
    for element in page.tree.iter("time"):
        if not _moment(element.get("datetime") or ""):
            yield f"datetime {element.get('datetime')!r}"


def _moment(value):
    """A date, or a moment with an offset; None for anything else."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def links(page):
    for link in page.tree.iter("a"):
        name = link.get("aria-label") or words(link)
        pictures = "".join(link.xpath(".//img/@alt"))
        if not (name or pictures).strip():
            yield f"a link to {link.get('href')} without words"
        if re.sub(r"[\s。›»]", "", name) in EMPTY_WORDS:
            yield f"a link that says only {name!r}"
        if link.get("target") == "_blank" and "noopener" not in (link.get("rel") or ""):
            yield f"{link.get('href')} opens a window without noopener"


def focus(page):
    for element in page.tree.xpath("//*[@style]"):
        if re.search(r"outline\s*:\s*(none|0)", element.get("style")):
            yield f"{element.tag} hides its focus"


def text(page):
    places = chain(
        (words(each) for each in page.tree.iter("p", "h1", "h2", "h3", "figcaption", "title")),
        page.meta("description"),
    )
    for place in places:
        for name, pattern in TYPOS.items():
            if pattern.search(place):
                yield f"{name} in {place[:40]!r}"


def vocabulary(page):
    for node in page.data:
        for kind in [node["@type"]] if isinstance(node["@type"], str) else node["@type"]:
            known = VOCABULARY.get(kind)
            if known is None:
                yield f"JSON-LD: unknown type {kind}"
            elif unknown := set(node) - set(known.split()) - {"@type", "@context", "@graph"}:
                yield f"JSON-LD: {kind} has no {', '.join(sorted(unknown))}"


def way(page):
    """Where a page stands is said to programs as to people."""
    shown = [words(each) for each in page.tree.xpath("//nav[@class='crumb']//li")]
    ways = [node for node in page.data if node.get("@type") == "BreadcrumbList"]
    told = [[step.get("name") for step in each["itemListElement"]] for each in ways]
    if page.is_indexed and shown and told != [shown]:
        yield f"the data lead over {told}, the page over {shown}"


def news_article(page):
    articles = [node for node in page.data if node.get("@type") == "NewsArticle"]
    if len(articles) != 1:
        yield f"{len(articles)} NewsArticle"
        return
    [article] = articles
    if [article.get("headline")] != [words(each) for each in page.tree.iter("h1")]:
        yield f"headline {article.get('headline')!r} is not the h1"
    by = _list(article.get("author"))
    if not by or not all(each.get("name") and (each.get("url") or each.get("@id")) for each in by):
        yield "an author without name and url"
    shown = {each.get("datetime") for each in page.main.iter("time")}
    for name in ("datePublished", "dateModified"):
        value = article.get(name, "")
        if not isinstance(_moment(value), datetime):
            yield f"{name} {value!r} has no offset"
        elif value not in shown:
            yield f"{name} {value} stands nowhere on the page"
    widths = [
        int(each["width"])
        for each in _list(article.get("image"))
        if isinstance(each, dict) and "width" in each
    ]
    if article.get("image") and max(widths, default=0) < 1200:
        yield "no picture is 1200 wide"
    if not isinstance(article.get("isAccessibleForFree"), bool):
        yield "isAccessibleForFree is missing"


def _list(value):
    return value if isinstance(value, list) else [value] if value else []
