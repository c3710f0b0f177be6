"""The one door: `public()` for queries and `is_public()` for rows say the same."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def cases(now):
    return {
        "published": ({}, True),
        "published this second": ({"publish_at": now}, True),
        "scheduled": ({"publish_at": now + HOUR}, False),
        "expired": ({"publish_at": now - 2 * HOUR, "unpublish_at": now - HOUR}, False),
        "ends this second": ({"publish_at": now - HOUR, "unpublish_at": now}, False),
        "ends later": ({"unpublish_at": now + HOUR}, True),
        "embargoed": ({"embargo_until": now + HOUR}, False),
        "embargo over": ({"embargo_until": now - HOUR}, True),
        "draft": ({"status": Article.Status.DRAFT}, False),
        "in review": ({"status": Article.Status.IN_REVIEW}, False),
        "approved": ({"status": Article.Status.APPROVED}, False),
        "withdrawn": ({"status": Article.Status.WITHDRAWN, "withdrawn_at": now}, False),
    }


@pytest.mark.parametrize("name", list(cases(timezone.now())))
def test_query_and_row_agree(name, time_machine):
    now = timezone.now().replace(microsecond=0)
    time_machine.move_to(now, tick=False)
    values, expected = cases(now)[name]
    article = ArticleFactory(**values)
    assert Article.objects.public().filter(pk=article.pk).exists() is expected
    assert article.is_public() is expected


def test_a_working_copy_is_never_public():
    article = ArticleFactory()
    copy = ArticleFactory(replaces=article)
    assert list(Article.objects.public()) == [article]
    assert not copy.is_public()


def test_a_schedule_comes_true_without_anybody(time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    article = ArticleFactory(publish_at=now + HOUR)
    assert article.state == "予約"
    time_machine.move_to(now + HOUR, tick=False)
    assert list(Article.objects.public()) == [article]
    assert article.state == "公開"


@pytest.mark.parametrize(
    "values",
    [
        {"publish_at": None},
        {"status": Article.Status.WITHDRAWN},
        {"withdrawn_at": timezone.now()},
        {"unpublish_at": timezone.now() - 2 * HOUR},
    ],
)
def test_the_database_refuses_states_that_cannot_be(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleFactory(**values)


def test_lists_are_one_query(django_assert_num_queries):
    ArticleFactory.create_batch(3)
    with django_assert_num_queries(1):
        for article in Article.objects.public().newest().for_lists():
            assert article.section.name
            assert article.picture is None
            assert article.headline_html
