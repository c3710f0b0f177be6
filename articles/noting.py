"""The verbs of notes on articles: write, settle, reopen, read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from articles.models import Article, ArticleNote, NoteMention
from articles.text import strip_unwanted

MOST_NOTES = 100
MAX_LENGTH = 1000
_MOST_COLLEAGUES = 500
# Not the middle of an address of mail.
_MARK = re.compile(r"(?<![A-Za-z0-9._-])[@＠]")
_MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def colleagues() -> list[Any]:
    """Who may be named in a note: everybody who may see articles at the desk."""
    users: Any = get_user_model().objects
    found = users.with_perm("articles.view_article", backend=_MODEL_BACKEND)
    return list(found.filter(is_staff=True).order_by("last_name", "username")[:_MOST_COLLEAGUES])


def name_of(user: Any) -> str:
    """The name by which the desk calls somebody."""
    return f"{user.last_name} {user.first_name}".strip() or str(user.get_username())


def names_of(user: Any) -> list[str]:
    """Every way in which a note may name somebody, without spaces."""
    names = (name_of(user), user.last_name, user.get_username())
    return list(dict.fromkeys(_bare(name) for name in names if name))


def mentioned(text: str, among: Iterable[Any]) -> list[Any]:
    """Those whom a text names after an @, each once; the longest name that fits counts.

    Raises ValidationError where a name is that of several: the note would go to the wrong one.
    An @ that names nobody is left alone.
    """
    known: dict[str, list[Any]] = {}
    for user in among:
        for name in names_of(user):
            known.setdefault(name, []).append(user)
    found: dict[int, Any] = {}
    for mark in _MARK.finditer(text):
        rest = _bare(text[mark.end() : mark.end() + 160])
        name = max((name for name in known if _begins(rest, name)), key=len, default="")
        if len(known.get(name, ())) > 1:
            fuller = "、".join(f"@{name_of(user)}" for user in known[name])
            raise ValidationError(f"「@{name}」は何人もいます。{fuller} のように書いてください。")
        found |= {user.pk: user for user in known.get(name, ())}
    return list(found.values())


def notes_of(article: Article) -> list[ArticleNote]:
    """The article's notes, open ones first, each newest first."""
    notes = article.notes.select_related("created_by", "resolved_by")
    notes = notes.order_by(F("resolved_at").desc(nulls_first=True), "-id")
    return list(notes.prefetch_related("mentions__user")[:MOST_NOTES])


def open_notes(article: Article) -> int:
    return article.notes.filter(resolved_at=None).count()


@transaction.atomic
def write_note(article: Article, text: str, *, by: Any) -> ArticleNote:
    """Writes a note and tells those whom it names. Raises ValidationError by field."""
    text = strip_unwanted(text).strip()
    if not text:
        raise ValidationError({"text": "メモを書いてください。"})
    if len(text) > MAX_LENGTH:
        raise ValidationError({"text": f"メモは{MAX_LENGTH:,}字までです（今は{len(text):,}字）。"})
    try:
        named = mentioned(text, colleagues()) if _MARK.search(text) else []
    except ValidationError as error:
        raise ValidationError({"text": error.messages}) from error
    note = ArticleNote(article=article, text=text, created_by=by)
    note.save()
    NoteMention.objects.bulk_create(
        NoteMention(note=note, user=user) for user in named if user != by
    )
    return note


def settle(note: ArticleNote, *, by: Any) -> None:
    """Marks a note as dealt with; settling it twice keeps the first name and time."""
    ArticleNote.objects.filter(pk=note.pk, resolved_at=None).update(
        resolved_at=timezone.now(), resolved_by=by
    )


def reopen(note: ArticleNote) -> None:
    ArticleNote.objects.filter(pk=note.pk).update(resolved_at=None, resolved_by=None)


def mark_read(notes: QuerySet[ArticleNote] | Sequence[ArticleNote], *, by: Any) -> int:
    """Notes that somebody has read what names them; returns how many were unread."""
    unread = NoteMention.objects.filter(note__in=notes, user=by, read_at=None)
    return unread.update(read_at=timezone.now())


def unread_mentions(user: Any) -> QuerySet[NoteMention]:
    """What a colleague is asked and has not read, the newest first."""
    return (
        NoteMention.objects.filter(user=user, read_at=None)
        .select_related("note__article", "note__created_by")
        .defer("note__article__body", "note__article__search_text")
        .order_by("-id")
    )


def _begins(text: str, name: str) -> bool:
    """Does a text begin with a name? `@editors` does not name `editor`."""
    following = text[len(name) : len(name) + 1]
    is_cut = name[-1:].isascii() and following.isascii() and following.isalnum()
    return text.startswith(name) and not is_cut


def _bare(name: str) -> str:
    return re.sub(r"\s", "", name)
