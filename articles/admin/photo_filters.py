"""The filters beside the library. Each reads an index, or the newest photos until it has enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from articles.models.photo import ENDS_SOON


class RightsFilter(admin.SimpleListFilter):
    title = "権利"
    parameter_name = "rights"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("web", "ウェブに載せられる"),
            ("soon", f"{ENDS_SOON.days}日以内に期限"),
            ("over", "期限切れ"),
            ("noweb", "ウェブに載せられない"),
            ("syndication", "外部配信できる"),
            ("social", "SNSに出せる"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        current = Q(rights_until=None) | Q(rights_until__gt=now)
        rules = {
            "web": current & Q(rights_web=True),
            "soon": Q(rights_web=True, rights_until__gt=now, rights_until__lte=now + ENDS_SOON),
            "over": Q(rights_until__lte=now),
            "noweb": Q(rights_web=False),
            "syndication": current & Q(rights_syndication=True),
            "social": current & Q(rights_social=True),
        }
        return queryset.filter(rules.get(self.value() or "", Q()))


class UseFilter(admin.SimpleListFilter):
    title = "使用"
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "まだ使っていない"), ("yes", "使っている")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        rules = {"no": queryset.unused, "yes": queryset.used}
        chosen = rules.get(self.value() or "")
        return chosen() if chosen else queryset


class LacksFilter(admin.SimpleListFilter):
    title = "足りないもの"
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("alt", "代替テキスト"), ("caption", "説明"), ("credit", "クレジット")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        rules = {
            "alt": Q(alt=""),
            "caption": Q(caption=""),
            "credit": Q(credit="")
            & (Q(agency=None) | Q(agency__credit_pattern__contains="{credit}")),
        }
        return queryset.filter(rules.get(self.value() or "", Q()))


class _Days(admin.SimpleListFilter):
    """By a day, in Japan time."""

    column = ""
    is_time = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("today", "きょう"),
            ("week", "この7日"),
            ("month", "この30日"),
            ("year", "この1年"),
            ("older", "それより前"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        days = {"today": 1, "week": 7, "month": 30, "year": 365, "older": 365}.get(
            self.value() or ""
        )
        if days is None:
            return queryset
        now = timezone.localtime()
        since: Any = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=days - 1
        )
        if not self.is_time:
            since = since.date()
        lookup = "lt" if self.value() == "older" else "gte"
        return queryset.filter(**{f"{self.column}__{lookup}": since})


class TakenFilter(_Days):
    title = "撮影日"
    parameter_name = "taken"
    column = "taken_on"


class AddedFilter(_Days):
    title = "登録日"
    parameter_name = "added"
    column = "created_at"
    is_time = True
