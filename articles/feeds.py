"""Feeds: what is new in RSS 2.0 and Atom, of the site, a section, a topic, a tag, an author.

The same door, the same surrogate keys and the same lifetimes as the pages that list these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time
from html import escape, unescape
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.conf import settings
from django.core.files.storage import storages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed

from articles.addresses import absolute, local_second, tag_uri
from articles.caching import (
    CORRECTIONS,
    HOME,
    article_key,
    author_key,
    name_key,
    public_page,
    reader_page,
    section_key,
    tag_key,
    topic_key,
)
from articles.markup import without_photos
from articles.models import (
    Article,
    ArticleAuthor,
    ArticleQuerySet,
    Author,
    Correction,
    Photo,
    Rendition,
    Section,
    Tag,
    TaggedArticle,
    Topic,
    TopicTeaser,
)
from articles.text import strip_unwanted

ITEMS = 30
# Readers of feeds refuse larger files; the oldest texts stay away before that.
MOST_BYTES = 900_000

_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_ADDRESS = re.compile(r'(href|cite)="([^"]*)"')


class _News(SyndicationFeed):
    """What both forms have in common: a time of their own and the media elements."""

    content_type: str

    def latest_post_date(self) -> datetime:
        times: list[datetime] = [item["updateddate"] for item in self.items]
        # An empty feed says the same all day long, or no cache could ever keep it.
        return timezone.localtime(max(times)) if times else _midnight()

    def add_media(self, handler: Any, item: dict[str, Any]) -> None:
        if (photo := item["photo"]) is None:
            return
        entry = photo.largest_jpeg(Rendition.Crop.FREE)
        handler.startElement(
            "media:content",
            {
                "url": absolute(storages["default"].url(entry["name"])),
                "type": "image/jpeg",
                "medium": "image",
                "width": str(entry["width"]),
                "height": str(entry["height"]),
            },
        )
        if photo.caption:
            handler.addQuickElement("media:description", strip_unwanted(photo.caption))
        handler.addQuickElement("media:credit", strip_unwanted(photo.credit_line.lstrip("／")))
        handler.endElement("media:content")


class RssNews(_News, Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        spaces = {"xmlns:content": _CONTENT, "xmlns:dc": _DC, "xmlns:media": _MEDIA}
        return {**super().rss_attributes(), **spaces}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.addQuickElement("dc:creator", name)
        self.add_media(handler, item)
        if item["content"]:
            handler.addQuickElement("content:encoded", item["content"])


class AtomNews(_News, Atom1Feed):
    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:media": _MEDIA}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        self.add_media(handler, item)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})


FORMS: dict[str, type[_News]] = {"rss": RssNews, "atom": AtomNews}


class Channel(NamedTuple):
    """What a feed is of: its name, the page that lists the same, a description, its keys."""

    name: str
    address: str
    about: str
    keys: set[str]


def _channel(row: Section | Tag | Author | Topic, about: str, key: Callable[[int], str]) -> Channel:
    listed = key(row.pk)
    return Channel(row.name, row.get_absolute_url(), about, {listed, name_key(listed)})


# --- the addresses


def known_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A reader's page whose last argument is `rss` or `atom`; 404 for any other word."""

    def wrapped(request: HttpRequest, /, form: str, **kwargs: Any) -> HttpResponse:
        if form not in FORMS:
            raise Http404
        return view(request, form, **kwargs)

    return reader_page(wrapped)


@known_form
def site(request: HttpRequest, form: str) -> HttpResponse:
    channel = Channel("", "/", settings.SITE_TAGLINE, {HOME})
    return _answer(request, form, channel, _with_all(Article.objects.public()))


@known_form
def section(request: HttpRequest, form: str, slug: str) -> HttpResponse:
    found = get_object_or_404(Section, slug=slug)
    articles = _with_all(Article.objects.public().filter(section=found))
    return _answer(request, form, _channel(found, found.description, section_key), articles)


