"""However often something is renamed, each of its old addresses is one step away."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article, ArticleAuthor, FormerSlug, Section, Tag
from tests.factories import (
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
    TopicTeaserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    """One of each kind, with a public article."""
    article = ArticleFactory(section=SectionFactory(slug="old"))
    author, topic = AuthorFactory(slug="old"), TopicFactory(slug="old")
    tag = Tag.objects.create(name="港", slug="old")
    article.tags.add(tag)
    ArticleAuthor.objects.create(article=article, author=author)
    TopicTeaserFactory(topic=topic, article=article)
    return [article.section, author, topic, tag]


def rename(row, slug):
    row.slug = slug
    row.save()


def hops(client, url):
    response = client.get(url, follow=True)
    assert all(status == 301 for _, status in response.redirect_chain)
    return response.status_code, [address for address, _ in response.redirect_chain]


def test_an_old_address_leads_to_the_present_one(client, rows):
    for row in rows:
        old = row.get_absolute_url()
        rename(row, "middle")
        rename(row, "new")
        new = row.get_absolute_url()
        assert new != old
        assert hops(client, old) == (200, [new])
        assert hops(client, old.replace("old", "middle")) == (200, [new])
        # The slash, the first page and the old name are one step together; the query stays.
        assert hops(client, f"{old.rstrip('/')}?page=1&utm_source=x") == (
            200, [f"{new}?utm_source=x"],
        )  # fmt: skip
        assert hops(client, f"{old}?utm_source=%E6%B8%AF") == (
            200, [f"{new}?utm_source=%E6%B8%AF"],
        )  # fmt: skip
        assert client.get(f"{old}?page=7").status_code == 404


def test_an_address_without_its_slash_is_one_step_away(client, rows):
    for row in rows:
        url = row.get_absolute_url()
        assert hops(client, url.rstrip("/")) == (200, [url])
        assert hops(client, f"{url.rstrip('/')}?page=1&x=2") == (200, [f"{url}?x=2"])
    assert hops(client, "/archive") == (200, ["/archive/"])
    # Two slashes in front would name another host.
    response = client.get("/", PATH_INFO="//evil.example/sections/old")
    assert not response.get("Location", "").startswith("//")


def test_ranking_pages_follow_their_section(client, rows):
    rename(rows[0], "new")
    call_command("compute_rankings")
    assert hops(client, "/ranking/daily/old/") == (200, ["/ranking/daily/new/"])
    assert hops(client, "/ranking/daily/old") == (200, ["/ranking/daily/new/"])
    assert hops(client, "/ranking/daily") == (200, ["/ranking/daily/"])


def test_a_name_in_use_is_never_led_away_from(client, rows):
    section = rows[0]
    rename(section, "new")
    other = SectionFactory(slug="old", name="別の分野")
    assert hops(client, "/sections/old/") == (200, [])
    rename(other, "other")
    assert hops(client, "/sections/old/") == (200, ["/sections/other/"])
    rename(section, "old")
    assert hops(client, "/sections/old/") == (200, [])


def test_merged_rows_leave_all_their_addresses(client, rows):
    tag = rows[3]
    kept = Tag.objects.create(name="港湾", slug="harbour")
    rename(tag, "port")
    article = Article.objects.get()
    with transaction.atomic():
        kept.take_over(tag)
        tag.delete()
        article.tags.set([kept])
    for slug in ("old", "port"):
        assert hops(client, f"/tags/{slug}/") == (200, ["/tags/harbour/"])


def test_a_deleted_row_leaves_nothing(client, rows):
    topic = rows[2]
    rename(topic, "new")
    topic.delete()
    assert client.get("/topics/old/").status_code == 404


def test_the_name_is_remembered_in_the_transaction_that_changes_it(rows):
    with transaction.atomic():
        rename(rows[0], "new")
        assert FormerSlug.objects.exists()
        transaction.set_rollback(True)
    assert not FormerSlug.objects.exists()
    assert Section.objects.get(pk=rows[0].pk).slug == "old"


def test_a_save_without_a_new_name_remembers_nothing(rows):
    for row in rows:
        row.save()
    assert not FormerSlug.objects.exists()


def test_an_ordinary_page_asks_for_no_former_name(client, rows, django_assert_max_num_queries):
    client.get("/")
    for row in rows:
        with django_assert_max_num_queries(6):
            client.get(row.get_absolute_url())


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", "c", "d", "e"])), max_size=12
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_any_sequence_of_renames_is_one_step(client, steps):
    """Three sections, named and renamed at will: the last that had a name gets its readers."""
    with transaction.atomic():
        sections = [
            SectionFactory(slug=f"first-{number}", name=f"分野{number}") for number in range(3)
        ]
        last_owner = {row.slug: row for row in sections}
        for which, slug in steps:
            row = sections[which]
            if Section.objects.filter(slug=slug).exclude(pk=row.pk).exists():
                continue
            rename(row, slug)
            last_owner[slug] = row
        for slug, row in last_owner.items():
            expected = [] if row.slug == slug else [f"/sections/{row.slug}/"]
            assert hops(client, f"/sections/{slug}/") == (200, expected)
        transaction.set_rollback(True)
