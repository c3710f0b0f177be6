"""The list, too, knows which versions it shows: what is done to another one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Article

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Article]
else:
    _Base = object


class SeenVersions(_Base):
    """Each row of the list carries the version that it shows, beside its box."""

    def action_checkbox(self, obj: Any) -> SafeString:
        box = super().action_checkbox(obj)
        return format_html(
            '{}<input type="hidden" name="version-{}" value="{}">', box, obj.pk, obj.version
        )


def as_seen(article: Article, data: QueryDict) -> Article:
    """The article with the version that a page showed of it, for a verb to compare.

    Without one (every page of the list chosen at once) it stays the version that was read.
    """
    seen = data.get(f"version-{article.pk}", "")
    if seen.isdecimal() and len(seen) < 10:
        article.version = int(seen)
    return article