@known_form
def tag(request: HttpRequest, form: str, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    articles = _or_404(Article.objects.public().filter(tagged__tag=found))
    return _answer(request, form, _channel(found, "", tag_key), articles)


@known_form
def author(request: HttpRequest, form: str, slug: str) -> HttpResponse:
    found = get_object_or_404(Author, slug=slug)
    articles = _or_404(Article.objects.public().filter(article_authors__author=found))
    return _answer(request, form, _channel(found, found.bio, author_key), articles)


@known_form
def topic(request: HttpRequest, form: str, slug: str) -> HttpResponse:
    """A topic's articles in their own words: teasers are for the page, where they stand in turn."""
    found = get_object_or_404(Topic, slug=slug, is_active=True)
    teasers = TopicTeaser.objects.active().filter(topic=found)
    articles = _or_404(Article.objects.public().filter(pk__in=teasers.values("article")))
    return _answer(request, form, _channel(found, found.description, topic_key), articles)


@known_form
def corrections(request: HttpRequest, form: str) -> HttpResponse:
    """訂正・おわび of public articles, each leading to its article."""
    shown = (
        Correction.objects.shown()
        .filter(article__in=Article.objects.public())
        .select_related("article")
        .order_by("-published_at", "-id")[:ITEMS]
    )
    channel = Channel(
        "訂正・おわび", reverse("corrections"), "訂正とおわびの一覧です。", {CORRECTIONS}
    )
    feed = _feed(request, form, channel)
    for correction in shown:
        article = correction.article
        kind = correction.get_kind_display()
        at = local_second(correction.published_at)
        feed.add_item(
            title=strip_unwanted(f"{kind}：{article.headline}"),
            link=absolute(article.get_absolute_url()),
            description=escape(strip_unwanted(correction.text)),
            pubdate=at,
            updateddate=at,
            unique_id=tag_uri(at, f"corrections/{correction.pk}"),
            unique_id_is_permalink=False,
            authors=[],
            photo=None,
            content="",
        )
        channel.keys.add(article_key(article.pk))
    return _written(request, feed, channel.keys)


# --- what stands in them


def _with_all(articles: ArticleQuerySet) -> list[Article]:
    """The newest articles with everything that an item says, in three queries."""
    authors = Prefetch("article_authors", ArticleAuthor.objects.select_related("author"))
    tags = Prefetch("tagged", TaggedArticle.objects.select_related("tag").order_by("tag__name"))
    return list(
        articles.newest()
        .select_related("section", "agency", "lead_photo__agency")
        .defer("search_text")
        .prefetch_related(authors, tags)[:ITEMS]
    )


def _or_404(articles: ArticleQuerySet) -> list[Article]:
    """A name alone may tell what is under embargo: no feed without a public article."""
    found = _with_all(articles)
    if not found:
        raise Http404
    return found


def _answer(
    request: HttpRequest, form: str, channel: Channel, articles: Sequence[Article]
) -> HttpResponse:
    feed = _feed(request, form, channel)
    room = MOST_BYTES
    for article in articles:
        content = _content(article)
        # In XML `<` takes four bytes.
        room -= len(escape(content).encode())
        _add(feed, article, content if room > 0 else "")
    return _written(request, feed, channel.keys | {article_key(item.pk) for item in articles})


def _feed(request: HttpRequest, form: str, channel: Channel) -> _News:
    name = f"{channel.name} - {settings.SITE_NAME}" if channel.name else settings.SITE_NAME
    title, about = strip_unwanted(name), strip_unwanted(channel.about)
    itself = absolute(escape_uri_path(request.path))
    return FORMS[form](
        title=title,
        link=absolute(channel.address),
        description=about or title,
        subtitle=about or None,
        language="ja",
        author_name=settings.SITE_NAME if form == "atom" else None,
        author_link=f"{settings.SITE_URL}/",
        feed_url=itself,
        feed_guid=itself,
        feed_copyright=f"© {settings.SITE_NAME}",
    )


def _add(feed: SyndicationFeed, article: Article, content: str) -> None:
    assert article.publish_at is not None and article.modified_at is not None  # noqa: PT018, S101
    feed.add_item(
        title=strip_unwanted(article.headline),
        link=absolute(article.get_absolute_url()),
        # HTML to readers of feeds: what looks like markup in a teaser is none.
        description=escape(strip_unwanted(article.teaser), quote=False),
        pubdate=local_second(article.publish_at),
        updateddate=local_second(article.modified_at),
        unique_id=tag_uri(article.publish_at, f"articles/{article.pk}"),
        unique_id_is_permalink=False,
        categories=[strip_unwanted(name) for name in _categories(article)],
        authors=[strip_unwanted(item.author.name) for item in article.article_authors.all()],
        photo=_photo(article),
        content=content,
    )


def _categories(article: Article) -> list[str]:
    return [article.section.name, *(item.tag.name for item in article.tagged.all())]


def _photo(article: Article) -> Photo | None:
    """The lead photo where others may show it and a file of it exists."""
    photo = article.picture
    if photo is None or not photo.is_syndicable or not photo.largest_jpeg(Rendition.Crop.FREE):
        return None
    return photo


def _content(article: Article) -> str:
    """The body with absolute addresses, where the site and the text's agency give it away."""
    if not settings.FEEDS_FULL_TEXT:
        return ""
    if article.agency is not None and not article.agency.rights_syndication:
        return ""
    base = absolute(article.get_absolute_url())

    def made_absolute(found: re.Match[str]) -> str:
        name, address = found.groups()
        return f'{name}="{escape(urljoin(base, unescape(address)))}"'

    return _ADDRESS.sub(made_absolute, without_photos(article.body_html))


def _midnight() -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(), time()))


def _written(request: HttpRequest, feed: _News, keys: Iterable[str]) -> HttpResponse:
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    # Feeds are for readers of feeds; search engines have the sitemaps.
    response["X-Robots-Tag"] = "noindex"
    return public_page(request, response, keys)
