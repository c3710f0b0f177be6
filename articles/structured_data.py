"""What search engines read of a page: schema.org vocabulary, one graph for each page.

A page says the same thing twice, to people and to programs: what stands here must equal what
stands there. Everything is built from rows that the page has loaded anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import storages
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe

from articles.addresses import absolute, moment
from articles.models import Article, ArticlePhoto, Author, Correction, Photo, Rendition, Tag

# Search engines and social networks show nothing narrower large.
LARGE = 1200
# What a page shows where it has no photo that others may show.
FALLBACK_PICTURE = "newsportal/og.png"
FALLBACK_SIZE = (1200, 630)
LOGO = "newsportal/icon-512.png"
# The pages of the newsroom that say by what rules it works.
POLICIES = {"publishingPrinciples": "policy", "correctionsPolicy": "corrections"}
MOST_LISTED = 50

_CROPS = (
    Rendition.Crop.WIDE,
    Rendition.Crop.STANDARD_FOR_OTHERS,
    Rendition.Crop.SQUARE_FOR_OTHERS,
)
# Inside <script> no markup may begin; the two line ends are none to JSON but to old parsers.
_ESCAPES = str.maketrans({character: f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"})

Thing = dict[str, Any]


class Picture(NamedTuple):
    """A file that others may show, with what its mark-up needs."""

    url: str
    width: int
    height: int
    alt: str


def as_script(*things: Thing) -> SafeString:
    """One graph in a `<script>` that no headline can end."""
    graph = {"@context": "https://schema.org", "@graph": list(things)}
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped)


# --- pictures


def picture_to_share(photo: Photo | None) -> Picture:
    """What social networks show beside a link: the photo in 16:9, else the site's own picture."""
    if photo is not None and photo.is_showable and photo.is_sharable:
        for crop in (Rendition.Crop.WIDE, Rendition.Crop.FREE):
            entry = photo.largest_jpeg(crop)
            if entry is not None and entry["width"] >= LARGE and entry["height"] >= LARGE / 2:
                url = absolute(storages["default"].url(entry["name"]))
                return Picture(url, entry["width"], entry["height"], photo.alt)
    url = absolute(staticfiles_storage.url(FALLBACK_PICTURE))
    return Picture(url, *FALLBACK_SIZE, settings.SITE_NAME)


def _images(photo: Photo) -> list[Thing]:
    """The crops that search engines ask for, where they are large enough; else the largest file."""
    found = [entry for crop in _CROPS if (entry := photo.largest_jpeg(crop))]
    entries = [entry for entry in found if entry["width"] >= LARGE]
    if not entries and (whole := photo.largest_jpeg(Rendition.Crop.FREE)):
        entries = [whole]
    return [_image(photo, entry) for entry in entries]


def _image(photo: Photo, entry: Thing) -> Thing:
    thing = {
        "@type": "ImageObject",
        "url": absolute(storages["default"].url(entry["name"])),
        "width": entry["width"],
        "height": entry["height"],
        "creditText": photo.credit_line.lstrip("／"),
    }
    if photo.copyright:
        thing["copyrightNotice"] = photo.copyright
    return thing


# --- who publishes, and where a page stands


def publisher() -> Thing:
    thing: Thing = {
        "@type": "NewsMediaOrganization",
        "@id": f"{settings.SITE_URL}/#publisher",
        "name": settings.SITE_NAME,
        "url": f"{settings.SITE_URL}/",
        "logo": {"@type": "ImageObject", "url": absolute(staticfiles_storage.url(LOGO))},
    }
    for name, slug in POLICIES.items():
        if address := _about(slug):
            thing[name] = address
    return thing


def _about(slug: str) -> str | None:
    """The address of a page about the newsroom, on sites that have such pages."""
    try:
        return absolute(reverse("about_page", args=[slug]))
    except NoReverseMatch:
        return None


def _publisher_reference() -> Thing:
    return {"@id": f"{settings.SITE_URL}/#publisher"}


