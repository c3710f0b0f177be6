from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import publishing
from articles.models import Article, Correction
from newsportal.roles import Role
from tests.articles.desk import person
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def correct(text, ago=HOUR, article=None, **fields):
    return Correction.objects.create(
        article=article or ArticleFactory(headline=f"{text}の記事"),
        text=text,
        published_at=timezone.now() - ago,
        **fields,
    )


def main_of(client, query=""):
    html = client.get(f"/corrections/{query}").content.decode().replace("<wbr>", "")
    return html[html.index("<main") : html.index("</main>")]


def test_corrections_are_listed_newest_first_with_their_articles(client):
    old = correct("古い誤り", 2 * HOUR, kind=Correction.Kind.APOLOGY)
    new = correct("新しい誤り")
    main = main_of(client)
    assert main.index("新しい誤り") < main.index("古い誤り")
    assert f'href="/articles/{new.article_id}/"' in main
    assert f'href="/articles/{old.article_id}/"' in main
    assert "おわび" in main


def test_what_readers_may_not_see_is_left_out(client):
    now = timezone.now()
    correct("下書きの誤り", article=ArticleFactory(status="draft"))
    correct("解禁前の誤り", article=ArticleFactory(embargo_until=now + HOUR))
    correct("これからの誤り", -HOUR)
    first = correct("言い直した誤り")
    first.superseded_by = correct("言い直し", article=first.article)
    first.save()
    main = main_of(client)
    for text in ("下書きの誤り", "解禁前の誤り", "これからの誤り", "言い直した誤り</p>"):
        assert text not in main
    assert "<p>言い直し</p>" in main


def test_of_a_withdrawn_article_stands_the_correction_alone(client):
    item = correct("消えた記事の誤り")
    publishing.withdraw(item.article, by=person(Role.EDITOR), reason="誤報", why="error")
    main = main_of(client)
    assert "消えた記事の誤り" in main
    assert "掲載を終了した記事" in main
    assert "消えた記事の誤りの記事" not in main
    assert f"/articles/{item.article_id}/" not in main
    gone = client.get(item.article.get_absolute_url())
    html = gone.content.decode()
    assert gone.status_code == 410
    assert "内容の誤り" in html
    assert "誤報" not in html
    assert 'href="/corrections/"' in html
    publishing.restore(Article.objects.get(pk=item.article_id), by=person(Role.EDITOR, "もう一人"))
    assert f"/articles/{item.article_id}/" in main_of(client)
    assert Article.objects.get(pk=item.article_id).withdrawn_for == ""


def test_pages_and_queries(client, django_assert_max_num_queries):
    for number in range(45):
        correct(f"誤り{number:02}番", number * HOUR)
    client.get("/")
    for query in ("", "?page=3"):
        with django_assert_max_num_queries(4):
            main = main_of(client, query)
    assert "誤り44番" in main
    assert client.get("/corrections/?page=1")["Location"] == "/corrections/"
    for number in ("4", "0", "x"):
        assert client.get(f"/corrections/?page={number}").status_code == 404
    response = client.get("/corrections/?page=2")
    assert 'rel="canonical" href="http://localhost:8000/corrections/?page=2"' in (
        response.content.decode()
    )


def test_keys(client):
    item = correct("誤り")
    keys = client.get("/corrections/")["Surrogate-Key"].split()
    assert {"corrections", f"article-{item.article_id}"} <= set(keys)


def test_none_yet_is_said(client):
    assert "訂正・おわびはまだありません。" in main_of(client)
