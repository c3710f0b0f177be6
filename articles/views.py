"""The pages of readers. Every one begins with `Article.objects.public()`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from articles.caching import (
    HOME,
    agency_key,
    article_key,
    author_key,
    gone_page,
    name_key,
    public_page,
    reader_page,
    section_key,
    tag_key,
    topic_key,
)
from articles.layout import body_parts
from articles.listing import bare_first_page, page_of
from articles.models import (
    Article,
    ArticlePhoto,
    ArticleQuerySet,
    Author,
    Correction,
    Section,
    Tag,
    Topic,
    TopicTeaser,
)
from articles.related import related_articles
from articles.search import matching
from articles.text import one_line

LATEST_ITEMS = 8
BLOCK_ITEMS = 3
TOPIC_ITEMS = 3
MAX_TOPICS = 100
# The top story is the newest one that has a picture, looked for among so many.
LOOKED_AT_FOR_TOP = 20
OLD_AFTER = timedelta(days=365)
# Tag pages with fewer articles than this are no use in a search engine.
INDEXED_FROM = 3


@reader_page
def home(request: HttpRequest) -> HttpResponse:
    newest = list(Article.objects.public().newest().for_lists()[:LOOKED_AT_FOR_TOP])
    top = next((article for article in newest if article.picture), newest[0] if newest else None)
    latest = [article for article in newest if article is not top][:LATEST_ITEMS]
    shown = [*latest, top] if top else latest
    blocks = _section_blocks(without=shown)
    keys = {HOME, *_article_keys(shown)}
    for section, articles in blocks:
        keys |= {section_key(section.pk), *_article_keys(articles)}
    context = {"top": top, "latest": latest, "blocks": blocks}
    return public_page(request, render(request, "articles/home.html", context), keys)


def _section_blocks(without: Sequence[Article]) -> list[tuple[Section, list[Article]]]:
    """Each section with its newest articles that do not stand elsewhere; two queries in all."""
    elsewhere = [article.pk for article in without]
    sections = list(Section.objects.all())
    public = Article.objects.public().exclude(pk__in=elsewhere)
    articles = public.among(
        *(public.filter(section=section).newest()[:BLOCK_ITEMS] for section in sections)
    )
    by_section = defaultdict(list)
    for article in articles.newest().for_lists():
        by_section[article.section_id].append(article)
    return [(section, by_section[section.pk]) for section in sections if by_section[section.pk]]


@reader_page
def article(request: HttpRequest, pk: int) -> HttpResponse:
    found = (
        Article.objects.public()
        .select_related("section", "agency")
        .defer("search_text")
        .annotate(has_corrections=Exists(Correction.objects.shown().filter(article=OuterRef("pk"))))
        .filter(pk=pk)
        .first()
    )
    if found is None:
        return _withdrawn_article(request, pk)
    placed = list(found.article_photos.select_related("photo__agency"))
    photos = [item for item in placed if item.photo.is_showable]
    # When the term of the first one has ended, the next stands in.
    lead = photos[0] if photos else None
    related = list(related_articles(found))
    # Few articles have any: a query only for those.
    corrections = (
        list(found.corrections.shown())
        if found.has_corrections  # type: ignore[attr-defined]
        else []
    )
    authors = [item.author for item in found.article_authors.select_related("author")]
    tags = list(found.tags.all())
    context = {
        "article": found,
        "corrections_first": [item for item in corrections if item.changes_meaning],
        "corrections": [item for item in corrections if not item.changes_meaning],
        "section": found.section,
        "authors": authors,
        "lead": lead,
        "photos_ended": bool(placed) and not photos,
        "photo_count": len(photos),
        "parts": body_parts(found, [item for item in photos if item is not lead]),
        "tags": tags,
        "related": related,
        "is_old": bool(found.publish_at and found.publish_at < timezone.now() - OLD_AFTER),
    }
    return public_page(
        request,
        render(request, "articles/article.html", context),
        {
            article_key(pk),
            *_article_keys(related),
            *(name_key(author_key(author.pk)) for author in authors),
            *(name_key(tag_key(tag.pk)) for tag in tags),
            *_agency_keys(found, photos),
        },
    )


def _agency_keys(found: Article, photos: Iterable[ArticlePhoto]) -> set[str]:
    agencies = {found.agency_id, *(item.photo.agency_id for item in photos)}
    return {agency_key(pk) for pk in agencies if pk is not None}


@reader_page
def article_photo(request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
    """One photo of an article on a page of its own, between the ones before and after it."""
    found = (
        Article.objects.public()
        .select_related("section")
        .defer("body", "search_text")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        return _withdrawn_article(request, pk)
    items = [
        item
        for item in found.article_photos.select_related("photo__agency")
        if item.photo.is_showable and item.photo.ladder
    ]
    place = next((n for n, item in enumerate(items) if item.photo_id == photo_pk), None)
    if place is None:
        raise Http404
    context = {
        "article": found,
        "section": found.section,
        "item": items[place],
        "items": items,
        "number": place + 1,
        "previous": items[place - 1] if place else None,
        "following": items[place + 1] if place + 1 < len(items) else None,
    }
    keys = {article_key(pk), *_agency_keys(found, items)}
    return public_page(request, render(request, "articles/photo.html", context), keys)


def _withdrawn_article(request: HttpRequest, pk: int) -> HttpResponse:
    """410 in words for what readers once saw; 404 for everything else."""
    found = Article.objects.formerly_public().select_related("section").filter(pk=pk).first()
    if found is None:
        raise Http404
    context = {"withdrawn_at": found.withdrawn_at, "section": found.section}
    response = render(request, "410.html", context, status=410)
    return gone_page(request, response, {article_key(pk)})


@reader_page
@bare_first_page
def section(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Section, slug=slug)
    articles = Article.objects.public().filter(section=found).newest().for_lists()
    page = page_of(request, articles)
    context = {"section": found, "page": page}
    keys = {section_key(found.pk)}
    return _list_page(request, "articles/section.html", context, page, keys)


@reader_page
@bare_first_page
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    articles = Article.objects.public().filter(tagged__tag=found).newest().for_lists()
    page = _page_with_articles(request, articles)
    context = {"tag": found, "page": page, "noindex": page.paginator.count < INDEXED_FROM}
    keys = {tag_key(found.pk), name_key(tag_key(found.pk))}
    return _list_page(request, "articles/tag.html", context, page, keys)


@reader_page
@bare_first_page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Author.objects.select_related("photo"), slug=slug)
    articles = Article.objects.public().filter(article_authors__author=found).newest().for_lists()
    page = _page_with_articles(request, articles)
    context = {"author": found, "page": page}
    keys = {author_key(found.pk), name_key(author_key(found.pk))}
    return _list_page(request, "articles/author.html", context, page, keys)


@reader_page
@bare_first_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """A topic's articles with the words they have there: pinned ones, then the newest."""
    found = get_object_or_404(Topic, slug=slug, is_active=True)
    articles = (
        _standing_in(found)
        .annotate(
            own_headline=F("own__headline"),
            own_phrases=F("own__headline_phrases"),
            own_teaser=F("own__teaser"),
            is_pinned=F("own__is_pinned"),
        )
        .for_lists()
    )
    page = _page_with_articles(request, articles)
    context = {"topic": found, "page": page, "teasers": [_as_teaser(item) for item in page]}
    keys = {topic_key(found.pk)}
    return _list_page(request, "articles/topic.html", context, page, keys)


