"""The frame of the editing screen: the bar, the map of the form, and the panel beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest

from articles.admin.article_screen import Screen
from articles.models import Article


class Tab(NamedTuple):
    """A tab of the panel; its body is `admin/articles/article/panel/<name>.html`."""

    name: str
    label: str

    @property
    def template(self) -> str:
        return f"admin/articles/article/panel/{self.name}.html"


TABS = (
    Tab("preview", "プレビュー"),
    Tab("proofread", "表記"),
    Tab("photos", "写真"),
    Tab("history", "履歴"),
    Tab("notes", "メモ"),
    Tab("views", "アクセス"),
)


class Panel(Screen):
    """What the frame itself shows; the bodies of the tabs belong to the parts of the screen."""

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        return super().screen_context(request, article) | {"tabs": TABS}
