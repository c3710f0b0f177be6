import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles import caching
from articles.models import ArticleAuthor, Correction, Invalidation
from tests.factories import ArticleFactory, AuthorFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db


def test_keys_name_every_page_that_shows_the_article():
    article = ArticleFactory()
    article.tags.add("灯台")
    author = AuthorFactory()
    ArticleAuthor.objects.create(article=article, author=author)
    teaser = TopicTeaserFactory(article=article)
    day = timezone.localdate(article.publish_at)
    expected = {
        f"day-{day:%Y%m%d}",
        f"month-{day:%Y%m}",
        f"year-{day:%Y}",
        "home",
        f"article-{article.pk}",
        f"section-{article.section_id}",
        f"author-{author.pk}",
        f"topic-{teaser.topic_id}",
        f"tag-{article.tags.get().pk}",
        f"month-{timezone.localdate(article.publish_at):%Y%m}",
    }
    assert caching.keys_of(article) == expected
    Correction.objects.create(article=article, text="日付が誤っていました。")
    assert caching.keys_of(article) == expected | {"corrections"}


def test_invalidate_writes_each_key_once():
    caching.invalidate(["home", "article-1", "home"])
    assert Invalidation.objects.get().keys == "article-1 home"


def test_the_next_edge_is_the_nearest_change_of_what_is_public():
    now = timezone.now()
    assert caching.next_edge(now) is None
    ArticleFactory(publish_at=now + timedelta(hours=3))
    ArticleFactory(unpublish_at=now + timedelta(hours=2))
    ArticleFactory(embargo_until=now + timedelta(hours=1))
    ArticleFactory(status="draft", publish_at=now + timedelta(minutes=1))
    assert caching.next_edge(now) == now + timedelta(hours=1)
    Correction.objects.create(
        article=ArticleFactory(), text="日付", published_at=now + timedelta(minutes=9)
    )
    assert caching.next_edge(now) == now + timedelta(minutes=9)


def test_a_correction_of_later_makes_its_pages_anew():
    now = timezone.now()
    article = ArticleFactory()
    Correction.objects.create(article=article, text="日付", published_at=now + timedelta(hours=1))
    keys = caching.keys_of_edges(now, now + timedelta(hours=2))
    assert {f"article-{article.pk}", "corrections"} <= keys


def test_old_invalidations_are_deleted():
    now = timezone.now()
    caching.invalidate(["home"])
    caching.invalidate(["article-1"])
    Invalidation.objects.filter(keys="home").update(created_at=now - timedelta(days=3))
    call_command("prune_invalidations", stdout=io.StringIO())
    assert Invalidation.objects.get().keys == "article-1"


def test_keys_of_edges_are_of_what_the_clock_changed():
    now = timezone.now()
    then = now + timedelta(hours=1)
    due = ArticleFactory(publish_at=then)
    ArticleFactory(publish_at=then + timedelta(seconds=1))
    ArticleFactory(status="draft", publish_at=then)
    ending = TopicTeaserFactory(ends_at=then)
    keys = caching.keys_of_edges(now, then)
    assert keys == caching.keys_of(due) | caching.keys_of(ending.article) | {"topics"}
    assert caching.keys_of_edges(then, then) == set()
