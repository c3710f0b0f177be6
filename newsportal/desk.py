"""The desk: newsportal's own AdminSite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from js_asset.media import Media

from articles import reviewing
from newsportal import finding, screen, second_factor, today
from newsportal.second_factor import missing_step

_Page = Callable[[HttpRequest, dict[str, Any]], HttpResponse]
# What editors use most comes first; what is not named here comes after, as Django orders it.
ORDER = (
    "Article", "Photo", "Topic", "FrontSlot", "Banner", "Correction", "ShiftNote", "Duty",
    "Section", "Tag", "Author", "Agency", "ArticleTemplate",
    "DictionaryEntry", "CheckRule", "AboutPage", "Revision", "AuditEntry",
)  # fmt: skip
# What stands in templates/admin/_desk_nav.html.
IN_NAVIGATION = {"Article", "Photo", "Topic", "Snapshot", "FrontSlot"}
APP_ORDER = ("articles", "rankings", "newsportal", "auth")


class Autocomplete(AutocompleteJsonView):
    """The choices of a search field, with what their admin adds to them: words, a thumbnail."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        describe = getattr(self.model_admin, "describe_choice", None)
        return result | describe(obj) if describe else result


class Desk(AdminSite):
    index_title = "きょうの机"
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = f"{settings.SITE_NAME} 編集デスク"
        context = super().each_context(request)
        others = _other_places(context["available_apps"], request.path)
        return {
            **context,
            "other_places": others,
            "is_other_place": any(place["is_here"] for place in others),
            "site_header": settings.SITE_NAME,
            "site_title": name,
            "site_name": settings.SITE_NAME,
            "has_second_factor": settings.ADMIN_OTP != "off",
        }

    def get_urls(self) -> list[Any]:
        pages: list[tuple[str, str, _Page, bool]] = [
            ("otp/", "otp", second_factor.show, True),
            ("otp/code/", "otp_code", second_factor.ask, False),
            ("otp/setup/", "otp_setup", second_factor.set_up, False),
            ("otp/codes/", "otp_codes", second_factor.renew_codes, True),
            ("otp/remove/", "otp_remove", second_factor.remove, True),
        ]
        own = [
            path(route, self._otp_view(page, after_code=after), name=name)
            for route, name, page, after in pages
        ]
        own += [
            path("turn/", self.admin_view(self.turn_view), name="turn"),
            path("screen/", self.admin_view(self.screen_view), name="screen"),
            path("find/", self.admin_view(self.find_view), name="find"),
        ]
        return own + super().get_urls()

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and past the second step: every page of the desk asks this."""
        return super().has_permission(request) and missing_step(request.user) is None

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where who may not see a page is sent: after the password, to the second step."""
        if request.method == "GET" and super().has_permission(request):
            step = missing_step(request.user)
            if step:
                wanted = urlencode({"next": request.GET.get("next", "")})
                return redirect(f"{reverse(f'admin:{step}')}?{wanted}")
        return super().login(request, extra_context)

    def _otp_view(self, page: _Page, *, after_code: bool) -> Any:
        """A page of the second step: for who has passed it, or for who has a password at least."""

        def view(request: HttpRequest) -> HttpResponse:
            if settings.ADMIN_OTP == "off":
                raise Http404
            return page(request, self.each_context(request))

        if after_code:
            return self.admin_view(view)

        def before_code(request: HttpRequest) -> HttpResponse:
            if not AdminSite.has_permission(self, request):
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            return view(request)

        return never_cache(csrf_protect(before_code))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {**(extra_context or {})}
        if request.user.has_perm("articles.view_article"):
            context |= {
                "boxes": today.boxes(request.user),
                "templates": today.templates(request.user),
                "unchecked": today.unchecked(request.user),
                "may_check": request.user.has_perm(reviewing.APPROVE),
                **today.shift(),
            }
        if request.user.has_perm("articles.view_photo"):
            context["ending_photos"] = today.ending_photos()
        return super().index(request, context)

    def turn_view(self, request: HttpRequest) -> HttpResponse:
        """How many articles wait for this person, for the left side of every page."""
        if not request.user.has_perm("articles.view_article"):
            raise PermissionDenied
        return JsonResponse(today.counts(request.user))

    def screen_view(self, request: HttpRequest) -> HttpResponse:
        """読者の画面: what stands where, and how each place does."""
        if not request.user.has_perm("rankings.view_snapshot"):
            raise PermissionDenied
        context = {**self.each_context(request), "title": "読者の画面", **screen.screen()}
        return TemplateResponse(request, "admin/screen.html", context)

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """すべてから探す: articles, photos, topics, tags, people by one word."""
        words = request.GET.get("q", "")[: finding.MAX_CHARACTERS].strip()
        context = {
            **self.each_context(request),
            "title": "すべてから探す",
            "words": words,
            "groups": finding.groups(request.user, words),
        }
        return TemplateResponse(request, "admin/find.html", context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _place(ORDER, model["object_name"]))
        return sorted(apps, key=lambda app: _place(APP_ORDER, app["app_label"]))

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return Autocomplete.as_view(admin_site=self)(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        if view == self.logout:
            # Also for who has no code at hand.
            return csrf_protect(never_cache(view))
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # PostgreSQL refuses NUL in any value, SQLite finds nothing: answered before either.
            if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
                return render(request, "400.html", status=400)
            response: HttpResponseBase = inner(request, *args, **kwargs)
            if isinstance(response, TemplateResponse) and "media" in (response.context_data or {}):
                _give_nonce(response.context_data, request)
            return response

        return guarded


def _give_nonce(context: Any, request: Any) -> None:
    """Lets the import map of the text editor run: the only script of the desk in a page."""
    context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))


def _other_places(apps: list[Any], here: str) -> list[dict[str, Any]]:
    """The lists that this person may see and that the navigation does not name."""
    return [
        {
            "name": model["name"],
            "address": model["admin_url"],
            "is_here": here.startswith(model["admin_url"]),
        }
        for app in apps
        for model in app["models"]
        if model["object_name"] not in IN_NAVIGATION and model["admin_url"]
    ]


def _place(order: tuple[str, ...], name: str) -> int:
    return order.index(name) if name in order else len(order)
