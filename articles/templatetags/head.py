"""What stands in the head of a page: its words, its address, its picture, its data."""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.safestring import SafeString

from articles import structured_data
from articles.addresses import absolute, moment, to_share
from articles.models import Article, Photo
from articles.text import one_line

register = template.Library()


@register.simple_block_tag(takes_context=True)
def words(context: Context, content: str, name: str) -> str:
    """Keeps what stands inside as plain words: the head says title and description thrice."""
    context[name] = one_line(unescape(content))
    return ""


@register.simple_tag(takes_context=True)
def canonical(context: Context) -> str:
    """The one address of this page: no query but what leads to a further page of a list.

    A page that answers at two addresses names its own as `address`.
    """
    address = absolute(escape_uri_path(context.get("address") or context["request"].path))
    return f"{address}{getattr(context.get('page'), 'query', '')}"


@register.inclusion_tag("articles/_sharing.html", takes_context=True)
def sharing(
    context: Context, kind: str = "website", photo: Photo | str | None = None
) -> dict[str, Any]:
    """Canonical address, OpenGraph and card. `photo` is what the page shows, if it shows one."""
    names = ("site_name", "page_title", "page_description")
    tags: dict[str, Any] = {name: context.get(name) for name in names}
    tags |= {
        "address": canonical(context),
        "kind": kind,
        "picture": structured_data.picture_to_share(_found(photo)),
    }
    if kind == "article":
        article = context["article"]
        tags |= {
            "published": moment(article.publish_at),
            "modified": moment(article.modified_at),
            "section": article.section.name,
            "tags": [tag.name for tag in context["tags"]],
            "authors": [absolute(author.get_absolute_url()) for author in context["authors"]],
        }
    return tags


def _found(photo: Photo | str | None) -> Photo | None:
    """Templates hand over an empty text for what is not there."""
    return photo if isinstance(photo, Photo) else None


@register.inclusion_tag("articles/_share.html")
def share(article: Article) -> dict[str, Any]:
    """Links that pass an article on."""
    url = absolute(article.get_absolute_url())
    return {"url": url, "title": article.headline, "links": to_share(url, article.headline)}


# --- feeds


@register.inclusion_tag("articles/_feed_links.html")
def feed_links(kind: str, of: Any = None, name: str = "") -> dict[str, Any]:
    """For programs: the RSS and Atom feeds of what a page lists."""
    return {"rss": _feed(kind, of, "rss"), "atom": _feed(kind, of, "atom"), "name": name}


@register.inclusion_tag("articles/_feed_link.html")
def feed_link(kind: str, of: Any = None, name: str = "") -> dict[str, Any]:
    """For people: the RSS feed of the list that they look at."""
    return {"rss": _feed(kind, of, "rss"), "name": name}


def _feed(kind: str, of: Any, form: str) -> str:
    return reverse(kind, args=[form] if of is None else [of.slug, form])


# --- structured data


@register.simple_tag
def site_data() -> SafeString:
    return structured_data.as_script(*structured_data.site())


@register.simple_tag(takes_context=True)
def article_data(context: Context) -> SafeString:
    lead = context["lead"]
    return structured_data.as_script(
        *structured_data.news_article(
            context["article"],
            authors=context["authors"],
            tags=context["tags"],
            photo=lead.photo if lead else None,
            corrections=[*context["corrections_first"], *context["corrections"]],
        )
    )


@register.simple_tag(takes_context=True)
def photo_data(context: Context) -> SafeString:
    things = structured_data.photo_page(context["item"], context["article"], canonical(context))
    return structured_data.as_script(*things)


@register.simple_tag(takes_context=True)
def profile_data(context: Context) -> SafeString:
    things = structured_data.profile(context["author"], canonical(context), context["page"])
    return structured_data.as_script(*things)


@register.simple_tag(takes_context=True)
def collection_data(  # noqa: PLR0913 (words of a template, by name)
    context: Context,
    name: str,
    items: Iterable[Any] = (),
    parent_name: str = "",
    parent_url: str = "",
    *,
    here: str = "",
) -> SafeString:
    """`items` are articles, or rows that have one: places of a ranking, teasers of a topic.

    `here` is what the way to the page calls it, where that is not its name.
    """
    articles = [getattr(item, "article", item) for item in items]
    steps = [(parent_name, parent_url)] if parent_url else []
    return structured_data.as_script(
        *structured_data.collection(name, canonical(context), articles, *steps, here=here)
    )


@register.simple_tag(takes_context=True)
def way_data(
    context: Context, here: str, parent_name: str = "", parent_url: str = ""
) -> SafeString:
    """Of a page that is no list: the way that leads to it."""
    steps = [(parent_name, parent_url)] if parent_url else []
    return structured_data.as_script(structured_data.breadcrumb(*steps, (here, canonical(context))))
