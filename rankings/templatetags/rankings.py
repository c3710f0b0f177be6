"""What the pages of articles show of rankings: the two sidebars, the mark that counts a view."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.caching import TOPICS, Part, article_key, shared_part, shows, shows_beside
from articles.models import Article, Section, TopicTeaser
from rankings import lists
from rankings.models import Window
from rankings.tokens import view_token

register = template.Library()
register.simple_tag(lists.address, name="ranking_address")

DESK_ITEMS = 10
SIDEBAR_WINDOWS = [Window.HOURLY, Window.DAILY, Window.WEEKLY]


@register.simple_tag(takes_context=True)
def sidebars(
    context: Context,
    article: Article | None = None,
    section: Section | None = None,
    shown: Collection[int] | None = None,
) -> SafeString:
    """アクセスランキング and トピック, decided together so that no story stands in both.

    On a section's page the ranking is the section's; everywhere else it is the site's.
    """
    of = None if article else section

    def made(article: Article | None = None) -> Part:
        both = lists.sidebars(article, of, shown or ())
        values = {"ranking": both.ranking, "topics": both.topics, "windows": SIDEBAR_WINDOWS}
        return Part(
            render_to_string("rankings/_sidebars.html", values),
            frozenset(lists.keys_of(both.ranking) | _keys_of(both.topics)),
        )

    request = context["request"]
    name = ("sidebars", of and of.pk)
    part = None if shown else shared_part(request, name, made)
    own = article_key(article.pk) if article else ""
    if part is not None and own not in part.keys:
        shows_beside(request, name, part, without=own)
        return part.html
    part = made(article)
    shows(request, part.keys)
    return part.html


def _keys_of(teasers: Iterable[TopicTeaser]) -> set[str]:
    return {TOPICS, *(article_key(teaser.article_id) for teaser in teasers)}


@register.simple_tag
def view_attributes(article: Article) -> SafeString:
    """The attributes by which beacon.js counts a view; none for what only the desk can see."""
    if not article.is_public():
        return SafeString("")
    return format_html(
        ' data-article-id="{}" data-view-token="{}"', article.pk, view_token(article.pk)
    )


@register.inclusion_tag("rankings/_topics.html", takes_context=True)
def topic_sidebar(context: Context) -> dict[str, Any]:
    """トピック alone, for pages whose main part is the ranking."""
    teasers = lists.topic_teasers(settings.TOPIC_SIDEBAR_ITEMS)
    shows(context["request"], _keys_of(teasers))
    return {"topics": teasers}


@register.inclusion_tag("admin/rankings/_today.html")
def rankings_today() -> dict[str, Any]:
    """For the desk's first page: today's ten most read, and what is rising."""
    return {
        "lists": [
            lists.ranking(Window.DAILY, limit=DESK_ITEMS),
            lists.ranking(Window.RISING, limit=DESK_ITEMS),
        ]
    }


@register.simple_tag
def view_pixel(article: Article) -> SafeString:
    """The picture that counts a reader without JavaScript, where VIEW_PIXEL asks for it."""
    if not settings.VIEW_PIXEL or not article.is_public():
        return SafeString("")
    return format_html(
        '<noscript><img src="/v/?a={}&amp;t={}" alt="" width="1" height="1"></noscript>',
        article.pk,
        view_token(article.pk),
    )
