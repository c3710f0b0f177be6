"""/api/articles/: what a device that keeps numbers of articles may ask."""

from __future__ import annotations

import pytest

from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db


def test_public_articles_are_told_in_brief(client, django_assert_num_queries):
    public, draft = ArticleFactory(headline="港の朝"), ArticleFactory(status="draft")
    with django_assert_num_queries(1):
        response = client.get(f"/api/articles/?ids={public.pk},{draft.pk},{10**17}")
    [found] = response.json()["articles"]
    assert (found["id"], found["headline"]) == (public.pk, "港の朝")
    assert found["url"] == public.get_absolute_url()
    assert found["published_at"].endswith("+09:00")
    # The draft's key too: once it is public, the answer is another.
    keys = set(response["Surrogate-Key"].split())
    assert {f"article-{public.pk}", f"article-{draft.pk}"} <= keys
    assert not response.cookies


@pytest.mark.parametrize(
    "ids", ["", "x", "1,", "0", "-1", "1,,2", "１", "9" * 19, "1," * 100 + "1"]
)
def test_nonsense_is_refused_in_words(client, ids):
    response = client.get("/api/articles/", {"ids": ids})
    assert response.status_code == 400
    assert "100件まで" in response.json()["error"]
