"""What stands on the front page: each story once.

What the desk put there by hand keeps its place; the automatic lists fill the rest. A slot whose
article is dark or whose time is over counts for nothing, and the automatic item moves up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from articles.caching import HOME, article_keys, section_key
from articles.models import (
    Article,
    ArticlePhoto,
    ArticleQuerySet,
    FrontSlot,
    Photo,
    Section,
)
from articles.prepared import NOW, Prepared, Slot

MAIN_ITEMS = 8
LATEST_ITEMS = 8
BLOCK_ITEMS = 3
PHOTO_ITEMS = 6
# The lead and the main news are looked for among so many of the newest.
LOOKED_AT = 24
# Some pictures may not be shown any more.
LOOKED_AT_FOR_PHOTOS = 12

# What the page asks of a slot.
_OF_SLOT = ("pk", "area", "place", "headline", "headline_phrases", "starts_at", "ends_at")
_UNSAVED = 2**63

Block = tuple[Section, list[Article]]
Placed = tuple[FrontSlot, Article]
# An area and a place in it, from 1.
Place = tuple[str, int]
LEAD: Place = ("lead", 1)
PLACES: list[Place] = [LEAD, *(("main", number) for number in range(1, MAIN_ITEMS + 1))]


class FrontPart(NamedTuple):
    """The front page's own part as HTML, and what stands in it."""

    html: SafeString
    photos_html: SafeString
    articles: frozenset[int]
    keys: frozenset[str]


@dataclass(frozen=True)
class Front:
    """The lead has a picture where one of the newest has; the main news are of many sections."""

    lead: Article | None = None
    main: Sequence[Article] = ()
    latest: Sequence[Article] = ()
    blocks: Sequence[Block] = field(default_factory=list)
    photos: Sequence[Article] = ()
    # The numbers of those that the desk has put where they stand.
    by_hand: frozenset[int] = frozenset()

    def places(self) -> list[tuple[Place, Article | None]]:
        """The places that the desk may fill, with what stands in each."""
        items = [self.lead, *self.main]
        items += [None] * (len(PLACES) - len(items))
        return list(zip(PLACES, items, strict=True))

    def part(self) -> FrontPart:
        keys = {HOME, *article_keys(self), *(section_key(item.pk) for item, _ in self.blocks)}
        return FrontPart(
            render_to_string("articles/_front.html", {"front": self}),
            render_to_string("articles/_front_photos.html", {"front": self}),
            frozenset(article.pk for article in self),
            frozenset(keys),
        )

    def __iter__(self) -> Iterator[Article]:
        if self.lead:
            yield self.lead
        yield from (*self.main, *self.latest)
        for _, articles in self.blocks:
            yield from articles
        yield from self.photos


class Ahead(NamedTuple):
    """What the database does not say of a time ahead.

    `changed` are articles as they will be, each in the place of the row with its number.
    """

    at: datetime
    changed: Sequence[Article] = ()

    @property
    def numbers(self) -> set[int]:
        return {article.pk for article in self.changed}

    def among(self, stored: list[Article], elsewhere: Collection[int] = ()) -> list[Article]:
        """The newest first, with the changed articles that readers may see then."""
        show_by_terms(stored, self.at)
        changed = [
            article
            for article in self.changed
            if article.is_public(self.at) and article.pk not in elsewhere
        ]
        found = [*stored, *changed]
        return sorted(found, key=lambda article: (article.publish_at, article.pk), reverse=True)


def show_by_terms(articles: Iterable[Article], at: datetime) -> None:
    """Puts the next photo where the lead photo may not be shown any more at that time."""
    over = {
        article.pk: article
        for article in articles
        if article.lead_photo and not article.lead_photo.is_showable_at(at)
    }
    if not over:
        return
    rows = ArticlePhoto.objects.filter(article__in=over).select_related("photo__agency")
    found: dict[int, Photo] = {}
    for item in rows.order_by("order", "id"):
        if item.photo.is_showable_at(at):
            found.setdefault(item.article_id, item.photo)
    for pk, article in over.items():
        article.lead_photo = found.get(pk)


