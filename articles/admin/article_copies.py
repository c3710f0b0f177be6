"""Working copies at the desk: made, compared with what readers see, swapped in or discarded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles.admin.article_screen import Screen
from articles.admin.comparisons import shown
from articles.admin.fields import DeskTimeField, UrgentReasonField
from articles.admin.headline_question import HeadlineQuestion, words_of
from articles.admin.times import desk_time
from articles.approval import is_approved
from articles.document import article_document
from articles.models import Article, Swap
from articles.revising import LABELS
from articles.working_copies import (
    Merge,
    Terms,
    compare,
    discard_copy,
    make_copy,
    merge_live,
    schedule_swap,
    swap,
    unschedule_swap,
)

MOST_LISTED = 200
_MINE, _THEIRS = "copy", "live"


class SwapForm(HeadlineQuestion):
    at = DeskTimeField(
        label="差し替え日時",
        required=False,
        help_text="空欄なら今すぐ。時刻を入れると、その時刻に差し替えます。",
        widget=forms.SplitDateTimeWidget(
            date_attrs={"placeholder": "2026-11-24", "aria-label": "差し替える日"},
            time_attrs={"placeholder": "06:00", "aria-label": "差し替える時刻"},
        ),
    )
    is_material = forms.BooleanField(
        label="更新日時を進める",
        required=False,
        help_text="内容が変わる直しのときに。読者の画面に「更新」の時刻が出ます。",
    )
    reason = forms.CharField(
        label="差し替えの理由", max_length=150, required=False, help_text="記録に残ります。"
    )
    urgent_reason = UrgentReasonField(
        help_text="この分野の公開には承認が要ります。待てないときだけ書きます。記録に残り、"
        "翌朝ほかの人が確認します。予約では、今の内容についての理由です。"
    )

    def __init__(
        self, *args: Any, copy: Article, original: Article, may_hurry: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not may_hurry:
            del self.fields["urgent_reason"]
        self.headlines = (original.headline, copy.headline) if original.is_public() else None
        self.texts = (words_of(vars(original)), words_of(vars(copy)))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("at") and cleaned["at"] <= timezone.now():
            self.add_error("at", "差し替え日時が過ぎています。")
        if self.headlines is not None:
            self.ask_about_headline(*self.headlines)
            self.ask_about_facts(*self.texts)
        return cleaned

    @property
    def terms(self) -> Terms:
        said = [self.cleaned_data["reason"], self.wording_reason]
        reason = "　".join(part for part in said if part)[:200]
        return Terms(
            self.cleaned_data["is_material"],
            reason,
            self.correction_text,
            self.cleaned_data.get("urgent_reason", ""),
        )


class WorkingCopies(Screen):
    """A published article is rewritten aside; readers see the old text until the swap."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = [
            ("copy/", require_POST(self.make_copy_view), "make_copy"),
            ("swap/", self.swap_view, "swap"),
            ("unschedule-swap/", require_POST(self.unschedule_swap_view), "unschedule_swap"),
            ("discard-copy/", self.discard_copy_view, "discard_copy"),
            ("merge-copy/", self.merge_view, "merge_copy"),
        ]
        own = [path("copies/", wrap(self.copies_view), name="articles_article_copies")]
        own += [
            path(f"<path:object_id>/{route}", wrap(view), name=f"articles_article_{name}")
            for route, view, name in pages
        ]
        return own + super().get_urls()

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Article | None:
        """The list shows articles alone; a working copy is opened by its number."""
        found: Article | None = super().get_object(request, object_id, from_field)
        if found is None and object_id.isascii() and object_id.isdecimal() and len(object_id) < 12:
            copies = Article.objects.working_copies().select_related("replaces", "swap")
            found = copies.filter(pk=int(object_id)).first()
        return found

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        context = super().screen_context(request, article)
        if article is None:
            return context
        if article.replaces is not None:
            plan: Swap | None = getattr(article, "swap", None)
            is_behind = plan is not None and plan.base_version != article.replaces.version
            return context | {
                "replaced": article.replaces,
                "swap": plan,
                "swap_time": desk_time(plan.at) if plan and plan.at else "",
                "swap_conflict": is_behind,
                # Its bar has a way of its own to readers.
                "can_publish": False,
            }
        if article.status in {Article.Status.PUBLISHED, Article.Status.WITHDRAWN}:
            copy = Article.objects.working_copies().filter(replaces=article).only("pk").first()
            can_have_one = article.status == Article.Status.PUBLISHED
            return context | {"working_copy": copy, "may_copy": can_have_one}
        return context

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """A copy may be swapped in, or an article deleted, while somebody types: nothing is lost.

        Django only says that it is gone, and drops what was sent.
        """
        labels = {"headline": "見出し", "teaser": "リード", "body": "本文"}
        typed = [
            (label, request.POST[name]) for name, label in labels.items() if name in request.POST
        ]
        if not typed:
            redirect: HttpResponse = super()._get_obj_does_not_exist_redirect(  # type: ignore[misc]
                request, opts, object_id
            )
            return redirect
        response = self._page_of(request, "gone", title="保存できませんでした", typed=typed)
        response.status_code = 409
        return response

    def copies_view(self, request: HttpRequest) -> HttpResponse:
        """All working copies, with what readers would see change."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        plans = (
            Swap.objects.filter(copy__trashed_at=None, copy__replaces__isnull=False)
            .select_related("copy__replaces", "copy__section", "copy__saved_by", "by")
            .defer("copy__body", "copy__search_text", "copy__replaces__body")
            .order_by("at", "-copy__saved_at")[:MOST_LISTED]
        )
        rows = [
            {
                "copy": plan.copy,
                "plan": plan,
                "time": desk_time(plan.at) if plan.at else "",
                "saved": desk_time(plan.copy.saved_at),
                "is_late": plan.at is not None and plan.at <= timezone.now(),
            }
            for plan in plans
        ]
        return self._page_of(request, "copies", title="差し替え稿", rows=rows)

    def make_copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        article = self._article(request, object_id)
        try:
            copy = make_copy(article, by=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            existing = Article.objects.working_copies().filter(replaces=article).first()
            return self._to(existing or article)
        text = "差し替え稿を作りました。公開中の記事は、差し替えるまで変わりません。"
        self.message_user(request, text, messages.SUCCESS)
        return self._to(copy)

    def swap_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        copy, original = self._copy(request, object_id)
        if not request.user.has_perm("articles.publish_article"):
            raise PermissionDenied
        form = SwapForm(
            request.POST if request.method == "POST" else None,
            copy=copy,
            original=original,
            may_hurry=_may_hurry(request, copy, original),
        )
        if request.method == "POST" and form.is_valid():
            done = self._try(form, lambda: self._swap(request, copy, form))
            if done:
                return self._to(copy if form.cleaned_data["at"] else original)
        plan = copy.swap
        return self._page_of(
            request,
            "swap",
            title="差し替える",
            original=copy,
            replaced=original,
            plan=plan,
            swap_time=desk_time(plan.at) if plan.at else "",
            swap_conflict=plan.base_version != original.version,
            changes=shown(_said(original), _said(copy)),
            form=form,
        )

    def unschedule_swap_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        copy, _ = self._copy(request, object_id)
        try:
            unschedule_swap(copy, by=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            text = "差し替えの予約を取り消しました。差し替え稿はそのままです。"
            self.message_user(request, text, messages.SUCCESS)
        return self._to(copy)

    def discard_copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        copy, original = self._copy(request, object_id)
        if not self.has_change_permission(request, copy):
            raise PermissionDenied
        if request.method == "POST":
            discard_copy(copy, by=request.user)
            text = "差し替え稿を破棄しました。内容は操作の記録に残っています。"
            self.message_user(request, text, messages.SUCCESS)
            return self._to(original)
        return self._page_of(
            request, "discard_copy", title="差し替え稿の破棄", original=copy, replaced=original
        )

    def merge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was changed on both sides: a person decides, field by field."""
        copy, original = self._copy(request, object_id)
        if not self.has_change_permission(request, copy):
            raise PermissionDenied
        found = compare(copy)
        form = _merge_form(found)(
            request.POST if request.method == "POST" else None,
            initial={"version": original.version},
        )
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            chosen = [name for name in found.both if values.get(name) == _THEIRS]
            version = values["version"]
            done = self._try(
                form,
                lambda: merge_live(copy, by=request.user, version=version, take_live=chosen),
            )
            if done:
                text = "公開中の変更を差し替え稿に取り込みました。"
                self.message_user(request, text, messages.SUCCESS)
                return self._to(copy)
        base = found.base or {}
        return self._page_of(
            request,
            "merge_copy",
            title="公開中の変更を取り込む",
            original=copy,
            replaced=original,
            form=form,
            theirs=_only(base, found.live, found.theirs),
            conflicts=[
                {
                    "field": form[name],
                    "live": _only(base, found.live, [name]),
                    "copy": _only(base, found.copy, [name]),
                    "both": _only(found.live, found.copy, [name]),
                }
                for name in found.both
            ],
        )

    def _swap(self, request: HttpRequest, copy: Article, form: SwapForm) -> None:
        at = form.cleaned_data["at"]
        if at:
            schedule_swap(copy, by=request.user, at=at, terms=form.terms)
            text = f"差し替えを予約しました。{desk_time(at)} に差し替わります。"
        else:
            swap(copy, by=request.user, terms=form.terms)
            text = "差し替えました。"
        self.message_user(request, text, messages.SUCCESS)

    def _try(self, form: forms.Form, verb: Callable[[], object]) -> bool:
        try:
            verb()
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
            return False
        return True

    def _article(self, request: HttpRequest, object_id: str) -> Article:
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404("その記事はありません。")
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return article

    def _copy(self, request: HttpRequest, object_id: str) -> tuple[Article, Article]:
        copy = self._article(request, object_id)
        if copy.replaces is None or not hasattr(copy, "swap"):
            raise Http404("差し替え稿ではありません。")
        return copy, copy.replaces

    def _to(self, article: Article) -> HttpResponse:
        name = f"{self.admin_site.name}:articles_article_change"
        return HttpResponseRedirect(reverse(name, args=[article.pk]))

    def _page_of(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request,
            f"admin/articles/article/{name}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, **context},
        )


