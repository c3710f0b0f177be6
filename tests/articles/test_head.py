"""The head of every public page: words, address, cards, and data equal to what readers see."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.management import call_command
from django.urls import reverse
from lxml import html

from articles.models import Article, ArticleAuthor, Correction, Photo
from articles.text import one_line
from tests.articles.hostile import HOSTILE, write_raw_headline
from tests.articles.pictures import add_photo, jpeg, make_photo
from tests.factories import (
    AgencyFactory,
    ArticleFactory,
    AuthorFactory,
    TopicFactory,
    TopicTeaserFactory,
)

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 12, tzinfo=TOKYO)
SITE = "http://localhost:8000"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


class Read:
    """What programs read of a page."""

    def __init__(self, client, path):
        response = client.get(path)
        assert response.status_code == 200, path
        self.root = html.fromstring(response.content.decode())
        self.head = self.root.find("head")
        self.text = response.content.decode()

    def meta(self, name):
        """The one content of a meta element; None without it."""
        found = self.head.xpath(f"meta[@property='{name}' or @name='{name}']/@content")
        assert len(found) <= 1, name
        return found[0] if found else None

    @property
    def canonical(self):
        [address] = self.head.xpath("link[@rel='canonical']/@href")
        return address

    @property
    def title(self):
        [title] = self.head.xpath("title")
        return title.text

    @property
    def feeds(self):
        return self.head.xpath("link[@rel='alternate']/@href")

    @property
    def graph(self):
        """Type to thing, of the page's one graph."""
        [script] = self.head.xpath("script[@type='application/ld+json']")
        data = json.loads(script.text)
        assert data["@context"] == "https://schema.org"
        return {thing["@type"]: thing for thing in data["@graph"]}

    def words(self, path):
        [element] = self.root.xpath(path)
        return one_line(element.text_content())


def ladder(*, crops=("16x9", "4x3-big", "1x1-big", "free"), width=1280):
    """As `renditions` writes it, of files that need not exist."""
    heights = {"16x9": 9 / 16, "4x3-big": 3 / 4, "1x1-big": 1, "free": 2 / 3}
    return [
        {
            "crop": crop, "format": form, "width": width, "height": int(width * heights[crop]),
            "bytes": 90_000, "name": f"ab/{crop}-{width}.{form}", "recipe": "x",
        }
        for crop in crops
        for form in ("jpeg", "webp")
    ]  # fmt: skip


@pytest.fixture
def article():
    article = ArticleFactory(
        headline="港に六十年、「灯台」を守る",
        publish_at=NOW - timedelta(hours=3),
        updated_at=NOW - timedelta(hours=2),
    )
    author = AuthorFactory(
        name="朝倉 みのり",
        slug="asakura",
        role="社会部",
        bio="灯台を\n歩く。",
        kana="あさくら みのり",
    )
    ArticleAuthor.objects.create(article=article, author=author)
    article.tags.set(["灯台", "岬"])
    TopicTeaserFactory(article=article, topic=TopicFactory(slug="sea", name="海"))
    photo = make_photo(caption="点検の朝", credit="本社", copyright="(c)新報", rights_social=True)
    Photo.objects.filter(pk=photo.pk).update(ladder=ladder())
    photo.refresh_from_db()
    add_photo(article, photo)
    call_command("compute_rankings")
    return article


def kinds(article):
    """Every kind of page that search engines may take: its address to its graph's main type."""
    photo = article.article_photos.get().photo_id
    return {
        "/": "WebSite",
        article.get_absolute_url(): "NewsArticle",
        reverse("article_photo", args=[article.pk, photo]): "ImageObject",
        "/sections/society/": "CollectionPage",
        "/topics/": "CollectionPage",
        "/topics/sea/": "CollectionPage",
        article.tags.get(name="灯台").get_absolute_url(): "CollectionPage",
        "/authors/asakura/": "ProfilePage",
        "/ranking/": "CollectionPage",
        "/ranking/weekly/": "CollectionPage",
        "/ranking/weekly/society/": "CollectionPage",
    }


# --- every kind of page


