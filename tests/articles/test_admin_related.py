"""関連記事: what the form suggests, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, RelatedArticle
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, row, words
from tests.factories import ArticleFactory, SectionFactory, TopicFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db

ASK = "/admin/articles/article/suggestions/"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def newsroom():
    """An article, and others that have a topic, a tag, the section or nothing in common."""
    home, other = SectionFactory(name="社会", slug="society"), SectionFactory(name="国際", slug="w")
    now = timezone.now()
    article = ArticleFactory(section=home, status="draft", publish_at=None)
    of_topic = ArticleFactory(section=other, publish_at=now - timedelta(days=40))
    of_tag = ArticleFactory(section=other, publish_at=now - timedelta(days=30))
    of_section = ArticleFactory(section=home, publish_at=now - timedelta(days=20))
    new = ArticleFactory(section=other, publish_at=now - timedelta(hours=1))
    topic = TopicFactory()
    for each in (article, of_topic):
        TopicTeaserFactory(topic=topic, article=each)
    of_tag.tags.add("灯台")
    return article, of_topic, of_tag, of_section, new


def suggested(client, **values):
    response = client.get(ASK, values)
    assert response.status_code == 200
    return [(one["article"], one["why"]) for one in response.json()["articles"]]


def test_suggestions_follow_topic_then_tags_then_section_then_time(client, editor, newsroom):
    article, of_topic, of_tag, of_section, new = newsroom
    found = suggested(
        client, article=article.pk, section=article.section_id, tags="灯台、まだないタグ"
    )
    assert found == [
        (of_topic.pk, "同じトピック"),
        (of_tag.pk, "同じタグ1個"),
        (of_section.pk, "同じ分野の新着"),
        (new.pk, "新着"),
    ]
    rest = suggested(client, article=article.pk, section=article.section_id, chosen=of_topic.pk)
    assert of_topic.pk not in [pk for pk, _ in rest]


def test_neither_itself_nor_a_dark_article_is_suggested(client, editor, newsroom):
    article, of_topic, of_tag, of_section, new = newsroom
    Article.objects.filter(pk=of_topic.pk).update(
        status=Article.Status.WITHDRAWN, withdrawn_at=timezone.now()
    )
    Article.objects.filter(pk=of_section.pk).update(publish_at=timezone.now() + timedelta(days=1))
    found = [pk for pk, _ in suggested(client, article=new.pk, section=article.section_id)]
    assert found == [of_tag.pk]


def test_suggestions_are_one_query(client, editor, newsroom, django_assert_max_num_queries):
    for _ in range(12):
        ArticleFactory()
    client.get(ASK, {"article": newsroom[0].pk})
    # Session, user, its second step, permissions; the article, its tags, the suggestions.
    with django_assert_max_num_queries(8):
        assert len(suggested(client, article=newsroom[0].pk, tags="灯台")) == 6


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"article": "x", "section": "-1", "tags": "、、\n" * 500, "chosen": ["x", "9" * 40]},
        {"article": "999999999"},
        {"article": "٣"},
    ],
)
def test_broken_questions_are_answered(client, editor, newsroom, values):
    assert client.get(ASK, values).status_code == 200


def test_readers_and_guests_get_no_suggestions(client, newsroom):
    assert client.get(ASK).status_code == 302


def test_a_withdrawn_article_cannot_be_chosen_but_one_withdrawn_later_stays(
    client, editor, newsroom
):
    article, of_topic, *_ = newsroom
    Article.objects.filter(pk=of_topic.pk).update(
        status=Article.Status.WITHDRAWN, withdrawn_at=timezone.now()
    )
    data = fields(client.get(change(article)))
    row(data, "related_items", other=of_topic.pk, order=1)
    response = client.post(change(article), data | {"_save": "1"})
    assert "取り下げた記事は読者に出ません。外してください。" in words(response)
    assert not RelatedArticle.objects.exists()
    RelatedArticle.objects.create(article=article, other=of_topic)
    data = fields(client.get(change(article)))
    assert client.post(change(article), data | {"_save": "1"}).status_code == 302
