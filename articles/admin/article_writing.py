"""While somebody writes: the text kept aside, who else is here, and templates to begin from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles import autosaving, presence
from articles.admin.article_screen import Screen
from articles.autosaving import is_tab
from articles.models import Article, ArticleTemplate, Autosave, EditingSession
from articles.templating import fill

MOST_TEMPLATES = 30
# Longest time since the last key that a form may tell of.
_LONG_AGO = 86_400
GONE = "その記事はありません。"


class Writing(Screen):
    """The addresses that the script of the form talks to, and what a save puts away."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "autosave/",
                wrap(require_POST(self.autosave_view)),
                name="articles_article_autosave",
            ),
            path(
                "<int:object_id>/presence/",
                wrap(require_POST(self.presence_view)),
                name="articles_article_presence",
            ),
        ]
        return own + super().get_urls()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        tab = request.POST.get("desk_tab", "")
        if request.method == "POST" and is_tab(tab) and object_id is not None:
            taken = presence.taken_from(request.user, tab)
            if taken is not None:
                request.refusal = _taken(taken)  # type: ignore[attr-defined]
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if getattr(request, "was_saved", False) and response.status_code == 302:
            _put_away(request, response)
        return response

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        request.was_saved = True

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        chosen = str(initial.pop("template", ""))
        if chosen.isdecimal() and len(chosen) < 10:
            template = ArticleTemplate.objects.filter(pk=chosen, is_active=True).first()
            if template is not None:
                initial |= fill(template, timezone.localtime())
        return initial

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {**(extra_context or {})}
        if self.has_add_permission(request):
            templates = ArticleTemplate.objects.filter(is_active=True)
            context["article_templates"] = templates.only("name")[:MOST_TEMPLATES]
        return super().changelist_view(request, context)

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        site = self.admin_site.name
        watched = article is not None and self.has_change_permission(request, article)
        return super().screen_context(request, article) | {
            "autosave_url": reverse(f"{site}:articles_article_autosave"),
            "presence_url": (
                reverse(f"{site}:articles_article_presence", args=[article.pk])
                if article is not None and watched
                else ""
            ),
            "may_take_over": request.user.has_perm("articles.take_over_article"),
            "desk_tab": request.POST.get("desk_tab", ""),
            "desk_adopts": request.POST.get("desk_adopts", ""),
        }

    # --- autosave

    def autosave_view(self, request: HttpRequest) -> JsonResponse:
        """Keeps, offers or throws away what is not saved; `do` says which."""
        try:
            asked = autosaving.read_body(_body(request))
            article = self._article_of(request, asked.get("article"))
            return self._autosave(request, article, asked)
        except ValidationError as error:
            status = 413 if error.code == "too_long" else 400
            return JsonResponse({"error": error.messages[0]}, status=status)
        except PermissionDenied:
            return JsonResponse({"error": "この記事を編集する権限がありません。"}, status=403)

    def _autosave(
        self, request: HttpRequest, article: Article | None, asked: dict[str, Any]
    ) -> JsonResponse:
        numbers = _numbers(asked.get("numbers", []))
        if asked.get("do") == "offer":
            kept = autosaving.offered(request.user, article)
            return JsonResponse({"offers": [_offer(one) for one in kept]})
        if asked.get("do") == "forget":
            return JsonResponse({"forgotten": autosaving.forget(request.user, numbers=numbers)})
        if asked.get("do") != "keep" or not is_tab(asked.get("tab")):
            raise ValidationError("送られた内容を読めません。")
        self._require_writer(request, article)
        typed = autosaving.Typed(asked["tab"], _version(asked.get("version")), asked.get("values"))
        one = autosaving.keep(request.user, article, typed, instead_of=numbers)
        return JsonResponse({"number": one.pk, "saved_at": _clock(one)})

    def _article_of(self, request: HttpRequest, number: object) -> Article | None:
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
            raise ValidationError(GONE)
        article = self.get_queryset(request).filter(pk=number).first()
        if article is None:
            raise ValidationError(GONE)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return article

    def _require_writer(self, request: HttpRequest, article: Article | None) -> None:
        may = (
            self.has_add_permission(request)
            if article is None
            else self.has_change_permission(request, article)
        )
        if not may:
            raise PermissionDenied

    # --- presence

    def presence_view(self, request: HttpRequest, object_id: int) -> JsonResponse:
        """A sign of life of an opened form; the answer says who else is there."""
        article = self.get_object(request, unquote(str(object_id)))
        if article is None:
            return JsonResponse({"error": GONE}, status=404)
        if not self.has_change_permission(request, article):
            return JsonResponse({"error": "この記事を編集する権限がありません。"}, status=403)
        try:
            asked = autosaving.read_body(_body(request))
            tab = asked.get("tab")
            if not is_tab(tab):
                raise ValidationError("送られた内容を読めません。")
            return self._presence(request, article, str(tab), asked)
        except ValidationError as error:
            return JsonResponse({"error": error.messages[0]}, status=400)
        except PermissionDenied:
            return JsonResponse({"error": "編集を引き継ぐ権限がありません。"}, status=403)

    def _presence(
        self, request: HttpRequest, article: Article, tab: str, asked: dict[str, Any]
    ) -> JsonResponse:
        if asked.get("do") == "leave":
            presence.leave(request.user, tab)
            return JsonResponse({})
        if asked.get("do") == "take_over":
            found = presence.take_over(article, request.user, tab)
        else:
            typed = _typed(asked.get("typed"))
            found = presence.beat(article, request.user, tab, typed=typed)
        return JsonResponse(_answer(found, article))