def test_every_page_has_what_a_link_needs(client, article):
    for path, kind in kinds(article).items():
        page = Read(client, path)
        assert page.canonical == page.meta("og:url") == SITE + path, path
        assert page.title.count("ことのは新報") == 1, path
        assert page.meta("og:title") in page.title
        assert page.meta("og:description") == page.meta("description") != ""
        assert page.meta("og:site_name") == "ことのは新報"
        assert page.meta("og:locale") == "ja_JP"
        assert page.meta("og:type") in {"website", "article", "profile"}
        assert page.meta("twitter:card") == "summary_large_image"
        assert page.meta("og:image").startswith(f"{SITE}/")
        assert int(page.meta("og:image:width")) >= 1200
        assert int(page.meta("og:image:height")) >= 630
        assert page.meta("og:image:alt")
        assert "/feeds/rss/" in page.feeds
        assert kind in page.graph, path
        assert "NewsMediaOrganization" in page.graph
        assert len(page.root.xpath("//h1")) == 1


def test_addresses_drop_every_query_but_the_page(client, article):
    for path in kinds(article):
        assert Read(client, f"{path}?utm_source=x&q=1").canonical == SITE + path
    for number in range(30):
        ArticleFactory(section=article.section, publish_at=NOW - timedelta(hours=number))
    page = Read(client, "/sections/society/?page=2&utm_source=x")
    assert page.canonical == page.meta("og:url") == f"{SITE}/sections/society/?page=2"
    assert page.title == "社会（2ページ） - ことのは新報"


