from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article
from tests.articles.pictures import add_photo
from tests.factories import ArticleFactory, SectionFactory, TopicTeaserFactory

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
    links = [int(pk) for pk in re.findall(r'href="/articles/(\d+)/"', main)]
    assert links[0] == newsroom[2].pk
    # The main news: the newest of each section, and so on, then the newest of the rest.
    assert links[1:9] == [newsroom[n].pk for n in (0, 1, 3, 4, 5, 6, 7, 8)]
    assert links[9:17] == [newsroom[n].pk for n in range(9, 17)]
    assert len(links) == len(set(links)) == 1 + 8 + 8 + 6 * 3
    assert re.findall(r"/\">([^<]+)</a></h2>", main) == ["新着", *SECTIONS]
    assert 'fetchpriority="high"' in main


def test_a_section_block_holds_its_own_newest(client, newsroom):
    main = main_of(client)
    block = main[main.index('aria-labelledby="section-') :]
    block = block[: block.index("</section>")]
    links = [int(pk) for pk in re.findall(r'href="/articles/(\d+)/"', block)]
    # Those of the section that stand above are not in its block.
    assert links == [newsroom[18].pk, newsroom[24].pk, newsroom[30].pk]


def test_queries_do_not_grow_with_sections(client, newsroom, django_assert_num_queries):
    # Masthead, newest, sections, their newest, photos, the two sidebars.
    with django_assert_num_queries(7):
        client.get("/")


def test_short_headlines_stand_in_the_latest_list(client, newsroom):
    Article.objects.filter(pk=newsroom[12].pk).update(short_headline="短い見出し")
    assert "短い見出し</a>" in main_of(client)


def test_a_site_without_articles_says_so(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "まだ記事がありません。" in response.content.decode()


def test_keys_tell_what_is_shown(client, newsroom):
    keys = client.get("/")["Surrogate-Key"].split()
    assert {"home", "ranking", "topics", f"article-{newsroom[0].pk}"} <= set(keys)
    assert f"section-{newsroom[0].section_id}" in keys


def test_photos_stand_last_and_nothing_in_them_stands_above(client, newsroom):
    older = timezone.now() - timedelta(days=9)
    section = newsroom[0].section
    for _ in range(7):
        add_photo(ArticleFactory(section=section, publish_at=older))
    add_photo(newsroom[2])
    html = client.get("/").content.decode()
    photos = html[html.index('id="photos"') :]
    found = re.findall(r'href="/articles/(\d+)/photos/\d+/"', photos)
    assert len(found) == 6
    assert not set(found) & set(re.findall(r'href="/articles/(\d+)/"', main_of(client)))
    assert html.index("</main>") < html.index('id="photos"') < html.index("<footer")


def test_topics_leave_out_what_the_page_shows(client, newsroom, settings):
    call_command("compute_rankings")
    shown, other = TopicTeaserFactory(article=newsroom[0]), TopicTeaserFactory()
    Article.objects.filter(pk=other.article_id).update(
        publish_at=timezone.now() - timedelta(days=9), section=newsroom[0].section_id
    )
    call_command("compute_rankings")

    def topics():
        html = client.get("/").content.decode()
        return html[html.index('id="topics-heading"') : html.index("</aside>")]

    assert shown.topic.name not in topics()
    assert other.topic.name in topics()
    settings.TOPIC_SIDEBAR_ALLOW_REPEATS = True
    assert shown.topic.name in topics()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_young_site_has_a_lead_first(client, count):
    for _ in range(count):
        ArticleFactory()
    main = main_of(client)
    assert main.count("<h2") >= 1
    assert len(re.findall(r'href="/articles/(\d+)/"', main)) == count
