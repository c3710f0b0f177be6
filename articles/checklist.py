"""The checklist before publication: what an article must have, and what only is better so.

The form, the action on many articles, a schedule and a working copy all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from articles.house_rules import HouseRules, house_rules
from articles.models import Article, IgnoredFinding, Photo
from articles.proofreading import RULES, Finding, Level, Passage, check, passages_of_html
from articles.text import one_line

_MOST_MESSAGES = 8
LONGEST_WORDS = 200
_LINES = {"headline": "見出し", "short_headline": "短い見出し", "teaser": "リード"}


@dataclass
class Copy:
    """What the checks read of an article, saved or as it stands in a form.

    `article_id` is the number of the live article when this is its working copy.
    """

    article_id: int | None
    section_id: int | None
    headline: str = ""
    teaser: str = ""
    has_tags: bool = False
    photos: Sequence[Photo] = ()
    embargo_until: datetime | None = None
    passages: list[Passage] = field(default_factory=list)

    @property
    def has_body(self) -> bool:
        return any(passage.field == "body" for passage in self.passages)


class Item(NamedTuple):
    """A line of the checklist."""

    name: str
    label: str
    level: Level
    # The field of the form that mends it.
    field: str
    # What is missing, in sentences; nothing when all is well.
    problems: list[str]

    @property
    def is_met(self) -> bool:
        return not self.problems


class Judged(NamedTuple):
    """A finding with what the house makes of it."""

    finding: Finding
    level: Level
    ignored: IgnoredFinding | None


class Review(NamedTuple):
    """All that the checks say of a copy."""

    items: list[Item]
    findings: list[Judged]

    @property
    def standing(self) -> list[Judged]:
        """The findings that nobody has ignored."""
        return [judged for judged in self.findings if judged.ignored is None]

    def problems(self) -> dict[str, list[str]]:
        """What keeps the copy from going public, as messages by form field."""
        problems: dict[str, list[str]] = {}
        for item in self.items:
            if item.level is Level.BLOCKING and item.problems:
                problems.setdefault(item.field, []).extend(item.problems)
        for judged in self.standing:
            if judged.level is Level.BLOCKING:
                where = form_field(judged.finding.passage.field)
                problems.setdefault(where, []).append(sentence(judged.finding))
        return {name: _shortened(messages) for name, messages in problems.items()}


class _Check(NamedTuple):
    label: str
    level: Level
    field: str
    ask: Callable[[Copy, datetime], list[str]]


def _wants(what: str, has: Callable[[Copy], object]) -> Callable[[Copy, datetime], list[str]]:
    return lambda copy, _at: [] if has(copy) else [f"公開するには{what}が要ります。"]


def _advises(what: str, has: Callable[[Copy], object]) -> Callable[[Copy, datetime], list[str]]:
    return lambda copy, _at: [] if has(copy) else [what]


def _of_photos(
    ask: Callable[[Photo, datetime], str],
) -> Callable[[Copy, datetime], list[str]]:
    def problems(copy: Copy, at: datetime) -> list[str]:
        return [said for photo in copy.photos if (said := ask(photo, at))]

    return problems


def _rights(photo: Photo, at: datetime) -> str:
    if photo.is_showable_at(at):
        return ""
    if photo.is_showable:
        return f"{_name(photo)}は公開日時までに利用期限が切れます。"
    return f"{_name(photo)}はウェブに載せられません（掲載の権利か期限を確かめてください）。"


def _alt(photo: Photo, _at: datetime) -> str:
    return "" if photo.alt else f"{_name(photo)}に代替テキストがありません。"


def _credit(photo: Photo, _at: datetime) -> str:
    if not photo.agency or photo.has_full_credit:
        return ""
    return f"{_name(photo)}は{photo.agency}のクレジットが足りません（撮影者・提供）。"


def _embargo(copy: Copy, at: datetime) -> list[str]:
    if copy.embargo_until is None or at >= copy.embargo_until:
        return []
    until = timezone.localtime(copy.embargo_until)
    return [f"解禁日時（{until:%Y年%m月%d日 %H:%M}）より前には公開できません。"]


CHECKS: dict[str, _Check] = {
    "headline": _Check(
        "見出し", Level.BLOCKING, "headline", _wants("見出し", lambda c: c.headline)
    ),
    "teaser": _Check("リード", Level.BLOCKING, "teaser", _wants("リード", lambda c: c.teaser)),
    "body": _Check("本文", Level.BLOCKING, "body", _wants("本文", lambda c: c.has_body)),
    "section": _Check("分野", Level.BLOCKING, "section", _wants("分野", lambda c: c.section_id)),
    "tags": _Check(
        "タグ", Level.ADVISORY, "tags", _advises("タグがありません。", lambda c: c.has_tags)
    ),
    "lead_photo": _Check(
        "主な写真", Level.ADVISORY, "article_photos",
        _advises("写真がありません。", lambda c: c.photos),
    ),
    "lead_credit": _Check(
        "主な写真のクレジット", Level.ADVISORY, "article_photos",
        _advises(
            "主な写真に撮影者も配信元もありません（本紙の名で出ます）。",
            lambda c: not c.photos or c.photos[0].credit or c.photos[0].agency,
        ),
    ),
    "photo_alt": _Check(
        "写真の代替テキスト", Level.BLOCKING, "article_photos", _of_photos(_alt)
    ),
    "photo_credit": _Check(
        "配信元のクレジット", Level.BLOCKING, "article_photos", _of_photos(_credit)
    ),
    "photo_rights": _Check(
        "写真の権利と期限", Level.BLOCKING, "article_photos", _of_photos(_rights)
    ),
    "embargo": _Check("解禁日時", Level.BLOCKING, "embargo_until", _embargo),
}  # fmt: skip
# Every rule and item that the house may be strict or lenient with: its words and its default.
NAMED: dict[str, tuple[str, Level]] = {
    **{name: (rule.label, rule.level) for name, rule in RULES.items()},
    **{name: (one.label, one.level) for name, one in CHECKS.items()},
}


def problems_before_publishing(
    article: Article, at: datetime | None = None
) -> dict[str, list[str]]:
    """What keeps an article from going public at a time (default: now), by form field.

    What is wrong with its photos stands under `article_photos`.
    """
    return review(copy_of(article), at).problems()


def problems_of_photo(photo: Photo) -> list[str]:
    """What keeps a photo off the public pages; each message names the photo."""
    now = timezone.now()
    return [said for ask in (_rights, _alt, _credit) if (said := ask(photo, now))]


def review(copy: Copy, at: datetime | None = None) -> Review:
    """Checks a copy as it would go out at a time (default: now). Three queries."""
    rules = house_rules(copy.section_id)
    return Review(_items(copy, at or timezone.now(), rules), _findings(copy, rules))


def copy_of(article: Article) -> Copy:
    """An article as the database has it, its own row excepted, which is taken as it is."""
    photos = [
        (item.photo, item.caption)
        for item in article.article_photos.select_related("photo__agency")
    ]
    return Copy(
        article_id=article.replaces_id or article.pk,
        section_id=article.section_id,
        headline=article.headline,
        teaser=article.teaser,
        has_tags=article.tags.exists(),
        photos=[photo for photo, _ in photos],
        embargo_until=article.embargo_until,
        passages=passages(
            {name: getattr(article, name) for name in (*_LINES, "body")},
            dict(enumerate(caption for _, caption in photos)),
            dict(enumerate(article.teasers.order_by("pk").values_list("headline", "teaser"))),
        ),
    )


def passages(
    words: Mapping[str, str],
    captions: Mapping[int, str],
    topics: Mapping[int, tuple[str, str]],
) -> list[Passage]:
    """The words of an article, named as its form names them; captions and topics by their row."""
    lines = [(name, place, words.get(name, "")) for name, place in _LINES.items()]
    rows = [
        (f"article_photos-{row}-caption", f"写真{number}の説明", caption)
        for number, (row, caption) in enumerate(captions.items(), start=1)
    ]
    for number, (row, (topic_headline, topic_teaser)) in enumerate(topics.items(), start=1):
        name = f"トピック{number}"
        rows.append((f"teasers-{row}-headline", f"{name}の見出し", topic_headline))
        rows.append((f"teasers-{row}-teaser", f"{name}の紹介文", topic_teaser))
    return [
        *(Passage(name, place, text) for name, place, text in lines if text),
        *passages_of_html("body", "本文", words.get("body", "")),
        *(Passage(name, place, text) for name, place, text in rows if text),
    ]


def form_field(name: str) -> str:
    """The field, or the group of rows, that a message of a passage belongs to."""
    return name.partition("-")[0]


def sentence(finding: Finding) -> str:
    """A finding for a list of messages: 「本文 第1段落「。、」：句読点の重なり」."""
    return f"{finding.passage.where}「{one_line(finding.words)}」：{finding.message}"


def _items(copy: Copy, at: datetime, rules: HouseRules) -> list[Item]:
    return [
        Item(name, one.label, level, one.field, one.ask(copy, at))
        for name, one in CHECKS.items()
        if (level := rules.level(name, one.level)) is not Level.OFF
    ]


def _findings(copy: Copy, rules: HouseRules) -> list[Judged]:
    ignored = {
        (found.rule, found.words): found
        for found in IgnoredFinding.objects.filter(article=copy.article_id).select_related(
            "created_by"
        )
    }
    judged = []
    for finding in check(copy.passages, rules.house):
        level = finding.level or rules.level(finding.rule, RULES[finding.rule].level)
        if level is not Level.OFF:
            words = finding.words[:LONGEST_WORDS]
            judged.append(Judged(finding, level, ignored.get((finding.rule, words))))
    return judged


def _shortened(messages: list[str]) -> list[str]:
    rest = len(messages) - _MOST_MESSAGES
    return messages if rest <= 0 else [*messages[:_MOST_MESSAGES], f"ほか{rest}件。"]


def _name(photo: Photo) -> str:
    return f"写真{photo.pk}「{photo}」"
