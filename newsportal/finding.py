"""すべてから探す: one field for articles, photos, topics, tags, writers and sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from articles.models import Article, Author, Photo, Section, Tag, Topic
from articles.search import MAX_CHARACTERS, find, matching_photos, parse
from articles.text import fold_tag

__all__ = ["MAX_CHARACTERS", "Group", "groups"]

SHOWN = 8


@dataclass(frozen=True)
class Hit:
    text: str
    about: str
    address: str
    at: datetime | None = None


@dataclass(frozen=True)
class Group:
    """What was found of one kind, and where all of it is."""

    title: str
    hits: list[Hit]
    has_more: bool
    address: str


def groups(user: Any, words: str) -> list[Group]:
    """What somebody may see of what holds the words; a query or two a kind."""
    if not words:
        return []
    kinds = (
        ("article", "記事", _articles),
        ("photo", "写真", _photos),
        ("topic", "トピック", _topics),
        ("tag", "タグ", _tags),
        ("author", "筆者", _authors),
        ("section", "分野", _sections),
    )
    found = []
    for name, title, search in kinds:
        if not user.has_perm(f"articles.view_{name}"):
            continue
        hits = list(search(words))
        if hits:
            address = f"{reverse(f'admin:articles_{name}_changelist')}?{urlencode({'q': words})}"
            found.append(Group(title, hits[:SHOWN], len(hits) > SHOWN, address))
    return found


def _articles(words: str) -> Iterable[Hit]:
    articles = Article.objects.live()
    numbers = find(articles, parse(words))[: SHOWN + 1]
    if words.isascii() and words.isdecimal() and len(words) < 10:
        numbers.insert(0, int(words))
    rows = articles.for_lists().in_bulk(numbers)
    for pk in dict.fromkeys(numbers):
        if pk in rows:
            article = rows[pk]
            about = f"{article.section}・{article.state}"
            yield Hit(article.headline, about, _change("article", pk), article.publish_at)


def _photos(words: str) -> Iterable[Hit]:
    for photo in matching_photos(Photo.objects.all(), words).order_by("-id")[: SHOWN + 1]:
        yield Hit(f"写真{photo.pk}「{photo}」", photo.caption[:60], _change("photo", photo.pk))


def _topics(words: str) -> Iterable[Hit]:
    named = Topic.objects.filter(Q(name__icontains=words) | Q(description__icontains=words))
    for topic in named[: SHOWN + 1]:
        about = "" if topic.is_active else "表示しない"
        yield Hit(topic.name, about, _change("topic", topic.pk))


def _tags(words: str) -> Iterable[Hit]:
    for tag in Tag.objects.filter(name__contains=fold_tag(words))[: SHOWN + 1]:
        articles = reverse("admin:articles_article_changelist")
        yield Hit(tag.name, "この語の記事", f"{articles}?{urlencode({'tag': tag.slug})}")


def _authors(words: str) -> Iterable[Hit]:
    for author in Author.objects.filter(name__icontains=words)[: SHOWN + 1]:
        yield Hit(author.name, "", _change("author", author.pk))


def _sections(words: str) -> Iterable[Hit]:
    for section in Section.objects.filter(name__icontains=words)[: SHOWN + 1]:
        yield Hit(section.name, "", _change("section", section.pk))


def _change(model: str, pk: int) -> str:
    return reverse(f"admin:articles_{model}_change", args=[pk])
