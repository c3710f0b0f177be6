from datetime import timedelta

import pytest
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
        "ranking",
        "topics",
        f"article-{article.pk}",
        f"section-{article.section_id}",
        f"author-{author.pk}",
        f"topic-{teaser.topic_id}",
        f"tag-{article.tags.get().pk}",
    }


def test_invalidate_writes_each_key_once():
    caching.invalidate(["home", "article-1", "home"])
    assert sorted(Invalidation.objects.values_list("key", flat=True)) == ["article-1", "home"]


def test_the_next_edge_is_the_nearest_change_of_what_is_public():
    now = timezone.now()
    assert caching.next_edge(now) is None
    ArticleFactory(publish_at=now + timedelta(hours=3))
    ArticleFactory(unpublish_at=now + timedelta(hours=2))
    ArticleFactory(embargo_until=now + timedelta(hours=1))
    ArticleFactory(status="draft", publish_at=now + timedelta(minutes=1))
    assert caching.next_edge(now) == now + timedelta(hours=1)