def front(at: datetime | None = None) -> Front:
    """The front page at a time (default: now); four queries, whatever the size of the archive."""
    now = at or timezone.now()
    newest, slots = _newest_and_slots(now)
    return _filled(newest, slots, now)


def front_part() -> FrontPart:
    return front().part()


def front_with(slots: Sequence[FrontSlot], at: datetime, changed: Sequence[Article] = ()) -> Front:
    """The front page as it would be at a time with these slots, saved or not; five queries.

    And one more wherever the term of a photo ends before.
    """
    ahead = Ahead(at, changed)
    stored = Article.objects.public(at).exclude(pk__in=ahead.numbers).for_lists()
    newest = list(stored.newest()[:LOOKED_AT]) if changed else _newest(now=at)
    in_slots = list(stored.filter(pk__in={slot.article_id for slot in slots}))
    held = {article.pk: article for article in ahead.among(in_slots)}
    active = [
        (slot, held[slot.article_id])
        for slot in slots
        if slot.is_active(at) and slot.article_id in held
    ]
    return _filled(ahead.among(newest)[:LOOKED_AT], active, at, ahead)


def _filled(
    newest: list[Article], slots: list[Placed], at: datetime, ahead: Ahead | None = None
) -> Front:
    by_hand = _by_hand(slots)
    held = frozenset(article.pk for article in by_hand.values())
    newest = [article for article in newest if article.pk not in held]
    lead = by_hand.pop(LEAD, None) or next((item for item in newest if item.picture), None)
    lead = lead or next(iter(newest), None)
    rest = [article for article in newest if article is not lead]
    # A young site has something in both.
    count = min(MAIN_ITEMS - len(by_hand), len(rest) // 2)
    automatic = _of_many_sections(rest, count)
    main = _in_places(by_hand, automatic)
    latest = [article for article in rest if article not in automatic][:LATEST_ITEMS]
    if lead is None:
        # Only slots of the main news stand on a page that has no other article.
        return Front(main[0], main[1:], by_hand=held) if main else Front()
    shown = {article.pk for article in (lead, *main, *latest)}
    blocks = _section_blocks(shown, at, ahead)
    shown |= {article.pk for _, articles in blocks for article in articles}
    return Front(lead, main, latest, blocks, _photos(shown, at, ahead), held)


def _by_hand(slots: Iterable[Placed]) -> dict[Place, Article]:
    """Which article the desk has in which place: of several the one that began last.

    An article with two slots stands in the first place of the page only.
    """
    found: dict[Place, Article] = {}
    held: set[int] = set()
    # The latest begun first, in every place.
    slots = sorted(slots, key=lambda one: (_begun(one[0]), one[0].pk or _UNSAVED), reverse=True)
    for slot, article in sorted(slots, key=lambda one: (one[0].area != "lead", one[0].place)):
        place = (str(slot.area), slot.place)
        if place not in PLACES or place in found or article.pk in held:
            continue
        found[place] = _in_words_of(slot, article)
        held.add(article.pk)
    return found


def _begun(slot: FrontSlot) -> float:
    return slot.starts_at.timestamp() if slot.starts_at else 0.0


def _in_words_of(slot: FrontSlot, article: Article) -> Article:
    """The article as it stands in the slot; it is not to be saved."""
    if not slot.headline:
        return article
    shown = copy(article)
    shown.headline, shown.headline_phrases = slot.headline, slot.headline_phrases
    return shown


def _in_places(by_hand: dict[Place, Article], automatic: list[Article]) -> list[Article]:
    """The main news: each slot in its place as far as the list reaches, the others between."""
    items = list(automatic)
    for (_, place), article in sorted(by_hand.items()):
        items.insert(place - 1, article)
    return items[:MAIN_ITEMS]


def _of_many_sections(articles: Sequence[Article], count: int) -> list[Article]:
    """The newest, the sections taking turns, in the order of time."""
    turns: dict[int, int] = defaultdict(int)
    ranked = []
    for place, article in enumerate(articles):
        ranked.append((turns[article.section_id], place, article))
        turns[article.section_id] += 1
    chosen = sorted(ranked, key=lambda entry: entry[:2])[:count]
    return [article for _, _, article in sorted(chosen, key=lambda entry: entry[1])]


def _section_blocks(elsewhere: set[int], at: datetime, ahead: Ahead | None) -> list[Block]:
    """Each section with its newest articles that do not stand elsewhere; two queries in all."""
    sections = list(Section.objects.all())
    by_section = defaultdict(list)
    left_out = elsewhere | ahead.numbers if ahead else elsewhere
    query = _block_query(len(sections), len(left_out))
    values = {f"section{place}": section.pk for place, section in enumerate(sections)}
    found = query(**values, **_elsewhere(left_out, at))
    for article in ahead.among(found, elsewhere) if ahead else found:
        by_section[article.section_id].append(article)
    return [
        (section, by_section[section.pk][:BLOCK_ITEMS])
        for section in sections
        if by_section[section.pk]
    ]


def _photos(elsewhere: set[int], at: datetime, ahead: Ahead | None) -> list[Article]:
    left_out = elsewhere | ahead.numbers if ahead else elsewhere
    found = _photo_query(len(left_out))(**_elsewhere(left_out, at))
    found = ahead.among(found, elsewhere) if ahead else found
    return [article for article in found if article.picture][:PHOTO_ITEMS]


def _elsewhere(shown: set[int], at: datetime) -> dict[str, Any]:
    return {"now": at} | {f"shown{place}": pk for place, pk in enumerate(shown)}


# --- the queries, compiled once for each number of sections and of articles left out


@Prepared
def _newest() -> ArticleQuerySet:
    return Article.objects.public(NOW).newest().for_lists()[:LOOKED_AT]


@Prepared
def _newest_with_slots() -> ArticleQuerySet:
    """The newest and what the desk has put on the page; a row for each slot of an article."""
    public = Article.objects.public(NOW)
    now = Q(front_slots__starts_at=None) | Q(front_slots__starts_at__lte=NOW)
    now &= Q(front_slots__ends_at=None) | Q(front_slots__ends_at__gt=NOW)
    return (
        public.among(
            public.newest()[:LOOKED_AT],
            public.filter(pk__in=FrontSlot.objects.active(NOW).values("article")),
        )
        .alias(slot=FilteredRelation("front_slots", condition=now))
        .annotate(**{f"slot_{name}": F(f"slot__{name}") for name in _OF_SLOT})
        # Sorted afterwards: SQLite would go through the whole index to save a sort of so few.
        .order_by()
        .for_lists()
    )


def _newest_and_slots(now: datetime) -> tuple[list[Article], list[Placed]]:
    rows: list[Any] = _newest_with_slots(now=now)
    rows.sort(key=lambda row: (row.publish_at, row.pk), reverse=True)
    slots = [(_slot_of(row), row) for row in rows if row.slot_pk is not None]
    # What only a slot brought is at the end, for it is older than the newest.
    return list({row.pk: row for row in rows}.values())[:LOOKED_AT], slots


def _slot_of(row: Any) -> FrontSlot:
    values = {name: getattr(row, f"slot_{name}") for name in _OF_SLOT}
    return FrontSlot(article_id=row.pk, **values)


@cache
def _block_query(sections: int, elsewhere: int) -> Prepared[Article]:
    @Prepared
    def query() -> ArticleQuerySet:
        public = _without(elsewhere)
        candidates = (
            public.filter(section=Slot(f"section{place}")).newest()[:BLOCK_ITEMS]
            for place in range(sections)
        )
        return public.among(*candidates).newest().for_lists()

    return query


@cache
def _photo_query(elsewhere: int) -> Prepared[Article]:
    @Prepared
    def query() -> ArticleQuerySet:
        pictured = _without(elsewhere).exclude(lead_photo=None)
        return pictured.newest().for_lists()[:LOOKED_AT_FOR_PHOTOS]

    return query


def _without(shown: int) -> ArticleQuerySet:
    slots: Any = [Slot(f"shown{place}") for place in range(shown)]
    return Article.objects.public(NOW).exclude(pk__in=slots)
