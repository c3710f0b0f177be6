"""Walks every public address with articles that nobody may see yet, or any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import get_resolver
from django.utils import timezone

from articles.models import Article, ArticleAuthor, ArticlePhoto, RelatedArticle, Tag
from rankings.models import Window
from tests.articles.pictures import add_photo, make_photo
from tests.factories import (
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
    TopicTeaserFactory,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# Pages without anything of articles, or not for readers.
OTHER = {"robots", "healthz", "readyz", "metrics", "media"}


def hidden_articles(section):
    now = timezone.now()
    states = {
        "下書きの秘密": {"status": Article.Status.DRAFT},
        "確認待ちの秘密": {"status": Article.Status.IN_REVIEW},
        "承認済みの秘密": {"status": Article.Status.APPROVED},
        "予約の秘密": {"publish_at": now + DAY},
        "解禁前の秘密": {"embargo_until": now + DAY},
        "公開終了の秘密": {"publish_at": now - 2 * DAY, "unpublish_at": now - DAY},
        "取り下げの秘密": {"status": Article.Status.WITHDRAWN, "withdrawn_at": now},
    }
    articles = [
        ArticleFactory(headline=headline, short_headline=headline, section=section, **fields)
        for headline, fields in states.items()
    ]
    public = ArticleFactory(section=section, headline="公開の記事")
    articles.append(ArticleFactory(headline="差し替え稿の秘密", section=section, replaces=public))
    return public, articles


@pytest.fixture
def newsroom():
    """Everything that is public also holds each hidden article."""
    section = SectionFactory(name="社会", slug="society")
    public, hidden = hidden_articles(section)
    photo = make_photo()
    author, topic = AuthorFactory(slug="asakura"), TopicFactory(slug="winter")
    for article in [public, *hidden]:
        article.tags.set(["灯台"])
        add_photo(article, photo)
        ArticleAuthor.objects.create(article=article, author=author)
        TopicTeaserFactory(topic=topic, article=article, is_pinned=article is not public)
        if article is not public:
            RelatedArticle.objects.create(article=public, other=article)
    return public, hidden


def addresses(public, hidden):
    """Addresses for every named pattern of the site but the admin's."""
    tag = Tag.objects.get()
    examples = {
        "home": ["/"],
        "article": [each.get_absolute_url() for each in [public, *hidden]],
        "article_photo": [
            f"{item.article.get_absolute_url()}photos/{item.photo_id}/"
            for item in ArticlePhoto.objects.select_related("article")
        ],
        "section": ["/sections/society/"],
        "topics": ["/topics/"],
        "topic": ["/topics/winter/"],
        "tag": [tag.get_absolute_url()],
        "author": ["/authors/asakura/"],
        "search": ["/search/?q=秘密", "/search/?q=灯台"],
        "ranking": ["/ranking/"],
        "ranking_window": [f"/ranking/{window}/" for window in Window.values],
        "ranking_section": [f"/ranking/{window}/society/" for window in Window.values],
        "api_ranking": [f"/api/rankings/{window}/" for window in Window.values],
        "api_topics": ["/api/topics/"],
    }
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)} - OTHER
    assert names <= set(examples), "a new public page needs an example here"
    return [url for urls in examples.values() for url in urls] + ["/nowhere/"]


def test_no_hidden_article_shows_anywhere(client, newsroom):
    public, hidden = newsroom
    call_command("compute_rankings")
    for url in addresses(public, hidden):
        response = client.get(url)
        text = response.content.decode().replace("<wbr>", "").replace("「秘密」", "")
        text = text.replace("<mark>", "").replace("</mark>", "")
        assert response.status_code in {200, 404, 410}, url
        for article in hidden:
            assert article.headline not in text, (url, article.headline)
        assert not response.cookies, url
        assert "Cookie" not in response.get("Vary", ""), url


def test_the_same_walk_finds_what_is_public(client, newsroom):
    public, hidden = newsroom
    found = [
        url
        for url in addresses(public, hidden)
        if public.headline in client.get(url).content.decode().replace("<wbr>", "")
    ]
    assert {"/", public.get_absolute_url(), "/sections/society/", "/topics/winter/"} <= set(found)
