"""Pictures and times as readers see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.core.files.storage import storages
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.caching import Part, article_key, shared_part, shows
from articles.highlighting import marked
from articles.models import Article, Photo, Rendition, Tag
from articles.related import related_articles

register = template.Library()
register.filter("marked", marked)


@register.inclusion_tag("articles/_picture.html")
def picture(  # noqa: PLR0913 (the attributes of an image, named in templates)
    photo: Photo | None,
    crop: str = "free",
    sizes: str = "100vw",
    alt: str | None = None,
    *,
    lazy: bool = True,
    priority: bool = False,
) -> dict[str, Any]:
    """A `<picture>` of the renditions that exist; nothing without any.

    A crop that is not made yet falls back on the whole photo. `alt=""` is for pictures beside
    a headline that says the same.
    """
    if photo is None or not photo.is_showable:
        return {}
    entries = [entry for entry in photo.ladder if entry["crop"] == crop]
    entries = entries or [entry for entry in photo.ladder if entry["crop"] == "free"]
    by_format = {
        format_: [entry for entry in entries if entry["format"] == format_]
        for format_ in Rendition.Format.values
    }
    jpegs = by_format[Rendition.Format.JPEG]
    if not jpegs:
        return {}
    webps, avifs = by_format[Rendition.Format.WEBP], by_format[Rendition.Format.AVIF]
    # What browsers without srcset load, and the source of width and height.
    middle = sorted(jpegs, key=_width)[len(jpegs) // 2]
    return {
        "avif": _srcset(avifs) if _is_lighter(avifs, webps) else "",
        "webp": _srcset(webps),
        "jpeg": _srcset(jpegs),
        "src": storages["default"].url(middle["name"]),
        "width": middle["width"],
        "height": middle["height"],
        "sizes": sizes,
        "alt": photo.alt if alt is None else alt,
        "lazy": lazy and not priority,
        "priority": priority,
        "tone": _tone(photo.color),
    }


def _is_lighter(avifs: list[dict[str, Any]], webps: list[dict[str, Any]]) -> bool:
    """Browsers take the first source that they know: AVIF has to earn its place there."""
    widths = {entry["width"] for entry in avifs} & {entry["width"] for entry in webps}
    return _weight(avifs, widths) < _weight(webps, widths) or not webps


def _weight(entries: list[dict[str, Any]], widths: set[int]) -> int:
    return sum(entry.get("bytes", 0) for entry in entries if entry["width"] in widths)


def _tone(color: str) -> str:
    """The class of base.css nearest to a colour: a page may hold no style of its own."""
    return "".join(str(int(color[at : at + 2], 16) * 5 // 256) for at in (1, 3, 5)) if color else ""


def _width(entry: dict[str, Any]) -> int:
    return int(entry["width"])


def _srcset(entries: list[dict[str, Any]]) -> str:
    storage = storages["default"]
    return ", ".join(
        f"{storage.url(entry['name'])} {entry['width']}w" for entry in sorted(entries, key=_width)
    )


@register.simple_tag(takes_context=True)
def related(context: Context, article: Article, tags: Sequence[Tag]) -> SafeString:
    """関連記事. What stands there is not asked again while the page is only made anew."""

    def made() -> Part:
        articles = related_articles(article, [tag.pk for tag in tags])
        keys = {article_key(article.pk), *(article_key(other.pk) for other in articles)}
        html = render_to_string("articles/_related.html", {"articles": articles})
        return Part(html, frozenset(keys))

    part = shared_part(context["request"], ("related", article.pk), made) or made()
    shows(context["request"], part.keys)
    return part.html


@register.simple_tag
def time_of(at: datetime | None, form: str = "full") -> SafeString | str:
    """A moment in `<time>`, in Japan's time.

    full: 2026年11月23日 6時00分. day: 11月23日 6時00分, with the year when it is another one.
    clock: 6:00 today, else 11月23日. hour: 6時00分 alone.
    """
    if at is None:
        return ""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, _pattern(local, form)),
    )


def _pattern(local: datetime, form: str) -> str:
    today = timezone.localdate()
    if form == "hour":
        return "G時i分"
    if form == "clock" and local.date() == today:
        return "G:i"
    if form == "full":
        return "Y年n月j日 G時i分"
    if local.year != today.year:
        return "Y年n月j日"
    return "n月j日" if form == "clock" else "n月j日 G時i分"