def breadcrumb(*steps: tuple[str, str]) -> Thing:
    """The way from the home page: names and addresses."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(address)}
            for place, (name, address) in enumerate([("ホーム", "/"), *steps], start=1)
        ],
    }


# --- the kinds of pages


def site() -> list[Thing]:
    """The home page."""
    search = absolute(reverse("search"))
    return [
        {
            "@type": "WebSite",
            "@id": f"{settings.SITE_URL}/#site",
            "url": f"{settings.SITE_URL}/",
            "name": settings.SITE_NAME,
            "description": settings.SITE_TAGLINE,
            "inLanguage": "ja",
            "publisher": _publisher_reference(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": {
                    "@type": "EntryPoint",
                    "urlTemplate": f"{search}?q={{search_term_string}}",
                },
                "query-input": "required name=search_term_string",
            },
        },
        publisher(),
    ]


def news_article(
    article: Article,
    *,
    authors: Sequence[Author],
    tags: Iterable[Tag],
    photo: Photo | None,
    corrections: Iterable[Correction],
) -> list[Thing]:
    """An article's page. `photo` is the one that the page leads with."""
    address = absolute(article.get_absolute_url())
    thing: Thing = {
        "@type": "NewsArticle",
        "@id": f"{address}#article",
        "url": address,
        "mainEntityOfPage": address,
        "headline": article.headline,
        "inLanguage": "ja",
        "datePublished": moment(article.publish_at),
        "dateModified": moment(article.modified_at),
        "author": [person_reference(author) for author in authors] or [_organization()],
        "publisher": _publisher_reference(),
        "isAccessibleForFree": True,
        "articleSection": article.section.name,
    }
    if article.teaser:
        thing["description"] = article.teaser
    if keywords := [tag.name for tag in tags]:
        thing["keywords"] = keywords
    if photo is not None and (images := _images(photo)):
        thing["image"] = images
    if article.agency:
        thing["sourceOrganization"] = {"@type": "Organization", "name": article.agency.name}
    if fixed := [_correction(correction) for correction in corrections]:
        thing["correction"] = fixed
    section = article.section
    return [thing, publisher(), breadcrumb((section.name, section.get_absolute_url()))]


def _correction(correction: Correction) -> Thing:
    return {
        "@type": "CorrectionComment",
        "name": correction.get_kind_display(),
        "text": correction.text,
        "datePublished": moment(correction.published_at),
    }


def _organization() -> Thing:
    """Who answers for an article without a byline."""
    return {
        "@type": "NewsMediaOrganization",
        "name": settings.SITE_NAME,
        "url": f"{settings.SITE_URL}/",
    }


def person_reference(author: Author) -> Thing:
    thing: Thing = {
        "@type": "Person",
        "name": author.name,
        "url": absolute(author.get_absolute_url()),
    }
    if author.role:
        thing["jobTitle"] = author.role
    return thing


def profile(author: Author, address: str, articles: Iterable[Article]) -> list[Thing]:
    """An author's page."""
    person = person_reference(author)
    if author.kana:
        person["alternateName"] = author.kana
    if author.bio:
        person["description"] = author.bio
    if author.photo and author.photo.is_showable and (images := _images(author.photo)):
        person["image"] = images[0]
    person["worksFor"] = _publisher_reference()
    return [
        {
            "@type": "ProfilePage",
            "url": address,
            "name": author.name,
            "inLanguage": "ja",
            "mainEntity": person,
            "hasPart": _list_of(articles),
        },
        publisher(),
        breadcrumb((author.name, author.get_absolute_url())),
    ]


def collection(
    name: str, address: str, articles: Iterable[Article], *steps: tuple[str, str], here: str = ""
) -> list[Thing]:
    """A page that lists articles; `steps` lead to it, where it is called `here`, from home."""
    thing: Thing = {
        "@type": "CollectionPage",
        "url": address,
        "name": name,
        "inLanguage": "ja",
        "isPartOf": {"@id": f"{settings.SITE_URL}/#site"},
    }
    if listed := list(articles):
        thing["mainEntity"] = _list_of(listed)
    return [
        thing,
        publisher(),
        breadcrumb(*steps, (here or name, address)),
    ]


def photo_page(item: ArticlePhoto, article: Article, address: str) -> list[Thing]:
    """One photo of an article on a page of its own."""
    photo = item.photo
    images = _images(photo)
    license_ = _about("policy")
    for thing in images:
        thing |= {"caption": item.shown_caption or photo.alt, "representativeOfPage": True}
        if photo.taken_on:
            thing["dateCreated"] = photo.taken_on.isoformat()
        if license_:
            thing |= {"license": license_, "acquireLicensePage": license_}
    return [
        *images,
        publisher(),
        breadcrumb((article.headline, article.get_absolute_url()), ("写真", address)),
    ]


def _list_of(articles: Iterable[Article]) -> Thing:
    """Addresses alone: the names stand on the pages that they lead to."""
    return {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "url": absolute(article.get_absolute_url())}
            for place, article in enumerate(list(articles)[:MOST_LISTED], start=1)
        ],
    }
