"""The pages of readers. Every one begins with `Article.objects.public()`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.core.paginator import Paginator
from django.db.models import Count, F, FilteredRelation, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from articles.article_page import Rows, page_context
from articles.caching import (
    agency_key,
    article_key,
    article_keys,
    author_key,
    gone_page,
    name_key,
    public_page,
    reader_page,
    section_key,
    shared_part,
    tag_key,
    topic_key,
)
from articles.front import front_part
from articles.highlighting import excerpt, holds
from articles.listing import (
    PAGE_ITEMS,
    ListPage,
    bare_first_page,
    page_in,
    page_of,
    page_of_newest,
)
from articles.markup import plain_text
from articles.models import (
    Article,
    ArticlePhoto,
    ArticleQuerySet,
    Author,
    Section,
    Tag,
    Topic,
    TopicTeaser,
)
from articles.reading import authors_of, placed_photos, public_article, tags_of
from articles.renaming import follows_renames
from articles.search import MAX_CHARACTERS, MOST_FOUND, PERIODS, find, parse
from articles.text import one_line

RELATED_NAMES = 8
TOPIC_ITEMS = 3
MAX_TOPICS = 100
# When nothing is found, tags of the last so many articles help.
LOOKED_AT_FOR_TAGS = 60
HELPING_TAGS = 12
SEARCH_FIELDS = ("section", "period", "sort")
NEWEST_FIRST = "new"
# Tag pages with fewer articles than this are no use in a search engine.
INDEXED_FROM = 3


@reader_page
def home(request: HttpRequest) -> HttpResponse:
    # What stands there is of a day: the latest tell the hour.
    part = shared_part(request, ("front", timezone.localdate()), front_part) or front_part()
    # The topics beside it leave out what stands here.
    context = {"front": part, "shown": part.articles}
    return public_page(request, render(request, "articles/home.html", context), part.keys)


@reader_page
def article(request: HttpRequest, pk: int) -> HttpResponse:
    found = public_article(pk)
    if found is None:
        return _withdrawn_article(request, pk)
    # Few articles have any corrections: a query only for those.
    corrections = list(found.corrections.shown()) if found.has_corrections else []
    rows = Rows(placed_photos(found), authors_of(found), tags_of(found), corrections)
    context = page_context(found, rows, timezone.now())
    return public_page(
        request,
        render(request, "articles/article.html", context),
        {
            article_key(pk),
            *(name_key(author_key(author.pk)) for author in rows.authors),
            *(name_key(tag_key(tag.pk)) for tag in rows.tags),
            *_agency_keys(found, context["photos"]),
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
    context = {"article": None, "withdrawn": found, "section": found.section}
    response = render(request, "410.html", context, status=410)
    return gone_page(request, response, {article_key(pk)})


@reader_page
@follows_renames(Section)
def section(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Section, slug=slug)
    page = page_of_newest(request, Article.objects.public().filter(section=found))
    context = {"section": found, "page": page}
    keys = {section_key(found.pk)}
    return _list_page(request, "articles/section.html", context, page, keys)


@reader_page
@follows_renames(Tag)
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    page = page_of_newest(request, Article.objects.public().filter(tagged__tag=found))
    _refuse_empty(page)
    related = list(_tags_beside(found, page))
    context = {
        "tag": found,
        "page": page,
        "related_tags": related,
        "noindex": page.is_first and page.paginator.count < INDEXED_FROM,
    }
    names = {name_key(tag_key(item.pk)) for item in (found, *related)}
    return _list_page(request, "articles/tag.html", context, page, {tag_key(found.pk), *names})


def _tags_beside(tag: Tag, page: ListPage[Article]) -> QuerySet[Tag]:
    """The tags that the page's articles have beside this one, the most frequent first."""
    beside: QuerySet[Tag] = Tag.objects.filter(tagged__content_object__in=list(page))
    return (
        beside.exclude(pk=tag.pk)
        .annotate(shared=Count("pk"))
        .order_by("-shared", "name")[:RELATED_NAMES]
    )


@reader_page
@follows_renames(Author)
def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Author.objects.select_related("photo__agency"), slug=slug)
    page = page_of_newest(request, Article.objects.public().filter(article_authors__author=found))
    _refuse_empty(page)
    context = {"author": found, "page": page}
    keys = {author_key(found.pk), name_key(author_key(found.pk))}
    return _list_page(request, "articles/author.html", context, page, keys)


