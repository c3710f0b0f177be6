"""Walks every public address before and after a photo's term ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from articles.models import ArticleAuthor, Photo
from tests.articles.pictures import add_photo, jpeg, make_photo
from tests.factories import ArticleFactory, AuthorFactory, SectionFactory, TopicTeaserFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def ending():
    """A photo that ends in an hour: lead of an article that stands everywhere, and a portrait."""
    return make_photo(rights_until=timezone.now() + HOUR, caption="契約の写真")


@pytest.fixture
def article(ending):
    section = SectionFactory(slug="society")
    article = ArticleFactory(section=section, headline="灯台の記事")
    author = AuthorFactory(slug="asakura", photo=ending)
    ArticleAuthor.objects.create(article=article, author=author)
    article.tags.set(["灯台"])
    TopicTeaserFactory(article=article, topic__slug="winter")
    add_photo(article, ending)
    other = ArticleFactory(section=section, headline="関連する記事")
    read(article, 9)
    call_command("compute_rankings", verbosity=0)
    return article, other


def addresses(article, other, photo):
    tag = article.tags.get()
    return [
        "/",
        article.get_absolute_url(),
        other.get_absolute_url(),
        f"{article.get_absolute_url()}photos/{photo.pk}/",
        "/sections/society/",
        "/topics/",
        "/topics/winter/",
        f"/tags/{tag.slug}/",
        "/authors/asakura/",
        "/search/?q=灯台",
        "/ranking/",
        "/ranking/daily/",
        "/api/topics/",
        "/api/rankings/daily/",
    ]


def where(client, photo, urls):
    names = [entry["name"].rpartition("/")[2] for entry in photo.ladder]
    found = set()
    for url in urls:
        text = client.get(url).content.decode()
        if "契約の写真" in text or any(name in text for name in names):
            found.add(url)
    return found


def test_an_ended_term_empties_every_surface_at_once(client, article, ending):
    urls = addresses(*article, ending)
    before = where(client, ending, urls)
    own = article[0].get_absolute_url()
    assert {
        "/",
        own,
        "/ranking/",
        "/sections/society/",
        "/authors/asakura/",
        "/search/?q=灯台",
    } <= before
    assert f"{own}photos/{ending.pk}/" in before
    with time_machine.travel(ending.rights_until, tick=False):
        assert where(client, ending, urls) == set()
        assert "写真の掲載期間は終わりました" in client.get(own).content.decode()


def test_another_photo_stands_in_everywhere_once_the_clock_ran(client, article, ending):
    standing_in = make_photo(jpeg(color=(200, 60, 20)), caption="控えの写真")
    add_photo(article[0], standing_in, order=1)
    names = [entry["name"].rpartition("/")[2] for entry in standing_in.ladder]
    with time_machine.travel(ending.rights_until, tick=False):
        call_command("expire_photos", verbosity=0)
        for url in ("/", "/sections/society/", article[0].get_absolute_url()):
            text = client.get(url).content.decode()
            assert any(name in text for name in names), url
        assert where(client, ending, addresses(*article, ending)) == set()


def test_a_right_taken_away_empties_every_surface_too(client, article, ending):
    Photo.objects.filter(pk=ending.pk).update(rights_web=False)
    assert where(client, ending, addresses(*article, ending)) == set()
