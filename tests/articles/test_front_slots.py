"""What the desk puts on the front page by hand, as readers get it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from articles import caching
from articles.arranging import StaleArrangementError, arrange, arrangement, slots_at_desk
from articles.front import front, front_with
from articles.models import Article, AuditEntry, FrontSlot, Invalidation
from newsportal.roles import Role
from tests.articles.desk import person
from tests.factories import ArticleFactory, FrontSlotFactory, SectionFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def newsroom():
    """Thirty articles of three sections, the newest first."""
    now = timezone.now()
    return [
        ArticleFactory(
            section=SectionFactory(name=f"分野{number % 3}", slug=f"section-{number % 3}"),
            publish_at=now - timedelta(minutes=number + 1),
        )
        for number in range(30)
    ]


def top(client):
    """The numbers of the lead and of the main news, in their order."""
    html = client.get("/").content.decode()
    html = html[html.index('class="top"') : html.index('aria-labelledby="latest"')]
    return [int(pk) for pk in re.findall(r'href="/articles/(\d+)/"', html)]


def lead(article, **values):
    return FrontSlotFactory(area="lead", place=1, article=article, **values)


def test_a_slot_wins_at_its_place_and_the_others_close_up(client, newsroom):
    before = top(client)
    old = newsroom[29]
    FrontSlotFactory(place=3, article=old)
    after = top(client)
    assert after == [*before[:3], old.pk, *before[3:8]]
    lead(newsroom[28])
    assert top(client)[0] == newsroom[28].pk
    assert len(set(top(client))) == 9


def test_what_the_desk_placed_stands_nowhere_else(client, newsroom):
    lead(newsroom[0])
    FrontSlotFactory(place=1, article=newsroom[20])
    FrontSlotFactory(place=5, article=newsroom[20])
    html = client.get("/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    links = re.findall(r'href="/articles/(\d+)/"', main)
    assert len(links) == len(set(links))
    assert links[:2] == [str(newsroom[0].pk), str(newsroom[20].pk)]


@pytest.mark.parametrize(
    "values",
    [
        {"status": Article.Status.WITHDRAWN, "withdrawn_at": timezone.now()},
        {"status": Article.Status.DRAFT},
        {"publish_at": timezone.now() + HOUR},
        {"unpublish_at": timezone.now() - timedelta(seconds=1)},
        {"embargo_until": timezone.now() + HOUR},
    ],
    ids=["withdrawn", "draft", "scheduled", "ended", "embargoed"],
)
def test_the_automatic_article_moves_up_when_the_placed_one_is_dark(client, newsroom, values):
    before = top(client)
    lead(newsroom[25])
    assert top(client)[0] == newsroom[25].pk
    Article.objects.filter(pk=newsroom[25].pk).update(**values)
    assert top(client) == before


@pytest.mark.parametrize(
    ("starts", "ends", "stands"),
    [(None, None, True), (-1, 1, True), (None, -1, False), (1, None, False), (-2, -1, False)],
)
def test_a_slot_stands_in_its_time(client, newsroom, starts, ends, stands):
    now = timezone.now()
    lead(
        newsroom[25],
        starts_at=now + starts * HOUR if starts else None,
        ends_at=now + ends * HOUR if ends else None,
    )
    assert (top(client)[0] == newsroom[25].pk) is stands


def test_of_two_in_one_place_the_one_that_began_last_stands(client, newsroom):
    now = timezone.now()
    lead(newsroom[25], starts_at=now - HOUR)
    lead(newsroom[26])
    assert top(client)[0] == newsroom[25].pk
    # The other one stands in when the first goes dark.
    Article.objects.filter(pk=newsroom[25].pk).update(status=Article.Status.DRAFT)
    assert top(client)[0] == newsroom[26].pk


def test_the_slots_own_headline_stands_there_and_nowhere_else(client, newsroom):
    lead(newsroom[5], headline="見出しを替えて＆<i>組む")
    html = client.get("/").content.decode()
    assert "＆&lt;i&gt;" in html
    assert newsroom[5].headline not in html[: html.index("</main>")]
    article = client.get(newsroom[5].get_absolute_url()).content.decode()
    assert newsroom[5].headline in article.replace("<wbr>", "")


def test_slots_cost_no_query(client, newsroom, django_assert_num_queries):
    for place in range(1, 9):
        FrontSlotFactory(place=place, article=newsroom[29 - place])
    lead(newsroom[3])
    with django_assert_num_queries(7):
        client.get("/")


def test_a_page_of_slots_alone_has_a_lead():
    slot = FrontSlotFactory(place=4)
    assert front().lead == slot.article
    Article.objects.update(status=Article.Status.DRAFT)
    assert front().lead is None


def test_the_page_is_foretold_for_a_time_and_for_slots_that_are_not_stored(newsroom):
    now = timezone.now()
    coming = ArticleFactory(publish_at=now + HOUR, section=newsroom[0].section)
    slot = FrontSlot(area="lead", place=1, article=coming, headline="夕方のトップ")
    slot.prepare()
    assert front_with([slot], now).lead.pk == newsroom[0].pk
    foretold = front_with([slot], now + 2 * HOUR)
    assert (foretold.lead.pk, foretold.lead.headline) == (coming.pk, "夕方のトップ")
    assert coming.pk in foretold.by_hand
    assert not FrontSlot.objects.exists()


def test_a_stored_arrangement_is_foretold_as_readers_get_it(client, newsroom):
    now = timezone.now()
    FrontSlotFactory(place=2, article=newsroom[20])
    FrontSlotFactory(place=2, article=newsroom[21], starts_at=now - HOUR)
    lead(newsroom[22], ends_at=now + HOUR)
    foretold = front_with(slots_at_desk(now), timezone.now())
    assert [article.pk for article in (foretold.lead, *foretold.main)] == top(client)


# --- the verb


def test_an_arrangement_replaces_the_one_before_and_tells_readers_and_log(newsroom):
    editor = person(Role.EDITOR)
    kept, gone = lead(newsroom[1]), FrontSlotFactory(place=2, article=newsroom[2])
    moved = FrontSlot(pk=kept.pk, area="main", place=4, article=newsroom[1])
    new = FrontSlot(area="lead", place=1, article=newsroom[3], headline="手で組む")
    arrange([moved, new], version=0, by=editor)
    stored = {slot.article_id: slot for slot in FrontSlot.objects.all()}
    assert set(stored) == {newsroom[1].pk, newsroom[3].pk}
    assert stored[newsroom[1].pk].pk == kept.pk
    assert (stored[newsroom[1].pk].area, stored[newsroom[1].pk].place) == ("main", 4)
    assert stored[newsroom[3].pk].created_by == editor
    assert (arrangement().version, arrangement().saved_by) == (1, editor)
    assert "home" in Invalidation.objects.latest("id").keys.split()
    entry = AuditEntry.objects.get(action="arrange_front")
    assert f"主なニュース2：{gone.article.headline}（記事{newsroom[2].pk}）" in entry.old["slots"]
    assert f"トップ：手で組む（記事{newsroom[3].pk}）" in entry.new["slots"]


def test_a_stale_arrangement_changes_nothing(newsroom):
    first, second = person(Role.EDITOR, "first"), person(Role.EDITOR, "second")
    arrange([FrontSlot(area="lead", place=1, article=newsroom[1])], version=0, by=first)
    with pytest.raises(StaleArrangementError, match="高井さんが"):
        arrange([], version=0, by=second)
    assert FrontSlot.objects.get().article == newsroom[1]
    assert AuditEntry.objects.count() == 1
    arrange([], version=1, by=second)
    assert not FrontSlot.objects.exists()


def test_a_writer_may_not_arrange(newsroom):
    with pytest.raises(PermissionDenied):
        arrange([], version=0, by=person(Role.WRITER))


# --- the clock


def test_the_ends_of_a_slot_are_edges_of_the_home_page(newsroom):
    now = timezone.now()
    lead(newsroom[1], starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    assert caching.next_edge(now) == now + HOUR
    assert caching.next_edge(now + HOUR) == now + 2 * HOUR
    assert caching.keys_of_edges(now, now + HOUR) == {"home"}
    assert caching.keys_of_edges(now + HOUR, now + 3 * HOUR) == {"home"}
