from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article
from articles.prepared import NOW, Prepared, Slot
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_section():
    return Prepared(
        lambda: (
            Article.objects.public(NOW)
            .filter(section=Slot("section"))
            .select_related("section")
            .newest()[:2]
        )
    )


def test_rows_are_those_of_the_queryset_with_the_values_put_in(of_section):
    winter, summer = SectionFactory(), SectionFactory()
    ArticleFactory.create_batch(3, section=winter)
    ArticleFactory(section=summer)
    now = timezone.now()

    for section in (winter, summer, winter):
        plain = Article.objects.public(now).filter(section=section).newest()[:2]
        assert of_section(section=section.pk, now=now) == list(plain)


def test_what_was_joined_is_not_asked_again(of_section, django_assert_num_queries):
    article = ArticleFactory()

    with django_assert_num_queries(1):
        (row,) = of_section(section=article.section_id, now=timezone.now())
        assert row.section == article.section
        assert row.body == article.body


def test_the_moment_is_the_one_of_asking(of_section):
    article = ArticleFactory(publish_at=timezone.now() + timedelta(hours=1))

    assert of_section(section=article.section_id, now=timezone.now()) == []
    later = timezone.now() + timedelta(hours=2)
    assert of_section(section=article.section_id, now=later) == [article]


def test_a_moment_compiled_in_is_refused():
    frozen = Prepared(lambda: Article.objects.public().filter(section=Slot("section")))

    with pytest.raises(ValueError, match="the moment of compiling"):
        frozen(section=1)


def test_a_missing_value_is_an_error(of_section):
    with pytest.raises(KeyError, match="section"):
        of_section(now=timezone.now())


def test_values_reach_the_database_as_values(of_section):
    ArticleFactory()
    with pytest.raises((TypeError, ValueError)):
        of_section(section="1) OR (1=1", now=timezone.now())


def test_rows_may_be_of_values():
    ArticleFactory(headline="初雪")
    headlines = Prepared(
        lambda: Article.objects.filter(pk__gt=Slot("pk")).values_list("headline", flat=True)
    )

    assert headlines(pk=0) == ["初雪"]


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection(of_section):
    article = ArticleFactory()
    of_section(section=article.section_id, now=timezone.now())
    found: list[object] = []

    def ask() -> None:
        try:
            found.extend(of_section(section=article.section_id, now=timezone.now()))
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [article]
