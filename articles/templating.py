"""What a template for recurring articles says on a certain day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from articles.models import ArticleTemplate

_DAYS = "月火水木金土日"
_TEXTS = ("headline", "short_headline", "teaser", "body", "tags")


def blanks(now: datetime) -> dict[str, str]:
    """The blanks that a template may have, with what they say at a time of Japan."""
    tomorrow = now + timedelta(days=1)
    return {
        "{日付}": f"{now.month}月{now.day}日",
        "{明日}": f"{tomorrow.month}月{tomorrow.day}日",
        "{年}": f"{now.year}年",
        "{月}": f"{now.month}月",
        "{日}": f"{now.day}日",
        "{曜日}": f"{_DAYS[now.weekday()]}曜日",
        "{時刻}": f"{now.hour}時{now.minute:02}分",
    }


def fill(template: ArticleTemplate, now: datetime) -> dict[str, Any]:
    """First values for the form of a new article; blanks that nobody knows stay as they are."""
    known = blanks(now)
    values: dict[str, Any] = {}
    for name in _TEXTS:
        text = getattr(template, name)
        for blank, words in known.items():
            text = text.replace(blank, words)
        values[name] = text
    if template.section_id is not None:
        values["section"] = template.section_id
    return values
