"""The seam of the editing screen: what its parts bring to one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from articles.models import Article

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Article]
else:
    _Base = object


class Screen(_Base):
    """Each part of the screen is a subclass that adds its addresses and its context."""

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        """What the templates of the screen show; `article` is None for a new one.

        A part returns `super().screen_context(...) | {...}`.
        """
        return {}
