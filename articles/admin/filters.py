"""The filters beside the list of articles."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from articles.models import Article, ArticleQuerySet, Tag, TaggedArticle
from articles.text import fold_tag

_Rule = Callable[[ArticleQuerySet, datetime], ArticleQuerySet]
_PUBLISHED = Q(status=Article.Status.PUBLISHED)
_STATES: dict[str, tuple[str, _Rule]] = {
    "draft": ("下書き", lambda rows, _: rows.unpublished(Article.Status.DRAFT)),
    "in_review": ("確認待ち", lambda rows, _: rows.unpublished(Article.Status.IN_REVIEW)),
    "approved": ("承認済み", lambda rows, _: rows.unpublished(Article.Status.APPROVED)),
    "scheduled": (
        "予約",
        lambda rows, now: rows.filter(
            _PUBLISHED,
            Q(publish_at__gt=now) | Q(embargo_until__gt=now),
            Q(unpublish_at=None) | Q(unpublish_at__gt=now),
        ),
    ),
    "held": ("保留", lambda rows, _: rows.unpublished(Article.Status.HELD)),
    "public": (
        "公開",
        lambda rows, now: rows.filter(
            _PUBLISHED,
            Q(embargo_until=None) | Q(embargo_until__lte=now),
            Q(unpublish_at=None) | Q(unpublish_at__gt=now),
            publish_at__lte=now,
        ),
    ),
    "ended": ("公開終了", lambda rows, now: rows.filter(_PUBLISHED, unpublish_at__lte=now)),
    "withdrawn": ("取り下げ", lambda rows, _: rows.unpublished(Article.Status.WITHDRAWN)),
}


class StateFilter(admin.SimpleListFilter):
    title = "状態"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: ArticleQuerySet) -> ArticleQuerySet:  # type: ignore[override]
        chosen = _STATES.get(self.value() or "")
        return chosen[1](queryset, timezone.now()) if chosen else queryset


class PeriodFilter(admin.SimpleListFilter):
    """By publish time, in days of Japan time."""

    title = "公開日"
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("ahead", "これから"),
            ("today", "きょう"),
            ("week", "この7日"),
            ("month", "この30日"),
            ("none", "未定"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.localtime()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        tomorrow = today + timedelta(days=1)
        rules = {
            "ahead": Q(publish_at__gt=now),
            "today": Q(publish_at__gte=today, publish_at__lt=tomorrow),
            "week": Q(publish_at__gte=tomorrow - timedelta(days=7), publish_at__lt=tomorrow),
            "month": Q(publish_at__gte=tomorrow - timedelta(days=30), publish_at__lt=tomorrow),
            "none": Q(publish_at=None),
        }
        return queryset.filter(rules.get(self.value() or "", Q()))


class DatesFilter(admin.ListFilter):
    """By publish time, from one day in Japan up to and with another."""

    title = "公開日"
    names = ("from", "to")

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.names:
            if name in params:
                value = params.pop(name)
                self.used_parameters[name] = value[-1] if isinstance(value, list) else value

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def choices(self, changelist: Any) -> Any:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        begin, end = (_midnight(self.used_parameters.get(name)) for name in self.names)
        if begin:
            queryset = queryset.filter(publish_at__gte=begin)
        if end:
            queryset = queryset.filter(publish_at__lt=end + timedelta(days=1))
        return queryset


def _midnight(text: Any) -> datetime | None:
    """The beginning of a day in Japan; None for what is no day that anything is published on."""
    try:
        day = parse_date(unicodedata.normalize("NFKC", str(text or "")).strip())
    except ValueError:
        return None
    if day is None or not 1900 <= day.year < 3000:
        return None
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware)


class TagFilter(admin.SimpleListFilter):
    """One tag, by its name or its address; a tag of another spelling is the same."""

    title = "タグ"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # Whatever was typed stands in the field again, also when there is no such tag.
        word = request.GET.get("tag", "")[:100]
        return [(word, word)] if word else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        word = str(self.value())[:100]
        named = Tag.objects.filter(Q(slug=word) | Q(name__iexact=fold_tag(word)))
        return queryset.filter(
            pk__in=TaggedArticle.objects.filter(tag__in=named).values("content_object")
        )
