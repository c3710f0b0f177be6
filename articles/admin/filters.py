"""The filters beside the list of articles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article, Tag

_Rule = Callable[[datetime], Q]
_PUBLISHED = Q(status=Article.Status.PUBLISHED)
_STATES: dict[str, tuple[str, _Rule]] = {
    "draft": ("下書き", lambda now: Q(status=Article.Status.DRAFT)),
    "in_review": ("確認待ち", lambda now: Q(status=Article.Status.IN_REVIEW)),
    "approved": ("承認済み", lambda now: Q(status=Article.Status.APPROVED)),
    "scheduled": (
        "予約",
        lambda now: (
            _PUBLISHED
            & (Q(publish_at__gt=now) | Q(embargo_until__gt=now))
            & (Q(unpublish_at=None) | Q(unpublish_at__gt=now))
        ),
    ),
    "public": (
        "公開",
        lambda now: (
            _PUBLISHED
            & Q(publish_at__lte=now)
            & (Q(embargo_until=None) | Q(embargo_until__lte=now))
            & (Q(unpublish_at=None) | Q(unpublish_at__gt=now))
        ),
    ),
    "ended": ("公開終了", lambda now: _PUBLISHED & Q(unpublish_at__lte=now)),
    "withdrawn": ("取り下げ", lambda now: Q(status=Article.Status.WITHDRAWN)),
}


class StateFilter(admin.SimpleListFilter):
    title = "状態"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = _STATES.get(self.value() or "")
        return queryset.filter(chosen[1](timezone.now())) if chosen else queryset


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


class TagFilter(admin.SimpleListFilter):
    """Shown only while a tag is chosen, through a link in the list of tags."""

    title = "タグ"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        slug = request.GET.get("tag", "")
        tag = Tag.objects.filter(slug=slug).first() if slug else None
        return [(tag.slug, tag.name)] if tag else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(tagged__tag__slug=self.value())
