"""The lists as readers see them now or saw them, and the pages of numbers beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from articles.models import Article, Section
from rankings import charts, holding, lists, past
from rankings.models import HeldViews, RankingRule, Snapshot, Window
from rankings.ranking import active_rules
from rankings.readership import beginning_of_hour, hours_of_site, readership

SHOWN = 50
HELD_SHOWN = 50


@admin.register(Snapshot)
class SnapshotAdmin(admin.ModelAdmin[Snapshot]):
    """Only to look at: lists are made by the numbers and the rules."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("article/<int:pk>/", guard(self.article_view), name="rankings_article"),
            path("counting/", guard(self.counting_view), name="rankings_counting"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._require(request)
        window = request.GET.get("window", Window.DAILY)
        if window not in Window.values:
            raise Http404
        sections = list(Section.objects.all())
        section = next((s for s in sections if s.slug == request.GET.get("section")), None)
        at = _moment(request.GET.get("at", ""))
        context: dict[str, Any] = {
            "title": "ランキング",
            "windows": list(Window),
            "window": Window(window),
            "sections": sections,
            "section": section,
            "at": at,
            "may_rule": request.user.has_perm("rankings.add_rankingrule"),
            "rules": _rules(Window(window), section),
        }
        if at is None:
            context["ranking"] = lists.ranking(Window(window), section, limit=SHOWN)
        else:
            context["past"] = _as_it_stood(Window(window), section, at)
        return self._page(request, "changelist", context)

    def article_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require(request)
        article = get_object_or_404(Article.objects.select_related("section"), pk=pk)
        now = timezone.now()
        numbers = readership(article.pk, now)
        context = {
            "title": "アクセス",
            "article": article,
            "numbers": numbers,
            "hours_chart": charts.bars(
                [hour.counted for hour in numbers.hours],
                [hour.raw for hour in numbers.hours],
                "48時間の閲覧数",
            ),
            "days_chart": charts.bars(
                [day.counted for day in numbers.days],
                [day.raw for day in numbers.days],
                "30日間の閲覧数",
            ),
            "rank_chart": charts.rank_line(numbers.ranks, now, "24時間ランキングの順位"),
            "share": round(numbers.network_share * 100),
        }
        return self._page(request, "article", context)

    def counting_view(self, request: HttpRequest) -> HttpResponse:
        self._require(request)
        may_accept = request.user.has_perm("rankings.change_rankingrule")
        if request.method == "POST":
            if not may_accept:
                raise PermissionDenied
            return self._accept(request)
        held = list(holding.waiting()[:HELD_SHOWN])
        articles = Article.objects.in_bulk({row.article_id for row in held})
        context = {
            "title": "閲覧の数え方",
            "hours": hours_of_site(timezone.now()),
            "held": [
                (row, articles.get(row.article_id), beginning_of_hour(row.hour)) for row in held
            ],
            "may_accept": may_accept,
        }
        return self._page(request, "counting", context)

    def _accept(self, request: HttpRequest) -> HttpResponse:
        try:
            hour, article, network = (int(part) for part in request.POST.get("held", "").split(":"))
        except ValueError:
            raise Http404 from None
        chosen = HeldViews.objects.filter(hour=hour, article_id=article, network=network)
        count = holding.accept(chosen, by=cast(AbstractBaseUser, request.user))
        messages.success(request, f"保留していた閲覧{count:,}件を数えました。")
        return HttpResponseRedirect(reverse("admin:rankings_counting"))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(
            request,
            f"admin/rankings/snapshot/{name}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, **context},
        )

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _moment(text: str) -> datetime | None:
    """A moment typed in Japan's time; what cannot be read is now."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None:
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _rules(window: Window, section: Section | None) -> list[RankingRule]:
    """The rules that hold for a list now."""
    chosen = section.pk if section else None
    return [
        rule
        for rule in active_rules(timezone.now())
        if rule.window in {"", window.value} and rule.section_id in {None, chosen}
    ]


def _as_it_stood(
    window: Window, section: Section | None, at: datetime
) -> list[tuple[int, int, Article | None, int]]:
    """Rank, article's number, article (None when it is deleted) and views."""
    stood = past.stood_at(window, section, at)
    if stood is None:
        return []
    articles = Article.objects.only("headline", "status").in_bulk(stood.article_ids)
    pairs = zip(stood.article_ids, stood.views, strict=True)
    return [(rank, pk, articles.get(pk), views) for rank, (pk, views) in enumerate(pairs, start=1)]
