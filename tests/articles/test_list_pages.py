"""Sections, tags, authors and topics: what their lists have in common, and what not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles import listing
from articles.models import Article, ArticleAuthor, Tag
from tests.factories import (
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
    TopicTeaserFactory,
)

pytestmark = pytest.mark.django_db


def aged(hours, **fields):
    return ArticleFactory(publish_at=timezone.now() - timedelta(hours=hours), **fields)


@pytest.fixture
def section():
    return SectionFactory(name="国際", slug="world", description="遠い町の毎日。")


@pytest.fixture
def pages(section):
    """Four kinds of list, each with the same 45 articles."""
    author, topic = AuthorFactory(slug="seto"), TopicFactory(slug="far")
    tag = Tag.objects.create(name="島")
    for number in range(45):
        article = aged(number + 1, section=section, headline=f"記事{number:02d}番")
        article.tags.add(tag)
        ArticleAuthor.objects.create(article=article, author=author)
        TopicTeaserFactory(topic=topic, article=article)
    return [each.get_absolute_url() for each in (section, author, tag, topic)]


def test_lists_are_paged_newest_first(client, pages):
    for url in pages:
        first, third = client.get(url), client.get(url, {"page": 3})
        html = first.content.decode()
        assert html.count('<article class="story">') == 20
        assert html.index("記事00番".replace("記事", "")) < html.index("19番")
        assert "20番" not in html
        assert "1 / 3 ページ" in html
        assert 'rel="next" href="?page=2"' in html
        assert 'rel="prev"' not in html
        html = third.content.decode()
        assert html.count('<article class="story">') == 5
        assert 'rel="next"' not in html
        assert f'rel="canonical" href="http://localhost:8000{url}?page=3"' in html


def test_the_second_page_leads_back_to_the_bare_address(client, pages):
    for url in pages:
        assert f'rel="prev" href="{url}"' in client.get(url, {"page": 2}).content.decode()


def test_page_one_has_one_address(client, pages):
    for url in pages:
        response = client.get(url, {"page": 1, "utm_source": "x"})
        assert response.status_code == 301
        assert response["Location"] == f"{url}?utm_source=x"
        assert client.get(url, {"page": 1})["Location"] == url


def test_other_pages_are_not_found(client, pages):
    for url in pages:
        for number in ["0", "4", "-1", "x", "", "01", "２", "9" * 40]:
            assert client.get(url, {"page": number}).status_code == 404


def test_queries_are_the_same_on_every_page(client, pages, django_assert_max_num_queries):
    client.get("/")
    for url in pages:
        for page in ({}, {"page": 2}):
            # The list's own row, the count, the page, the two sidebars; on a section's page
            # one more for the site's ranking when the section's own is too short.
            with django_assert_max_num_queries(6):
                client.get(url, page)


def test_lists_lead_back_only_so_far(client, pages, monkeypatch):
    monkeypatch.setattr(listing, "MAX_PAGES", 2)
    for url in pages:
        assert "2 / 2 ページ" in client.get(url, {"page": 2}).content.decode()
        assert client.get(url, {"page": 3}).status_code == 404


def test_a_section_without_articles_says_so(client, section):
    html = client.get(section.get_absolute_url()).content.decode()
    assert "まだ記事がありません。" in html
    assert "遠い町の毎日。" in html
    assert 'aria-current="page">国際</a>' in html


@pytest.mark.parametrize("path", ["sections", "tags", "authors", "topics"])
def test_an_unknown_name_is_not_found(client, path):
    assert client.get(f"/{path}/nobody/").status_code == 404


def test_a_name_that_only_hidden_articles_have_is_not_found(client, section):
    article = aged(1, section=section, status=Article.Status.DRAFT)
    article.tags.set(["極秘合併"])
    author, teaser = AuthorFactory(), TopicTeaserFactory(article=article)
    ArticleAuthor.objects.create(article=article, author=author)
    pages = [Tag.objects.get(), author, teaser.topic]
    assert [client.get(each.get_absolute_url()).status_code for each in pages] == [404] * 3
    article.status = Article.Status.PUBLISHED
    article.save()
    assert [client.get(each.get_absolute_url()).status_code for each in pages] == [200] * 3


@pytest.mark.parametrize("name", ["東京", "LE SSERAFIM", "C++", "☆", "「」"])
def test_a_tag_of_any_signs_has_a_page(client, name):
    for _ in range(3):
        aged(1).tags.set([name])
    url = Tag.objects.get().get_absolute_url()
    response = client.get(url)
    html = response.content.decode()
    assert response.status_code == 200
    assert f"<h1>#{name}</h1>" in html
    assert "3件" in html
    assert "noindex" not in html


def test_a_tag_of_few_articles_is_not_indexed(client):
    aged(1).tags.set(["港"])
    assert "noindex" in client.get(Tag.objects.get().get_absolute_url()).content.decode()


def test_an_author_is_introduced(client):
    author = AuthorFactory(
        name="瀬戸 はるか", kana="せと はるか", slug="seto", role="国際部", bio="島国を巡る。"
    )
    ArticleAuthor.objects.create(article=aged(1), author=author)
    html = client.get("/authors/seto/").content.decode()
    for text in ("瀬戸 はるか", "せと はるか", "国際部", "島国を巡る。"):
        assert text in html


def test_a_topic_has_its_own_words_and_pins(client):
    topic = TopicFactory(name="冬の暮らし", slug="winter", description="寒さと付き合う。")
    newer = TopicTeaserFactory(topic=topic, article=aged(1, headline="元の見出し"))
    TopicTeaserFactory(
        topic=topic, article=aged(50), headline="固定の見出し", teaser="固定の紹介", is_pinned=True
    )
    # The same article in another topic, with other words.
    TopicTeaserFactory(article=newer.article, headline="よその見出し")
    html = client.get("/topics/winter/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    text = main.replace("<wbr>", "")
    assert text.index("固定の見出し") < text.index("元の見出し")
    assert "固定の紹介" in text
    assert "よその見出し" not in text
    assert text.count("元の見出し") == 1


def test_pinned_ones_stand_in_the_order_of_the_desk(client):
    topic = TopicFactory()
    for headline, hours, place in (("先に", 9, 1), ("中に", 1, 2), ("後に", 5, 3)):
        pin = {"is_pinned": True, "order": place}
        TopicTeaserFactory(topic=topic, article=aged(hours), headline=headline, **pin)
    # What is no longer pinned keeps no place.
    loose = TopicTeaserFactory(topic=topic, article=aged(0), headline="外れた", order=1)
    assert loose.order == 0
    for path in (topic.get_absolute_url(), "/topics/"):
        html = client.get(path).content.decode().replace("<wbr>", "")
        main = html[html.index("<main") : html.index("</main>")]
        assert main.index("先に") < main.index("中に") < main.index("後に")
        assert "外れた" not in main or main.index("後に") < main.index("外れた")


def test_a_teaser_outside_its_time_is_not_shown(client):
    topic = TopicFactory(slug="winter")
    now, hour = timezone.now(), timedelta(hours=1)
    for headline, starts, ends in [
        ("いまの紹介", now - hour, now + hour),
        ("これからの紹介", now + hour, None),
        ("終わった紹介", None, now - hour),
    ]:
        TopicTeaserFactory(
            topic=topic, article=aged(1), headline=headline, starts_at=starts, ends_at=ends
        )
    text = client.get("/topics/winter/").content.decode().replace("<wbr>", "")
    assert "いまの紹介" in text
    assert "これからの紹介" not in text
    assert "終わった紹介" not in text


def test_an_inactive_topic_is_not_found(client):
    teaser = TopicTeaserFactory(topic__is_active=False)
    assert client.get(teaser.topic.get_absolute_url()).status_code == 404
    assert teaser.topic.name not in client.get("/topics/").content.decode()


def test_a_topic_shows_there_what_leads_its_own_page(client):
    topic = TopicFactory()
    for number in range(4):
        ended = timezone.now() - timedelta(hours=1)
        TopicTeaserFactory(topic=topic, article=aged(number), headline="終わった", ends_at=ended)
    TopicTeaserFactory(topic=topic, article=aged(50), headline="固定の見出し", is_pinned=True)
    for number in range(3):
        TopicTeaserFactory(topic=topic, article=aged(10 + number), headline=f"見出し{number}")
    for path in ("/topics/", topic.get_absolute_url()):
        html = client.get(path).content.decode().replace("<wbr>", "")
        main = html[html.index("<main") : html.index("</main>")]
        assert "終わった" not in main
        assert main.index("固定の見出し") < main.index("見出し0") < main.index("見出し1")


def test_topics_show_their_newest_in_few_queries(client, django_assert_max_num_queries):
    topics = [TopicFactory(order=number) for number in range(6)]
    for topic in topics:
        for number in range(5):
            TopicTeaserFactory(topic=topic, article=aged(number + 1))
    empty = TopicTeaserFactory(article=aged(1, status=Article.Status.DRAFT)).topic
    client.get("/")
    with django_assert_max_num_queries(5):
        html = client.get("/topics/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert main.count('<article class="card">') == 6 * 3
    assert empty.name not in main


@pytest.fixture
def short_lists(monkeypatch):
    """Lists of two pages, behind which a mark leads on."""
    monkeypatch.setattr(listing, "MAX_PAGES", 2)


def walk(client, url):
    """Every page of a list by its own links, from the newest to the oldest."""
    address, seen = url, []
    while address:
        html = client.get(address).content.decode()
        main = html[html.index("<main") : html.index("</main>")]
        seen.append(
            (address, [int(pk) for pk in re.findall(r'<h2><a href="/articles/(\d+)/"', main)])
        )
        found = re.search(r'rel="next" href="([^"]+)"', main)
        address = f"{url}{found[1].replace('&amp;', '&')}" if found else None
        assert len(seen) < 20
    return seen


def test_a_walk_to_the_end_finds_every_article_once(client, pages, short_lists):
    expected = list(Article.objects.newest().values_list("pk", flat=True))
    # A topic's own order, pins first, has no place in time to go on from.
    for url in pages[:3]:
        seen = walk(client, url)
        assert [pk for _, found in seen for pk in found] == expected
        assert [address.partition("?")[2].partition("=")[0] for address, _ in seen] == [
            "", "page", "before",
        ]  # fmt: skip
        mark = seen[-1][0]
        html = client.get(mark).content.decode()
        assert f'rel="canonical" href="http://localhost:8000{mark}"' in html
        assert f'<a href="{url}">いちばん新しい記事へ</a>' in html
        assert "まで" in html[: html.index("</title>")]


def test_articles_of_one_moment_are_not_lost_at_a_mark(client, section, short_lists):
    moment = timezone.now() - timedelta(hours=1)
    for _ in range(50):
        ArticleFactory(section=section, publish_at=moment)
    seen = walk(client, section.get_absolute_url())
    found = [pk for _, pks in seen for pk in pks]
    assert len(found) == len(set(found)) == 50


def test_a_mark_that_is_none_is_not_found(client, pages):
    for url in pages[:3]:
        for mark in ("", "x", "1", "-1-1", "1-", "9" * 30 + "-1", "１-1", "0-1", "1-1&page=0"):
            assert client.get(f"{url}?before={mark}").status_code == 404, mark
        page = client.get(url, {"before": f"{'9' * 16}-1", "page": 1})
        assert page["Location"] == f"{url}?before={'9' * 16}-1"


def test_behind_a_mark_queries_are_as_many(
    client, pages, short_lists, django_assert_max_num_queries
):
    client.get("/")
    for url in pages[:3]:
        last = walk(client, url)[-1][0]
        with django_assert_max_num_queries(7):
            client.get(last)


def test_a_tag_leads_to_the_tags_beside_it(client):
    for names in (["港", "灯台", "船"], ["港", "灯台"], ["港", "市場"]):
        aged(1).tags.set(names)
    aged(1, status=Article.Status.DRAFT).tags.set(["港", "極秘合併"])
    tag = Tag.objects.get(name="港")
    response = client.get(tag.get_absolute_url())
    html = response.content.decode()
    beside = html[html.index('id="beside"') :]
    names = re.findall(r">#([^<]+)</a>", beside)
    assert names[0] == "灯台"
    assert set(names) == {"灯台", "市場", "船"}
    assert "極秘合併" not in html
    shown = Tag.objects.exclude(name="極秘合併").values_list("pk", flat=True)
    names = {f"tag-{pk}-name" for pk in shown}
    assert names <= set(response["Surrogate-Key"].split())


def test_a_topic_has_key_points_and_leads_to_topics_beside_it(client):
    topic, other = TopicFactory(key_points="一つ目\n\n　二つ目 \n"), TopicFactory(name="となり")
    hidden, ended = TopicFactory(name="休み", is_active=False), TopicFactory(name="終わり")
    article = aged(1)
    for each in (topic, other, hidden):
        TopicTeaserFactory(topic=each, article=article)
    TopicTeaserFactory(topic=ended, article=article, ends_at=timezone.now() - timedelta(hours=1))
    html = client.get(topic.get_absolute_url()).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert re.findall(r"<li>(一つ目|二つ目)</li>", main) == ["一つ目", "二つ目"]
    beside = main[main.index('id="beside"') :]
    assert "となり" in beside
    assert "休み" not in beside
    assert "終わり" not in beside


def test_an_author_may_be_written_to(client):
    author = AuthorFactory(slug="seto", email="seto@example.jp", website="https://seto.example.jp/")
    ArticleAuthor.objects.create(article=aged(1), author=author)
    html = client.get("/authors/seto/").content.decode()
    assert 'href="mailto:seto@example.jp"' in html
    assert 'href="https://seto.example.jp/"' in html
    assert "記事 1件" in html