def test_lists_name_their_feed_to_programs_and_people(client, article):
    tag = article.tags.first()
    lists = {
        "/sections/society/": "/feeds/sections/society/",
        "/topics/sea/": "/feeds/topics/sea/",
        tag.get_absolute_url(): reverse("tag_feed", args=[tag.slug, "rss"])[: -len("rss/")],
        "/authors/asakura/": "/feeds/authors/asakura/",
    }
    for path, feed in lists.items():
        page = Read(client, path)
        assert page.feeds == ["/feeds/rss/", "/feeds/atom/", f"{feed}rss/", f"{feed}atom/"]
        [link] = page.root.xpath("//main//p[@class='feed']/a")
        assert link.get("href") == f"{feed}rss/"
        assert link.text_content().endswith("のRSS")
        for address in page.feeds:
            assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere/", 404), ("/search/?q=x", 200), ("/search/", 200)]
)
def test_pages_that_nobody_should_find_say_so_and_name_no_address(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    text = response.content.decode()
    assert '<meta name="robots" content="noindex">' in text
    assert "canonical" not in text
    assert "og:" not in text
    assert "ld+json" not in text


def test_robots(client, article):
    tag = article.tags.first()
    assert Read(client, "/").meta("robots") == "max-image-preview:large"
    assert Read(client, article.get_absolute_url()).meta("robots") == "max-image-preview:large"
    assert Read(client, tag.get_absolute_url()).meta("robots") == "noindex"
    for _ in range(2):
        ArticleFactory().tags.add(tag)
    assert Read(client, tag.get_absolute_url()).meta("robots") == "max-image-preview:large"
    Article.objects.filter(pk=article.pk).update(noindex=True)
    photo = article.article_photos.get().photo_id
    for path in (article.get_absolute_url(), reverse("article_photo", args=[article.pk, photo])):
        assert Read(client, path).meta("robots") == "noindex"


# --- the article


def test_an_articles_data_equal_what_readers_see(client, article):
    page = Read(client, article.get_absolute_url())
    news = page.graph["NewsArticle"]
    assert news["headline"] == page.words("//h1") == page.meta("og:title")
    times = page.root.xpath("//div[@class='meta']//time/@datetime")
    assert [news["datePublished"], news["dateModified"]] == times
    assert times == [page.meta(f"article:{name}_time") for name in ("published", "modified")]
    assert news["author"] == [
        {
            "@type": "Person", "name": page.words("//a[@rel='author']"),
            "url": f"{SITE}/authors/asakura/", "jobTitle": "社会部",
        }
    ]  # fmt: skip
    assert news["url"] == news["mainEntityOfPage"] == page.canonical
    assert news["isAccessibleForFree"] is True
    assert news["articleSection"] == page.meta("article:section") == "社会"
    tags = page.root.xpath("//ul[@class='tags']//a/text()")
    assert news["keywords"] == tags == page.head.xpath("meta[@property='article:tag']/@content")
    assert news["description"] == page.words("//p[@class='lead']")
    assert news["publisher"]["@id"] == page.graph["NewsMediaOrganization"]["@id"]
    assert page.meta("og:type") == "article"


def test_an_article_that_was_not_updated(client, article):
    Article.objects.update(updated_at=None)
    page = Read(client, article.get_absolute_url())
    news = page.graph["NewsArticle"]
    assert news["dateModified"] == news["datePublished"] == "2026-11-23T09:00:00+09:00"
    assert page.root.xpath("//div[@class='meta']//time/@datetime") == [news["datePublished"]]


def test_without_a_byline_the_paper_answers(client, article):
    ArticleAuthor.objects.all().delete()
    Article.objects.update(agency=AgencyFactory())
    news = Read(client, article.get_absolute_url()).graph["NewsArticle"]
    assert news["author"] == [
        {"@type": "NewsMediaOrganization", "name": "ことのは新報", "url": f"{SITE}/"}
    ]
    assert news["sourceOrganization"] == {"@type": "Organization", "name": "AFP通信"}


def test_three_crops_of_the_lead_photo(client, article):
    images = Read(client, article.get_absolute_url()).graph["NewsArticle"]["image"]
    assert [(each["width"], each["height"]) for each in images] == [
        (1280, 720),
        (1280, 960),
        (1280, 1280),
    ]
    url = storages["default"].url("ab/16x9-1280.jpeg")
    assert images[0]["url"] == SITE + url
    assert {(each["creditText"], each["copyrightNotice"]) for each in images} == {
        ("本社", "(c)新報")
    }
    Photo.objects.update(ladder=ladder(width=640))
    [image] = Read(client, article.get_absolute_url()).graph["NewsArticle"]["image"]
    assert (image["width"], image["url"]) == (640, f"{SITE}/media/ab/free-640.jpeg")


def test_corrections_are_told(client, article):
    Correction.objects.create(
        article=article, text="「五十年」は誤りでした。", changes_meaning=True
    )
    Correction.objects.create(article=article, kind="apology", text="おわびします。")
    found = Read(client, article.get_absolute_url()).graph["NewsArticle"]["correction"]
    assert [(each["@type"], each["name"], each["text"]) for each in found] == [
        ("CorrectionComment", "訂正", "「五十年」は誤りでした。"),
        ("CorrectionComment", "おわび", "おわびします。"),
    ]
    assert found[0]["datePublished"] == "2026-11-23T12:00:00+09:00"


def test_the_way_to_a_page_is_the_one_on_it(client, article):
    beside = [
        "/archive/", "/archive/2026/", "/archive/2026/11/", "/archive/2026/11/23/",
        "/corrections/", "/about/", "/about/policy/",
    ]  # fmt: skip
    for path in [*list(kinds(article))[1:], *beside]:
        page = Read(client, path)
        steps = page.graph["BreadcrumbList"]["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        shown = page.root.xpath("//nav[@class='crumb']//li//text()")
        assert [step["name"] for step in steps] == [text for text in shown if text.strip()]
        for step in steps:
            assert client.get(step["item"].removeprefix(SITE)).status_code == 200


# --- the others


def test_lists_say_what_they_lead_to(client, article):
    for path in ("/sections/society/", "/topics/sea/"):
        page = Read(client, path)
        listed = page.graph["CollectionPage"]["mainEntity"]["itemListElement"]
        assert [each["url"] for each in listed] == [SITE + article.get_absolute_url()]
        assert page.graph["CollectionPage"]["name"] == page.words("//h1")


def test_an_author_is_a_person(client, article):
    person = Read(client, "/authors/asakura/").graph["ProfilePage"]["mainEntity"]
    assert person["name"] == "朝倉 みのり"
    assert person["alternateName"] == "あさくら みのり"
    assert person["jobTitle"] == "社会部"
    assert Read(client, "/authors/asakura/").meta("description") == "灯台を 歩く。"


def test_the_home_page_can_be_searched(client, article):
    action = Read(client, "/").graph["WebSite"]["potentialAction"]
    address = action["target"]["urlTemplate"].replace("{search_term_string}", "灯台")
    assert client.get(address.removeprefix(SITE)).status_code == 200
    assert Read(client, "/").title == "ことのは新報 - 毎日を、ことばで照らす。"


def test_a_photos_page_says_whose_it_is(client, article):
    photo = article.article_photos.get().photo
    Photo.objects.update(taken_on="2026-11-01")
    path = reverse("article_photo", args=[article.pk, photo.pk])
    image = Read(client, path).graph["ImageObject"]
    assert image["creditText"] == "本社"
    assert image["copyrightNotice"] == "(c)新報"
    assert image["caption"] == "点検の朝"
    assert image["dateCreated"] == "2026-11-01"


# --- pictures


def test_the_picture_that_others_show_is_the_photo_in_16_to_9(client, article):
    page = Read(client, article.get_absolute_url())
    assert page.meta("og:image") == f"{SITE}/media/ab/16x9-1280.jpeg"
    assert (page.meta("og:image:width"), page.meta("og:image:height")) == ("1280", "720")
    assert page.meta("og:image:alt") == "岬に立つ灯台"


@pytest.mark.parametrize(
    "fields",
    [
        {"rights_social": False},
        {"rights_until": NOW},
        {"rights_web": False},
        {"ladder": ladder(width=960)},
        {"ladder": []},
    ],
)
def test_else_it_is_the_sites_own(client, article, fields):
    Photo.objects.update(**fields)
    page = Read(client, article.get_absolute_url())
    assert page.meta("og:image") == f"{SITE}/static/newsportal/og.png"
    assert (page.meta("og:image:width"), page.meta("og:image:height")) == ("1200", "630")


def test_real_files_are_large_enough(client, article):
    """What the renditions make of a photo of today is what search engines ask for."""
    other = ArticleFactory()
    add_photo(other, make_photo(jpeg((1920, 1440)), rights_social=True))
    from articles import renditions  # noqa: PLC0415

    renditions.make_all(Photo.objects.latest("pk"), ("jpeg",))
    page = Read(client, other.get_absolute_url())
    assert page.meta("og:image:width") == "1280"
    images = page.graph["NewsArticle"]["image"]
    assert [round(each["width"] / each["height"], 2) for each in images] == [1.78, 1.33, 1]
    assert min(each["width"] for each in images) >= 1200


# --- hostile words


@pytest.mark.parametrize("headline", HOSTILE)
def test_no_headline_ends_the_data(client, article, headline):
    write_raw_headline(article, headline)
    page = Read(client, article.get_absolute_url())
    assert page.text.count("<script") == page.text.count("</script>")
    assert "alert(1)</script>" not in page.text
    news = page.graph["NewsArticle"]
    assert news["headline"] == headline.replace("\0", "")
    assert page.head.xpath("meta[@property='og:title']")
    assert page.meta("og:locale") == "ja_JP"


# --- sharing


def test_links_to_pass_an_article_on(client, article):
    page = Read(client, article.get_absolute_url())
    links = page.root.xpath("//section[@class='share']//a")
    address = f"http%3A%2F%2Flocalhost%3A8000%2Farticles%2F{article.pk}%2F"
    names = ["X", "LINE", "Facebook", "はてなブックマーク"]
    assert [link.text for link in links] == names
    for link in links:
        assert address in link.get("href")
        assert link.get("href").startswith("https://")
        assert link.get("rel") == "noopener"
        assert "utm" not in link.get("href")
        assert "新しいタブ" in link.text_content()
    # What needs a script waits for it.
    assert all(
        button.get("hidden") is not None
        for button in page.root.xpath("//section[@class='share']//button")
    )


def test_data_cost_no_query(client, article, django_assert_num_queries):
    client.get("/")
    with django_assert_num_queries(7):
        client.get(article.get_absolute_url())