def _may_hurry(request: HttpRequest, copy: Article, original: Article) -> bool:
    """Does the swap wait for an approval that this person may do without?"""
    if not (copy.section.demands_approval or original.section.demands_approval):
        return False
    may = request.user.has_perm("articles.publish_urgently")
    return may and not is_approved(copy, article_document(copy))


def _merge_form(found: Merge) -> type[forms.Form]:
    """A choice for each field that changed on both sides."""
    fields: dict[str, Any] = {
        name: forms.ChoiceField(
            label=LABELS[name],
            choices=[(_MINE, "差し替え稿の内容にする"), (_THEIRS, "公開中の内容にする")],
            widget=forms.RadioSelect,
            error_messages={"required": "どちらにするか選んでください。"},
        )
        for name in found.both
    }
    fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
    return type("MergeForm", (forms.Form,), fields)


def _said(article: Article) -> dict[str, Any]:
    document = article_document(article)
    return _picked(document, list(LABELS))


def _picked(document: dict[str, Any], names: list[str]) -> dict[str, Any]:
    # State and times of a copy are its own and go nowhere.
    own = {"status", "publish_at", "unpublish_at", "embargo_until", "updated_at"}
    return {name: document[name] for name in names if name in document and name not in own}


def _only(old: dict[str, Any], new: dict[str, Any], names: list[str]) -> Any:
    return shown(_picked(old, names), _picked(new, names))
