"""予定表: what goes out on a day, in a week, and from now on; an item moves to another day."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from articles import schedule
from articles.admin.article_screen import Screen
from articles.models import Article

WEEK, DAY, COMING = "week", "day", "coming"
VIEWS = {DAY: "日", WEEK: "週", COMING: "これから"}
COMING_DAYS = 31


class Calendar(Screen):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "calendar/",
                wrap(self.calendar_view),
                name="articles_article_calendar",
            ),
            path(
                "calendar/move/",
                wrap(require_POST(self.move_view)),
                name="articles_article_move",
            ),
        ]
        return own + super().get_urls()

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        shown = request.GET.get("view", WEEK)
        shown = shown if shown in VIEWS else WEEK
        today = timezone.localdate()
        on = day_from(request.GET.get("on", "")) or today
        begin, length = _stretch(shown, on, today)
        found = schedule.items(
            schedule.midnight(begin), schedule.midnight(begin + timedelta(days=length))
        )
        if shown == COMING:
            now = timezone.now()
            found = [item for item in found if item.late or item.is_ahead(now)]
        by_day: dict[date, list[schedule.Item]] = {
            begin + timedelta(days=number): [] for number in range(length)
        }
        for item in found:
            if item.article.publish_at is not None:
                by_day[schedule.day_of(item.article.publish_at)].append(item)
        days = [(day, rows) for day, rows in by_day.items() if rows or shown != COMING]
        return TemplateResponse(
            request,
            "admin/articles/article/calendar.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "予定表",
                "views": VIEWS.items(),
                "view": shown,
                "days": days,
                "today": today,
                "on": on,
                "begin": begin,
                "end": begin + timedelta(days=length - 1),
                "before": on - timedelta(days=length),
                "after": on + timedelta(days=length),
                "may_move": self.has_change_permission(request),
            },
        )

    def move_view(self, request: HttpRequest) -> HttpResponse:
        """Moves one item to another day; its time of day stays."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        article, day = self._named(request), day_from(request.POST.get("day", ""))
        if article is None or day is None:
            said = (
                "日付は「2026-11-23」のように入れてください。"
                if article
                else "その記事はありません。"
            )
            self.message_user(request, said, messages.ERROR)
            return self._to_calendar(request, day)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        version = request.POST.get("version", "")
        # Without a version it is nobody's view of the article: refused as stale.
        article.version = int(version) if version.isascii() and version.isdigit() else 0
        try:
            at = timezone.localtime(schedule.move(article, day, by=request.user))
        except ValidationError as error:
            self.message_user(
                request, f"「{article.headline}」：{' '.join(error.messages)}", messages.ERROR
            )
        else:
            self.message_user(
                request,
                f"「{article.headline}」を{at.month}月{at.day}日 {at:%H:%M}に移しました。",
                messages.SUCCESS,
            )
        return self._to_calendar(request, day)

    def _named(self, request: HttpRequest) -> Article | None:
        number = request.POST.get("article", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        return Article.objects.live().filter(pk=int(number)).first()

    def _to_calendar(self, request: HttpRequest, day: date | None) -> HttpResponse:
        shown = request.POST.get("view", "")
        query = {"view": shown if shown in VIEWS else WEEK}
        if day is not None:
            query["on"] = day.isoformat()
        address = reverse(f"{self.admin_site.name}:articles_article_calendar")
        return HttpResponseRedirect(f"{address}?{urlencode(query)}")


def day_from(text: str) -> date | None:
    """A day as the browser's field sends it, in years that can be planned."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if 2000 <= day.year < 2100:
            return day
    return None


def _stretch(shown: str, on: date, today: date) -> tuple[date, int]:
    """The first day shown, and how many."""
    if shown == COMING:
        return today, COMING_DAYS
    if shown == DAY:
        return on, 1
    return on - timedelta(days=on.weekday()), 7
