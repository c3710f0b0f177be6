"""Columns that clean what is written to them, whichever way it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django_prose_editor.fields import ProseEditorField

from articles.markup import clean_html
from articles.text import one_line, strip_unwanted

if TYPE_CHECKING:
    # The editor's package has no types: to mypy its field is the text column that it is.
    RichTextField = models.TextField[str, str]
else:
    RichTextField = ProseEditorField

EDITOR_EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Ruby": True,
    "Foreign": True,
    "Cite": True,
    "PhotoPlace": True,
    "Embed": True,
    "CleanPaste": True,
    "Findings": True,
    "Heading": {"levels": [2, 3]},
    "BulletList": True,
    "OrderedList": {"enableListAttributes": False},
    "ListItem": True,
    "Blockquote": True,
    "HardBreak": True,
    "Link": {"protocols": ["http", "https", "mailto", "tel"], "enableTarget": False},
    "History": True,
    # Buttons only: the stock menu's drop-down of block types has words in English.
    "Menu": {
        "groups": [
            {"group": "headings"},
            {"group": "marks"},
            {"group": "nodes -blockType -lists"},
            {"group": "lists"},
            {"group": "link"},
            {"group": "insert"},
            {"group": "history"},
        ]
    },
}


class BodyField(RichTextField):
    """Rich text. Cleaned when the form is and again on every way to the database.

    `full_clean()` alone is not enough: create(), bulk_create() and update() pass it by.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("extensions", EDITOR_EXTENSIONS)
        kwargs["sanitize"] = clean_html
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for key in ("extensions", "config", "sanitize", "preset"):
            kwargs.pop(key, None)
        return name, path, args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return clean_html(value) if isinstance(value, str) else value


class LineField(models.CharField[str, str]):
    """One line of text: control characters, zero-width marks and line breaks never get in."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return one_line(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return one_line(value) if isinstance(value, str) else value


class ProseField(models.TextField[str, str]):
    """Plain text of several lines without control characters and zero-width marks."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return strip_unwanted(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return strip_unwanted(value) if isinstance(value, str) else value
