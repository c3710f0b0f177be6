from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from rankings.ranking import compute
from tests.factories import ArticleFactory, SectionFactory, TopicTeaserFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def articles():
    economy = SectionFactory(name="経済", slug="economy")
    made = [ArticleFactory(), ArticleFactory(), ArticleFactory(section=economy)]
    for place, article in enumerate(made):
        read(article, 10 - place)
        TopicTeaserFactory(article=article, headline=f"短い見出し{place}")
    compute(timezone.now() - timedelta(seconds=1))
    return made


def test_a_ranking(client, articles, settings):
    answer = client.get("/api/rankings/daily/").json()

    assert set(answer) == {"window", "section", "computed_at", "items"}
    assert (answer["window"], answer["section"]) == ("daily", None)
    assert answer["computed_at"].endswith("+09:00")
    first = answer["items"][0]
    assert first == {
        "rank": 1,
        "previous_rank": None,
        "id": articles[0].pk,
        "url": f"{settings.SITE_URL}/articles/{articles[0].pk}/",
        "headline": articles[0].headline,
        "teaser": articles[0].teaser,
        "section": "society",
        "published_at": first["published_at"],
        "views": 10,
    }
    assert [item["id"] for item in answer["items"]] == [article.pk for article in articles]


def test_section_and_limit(client, articles):
    of_section = client.get("/api/rankings/daily/?section=economy").json()
    short = client.get("/api/rankings/daily/?limit=2").json()

    assert [item["id"] for item in of_section["items"]] == [articles[2].pk]
    assert of_section["section"] == "economy"
    assert len(short["items"]) == 2


def test_topics(client, articles):
    answer = client.get("/api/topics/?limit=2").json()
    of_section = client.get("/api/topics/?section=economy").json()

    assert [item["headline"] for item in answer["items"]] == ["短い見出し0", "短い見出し1"]
    assert answer["items"][0]["topic"]["name"].startswith("冬の暮らし")
    assert [item["id"] for item in of_section["items"]] == [articles[2].pk]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=51",
        "limit=x",
        "limit=",
        "limit=１",
        "limit=-1",
        "limit=99999999999999999999",
        "section=nowhere",
        "section=",
        "section=%00",
        "page=2",
    ],
)
@pytest.mark.parametrize("path", ["/api/rankings/daily/", "/api/topics/"])
def test_wrong_parameters_are_refused_with_a_reason(client, articles, path, query):
    response = client.get(f"{path}?{query}")

    assert response.status_code == 400
    assert response.json()["error"]


def test_an_unknown_window_is_named(client):
    response = client.get("/api/rankings/yearly/")

    assert response.status_code == 404
    assert "yearly" in response.json()["error"]


def test_a_withdrawn_article_is_not_told(client, articles):
    Article.objects.filter(pk=articles[0].pk).update(
        status="withdrawn", withdrawn_at=timezone.now()
    )

    for path in ("/api/rankings/daily/", "/api/topics/"):
        assert articles[0].pk not in [item["id"] for item in client.get(path).json()["items"]]


def test_only_reading_is_allowed(client):
    assert client.post("/api/rankings/daily/").status_code == 405
