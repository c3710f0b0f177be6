"""Versions of an article: what differs between two, bringing one back, keeping and thinning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from articles.auditing import record
from articles.caching import keys_of
from articles.comparing import Change, Line, keyed_lines, lines_of, readable_blocks
from articles.document import by_slug, rewrite
from articles.models import (
    Agency,
    Article,
    Author,
    ReviewStep,
    Revision,
    Section,
    Swap,
    Topic,
)
from articles.publishing import refuse_stale, save, update
from articles.scope import require

# In the order in which a newsroom reads: text, pictures, people and places, then the window.
LABELS = {
    "headline": "見出し",
    "short_headline": "短い見出し",
    "teaser": "リード",
    "body": "本文",
    "photos": "写真と説明",
    "authors": "筆者",
    "section": "分野",
    "tags": "タグ",
    "dateline": "発信地",
    "agency": "配信元",
    "teasers": "トピック",
    "related": "関連記事",
    "status": "状態",
    "publish_at": "公開日時",
    "unpublish_at": "公開終了日時",
    "embargo_until": "解禁日時",
    "updated_at": "更新日時",
    "withdrawn_at": "取り下げ日時",
    "withdrawn_reason": "取り下げの理由",
    "withdrawn_for": "取り下げの分類",
    "noindex": "検索エンジンに載せない",
    "is_sensitive": "ランキングに載せない",
}
# A version is thinned out when it is neither of the newest, nor younger than this.
NEWEST_KEPT = 20
YOUNG = timedelta(days=30)
_OUT = (Article.Status.PUBLISHED, Article.Status.HELD, Article.Status.WITHDRAWN)


class Terms(NamedTuple):
    """What a person says beside a restore."""

    is_material: bool = False
    note: str = ""


_NO_TERMS = Terms()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """What a person sees differ between two documents, field by field.

    A field that either document does not speak of is left out: an older format is silent.
    """
    names = _Names(old, new)
    changes = []
    for name, label in LABELS.items():
        if name not in old or name not in new or old[name] == new[name]:
            continue
        lines = _lines(name, old[name], new[name], names)
        if all(line.is_same for line in lines):
            # The body's letters are the same and its markup is not.
            if name != "body":
                continue
            lines = lines_of([], ["文字は同じで、書式だけがちがいます。"])
        changes.append(Change(name, label, lines))
    return changes


@transaction.atomic
def restore_revision(
    article: Article, revision: Revision, *, by: Any, version: int, terms: Terms = _NO_TERMS
) -> list[str]:
    """Makes an article's content what it was, as a new version; returns what is gone, in words.

    Its state and times stay. Raises StaleVersionError when it was saved since `version`,
    PermissionDenied, and ValidationError when it is public and would not be fit to be.
    """
    if revision.article_id != article.pk:
        raise ValidationError("ほかの記事の版です。")
    _require(by, article)
    stored = refuse_stale(article.pk, version, by=by)
    is_out = stored.status in _OUT
    pages = keys_of(stored) if is_out else set()
    gone = rewrite(stored, revision.document)
    stored.full_clean(validate_unique=False, validate_constraints=False)
    note = f"（{terms.note}）" if terms.note else ""
    reason = f"第{revision.version}版に戻した{note}"[:200]
    if stored.status == Article.Status.PUBLISHED:
        update(stored, by=by, is_material=terms.is_material, reason=reason, pages_before=pages)
    else:
        save(stored, by=by, reason=reason, pages_before=pages)
    return gone


@transaction.atomic
def pin(revision: Revision, *, is_pinned: bool, by: Any) -> None:
    """Spares a version from thinning out, or no longer. Raises PermissionDenied."""
    _require(by, revision.article)
    if revision.is_pinned == is_pinned:
        return
    revision.is_pinned = is_pinned
    revision.save(update_fields=["is_pinned"])
    action = "pin_revision" if is_pinned else "unpin_revision"
    record(action, revision.article, by=by, values=({}, {"version": revision.version}))


def prune_revisions(at: datetime | None = None, *, newest: int = NEWEST_KEPT) -> int:
    """Thins out old versions; how many it deleted.

    Kept are: the newest of every article, the young, the pinned, whatever was public or
    scheduled, the first of all, the last of each day, what was approved last, and what a working
    copy was made of.
    """
    at = at or timezone.now()
    deleted = 0
    for article_id in _with_many(at - YOUNG, newest):
        with transaction.atomic():
            deleted += _prune_one(article_id, at - YOUNG, newest)
    return deleted


def _with_many(before: datetime, newest: int) -> list[int]:
    """Articles that have old versions beyond the newest."""
    grouped = Revision.objects.order_by().values("article_id")
    found = grouped.annotate(size=Count("pk"), oldest=Min("created_at"))
    many = found.filter(size__gt=newest, oldest__lt=before)
    return list(many.values_list("article_id", flat=True))


def _prune_one(article_id: int, before: datetime, newest: int) -> int:
    rows = list(
        Revision.objects.filter(article_id=article_id)
        .order_by("-version")
        .values_list("pk", "version", "created_at", "is_pinned", "document__status")
    )
    spared = set(
        Swap.objects.filter(copy__replaces_id=article_id).values_list("base_version", flat=True)
    )
    approvals = ReviewStep.objects.filter(article_id=article_id, kind=ReviewStep.Kind.APPROVE)
    spared.update(approvals.order_by("-id").values_list("version", flat=True)[:1])
    days: set[Any] = set()
    spare: list[int] = []
    for place, (pk, version, created_at, is_pinned, status) in enumerate(rows):
        day = timezone.localdate(created_at)
        is_last_of_day = day not in days
        days.add(day)
        kept = (
            place < newest
            or place == len(rows) - 1
            or created_at >= before
            or is_pinned
            or status == Article.Status.PUBLISHED
            or version in spared
            or is_last_of_day
        )
        if not kept:
            spare.append(pk)
    # Asked again while deleting: somebody may pin one in this moment.
    return Revision.objects.filter(pk__in=spare, is_pinned=False).delete()[0]


def _require(by: Any, article: Article) -> None:
    needed = "publish" if article.status in _OUT else "change"
    require(by, f"articles.{needed}_article", article.section_id)


class _Names:
    """What people call the rows that two documents name; each kind is asked for once."""

    def __init__(self, *documents: Mapping[str, Any]) -> None:
        self._documents = documents

    @cached_property
    def sections(self) -> dict[str, Any]:
        return by_slug(Section, self._all("section"))

    @cached_property
    def agencies(self) -> dict[str, Any]:
        return by_slug(Agency, self._all("agency"))

    @cached_property
    def authors(self) -> dict[str, Any]:
        return by_slug(Author, self._all("authors"))

    @cached_property
    def topics(self) -> dict[str, Any]:
        return by_slug(Topic, [item["topic"] for item in self._all("teasers")])

    @cached_property
    def articles(self) -> dict[int, str]:
        found = Article.objects.filter(pk__in=self._all("related"))
        return dict(found.values_list("pk", "headline"))

    def _all(self, name: str) -> list[Any]:
        values: list[Any] = []
        for document in self._documents:
            value = document.get(name)
            values += value if isinstance(value, list) else [value] if value else []
        return values


def _lines(name: str, old: Any, new: Any, names: _Names) -> tuple[Line, ...]:
    if name == "body":
        return lines_of(readable_blocks(old or ""), readable_blocks(new or ""))
    rows = _ROWS.get(name)
    if rows is not None:
        return keyed_lines(rows(old or [], names), rows(new or [], names))
    return lines_of(_words(name, old, names), _words(name, new, names))


def _words(name: str, value: Any, names: _Names) -> list[str]:
    """One value as people read it, as the lines of a text."""
    if name in {"noindex", "is_sensitive"}:
        return ["する" if value else "しない"]
    if not value:
        return []
    if name.endswith("_at") or name == "embargo_until":
        return [_clock(value)]
    called: dict[str, Callable[[], Mapping[Any, Any]]] = {
        "section": lambda: names.sections,
        "agency": lambda: names.agencies,
        "status": lambda: dict(Article.Status.choices),
        "withdrawn_for": lambda: dict(Article.WithdrawnFor.choices),
    }
    if name in called:
        return [str(called[name]().get(value, value))]
    return str(value).splitlines()


def _photo_rows(items: list[dict[str, Any]], _: _Names) -> dict[str, str]:
    return {
        str(item.get("photo") or item.get("sha256")): "\n".join(
            filter(
                None,
                [
                    f"写真{item.get('photo', '')}",
                    _placed(item),
                    item.get("caption") or item.get("library_caption") or "（説明なし）",
                    item.get("credit", ""),
                ],
            )
        )
        for item in items
    }


def _placed(item: dict[str, Any]) -> str:
    after = item.get("after_paragraph")
    place = f"第{after}段落の後" if after else ""
    return "、".join(filter(None, [place, "ギャラリー" if item.get("in_gallery") else ""]))


def _teaser_rows(items: list[dict[str, Any]], names: _Names) -> dict[str, str]:
    return {
        item["topic"]: "\n".join(
            filter(
                None,
                [
                    f"{names.topics.get(item['topic'], item['topic'])}",
                    item.get("headline", ""),
                    item.get("teaser", ""),
                    "先頭に固定" if item.get("is_pinned") else "",
                    f"{_clock(item['starts_at'])} から" if item.get("starts_at") else "",
                    f"{_clock(item['ends_at'])} まで" if item.get("ends_at") else "",
                ],
            )
        )
        for item in items
    }


def _author_rows(slugs: list[str], names: _Names) -> dict[str, str]:
    return {slug: str(names.authors.get(slug, slug)) for slug in slugs}


def _related_rows(numbers: list[int], names: _Names) -> dict[str, str]:
    return {
        str(number): names.articles.get(number, f"記事{number}（ありません）") for number in numbers
    }


def _tag_rows(tags: list[str], _: _Names) -> dict[str, str]:
    return {tag: tag for tag in sorted(tags)}


def _clock(text: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(text))
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


_ROWS: dict[str, Callable[[Any, _Names], dict[str, str]]] = {
    "photos": _photo_rows,
    "authors": _author_rows,
    "tags": _tag_rows,
    "teasers": _teaser_rows,
    "related": _related_rows,
}