@reader_page
@follows_renames(Topic)
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
    page = page_of(request, articles)
    _refuse_empty(page)
    related = list(_topics_beside(found, page))
    context = {
        "topic": found,
        "page": page,
        "teasers": [_as_teaser(item) for item in page],
        "related_topics": related,
    }
    keys = {topic_key(item.pk) for item in (found, *related)}
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
        .order_by("-own__is_pinned", "own__order", "-publish_at", "-id")
    )


def _topics_beside(topic: Topic, page: ListPage[Article]) -> QuerySet[Topic]:
    """Other topics in which the page's articles stand now."""
    teasers = TopicTeaser.objects.active().filter(article__in=list(page)).exclude(topic=topic)
    return (
        Topic.objects.filter(teasers__in=teasers)
        .annotate(shared=Count("pk"))
        .order_by("-shared", "order", "id")[:RELATED_NAMES]
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
        .order_by("-is_pinned", "order", "-article__publish_at", "-id")
    )
    by_topic = defaultdict(list)
    for teaser in teasers:
        by_topic[teaser.topic_id].append(teaser)
    shown = [(item, by_topic[item.pk][:TOPIC_ITEMS]) for item in active if by_topic[item.pk]]
    keys = {*(topic_key(item.pk) for item, _ in shown)}
    articles = article_keys(teaser.article for _, teasers in shown for teaser in teasers)
    response = render(request, "articles/topics.html", {"topics": shown})
    return public_page(request, response, keys | articles)


@reader_page
@bare_first_page
def search(request: HttpRequest) -> HttpResponse:
    """Articles that hold the words of `?q=`; a choice that does not exist is no choice."""
    text = one_line(request.GET.get("q", ""))[:MAX_CHARACTERS]
    query = parse(text)
    sections = list(Section.objects.all())
    within = next((item for item in sections if item.slug == request.GET.get("section")), None)
    period = PERIODS.get(request.GET.get("period", ""))
    by_relevance = request.GET.get("sort") != NEWEST_FIRST
    since = timezone.now() - period.length if period else None
    numbers = find(
        _narrowed(within, since),
        query,
        by_relevance=by_relevance,
        section=within.pk if within else None,
        since=since,
        newest_days=True,
    )
    pages: Paginator[Any] = Paginator(numbers, PAGE_ITEMS)
    page = page_in(request, pages)
    page.object_list = _with_excerpts(list(page.object_list), text)
    kept = {name: request.GET[name] for name in SEARCH_FIELDS if request.GET.get(name)}
    context = {
        "query": text,
        "words": query.words,
        "page": page,
        "kept": urlencode({"q": text} | kept, quote_via=quote),
        "sections": sections,
        "periods": PERIODS.values(),
        "chosen": {"section": within, "period": period, "by_relevance": by_relevance},
        "is_cut": len(numbers) == MOST_FOUND,
        "tags": () if numbers else _common_tags(),
    }
    return _list_page(request, "articles/search.html", context, page, ())


def _narrowed(section: Section | None, since: datetime | None) -> ArticleQuerySet:
    articles = Article.objects.public()
    if section is not None:
        articles = articles.filter(section=section)
    if since is not None:
        articles = articles.filter(publish_at__gte=since)
    return articles


def _with_excerpts(numbers: Sequence[int], text: str) -> list[Article]:
    """A page of what was found, each with the words around the first hit in its body."""
    rows = Article.objects.public().select_related("section").defer("search_text")
    articles = rows.in_bulk(numbers)
    found = [articles[number] for number in numbers if number in articles]
    for item in found:
        seen = holds(f"{item.headline}\n{item.teaser}", text)
        item.excerpt = "" if seen else excerpt(plain_text(item.body), text)  # type: ignore[attr-defined]
    return found


def _common_tags() -> QuerySet[Tag]:
    """The tags of what was published last, the commonest first."""
    newest = Article.objects.public().newest()[:LOOKED_AT_FOR_TAGS]
    tags = Tag.objects.filter(tagged__content_object__in=newest.values("pk"))
    by_use: QuerySet[Tag] = tags.annotate(number=Count("tagged")).order_by("-number", "name")
    return by_use[:HELPING_TAGS]


def _refuse_empty(page: ListPage[Article]) -> None:
    """404 without a public article: the name alone may tell what is under embargo."""
    if not page.paginator.count:
        raise Http404


def _list_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    page: Iterable[Article],
    keys: Iterable[str],
) -> HttpResponse:
    return public_page(request, render(request, template, context), {*keys, *article_keys(page)})
