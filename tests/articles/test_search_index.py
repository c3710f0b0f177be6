"""The index says what the articles say, whichever way their texts change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from articles import indexing, publishing
from articles.models import Article, SearchEntry
from articles.search import find, parse
from newsportal.demo import crowd
from tests.articles.test_search_page import headlines
from tests.factories import ArticleFactory, AuthorFactory, SectionFactory

pytestmark = pytest.mark.django_db


def agrees():
    return indexing.problems() == []


def desk_finds(query):
    return find(Article.objects.live(), parse(query))


def test_every_verb_of_the_desk(client):
    article = ArticleFactory.build(
        headline="鯨の朝", section=SectionFactory(), status=Article.Status.DRAFT, publish_at=None
    )
    article.save()
    publishing.save_article(article, by=None)
    assert headlines(client, "鯨") == []
    assert desk_finds("鯨") == [article.pk]

    publishing.publish(article, by=None)
    assert headlines(client, "鯨の朝") == ["鯨の朝"]
    assert agrees()

    article.headline, article.body = "鮫の夜", "<p>湾の底。</p>"
    publishing.update(article, by=None)
    assert headlines(client, "鯨") == headlines(client, "階段") == []
    assert headlines(client, "鮫の") == headlines(client, "湾の底") == ["鮫の夜"]
    assert agrees()

    publishing.withdraw(article, by=None, reason="誤り")
    assert headlines(client, "鮫") == []
    assert desk_finds("鮫") == [article.pk]
    assert agrees()
    publishing.restore(article, by=None)
    assert headlines(client, "鮫") == ["鮫の夜"]
    assert agrees()


def test_a_schedule_moves_the_place_of_an_article(client):
    older = ArticleFactory(headline="鯨一", publish_at=timezone.now() - timedelta(hours=2))
    later = timezone.now() + timedelta(days=2)
    article = ArticleFactory(headline="鯨二", status=Article.Status.DRAFT, publish_at=None)
    publishing.publish(article, by=None, at=later)
    assert desk_finds("鯨") == [article.pk, older.pk]
    article.publish_at = timezone.now() + timedelta(days=1)
    publishing.update(article, by=None)
    assert agrees()
    article.publish_at -= timedelta(days=30)
    article.save()
    assert desk_finds("鯨") == [older.pk, article.pk]
    assert headlines(client, "鯨", sort="new") == ["鯨一", "鯨二"]


def test_deleting_takes_the_terms_away(client):
    draft = ArticleFactory(headline="鯨の下書き", status=Article.Status.DRAFT)
    others = [ArticleFactory(headline=f"鯨{number}") for number in range(3)]
    copy = ArticleFactory(headline="鯨の差し替え", replaces=others[0])
    draft.delete()
    others[0].delete()
    assert not Article.objects.filter(pk=copy.pk).exists()
    Article.objects.filter(pk=others[1].pk).delete()
    assert desk_finds("鯨") == [others[2].pk]
    assert terms_left() == SearchEntry.objects.count() == 1
    assert agrees()


def terms_left():
    table = "articles_searchentry" if connection.vendor == "postgresql" else "articles_searchgrams"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 (one of two names above)
        return cursor.fetchone()[0]


def test_the_section_is_in_the_index(client):
    sea, hill = SectionFactory(slug="sea", name="海"), SectionFactory(slug="hill", name="山")
    article = ArticleFactory(headline="灯台", section=sea)
    article.section = hill
    publishing.update(article, by=None)
    assert headlines(client, "灯台", section="sea") == []
    assert headlines(client, "灯台", section="hill") == ["灯台"]


def test_a_save_that_fails_leaves_the_index_as_it_was(client):
    article = ArticleFactory(headline="鯨の朝")
    article.headline = "鮫の夜"
    with transaction.atomic():
        publishing.update(article, by=None)
        assert headlines(client, "鮫") == ["鮫の夜"]
        transaction.set_rollback(True)
    assert headlines(client, "鮫") == []
    assert headlines(client, "鯨") == ["鯨の朝"]
    assert agrees()


def test_a_save_without_a_change_leaves_the_index_alone():
    article = ArticleFactory()
    assert SearchEntry.objects.write([article]) == 0
    assert SearchEntry.objects.write([article], anew=True) == 1


def test_made_up_articles_are_in_the_index(client):
    SectionFactory()
    made = crowd.Crowd(3, timezone.now(), seed=1)
    made.authors = [AuthorFactory().pk]
    articles = [made.article(number) for number in range(20)]
    made.insert(articles)
    assert agrees()
    for article in articles[:5]:
        assert article.pk in desk_finds(f"「{article.headline}」")


def test_hundreds_of_articles_of_one_second_have_places():
    moment = timezone.now() - timedelta(days=1)
    section = SectionFactory()
    articles = [
        Article(
            headline=f"灯台{number}", section=section, status=Article.Status.PUBLISHED,
            publish_at=moment,
        )
        for number in range(300)
    ]  # fmt: skip
    for article in articles:
        article.prepare()
    Article.objects.bulk_create(articles)
    SearchEntry.objects.write(articles)
    assert len(desk_finds("灯台")) == 300
    assert agrees()


# --- reindex_search and doctor


def reindex():
    return call_command("reindex_search")


def damage(sqlite, postgresql):
    with connection.cursor() as cursor:
        cursor.execute(postgresql if connection.vendor == "postgresql" else sqlite)


def test_an_index_that_is_gone_is_made_anew(client):
    for number in range(3):
        ArticleFactory(headline=f"鯨{number}")
    SearchEntry.objects.all().delete()
    assert headlines(client, "鯨") == []
    assert "載っていない記事3本" in indexing.problems(thorough=False)[0]
    assert reindex() == ("記事3本の検索の索引を作り直しました。記事と違っていたのは3本です。")
    assert len(headlines(client, "鯨")) == 3
    assert agrees()
    assert "違っていたのは0本" in reindex()
    assert agrees()


def test_terms_that_are_lost_are_noticed_and_written_again(client):
    ArticleFactory(headline="鯨")
    damage("DELETE FROM articles_searchgrams", "UPDATE articles_searchentry SET grams = ''")
    assert headlines(client, "鯨") == []
    assert "載っていない記事1本" in indexing.problems(thorough=False)[0]
    reindex()
    assert headlines(client, "鯨") == ["鯨"]
    assert agrees()


def test_what_was_written_past_the_models_is_noticed(client):
    article = ArticleFactory(headline="鯨")
    Article.objects.filter(pk=article.pk).update(headline="鮫", search_text="鮫\n\n\n")
    assert indexing.problems(thorough=False) == []
    assert "古いままの記事1本" in indexing.problems()[0]
    with pytest.raises(CommandError, match="検索の索引が記事と合いません"):
        call_command("doctor")
    reindex()
    assert headlines(client, "鮫") == ["鮫"]
    assert headlines(client, "鯨") == []
    assert agrees()


def test_a_text_that_was_folded_in_another_way_is_folded_again(client):
    article = ArticleFactory(headline="鯨")
    Article.objects.filter(pk=article.pk).update(search_text="鯨 古い形")
    SearchEntry.objects.all().delete()
    reindex()
    assert headlines(client, "鯨") == ["鯨"]
    assert headlines(client, "古い形") == []


def test_readers_find_everything_while_the_index_is_made_anew(client, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    for number in range(7):
        ArticleFactory(headline=f"鯨{number}")
    seen = []

    def look(done, total):
        seen.append((done, len(headlines(client, "鯨"))))
        if done == 4:
            # A second run in the middle of the first, and an editor's save.
            indexing.reindex()
            article = Article.objects.order_by("pk").first()
            article.headline = "鯨九"
            publishing.update(article, by=None)

    assert str(indexing.reindex(look)).startswith("記事7本の")
    assert seen == [(2, 7), (4, 7), (6, 7), (7, 7)]
    assert "鯨九" in headlines(client, "鯨")
    assert agrees()
