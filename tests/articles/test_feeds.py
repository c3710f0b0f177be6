"""Feeds: what stands in them, in which words, for how long, and what never does."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from lxml import etree

from articles import publishing
from articles.models import Article, ArticleAuthor, Correction, Photo
from articles.text import strip_unwanted
from tests.articles.hostile import HOSTILE, write_raw_headline
from tests.articles.pictures import add_photo, make_photo
from tests.factories import (
    AgencyFactory,
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
    TopicTeaserFactory,
)
from tests.feed_rules import ATOM, CONTENT, DC, MEDIA, faults

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 12, tzinfo=TOKYO)
SITE = "http://localhost:8000"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def get(client, path):
    """The root of a feed in which the rules find no fault."""
    response = client.get(path)
    assert response.status_code == 200, path
    assert faults(response.content, SITE + path) == []
    return etree.fromstring(response.content)


def items(client, path="/feeds/rss/"):
    return get(client, path).findall("channel/item")


def entries(client, path="/feeds/atom/"):
    return get(client, path).findall(f"{ATOM}entry")


@pytest.fixture
def article():
    """One with everything, updated an hour after it came out."""
    article = ArticleFactory(
        headline="港に六十年、灯台を守る",
        teaser="「A & B」は<五十>年。",
        body=(
            '<p>一段落目。<a href="/articles/5/?a=1&amp;b=2">前の記事</a></p>'
            '<blockquote cite="../2/"><p>引用</p></blockquote>'
        ),
        publish_at=NOW.replace(microsecond=7) - timedelta(hours=3),
        updated_at=NOW.replace(microsecond=7) - timedelta(hours=2),
    )
    for order, name in enumerate(["朝倉 みのり", "瀬戸 航"]):
        author = AuthorFactory(name=name, slug=f"author-{order}")
        ArticleAuthor.objects.create(article=article, author=author, order=order)
    article.tags.set(["灯台", "岬"])
    TopicTeaserFactory(article=article, topic=TopicFactory(slug="sea", name="海"))
    add_photo(article, make_photo(rights_syndication=True, caption="点検の朝", credit="本社"))
    return article


def addresses(article, form):
    return [
        reverse("feed", args=[form]),
        reverse("section_feed", args=[article.section.slug, form]),
        reverse("topic_feed", args=["sea", form]),
        reverse("tag_feed", args=[article.tags.first().slug, form]),
        reverse("author_feed", args=["author-0", form]),
    ]


def test_an_item_of_rss(client, article):
    [item] = items(client)
    address = f"{SITE}/articles/{article.pk}/"
    assert item.findtext("title") == "港に六十年、灯台を守る"
    assert item.findtext("link") == address
    assert item.findtext("description") == "「A &amp; B」は&lt;五十&gt;年。"
    assert item.findtext("pubDate") == "Mon, 23 Nov 2026 09:00:00 +0900"
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert item.findtext("guid") == f"tag:localhost,2026-11-23:articles/{article.pk}"
    assert [each.text for each in item.findall(f"{DC}creator")] == ["朝倉 みのり", "瀬戸 航"]
    assert {each.text for each in item.findall("category")} == {"社会", "灯台", "岬"}
    media = item.find(f"{MEDIA}content")
    assert media.get("url").startswith(f"{SITE}/media/")
    assert media.findtext(f"{MEDIA}credit") == "本社"
    assert media.findtext(f"{MEDIA}description") == "点検の朝"


def test_an_entry_of_atom_tells_publishing_from_updating(client, article):
    [entry] = entries(client)
    assert entry.findtext(f"{ATOM}published") == "2026-11-23T09:00:00+09:00"
    assert entry.findtext(f"{ATOM}updated") == "2026-11-23T10:00:00+09:00"
    assert entry.findtext(f"{ATOM}id") == items(client)[0].findtext("guid")
    assert [each.text for each in entry.findall(f"{ATOM}author/{ATOM}name")] == [
        "朝倉 みのり",
        "瀬戸 航",
    ]
    assert get(client, "/feeds/atom/").findtext(f"{ATOM}updated") == "2026-11-23T10:00:00+09:00"


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_every_list_has_a_feed_in_both_forms(client, article, form):
    for path in addresses(article, form):
        root = get(client, path)
        assert len(root.findall("channel/item") or root.findall(f"{ATOM}entry")) == 1, path
        response = client.get(path)
        assert response["Content-Type"] == f"application/{form}+xml; charset=utf-8"
        assert response["X-Robots-Tag"] == "noindex"
        assert "s-maxage" in response["Cache-Control"]


def test_the_channel_names_the_list(client, article):
    channel = get(client, "/feeds/topics/sea/rss/").find("channel")
    assert channel.findtext("title") == "海 - ことのは新報"
    assert channel.findtext("link") == f"{SITE}/topics/sea/"
    assert channel.findtext("lastBuildDate") == "Mon, 23 Nov 2026 10:00:00 +0900"


def test_newest_first_and_no_more_than_thirty(client):
    section = SectionFactory()
    for number in range(32):
        ArticleFactory(
            headline=f"記事{number}", section=section, publish_at=NOW - timedelta(minutes=number)
        )
    assert [item.findtext("title") for item in items(client)] == [f"記事{n}" for n in range(30)]


# --- how much of an article


def test_the_text_only_where_the_site_gives_it_away(client, article, settings):
    assert items(client)[0].find(f"{CONTENT}encoded") is None
    assert entries(client)[0].find(f"{ATOM}content") is None
    settings.FEEDS_FULL_TEXT = True
    text = items(client)[0].findtext(f"{CONTENT}encoded")
    assert "一段落目。" in text
    assert f'href="{SITE}/articles/5/?a=1&amp;b=2"' in text
    assert f'cite="{SITE}/articles/2/"' in text
    assert entries(client)[0].findtext(f"{ATOM}content") == text


def test_an_agencys_text_only_where_it_may_be_passed_on(client, article, settings):
    settings.FEEDS_FULL_TEXT = True
    article.agency = AgencyFactory(rights_syndication=False)
    article.save()
    assert items(client)[0].find(f"{CONTENT}encoded") is None
    article.agency.rights_syndication = True
    article.agency.save()
    assert items(client)[0].find(f"{CONTENT}encoded") is not None


def test_long_texts_stay_away_before_the_feed_is_too_large(client, settings):
    settings.FEEDS_FULL_TEXT = True
    section = SectionFactory()
    for number in range(8):
        ArticleFactory(
            section=section,
            body=f"<p>{'長い<b>' * 20_000}</p>",
            publish_at=NOW - timedelta(minutes=number),
        )
    found = [item.find(f"{CONTENT}encoded") is not None for item in items(client)]
    assert found.count(True) >= 3
    assert found == sorted(found, reverse=True)
    assert len(found) == 8


@pytest.mark.parametrize(
    "rights",
    [
        {"rights_syndication": False},
        {"rights_web": False},
        {"rights_until": NOW},
        {"ladder": []},
    ],
)
def test_a_photo_only_where_others_may_show_it(client, article, rights):
    assert items(client)[0].find(f"{MEDIA}content") is not None
    Photo.objects.update(**rights)
    assert items(client)[0].find(f"{MEDIA}content") is None
    assert entries(client)[0].find(f"{MEDIA}content") is None


# --- corrections


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_corrections_have_a_feed(client, article, form):
    Correction.objects.create(article=article, text="「五十年」は「六十年」の誤りでした。")
    hidden = ArticleFactory(status=Article.Status.DRAFT)
    Correction.objects.create(article=hidden, text="まだ出ていない記事の訂正。")
    Correction.objects.create(
        article=article, text="明日の訂正。", published_at=NOW + timedelta(days=1)
    )
    root = get(client, f"/feeds/corrections/{form}/")
    [title] = root.findall("channel/item/title") or root.findall(f"{ATOM}entry/{ATOM}title")
    assert title.text == "訂正：港に六十年、灯台を守る"
    text = client.get(f"/feeds/corrections/{form}/").content.decode()
    assert "「五十年」は「六十年」の誤りでした。" in text


# --- what is not there


def test_what_was_withdrawn_is_gone(client, article):
    publishing.withdraw(article, by=None, reason="事実の誤り")
    assert items(client) == []
    for path in addresses(article, "rss")[2:]:
        assert client.get(path).status_code == 404, path


def test_an_empty_feed_is_valid_and_steady(client):
    SectionFactory(slug="empty")
    for path in ("/feeds/rss/", "/feeds/atom/", "/feeds/sections/empty/rss/"):
        get(client, path)
    at = get(client, "/feeds/rss/").findtext("channel/lastBuildDate")
    assert parsedate_to_datetime(at) == NOW.replace(hour=0)


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/", "/feeds/json/", "/feeds/sections/nobody/rss/",
        "/feeds/topics/nobody/rss/", "/feeds/tags/nobody/rss/", "/feeds/authors/nobody/atom/",
        "/feeds/sections/society/json/", "/feeds/corrections/x/",
    ],
)  # fmt: skip
def test_other_addresses_are_not_found(client, path):
    SectionFactory()
    assert client.get(path).status_code == 404


# --- caches and cost


def test_conditional_and_under_the_keys_of_what_it_shows(client, article):
    for form in ("rss", "atom"):
        for path in addresses(article, form):
            response = client.get(path)
            assert f"article-{article.pk}" in response["Surrogate-Key"].split(), path
            again = client.get(path, headers={"If-None-Match": response["ETag"]})
            assert again.status_code == 304, path
    tag = article.tags.first()
    response = client.get(f"/feeds/tags/{tag.slug}/rss/")
    assert {f"tag-{tag.pk}", f"tag-{tag.pk}-name"} <= set(response["Surrogate-Key"].split())


def test_an_edit_is_seen(client, article):
    etag = client.get("/feeds/rss/")["ETag"]
    article.headline = "港に七十年、灯台を守る"
    publishing.update(article, by=None)
    response = client.get("/feeds/rss/", headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert "港に七十年" in response.content.decode()


def test_the_number_of_queries(client, article, django_assert_num_queries):
    def ask(paths, cost):
        for path in paths:
            with django_assert_num_queries(cost):
                assert client.get(path).status_code == 200

    author = article.authors.first()
    for number in range(5):
        other = ArticleFactory(section=article.section, headline=f"記事{number}")
        other.tags.set(["灯台", "岬", f"札{number}"])
        ArticleAuthor.objects.create(article=other, author=author)
        add_photo(other, make_photo(agency=AgencyFactory(), rights_syndication=True))
    site, *others = addresses(article, "rss")
    ask([site], 3)
    ask(others, 4)
    Correction.objects.create(article=article, text="「五十年」は「六十年」の誤りでした。")
    ask(["/feeds/corrections/rss/"], 1)


# --- hostile words


@pytest.mark.parametrize("headline", HOSTILE)
def test_no_headline_breaks_a_feed(client, article, headline):
    write_raw_headline(article, headline)
    Correction.objects.create(article=article, text=headline)
    assert items(client)[0].findtext("title") == strip_unwanted(headline)
    assert entries(client)[0].findtext(f"{ATOM}title") == strip_unwanted(headline)
    get(client, "/feeds/corrections/atom/")


# --- the rules see what is wrong

MUTATIONS = [
    ("Mon, 23 Nov", "Tue, 23 Nov"),
    ("Mon, 23 Nov 2026 09:00:00 +0900", "2026-11-23T09:00:00+09:00"),
    ("Mon, 23 Nov 2026 09:00:00 +0900", "Mon, 23 Nov 2026 00:00:00 +0000"),
    ("<language>ja<", "<language>jp<"),
    ('isPermaLink="false"', 'isPermaLink="true"'),
    ("<guid isPermaLink", "<guide isPermaLink"),
    (f"<link>{SITE}/articles/", "<link>/articles/"),
    (f'href="{SITE}/articles/5', 'href="/articles/5'),
    ("&lt;p&gt;一段落目", "&lt;script&gt;x&lt;/script&gt;一段落目"),
    ("&lt;p&gt;一段落目", "&lt;p onclick=&quot;x&quot;&gt;一段落目"),
    ("港に", "港\x0bに"),
    ("<media:credit>本社</media:credit>", ""),
    ('rel="self"', 'rel="other"'),
    ("<dc:creator>瀬戸 航", "<dc:creator>"),
    ("<pubDate>", "<published>"),
    ('version="2.0"', 'version="0.91"'),
]


@pytest.mark.parametrize(("good", "bad"), MUTATIONS)
def test_the_rules_find(client, article, settings, good, bad):
    settings.FEEDS_FULL_TEXT = True
    text = client.get("/feeds/rss/").content.decode()
    assert faults(text.encode(), f"{SITE}/feeds/rss/") == []
    assert good in text or good.replace("&quot;", '"') in text
    assert faults(text.replace(good, bad).encode(), f"{SITE}/feeds/rss/") != []


def test_the_rules_find_an_item_that_stands_twice(client, article):
    text = client.get("/feeds/rss/").content.decode()
    item = text[text.index("<item>") : text.index("</item>") + len("</item>")]
    assert faults(text.replace(item, item * 2).encode(), f"{SITE}/feeds/rss/") == [
        "an id stands twice"
    ]
