import io
import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Agency, Article, Photo, Topic
from newsportal.demo import accounts, crowd, newsroom, readership
from rankings import ranking
from rankings.models import HourBucket, Snapshot, Window
from tests.factories import ArticleFactory, AuthorFactory, SectionFactory, TopicFactory

pytestmark = pytest.mark.django_db


def loaddemo(*arguments):
    out = io.StringIO()
    call_command("loaddemo", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.slow
def test_the_demo_newsroom(client, settings):
    assert "48 articles" in loaddemo()
    now = timezone.now()
    assert Article.objects.public().count() == 48
    assert Topic.objects.count() == 8
    assert Agency.objects.filter(name="AFP通信").exists()
    assert all(photo.ladder for photo in Photo.objects.all())
    assert Article.objects.filter(publish_at__gte=now - timedelta(hours=12)).count() >= 8
    assert Article.objects.filter(publish_at__lte=now - timedelta(days=25)).exists()
    hours = HourBucket.objects.values_list("hour", flat=True)
    assert max(hours) - min(hours) > 24 * 25

    home = client.get("/").content.decode()
    assert home.count('<span class="no">') == 5
    assert "前回" in home

    before = HourBucket.objects.count(), Photo.objects.count()
    passwords = (settings.VAR_DIR / "demo-accounts.txt").read_text("utf-8")
    loaddemo()
    assert (HourBucket.objects.count(), Photo.objects.count()) == before
    assert Article.objects.count() == 48
    assert (settings.VAR_DIR / "demo-accounts.txt").read_text("utf-8") == passwords


@pytest.mark.parametrize("hour", range(1, 24, 2))
def test_some_articles_rise_at_every_hour_of_the_day(hour):
    now = datetime(2026, 11, 23, hour, 4, tzinfo=UTC)
    articles = [
        ArticleFactory(publish_at=now - newsroom.age(rank, 48), status="published")
        for rank in range(48)
    ]
    readership.write(articles, now)
    ranking.rebuild(now)
    assert Snapshot.objects.get(window=Window.RISING, section=None).items.count() >= 3


def test_it_refuses_a_database_with_articles_of_your_own():
    ArticleFactory()
    with pytest.raises(CommandError, match="1 articles that are not of the demo"):
        loaddemo()
    assert Article.objects.count() == 1
    assert not User.objects.exists()


def test_if_empty_leaves_articles_alone():
    ArticleFactory()
    assert "not needed" in loaddemo("--if-empty")
    assert Article.objects.count() == 1


@pytest.mark.parametrize("arguments", [["--articles=-1"], ["--articles=2000000"], ["--days=0"]])
def test_numbers_out_of_range(arguments):
    with pytest.raises(CommandError, match="from 1 to 365"):
        loaddemo(*arguments)
    assert not Article.objects.exists()


def test_accounts_are_private_and_keep_their_passwords(settings, client):
    lines = accounts.make(settings.VAR_DIR)
    path = settings.VAR_DIR / "demo-accounts.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line.split()[0] for line in lines] == ["admin", "publisher", "editor", "writer"]
    assert [line.split()[2] for line in lines] == ["管理者", "公開責任者", "編集者", "記者"]
    for line in lines:
        name, password, _ = line.split()
        typed = {"username": name, "password": password}
        assert client.post("/admin/login/", typed).status_code == 302
        client.logout()
    assert accounts.make(settings.VAR_DIR) == []
    assert path.read_text("utf-8").splitlines() == lines


def test_a_crowd_of_articles_with_readers():
    SectionFactory()
    AuthorFactory()
    TopicFactory()
    now = timezone.now()
    crowd.load(60, 30, now, stderr=io.StringIO())
    crowd.load(40, 30, now, stderr=io.StringIO())
    assert Article.objects.public().count() == 100
    assert len(set(Article.objects.values_list("body", flat=True))) == 100
    article = Article.objects.newest().first()
    assert article.tags.count() == 3
    assert article.search_text
    assert article.headline_phrases
    buckets = HourBucket.objects.filter(article_id=article.pk)
    assert buckets.exists()
    assert min(buckets.values_list("hour", flat=True)) >= article.publish_at.timestamp() // 3600
