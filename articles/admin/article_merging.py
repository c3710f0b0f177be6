"""A save that comes too late: nothing is overwritten, both texts stand side by side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin.article_screen import Screen
from articles.admin.article_values import (
    GROUPS,
    Content,
    from_document,
    from_form,
    label_of,
    without_impossible,
    words,
    write,
)
from articles.document import article_document
from articles.merging import Part, Side, compare
from articles.models import Article
from articles.publishing import StaleVersionError, refuse_stale

CHOICES = ("mine", "theirs", "hand")
KEPT = "入力した内容はこの画面に残っています。"


@dataclass(frozen=True)
class ShownPart:
    """One field of the comparison as the page shows it."""

    name: str
    label: str
    base: str | None
    mine: SafeString
    theirs: SafeString
    chosen: str
    # What the field itself holds when theirs is chosen; None for rows, which the server puts in.
    value: str | None


class Merging(Screen):
    """Puts what was stored meanwhile and what was typed together before the form reads it."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method == "POST":
            request.POST = without_impossible(request.POST)  # type: ignore[assignment]
        if request.method == "POST" and object_id is not None:
            article = self.get_object(request, unquote(object_id))
            if article is not None and self.has_change_permission(request, article):
                self._merge(request, article)
        if request.method == "POST" and "_restore" in request.POST:
            _refuse(request, ValidationError("書きかけを戻しました。", code="restored"))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        parts: list[Part] = getattr(request, "merge_parts", [])
        post = request.POST
        return super().screen_context(request, article) | {
            "merge_base": getattr(request, "merge_base", None),
            "merge_is_own": article is not None and article.saved_by_id == request.user.pk,
            "merge_chosen": [_shown(part, post) for part in parts if part.side is Side.BOTH],
            "merge_taken": [_shown(part, post) for part in parts if part.side is Side.THEIRS],
            "is_restored": "_restore" in post,
            "is_unsaved": request.method == "POST",
        }

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Article | None = None,
    ) -> HttpResponse:
        if "_restore" in request.POST and not getattr(request, "merge_parts", []):
            # Nobody has asked to save it yet, so nothing is wrong with it yet.
            context["errors"] = None
            context["adminform"].form._errors = ErrorDict()
            for inline in context["inline_admin_formsets"]:
                inline.formset._errors = [ErrorDict() for _ in inline.formset.forms]
                for form in inline.formset.forms:
                    form._errors = ErrorDict()
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _merge(self, request: HttpRequest, article: Article) -> None:
        if getattr(request, "is_merged", False):
            return
        request.is_merged = True  # type: ignore[attr-defined]
        token = _number(request.POST.get("version_token"))
        if token is None:
            return
        data = request.POST.copy()
        base = _number(data.get("merge_base"))
        if base is not None and self._has_unchosen(request, article, data, base, token):
            return
        if token != article.version:
            self._compare(request, article, data, token)
        elif base is not None:
            _forget_merge(data)
            request.POST = data  # type: ignore[assignment]

    def _has_unchosen(
        self, request: HttpRequest, article: Article, data: QueryDict, base: int, token: int
    ) -> bool:
        """Does what was chosen in the comparison; shows it again where nothing was chosen."""
        names = [name for name in data.get("merge_fields", "").split(",") if name]
        theirs = _content(article, token)
        if not names or theirs is None:
            return False
        parts = compare(_content(article, base), from_form(data), theirs)
        parts = [part for part in parts if part.name in names]
        unchosen = [part for part in parts if data.get(f"merge_{part.name}") not in CHOICES]
        if unchosen:
            labels = "、".join(f"「{label_of(part.name)}」" for part in unchosen)
            text = f"{labels}は、どちらの文を使うかを選んでください。{KEPT}"
            _refuse(request, ValidationError(text, code="unchosen"))
            request.merge_parts, request.merge_base = parts, base  # type: ignore[attr-defined]
            return True
        chosen = [part for part in parts if data.get(f"merge_{part.name}") == "theirs"]
        write(data, {part.name: part.theirs for part in chosen}, article)
        request.POST = data  # type: ignore[assignment]
        return False

    def _compare(self, request: HttpRequest, article: Article, data: QueryDict, token: int) -> None:
        before = _document(article, token)
        base = from_document(before) if before else None
        parts = compare(base, from_form(data), from_document(article_document(article)))
        _forget_merge(data)
        # All rows again, also those that are mine: they refer to rows that may be gone.
        write(data, {part.name: part.merged for part in parts}, article)
        data["version_token"] = str(article.version)
        request.POST = data  # type: ignore[assignment]
        is_same_state = before is not None and before.get("status") == article.status
        if is_same_state and not any(part.side in {Side.BOTH, Side.THEIRS} for part in parts):
            # Saved meanwhile with nothing that this form does not have: no reason for an alarm.
            return
        try:
            with transaction.atomic():
                refuse_stale(article.pk, token, by=request.user)
        except StaleVersionError as error:
            _refuse(request, ValidationError(f"{error.message}{KEPT}", code="stale"))
        request.merge_parts, request.merge_base = parts, token  # type: ignore[attr-defined]


def _refuse(request: HttpRequest, error: ValidationError) -> None:
    request.refusal = error  # type: ignore[attr-defined]


def _document(article: Article, version: int) -> dict[str, Any] | None:
    """A version as it was saved; None when it is not kept."""
    revision = article.revisions.filter(version=version).first()
    return dict(revision.document) if revision is not None else None


def _content(article: Article, version: int) -> Content | None:
    if version == article.version:
        return from_document(article_document(article))
    document = _document(article, version)
    return from_document(document) if document else None


def _forget_merge(data: QueryDict) -> None:
    for name in [name for name in data if name.startswith("merge_")]:
        del data[name]


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None


def _shown(part: Part, post: QueryDict) -> ShownPart:
    base = words(part.name, part.base) if part.has_base else None
    is_plain = part.name not in GROUPS and isinstance(part.theirs, str)
    return ShownPart(
        name=part.name,
        label=label_of(part.name),
        base=base,
        mine=_marked(words(part.name, part.mine), base),
        theirs=_marked(words(part.name, part.theirs), base),
        chosen=post.get(f"merge_{part.name}", ""),
        value=part.theirs if is_plain else None,
    )


def _marked(text: str, base: str | None) -> SafeString:
    """The text with what is new in it marked: all between the common beginning and end."""
    if base is None:
        return format_html("{}", text)
    head = _same(text, base)
    tail = _same(text[head:][::-1], base[head:][::-1])
    end = len(text) - tail
    if head == end:
        return format_html("{}", text)
    return format_html("{}<ins>{}</ins>{}", text[:head], text[head:end], text[end:])


def _same(first: str, second: str) -> int:
    """How many characters both begin with."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