def _answer(found: presence.Presence, article: Article) -> dict[str, Any]:
    holder, taken_by = found.holder, found.mine.taken_by
    return {
        "people": [
            {
                "name": name_of(one.user),
                "initial": name_of(one.user)[:1],
                "is_me": one.user_id == found.mine.user_id,
                "is_idle": one.is_idle(found.now),
                "writes": one.has_lease(found.now),
            }
            for one in found.others
        ],
        "writes": found.mine.holds,
        "is_read_only": found.is_read_only,
        "holder": name_of(holder.user) if holder is not None else None,
        "taken_by": name_of(taken_by) if taken_by is not None else None,
        "version": article.version,
        "saved_by": name_of(article.saved_by) if article.saved_by else None,
        "saved_by_me": article.saved_by_id == found.mine.user_id,
    }


def name_of(user: Any) -> str:
    """The family name is what a desk calls people by."""
    return str(user.last_name or user.get_username())


def _taken(session: EditingSession) -> ValidationError:
    return ValidationError(
        f"{name_of(session.taken_by)}さんが編集を引き継いだので、この画面からは保存できません。"
        "入力した内容は自動保存され、開き直すと戻せます。",
        code="taken",
    )


def _put_away(request: HttpRequest, response: HttpResponse) -> None:
    """What is saved need not be kept aside, and who has saved holds no lease."""
    tab = request.POST.get("desk_tab", "")
    if not is_tab(tab):
        return
    adopted = request.POST.get("desk_adopts", "").split(",")
    numbers = [int(number) for number in adopted[:20] if number.isdecimal() and len(number) < 19]
    autosaving.forget(request.user, tab=tab, numbers=numbers)
    presence.leave(request.user, tab)
    # The script of the next page throws away what the browser itself had kept.
    response.set_cookie("desk_saved", tab, max_age=60, samesite="Lax")


def _offer(kept: Autosave) -> dict[str, Any]:
    return {
        "number": kept.pk,
        "tab": kept.tab,
        "version": kept.version,
        "values": kept.values,
        "saved_at": _clock(kept),
        "at": kept.saved_at.timestamp(),
    }


def _clock(kept: Autosave) -> str:
    local = timezone.localtime(kept.saved_at)
    today = timezone.localdate()
    return (
        f"{local:%H:%M}" if local.date() == today else f"{local.month}月{local.day}日 {local:%H:%M}"
    )


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig as error:
        raise ValidationError("長すぎて自動保存できません。", code="too_long") from error


def _numbers(found: object) -> list[int]:
    if not isinstance(found, list) or len(found) > 50:
        raise ValidationError("送られた内容を読めません。")
    if not all(isinstance(one, int) and 0 < one < 2**63 for one in found):
        raise ValidationError("送られた内容を読めません。")
    return found


def _version(found: object) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**31:
        raise ValidationError("送られた内容を読めません。")
    return found


def _typed(found: object) -> timedelta | None:
    if found is None:
        return None
    if not isinstance(found, int | float) or not 0 <= found <= _LONG_AGO:
        raise ValidationError("送られた内容を読めません。")
    return timedelta(seconds=found)
