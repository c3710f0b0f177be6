"""表記 beside an article: what the checks say of the text as it stands in the form."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles import ignoring
from articles.admin.article_screen import Screen
from articles.admin.times import desk_time
from articles.admin.typed import number_of, rows_of, time_of
from articles.checklist import NAMED, Copy, Item, Judged, Review, passages, review
from articles.models import Article, IgnoredFinding, Photo
from articles.proofreading import Level
from articles.text import one_line, split_tags

# Nobody writes so much; a machine that sends it is not kept busy with it.
MOST_CHARACTERS = 300_000
MOST_FINDINGS = 200
_AROUND = 8


class Proofreading(Screen):
    """The part of the editing screen that checks a text and its fitness to be published."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = [
            ("proofread/", self.proofread_view, "proofread"),
            ("proofread/ignore/", self.ignore_view, "ignore"),
            ("proofread/heed/", self.heed_view, "heed"),
        ]
        own = [
            path(
                f"<path:object_id>/{way}",
                wrap(require_POST(view)),
                name=f"articles_article_{name}",
            )
            for way, view, name in pages
        ]
        return own + super().get_urls()

    def proofread_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Findings and checklist for the values of the form, which are not saved."""
        article = None if object_id == "add" else self._changeable(request, object_id)
        if article is None and not self.has_add_permission(request):
            raise PermissionDenied
        if sum(len(value) for value in request.POST.values()) > MOST_CHARACTERS:
            return _refusal("長すぎて調べられません。", status=413)
        values = request.POST
        at = time_of(values, "publish_at")
        if article is not None and article.is_public():
            # Its time is history and its field sends nothing.
            at = article.embargo_until
        now = timezone.now()
        found = review(copy_of_form(values, article), max(at, now) if at else now)
        return JsonResponse(_answer(found, can_ignore=article is not None))

    def ignore_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        article = self._changeable(request, object_id)
        try:
            ignoring.ignore(
                article,
                rule=request.POST.get("rule", ""),
                words=request.POST.get("words", ""),
                reason=one_line(request.POST.get("reason", "")),
                by=request.user,
            )
        except ValidationError as error:
            return _refusal(" ".join(error.messages))
        return JsonResponse({"said": "無視しました。理由は記録に残ります。"})

    def heed_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        article = self._changeable(request, object_id)
        number = number_of(request.POST.get("number", ""))
        try:
            ignoring.heed(article, number=number or 0, by=request.user)
        except IgnoredFinding.DoesNotExist:
            return _refusal("もう取り消されています。", status=404)
        return JsonResponse({"said": "もう一度知らせます。"})

    def _changeable(self, request: HttpRequest, object_id: str) -> Article:
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        return article


def copy_of_form(values: QueryDict, article: Article | None) -> Copy:
    """The article as a form would save it; what cannot be read counts as empty."""
    photo_rows = rows_of(values, "article_photos")
    chosen = [number_of(row.get("photo")) for _, row in photo_rows]
    photos = Photo.objects.select_related("agency").in_bulk([pk for pk in chosen if pk])
    names = ("headline", "short_headline", "teaser", "body")
    copy = Copy(
        article_id=(article.replaces_id or article.pk) if article else None,
        section_id=number_of(values.get("section", "")),
        headline=values.get("headline", "").strip(),
        teaser=values.get("teaser", "").strip(),
        has_tags=bool(split_tags(values.get("tags", ""))),
        photos=[photos[pk] for pk in chosen if pk in photos],
        embargo_until=time_of(values, "embargo_until"),
    )
    copy.passages = passages(
        {name: values.get(name, "") for name in names},
        {number: row.get("caption", "") for number, row in photo_rows},
        {
            number: (row.get("headline", ""), row.get("teaser", ""))
            for number, row in rows_of(values, "teasers")
        },
    )
    return copy


def _refusal(message: str, *, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)


def _answer(found: Review, *, can_ignore: bool) -> dict[str, Any]:
    standing = found.standing
    blocking = sum(judged.level is Level.BLOCKING for judged in standing)
    missing = [item for item in found.items if not item.is_met and item.level is Level.BLOCKING]
    return {
        "findings": [_finding(judged) for judged in standing[:MOST_FINDINGS]],
        "more": max(0, len(standing) - MOST_FINDINGS),
        "ignored": _ignored(found),
        "items": [_item(item) for item in found.items],
        "count": len(standing),
        "stops": blocking + len(missing),
        "can_ignore": can_ignore,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "label": item.label,
        "level": item.level.value,
        "field": item.field,
        "problems": item.problems,
    }


def _finding(judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    text = finding.passage.text
    return {
        "rule": finding.rule,
        "label": NAMED[finding.rule][0],
        "level": judged.level.value,
        "message": finding.message,
        "field": finding.passage.field,
        "where": finding.passage.where,
        "paragraph": finding.passage.paragraph,
        "start": finding.start,
        "end": finding.end,
        "before": text[max(0, finding.start - _AROUND) : finding.start],
        "words": finding.words,
        "after": text[finding.end : finding.end + _AROUND],
        "replacement": finding.replacement,
    }


def _ignored(found: Review) -> list[dict[str, Any]]:
    """What was ignored and still stands in the text, once each."""
    rows = {judged.ignored.pk: judged for judged in found.findings if judged.ignored}
    return [
        {
            "number": row.pk,
            "label": NAMED[row.rule][0],
            "words": row.words,
            "reason": row.reason,
            "who": _name(row.created_by),
            "when": desk_time(row.created_at),
        }
        for judged in rows.values()
        if (row := judged.ignored)
    ]


def _name(user: Any) -> str:
    if user is None:
        return "—"
    return f"{user.last_name} {user.first_name}".strip() or user.get_username()
