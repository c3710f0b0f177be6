"""トップ面: what the desk puts on the front page, looked at before readers see it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from articles.admin.fields import MomentField
from articles.admin.front_forms import SlotFormSet, initial_of
from articles.admin.thumbnails import thumbnail
from articles.admin.times import desk_time
from articles.arranging import (
    MAY_CURATE,
    StaleArrangementError,
    arrange,
    arrangement,
    slots_at_desk,
)
from articles.front import front_with
from articles.models import Article, FrontSlot
from articles.search import find, parse

PREFIX = "slots"
CHOICES = 12


class NotArrangedError(Exception):
    """The rows that were sent say something that cannot be: messages for the desk."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems


@admin.register(FrontSlot)
class FrontSlotAdmin(admin.ModelAdmin[FrontSlot]):
    """One page for all slots: they are arranged together or not at all."""

    def has_view_permission(self, request: HttpRequest, obj: FrontSlot | None = None) -> bool:
        return request.user.has_perm(MAY_CURATE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FrontSlot | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FrontSlot | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        pages = (
            ("", self.changelist_view, "changelist"),
            ("preview/", self.preview_view, "preview"),
            ("places/", self.places_view, "places"),
            ("choices/", self.choices_view, "choices"),
        )
        guard = self.admin_site.admin_view
        return [
            path(route, guard(view), name=f"articles_frontslot_{name}")
            for route, view, name in pages
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page; a POST puts the arrangement before readers."""
        self._require(request)
        standing, now = arrangement(), timezone.now()
        formset = SlotFormSet(
            request.POST if request.method == "POST" else None,
            initial=None if request.method == "POST" else initial_of(slots_at_desk(now)),
            prefix=PREFIX,
        )
        version: int | None = standing.version
        problems: list[str] = []
        if request.method == "POST":
            # Who was told of another's version may say that this one replaces it.
            sent = request.POST.get("replaced") or request.POST.get("version", "")
            version = int(sent) if re.fullmatch(r"[0-9]{1,9}", sent) else None
            problems = self._apply(request, formset, version)
            if not problems:
                messages.success(request, "トップ面に反映しました。")
                return HttpResponseRedirect(reverse("admin:articles_frontslot_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "トップ面",
            "formset": formset,
            "places": formset.by_place(),
            "problems": problems,
            "version": version,
            "is_stale": version != standing.version,
            "standing": standing,
            "now": now,
        }
        status = 200
        if problems:
            status = 400 if version in {None, standing.version} else 409
        page = "admin/articles/frontslot/change_list.html"
        return TemplateResponse(request, page, context, status=status)

    def _apply(self, request: HttpRequest, formset: Any, version: int | None) -> list[str]:
        """Applies what was sent, or says why not."""
        if version is None:
            return ["どの版を組んだか分かりません。画面を読み直してください。"]
        try:
            slots = _slots(formset)
            arrange(slots, version=version, by=request.user)
        except NotArrangedError as error:
            return error.problems
        except StaleArrangementError as error:
            return error.messages
        return []

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The front page as readers would get it with these slots at a time."""
        self._require(request)
        try:
            slots, at = _proposal(request)
        except NotArrangedError as error:
            return JsonResponse({"problems": error.problems}, status=400)
        part = front_with(slots, at).part()
        response = TemplateResponse(
            request, "articles/home.html", {"front": part, "shown": part.articles}
        )
        response["X-Robots-Tag"] = "noindex"
        return response

    def places_view(self, request: HttpRequest) -> HttpResponse:
        """Which article would stand in each place, for the lines of the page."""
        self._require(request)
        try:
            slots, at = _proposal(request)
        except NotArrangedError as error:
            return JsonResponse({"problems": error.problems}, status=400)
        shown = front_with(slots, at)
        return JsonResponse(
            {
                "at": desk_time(at),
                "places": [
                    {
                        "place": f"{area}-{number}",
                        "article": article.pk if article else None,
                        "headline": article.headline if article else "",
                        "section": str(article.section) if article else "",
                        "by_hand": article is not None and article.pk in shown.by_hand,
                    }
                    for (area, number), article in shown.places()
                ],
            }
        )

    def choices_view(self, request: HttpRequest) -> HttpResponse:
        """Articles for a place: what was searched for, else the newest."""
        self._require(request)
        words = request.GET.get("q", "")[:200].strip()
        articles = Article.objects.live().exclude(status=Article.Status.WITHDRAWN)
        if words:
            chosen = articles.filter(pk__in=find(articles, parse(words))[:CHOICES])
            if words.isascii() and words.isdecimal() and len(words) < 10:
                chosen = articles.filter(pk=int(words)) | chosen
            chosen = chosen.order_by("-publish_at", "-id")
        else:
            chosen = articles.filter(status=Article.Status.PUBLISHED).newest()
        rows = chosen.for_lists()[:CHOICES]
        return JsonResponse({"choices": [_choice(article) for article in rows]})

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _proposal(request: HttpRequest) -> tuple[list[FrontSlot], datetime]:
    """The slots that were sent, or the stored ones, and the time to look at. Writes nothing."""
    sent = request.POST if request.method == "POST" else request.GET
    try:
        at = MomentField(required=False).clean(sent.get("at", "")) or timezone.now()
    except ValidationError as error:
        raise NotArrangedError(error.messages) from error
    if request.method != "POST":
        return slots_at_desk(timezone.now()), at
    slots = _slots(SlotFormSet(request.POST, prefix=PREFIX))
    for slot in slots:
        slot.prepare()
    return slots, at


def _slots(formset: Any) -> list[FrontSlot]:
    if not formset.is_valid():
        raise NotArrangedError(_problems(formset))
    slots: list[FrontSlot] = formset.slots()
    numbers = [slot.pk for slot in slots if slot.pk]
    stored = set(FrontSlot.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    for slot in slots:
        # A row that is gone meanwhile, or was sent twice, is a new one.
        if slot.pk not in stored:
            slot.pk = None
        stored.discard(slot.pk)
    return slots


def _problems(formset: Any) -> list[str]:
    """What is wrong, each with the name of its row and field."""
    found = [str(message) for message in formset.non_form_errors()]
    for form in formset.forms:
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            whose = f"「{form.row.headline}」" if form.row else "枠"
            found += [f"{whose}の{label or '値'}：{message}" for message in errors]
    return list(dict.fromkeys(found)) or ["読めない値があります。画面を読み直してください。"]


def _choice(article: Article) -> dict[str, Any]:
    return {
        "article": article.pk,
        "headline": article.headline,
        "section": str(article.section),
        "state": article.state,
        "time": desk_time(article.publish_at),
        "thumbnail": thumbnail(article.lead_photo),
    }
