"""速報 above the pages: when it stands there, where it leads, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import publishing
from articles.caching import keys_of_edges, next_edge
from articles.models import AuditEntry, Banner
from newsportal import masthead
from newsportal.roles import Role
from tests.articles.desk import fields, person, words
from tests.factories import ArticleFactory, SectionFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
TEXT = "東北地方で震度6弱の地震、津波警報を発表"
ADD = "/admin/articles/banner/add/"


@pytest.fixture(autouse=True)
def section():
    return SectionFactory()


def banner(begin=-MINUTE, end=10 * MINUTE, **values):
    now = timezone.now()
    made = Banner.objects.create(
        **{"text": TEXT, "starts_at": now + begin, "ends_at": now + end} | values
    )
    masthead.forget()
    return made


def shown(client, url="/"):
    return words(client.get(url)).partition("<header")[0]


@pytest.mark.parametrize(
    ("begin", "end", "stands"),
    [(-MINUTE, MINUTE, True), (MINUTE, 2 * MINUTE, False), (-2 * MINUTE, -MINUTE, False)],
)
def test_it_stands_above_the_masthead_in_its_time(client, begin, end, stands):
    banner(begin, end)
    for url in ("/", "/topics/", "/search/", "/nowhere/"):
        assert (TEXT in shown(client, url)) == stands
        assert ('aria-label="速報"' in shown(client, url)) == stands


def test_it_begins_and_ends_to_the_second_with_what_is_remembered(client, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    banner(2 * MINUTE, 3 * MINUTE)
    assert TEXT not in shown(client)
    time_machine.move_to(now + 2 * MINUTE, tick=False)
    masthead.forget()
    assert TEXT in shown(client)
    # Nobody has told this process of the end.
    time_machine.move_to(now + 3 * MINUTE, tick=False)
    assert TEXT not in shown(client)


def test_the_memo_does_not_outlast_the_beginning_of_the_next(monkeypatch):
    banner(timedelta(seconds=5), MINUTE)
    at, _ = masthead._read_until()
    seconds = at - masthead.time.monotonic()
    assert 0 < seconds <= 5


def test_of_two_the_later_one(client):
    banner(-2 * MINUTE, text="古い速報")
    banner(-MINUTE)
    html = shown(client)
    assert TEXT in html
    assert "古い速報" not in html


def test_it_leads_to_an_article_only_while_that_is_public(client):
    article = ArticleFactory()
    banner(article=article)
    assert f'href="{article.get_absolute_url()}"' in shown(client)
    publishing.withdraw(article, by=None, reason="確認")
    assert "site" in invalidated()
    masthead.forget()
    html = shown(client)
    assert TEXT in html
    assert article.get_absolute_url() not in html


def test_what_an_editor_types_is_text(client):
    banner(text="<script>alert(1)</script>", url="https://example.com/?a=1&b=2")
    html = shown(client)
    assert "<script>alert" not in html
    assert 'href="https://example.com/?a=1&amp;b=2"' in html


def test_pages_change_by_themselves_at_both_ends():
    now = timezone.now()
    made = banner(MINUTE, 2 * MINUTE)
    assert next_edge(now) == made.starts_at
    assert next_edge(made.starts_at) == made.ends_at
    assert keys_of_edges(now, made.starts_at) == {"site"}
    assert keys_of_edges(made.starts_at, made.ends_at) == {"site"}


def test_it_costs_no_query_of_its_own(client, django_assert_num_queries):
    banner()
    with django_assert_num_queries(1):
        masthead.masthead().banner  # noqa: B018


@pytest.fixture
def typed(client):
    client.force_login(person(Role.EDITOR))
    later = timezone.localtime(timezone.now() + 60 * MINUTE)
    data = fields(client.get(ADD))
    return data | {
        "text": TEXT, "ends_at_0": f"{later:%Y-%m-%d}", "ends_at_1": f"{later:%H:%M}",
    }  # fmt: skip


def test_an_editor_writes_one_and_pages_are_made_anew(client, typed):
    assert client.post(ADD, typed).status_code == 302
    assert Banner.objects.get().text == TEXT
    assert "site" in invalidated()
    assert AuditEntry.objects.get().action == "banner"
    masthead.forget()
    assert TEXT in shown(client)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "長" * 61}, "text"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"ends_at_0": "2020-01-01"}, "__all__"),
        ({"ends_at_0": "", "ends_at_1": ""}, "ends_at"),
        ({"article": "999"}, "article"),
    ],
)
def test_nonsense_is_refused_at_its_field(client, typed, values, field):
    response = client.post(ADD, typed | values)
    assert field in response.context["adminform"].form.errors
    assert not Banner.objects.exists()


def test_a_writer_only_reads_them(client):
    banner()
    client.force_login(person(Role.WRITER))
    assert client.get(ADD).status_code == 403
    assert client.get("/admin/articles/banner/").status_code == 200