def _standing_in(topic: Topic) -> ArticleQuerySet:
    """A topic's public articles whose teaser is in its time; the teaser is joined as `own`."""
    now = timezone.now()
    return (
        Article.objects.public()
        .alias(own=FilteredRelation("teasers", condition=Q(teasers__topic=topic)))
        .filter(
            Q(own__starts_at=None) | Q(own__starts_at__lte=now),
            Q(own__ends_at=None) | Q(own__ends_at__gt=now),
            own__isnull=False,
        )
        .order_by("-own__is_pinned", "-publish_at", "-id")
    )


def _as_teaser(item: Any) -> TopicTeaser:
    """The topic's words for an article, as the row that they come from."""
    return TopicTeaser(
        article=item,
        headline=item.own_headline,
        headline_phrases=item.own_phrases,
        teaser=item.own_teaser,
        is_pinned=item.is_pinned,
    )


@reader_page
def topics(request: HttpRequest) -> HttpResponse:
    """Active topics, each with what leads its page; those without public ones are left out."""
    active = list(Topic.objects.filter(is_active=True)[:MAX_TOPICS])
    leading = Article.objects.public().among(*(_standing_in(item)[:TOPIC_ITEMS] for item in active))
    teasers = (
        TopicTeaser.objects.active()
        .filter(topic__in=active, article__in=list(leading.values_list("pk", flat=True)))
        .select_related("article__section", "article__lead_photo")
        .order_by("-is_pinned", "-article__publish_at", "-id")
    )
    by_topic = defaultdict(list)
    for teaser in teasers:
        by_topic[teaser.topic_id].append(teaser)
    shown = [(item, by_topic[item.pk][:TOPIC_ITEMS]) for item in active if by_topic[item.pk]]
    keys = {*(topic_key(item.pk) for item, _ in shown)}
    articles = _article_keys(teaser.article for _, teasers in shown for teaser in teasers)
    response = render(request, "articles/topics.html", {"topics": shown})
    return public_page(request, response, keys | articles)


@reader_page
@bare_first_page
def search(request: HttpRequest) -> HttpResponse:
    query = one_line(request.GET.get("q", ""))[:200]
    articles = matching(Article.objects.public(), query).newest().for_lists()
    page = page_of(request, articles)
    context = {"query": query, "page": page}
    return _list_page(request, "articles/search.html", context, page, ())


def _page_with_articles(request: HttpRequest, articles: ArticleQuerySet) -> Page[Article]:
    """404 without a public article: the name alone may tell what is under embargo."""
    page = page_of(request, articles)
    if not page.paginator.count:
        raise Http404
    return page


def _list_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    page: Page[Article],
    keys: Iterable[str],
) -> HttpResponse:
    return public_page(request, render(request, template, context), {*keys, *_article_keys(page)})


def _article_keys(articles: Iterable[Article]) -> set[str]:
    return {article_key(item.pk) for item in articles}
