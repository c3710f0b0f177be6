"""Walks every public address with articles that nobody may see yet, or any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import get_resolver, reverse
from django.utils import timezone

from articles.models import (
    Article,
    ArticleAuthor,
    ArticlePhoto,
    Correction,
    FrontSlot,
    RelatedArticle,
    Tag,
)
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
OTHER = {
    "robots", "ads", "security", "healthz", "readyz", "metrics", "media", "manifest", "favicon",
    "touch_icon",
}  # fmt: skip


def hidden_articles(section):
    now = timezone.now()
    states = {
        "下書きの秘密": {"status": Article.Status.DRAFT},
        "確認待ちの秘密": {"status": Article.Status.IN_REVIEW},
        "承認済みの秘密": {"status": Article.Status.APPROVED},
        "予約の秘密": {"publish_at": now + DAY},
        "解禁前の秘密": {"embargo_until": now + DAY},
        "公開終了の秘密": {"publish_at": now - 2 * DAY, "unpublish_at": now - DAY},
        "保留の秘密": {"status": Article.Status.HELD, "publish_at": now - DAY},
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
        Correction.objects.create(article=article, text="日付を直しました。", changes_meaning=True)
        ArticleAuthor.objects.create(article=article, author=author)
        TopicTeaserFactory(topic=topic, article=article, is_pinned=article is not public)
        FrontSlot.objects.create(area="lead", article=article)
        if article is not public:
            RelatedArticle.objects.create(article=public, other=article)
    return public, hidden


def addresses(public, hidden):
    """Addresses for every named pattern of the site but the admin's."""
    tag, month = Tag.objects.get(), timezone.localdate(public.publish_at)
    days = {timezone.localdate(each.publish_at) for each in [public, *hidden]}
    ids = ",".join(str(each.pk) for each in [public, *hidden])
    lists = {
        "feed": [],
        "corrections_feed": [],
        "section_feed": ["society"],
        "topic_feed": ["winter"],
        "tag_feed": [tag.slug],
        "author_feed": ["asakura"],
    }
    examples = {
        **{
            name: [reverse(name, args=[*words, form]) for form in ("rss", "atom")]
            for name, words in lists.items()
        },
        "sitemap": ["/sitemap.xml"],
        "sitemap_pages": ["/sitemap-pages.xml"],
        "sitemap_month": [f"/sitemap-{month.year}-{month.month}-1.xml"],
        "sitemap_tags": ["/sitemap-tags-1.xml"],
        "sitemap_authors": ["/sitemap-authors-1.xml"],
        "sitemap_news": ["/sitemap-news.xml"],
        "sitemap_news_part": ["/sitemap-news-2.xml"],
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
        "archive": ["/archive/"],
        "archive_year": sorted({f"/archive/{day:%Y}/" for day in days}),
        "archive_month": sorted({f"/archive/{day:%Y/%m}/" for day in days}),
        "archive_day": [f"/archive/{day:%Y/%m/%d}/" for day in days],
        "corrections": ["/corrections/"],
        "saved": ["/saved/"],
        "about": ["/about/"],
        "about_page": ["/about/company/", "/about/privacy/"],
        # Addresses of review links cannot be guessed; made-up ones show nothing.
        "review": ["/review/secret/", "/review/secret.signature/"],
        "api_articles": [f"/api/articles/?ids={ids}"],
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


def test_no_hidden_article_shows_anywhere(client, newsroom, settings):
    public, hidden = newsroom
    settings.FEEDS_FULL_TEXT = True
    call_command("compute_rankings")
    for url in addresses(public, hidden):
        response = client.get(url)
        text = response.content.decode().replace("<wbr>", "").replace("「秘密」", "")
        text = text.replace("<mark>", "").replace("</mark>", "")
        assert response.status_code in {200, 404, 410}, url
        for article in hidden:
            assert article.headline not in text, (url, article.headline)
            assert article.get_absolute_url() not in text, (url, article.headline)
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
    assert {"/feeds/rss/", "/feeds/authors/asakura/atom/", "/sitemap-news.xml"} <= set(found)
    day = timezone.localdate(public.publish_at)
    assert {f"/archive/{day:%Y/%m/%d}/", f"/archive/{day:%Y/%m}/", "/corrections/"} <= set(found)
    assert any(url.startswith("/api/articles/") for url in found)


def test_no_former_name_leads_to_a_name_that_only_hidden_articles_have(client, newsroom):
    """The new name of a tag, author or topic may be what is under embargo."""
    public, _ = newsroom
    rows = [Tag.objects.get(), public.authors.get(), public.topics.get()]
    old = [row.get_absolute_url() for row in rows]
    for row in rows:
        row.slug = f"secret-{row.slug}"
        row.save()
    assert [client.get(url).status_code for url in old] == [301] * 3
    public.status = Article.Status.DRAFT
    public.save()
    for url in old:
        for address in (url, url.rstrip("/"), f"{url}?page=1"):
            response = client.get(address, follow=True)
            assert response.status_code == 404
            assert all("secret" not in hop for hop, _ in response.redirect_chain), address
