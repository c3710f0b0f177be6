from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from tests.articles.pictures import add_photo
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db

SECTIONS = ["社会", "国際", "経済", "くらし", "文化", "スポーツ"]


@pytest.fixture
def newsroom():
    """Six sections of six articles, the newest first in the first section."""
    now = timezone.now()
    articles = []
    for number in range(36):
        section = SectionFactory(
            name=SECTIONS[number % 6], slug=f"section-{number % 6}", order=number % 6
        )
        articles.append(
            ArticleFactory(section=section, publish_at=now - timedelta(minutes=number + 1))
        )
    return articles


def main_of(client):
    html = client.get("/").content.decode()
    return html[html.index("<main") : html.index("</main>")]


def test_the_newest_with_a_picture_leads_and_nothing_stands_twice(client, newsroom):
    add_photo(newsroom[2])
    main = main_of(client)
    links = re.findall(r'href="/articles/(\d+)/"', main)
    assert links[0] == str(newsroom[2].pk)
    assert [int(pk) for pk in links[1:9]] == [
        article.pk for article in newsroom[:9] if article is not newsroom[2]
    ]
    assert len(links) == len(set(links)) == 1 + 8 + 6 * 3
    assert re.findall(r"/\">([^<]+)</a></h2>", main) == SECTIONS
    assert 'fetchpriority="high"' in main


def test_a_section_block_holds_its_own_newest(client, newsroom):
    main = main_of(client)
    block = main[main.index('aria-labelledby="section-') :]
    block = block[: block.index("</section>")]
    links = [int(pk) for pk in re.findall(r'href="/articles/(\d+)/"', block)]
    # The first, second and third of the section stand above among the newest nine.
    assert links == [newsroom[12].pk, newsroom[18].pk, newsroom[24].pk]


def test_queries_do_not_grow_with_sections(client, newsroom, django_assert_num_queries):
    with django_assert_num_queries(6):
        client.get("/")


def test_short_headlines_stand_in_the_latest_list(client, newsroom):
    Article.objects.filter(pk=newsroom[1].pk).update(short_headline="短い見出し")
    assert "短い見出し</a>" in main_of(client)


def test_a_site_without_articles_says_so(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "まだ記事がありません。" in response.content.decode()


def test_keys_tell_what_is_shown(client, newsroom):
    keys = client.get("/")["Surrogate-Key"].split()
    assert {"home", "ranking", "topics", f"article-{newsroom[0].pk}"} <= set(keys)
    assert f"section-{newsroom[0].section_id}" in keys
