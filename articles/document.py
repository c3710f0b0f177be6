"""An article as one document: what a revision keeps, an export writes and an import reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models

from articles.comparing import readable_blocks
from articles.models import (
    Agency,
    Article,
    ArticleAuthor,
    ArticlePhoto,
    Author,
    FormerSlug,
    Photo,
    RelatedArticle,
    Section,
    Topic,
    TopicTeaser,
)

FORMAT = 1
_PLAIN = (
    "headline", "short_headline", "teaser", "body", "dateline", "status", "publish_at",
    "unpublish_at", "embargo_until", "updated_at", "withdrawn_at", "withdrawn_reason",
    "withdrawn_for", "noindex", "is_sensitive", "version", "external_id",
)  # fmt: skip


# Change with every save and say nothing of its content.
_NUMBERS = {"format", "id", "version"}
# What an editor writes, without what the article's state and clock say.
CONTENT = (
    "headline", "short_headline", "teaser", "body", "dateline", "noindex", "is_sensitive",
)  # fmt: skip

# All that a version can bring back: with what hangs on the article.
RESTORED = (*CONTENT, "section", "agency", "authors", "tags", "related", "photos", "teasers")


def article_document(article: Article) -> dict[str, Any]:
    """All that an editor wrote of an article, as JSON types.

    Times are ISO 8601 with offset. Rows that live on their own (section, authors, agency,
    topics) are named by slug, photos by their SHA-256, related articles by id.
    """
    document: dict[str, Any] = {"format": FORMAT, "id": article.pk}
    document |= {name: _plain(getattr(article, name)) for name in _PLAIN}
    document["section"] = article.section.slug
    document["agency"] = article.agency.slug if article.agency else None
    document["authors"] = list(
        article.article_authors.order_by("order", "id").values_list("author__slug", flat=True)
    )
    document["tags"] = sorted(article.tags.names())
    document["related"] = list(
        article.related_items.order_by("order", "id").values_list("other_id", flat=True)
    )
    document["photos"] = [
        {
            "sha256": item.photo.sha256,
            "photo": item.photo_id,
            "caption": item.caption,
            "library_caption": item.photo.caption,
            "credit": item.photo.credit_line,
            "after_paragraph": item.after_paragraph,
            "in_gallery": item.in_gallery,
        }
        for item in article.article_photos.select_related("photo__agency")
    ]
    document["teasers"] = [
        {
            "topic": teaser.topic.slug,
            "headline": teaser.headline,
            "teaser": teaser.teaser,
            "is_pinned": teaser.is_pinned,
            "starts_at": _plain(teaser.starts_at),
            "ends_at": _plain(teaser.ends_at),
        }
        for teaser in article.teasers.select_related("topic").order_by("id")
    ]
    return document


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def changed_content(article: Article) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the newest version of an article changed: by field, before and after.

    Of a body only the paragraphs that differ.
    """
    documents = list(article.revisions.order_by("-version").values_list("document", flat=True)[:2])
    if not documents:
        return {}, {}
    new, old = documents[0], documents[1] if len(documents) > 1 else {}
    names = [
        name
        for name in {**old, **new}
        if name not in _NUMBERS and (old.get(name) or None) != (new.get(name) or None)
    ]
    before = {name: old[name] for name in names if name in old}
    after = {name: new[name] for name in names if name in new}
    if "body" in names:
        was, now = readable_blocks(old.get("body") or ""), readable_blocks(new.get("body") or "")
        before["body"] = "\n".join(line for line in was if line not in set(now))
        after["body"] = "\n".join(line for line in now if line not in set(was))
    return before, after


def rewrite(article: Article, document: Mapping[str, Any]) -> list[str]:
    """Makes the content of an article what a document says; returns what could not be, in words.

    State, times and numbers stay as they are, and so does whatever the document does not speak
    of: one of an older format may be silent. The rows that hang on the article are written, its
    own row is not: a verb does that. Call it in the verb's transaction.
    """
    for name in CONTENT:
        if name in document:
            setattr(article, name, document[name])
    gone: list[str] = []
    if "section" in document:
        section = by_slug(Section, [document["section"]]).get(document["section"])
        if section is None:
            gone.append(f"分野「{document['section']}」")
        else:
            article.section = section
    if "agency" in document:
        article.agency = _agency(document["agency"], gone)
    if "tags" in document:
        article.tags.set(document["tags"])
    for name, write in (
        ("authors", _write_authors),
        ("related", _write_related),
        ("photos", _write_photos),
        ("teasers", _write_teasers),
    ):
        if name in document:
            write(article, document[name], gone)
    return gone


