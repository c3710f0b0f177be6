import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles import caching
from articles.models import ArticleAuthor, Invalidation
from tests.factories import ArticleFactory, AuthorFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db


def test_keys_name_every_page_that_shows_the_article():
    article = ArticleFactory()
    article.tags.add("灯台")
    author = AuthorFactory()
    ArticleAuthor.objects.create(article=article, author=author)
    teaser = TopicTeaserFactory(article=article)
    assert caching.keys_of(article) == {
        "home",
        f"article-{article.pk}",
        f"section-{article.section_id}",
        f"author-{author.pk}",
        f"topic-{teaser.topic_id}",
        f"tag-{article.tags.get().pk}",
    }


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