def by_slug(model: type[models.Model], slugs: list[str]) -> dict[str, Any]:
    """Rows by the name that a document gives them, which may be a former one."""
    rows: Any = model._default_manager
    found = {row.slug: row for row in rows.filter(slug__in=slugs)}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        former = dict(
            FormerSlug.objects.filter(kind=model._meta.model_name, slug__in=missing).values_list(
                "slug", "target_id"
            )
        )
        kept = rows.in_bulk(former.values())
        found |= {slug: kept[pk] for slug, pk in former.items() if pk in kept}
    return found


def photos_of(document: Mapping[str, Any]) -> dict[int, Photo]:
    """The photos that a document names, by the number it names them with.

    A photo that was taken out of the library and came back has another number and its old sum.
    """
    items = document.get("photos") or []
    found = Photo.objects.in_bulk([item["photo"] for item in items if item.get("photo")])
    sums = [item["sha256"] for item in items if item.get("photo") not in found]
    if sums:
        again = {photo.sha256: photo for photo in Photo.objects.filter(sha256__in=sums)}
        for item in items:
            if item.get("photo") not in found and item["sha256"] in again:
                found[item.get("photo")] = again[item["sha256"]]
    return found


def _agency(slug: str | None, gone: list[str]) -> Agency | None:
    if not slug:
        return None
    agency: Agency | None = by_slug(Agency, [slug]).get(slug)
    if agency is None:
        gone.append(f"配信元「{slug}」")
    return agency


def _write_authors(article: Article, slugs: list[str], gone: list[str]) -> None:
    found = by_slug(Author, slugs)
    gone += [f"筆者「{slug}」" for slug in slugs if slug not in found]
    wanted = {found[slug].pk: {"author": found[slug]} for slug in slugs if slug in found}
    _write_rows(ArticleAuthor, article, "author_id", wanted)


def _write_related(article: Article, numbers: list[int], gone: list[str]) -> None:
    others = Article.objects.live().exclude(pk=article.pk).in_bulk(numbers)
    gone += [f"関連記事{number}" for number in numbers if number not in others]
    wanted = {pk: {"other": others[pk]} for pk in numbers if pk in others}
    _write_rows(RelatedArticle, article, "other_id", wanted)


def _write_photos(article: Article, items: list[dict[str, Any]], gone: list[str]) -> None:
    found = photos_of({"photos": items})
    wanted = {}
    for item in items:
        photo = found.get(item["photo"])
        if photo is None:
            said = item.get("caption") or item.get("library_caption") or "説明なし"
            gone.append(f"写真{item['photo']}「{said[:30]}」")
            continue
        wanted[photo.pk] = {
            "photo": photo,
            "caption": item.get("caption", ""),
            "after_paragraph": item.get("after_paragraph"),
            "in_gallery": item.get("in_gallery", False),
        }
    _write_rows(ArticlePhoto, article, "photo_id", wanted)


def _write_teasers(article: Article, items: list[dict[str, Any]], gone: list[str]) -> None:
    found = by_slug(Topic, [item["topic"] for item in items])
    gone += [f"トピック「{item['topic']}」" for item in items if item["topic"] not in found]
    wanted = {
        found[item["topic"]].pk: {
            "topic": found[item["topic"]],
            "headline": item.get("headline", ""),
            "teaser": item.get("teaser", ""),
            "is_pinned": item.get("is_pinned", False),
            "starts_at": _moment(item.get("starts_at")),
            "ends_at": _moment(item.get("ends_at")),
        }
        for item in items
        if item["topic"] in found
    }
    _write_rows(TopicTeaser, article, "topic_id", wanted)


def _write_rows(
    model: type[models.Model], article: Article, key: str, wanted: Mapping[int, dict[str, Any]]
) -> None:
    """The rows of an article become these, in this order; a row that stays keeps its number."""
    rows: Any = model._default_manager
    stored = {getattr(row, key): row for row in rows.filter(article=article)}
    for value, row in stored.items():
        if value not in wanted:
            row.delete()
    has_order = any(field.name == "order" for field in model._meta.fields)
    for order, (value, values) in enumerate(wanted.items()):
        row = stored.get(value) or model(article=article)
        for name, new in (values | ({"order": order} if has_order else {})).items():
            setattr(row, name, new)
        row.save()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
