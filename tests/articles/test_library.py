"""The verbs of the photo library."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone

from articles import caching, library
from articles.models import Article, AuditEntry, Invalidation, Photo, Revision
from newsportal.roles import Role
from tests.articles.desk import person
from tests.articles.pictures import add_photo, make_photo
from tests.factories import ArticleFactory, AuthorFactory, TopicTeaserFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def article():
    """One whose first photo ends in an hour, with another behind it, shown in many places."""
    article = ArticleFactory()
    article.tags.set(["灯台"])
    TopicTeaserFactory(article=article)
    add_photo(article, make_photo(caption="契約の写真", rights_until=timezone.now() + HOUR))
    add_photo(article, make_photo(caption="控えの写真"), order=1)
    Invalidation.objects.all().delete()
    return article


def test_a_term_that_ended_gives_the_place_to_the_next_photo_and_renews_the_pages(article):
    assert library.expire_photos() == 0
    with time_machine.travel(timezone.now() + HOUR + timedelta(seconds=1), tick=False):
        assert library.expire_photos() == 1
        # Every page that shows the article has its key.
        assert invalidated() == {f"article-{article.pk}"}
        assert Article.objects.get().picture.caption == "控えの写真"
        assert library.expire_photos() == 0
    assert AuditEntry.objects.get().action == "expire"


def test_a_longer_term_brings_the_photo_back(article):
    photo = article.lead_photo
    with time_machine.travel(timezone.now() + 2 * HOUR, tick=False):
        library.expire_photos()
        photo.rights_until, photo.taken_off_at = timezone.now() + HOUR, None
        photo.save()
        library.renew_uses(photo)
        assert Article.objects.get().picture.caption == "契約の写真"
        assert library.expire_photos() == 0
        Photo.objects.update(rights_until=timezone.now())
        assert library.expire_photos() == 2
        assert Article.objects.get().picture is None


def test_the_portrait_of_an_author_ends_too():
    author = AuthorFactory(photo=make_photo(rights_until=timezone.now()))
    call_command("expire_photos")
    assert invalidated() == {caching.author_key(author.pk)}


def test_the_end_of_a_term_is_an_edge_of_what_pages_show(article):
    assert caching.next_edge() == article.lead_photo.rights_until
    Photo.objects.update(rights_web=False)
    assert caching.next_edge() is None


def test_the_keys_of_a_photo_take_the_same_queries_for_many_uses(
    article, django_assert_num_queries
):
    photo = article.lead_photo
    for _ in range(5):
        add_photo(ArticleFactory(), photo)
    with django_assert_num_queries(2):
        found = caching.keys_of_photo(photo)
    used = Article.objects.filter(article_photos__photo=photo)
    assert found == {caching.article_key(each.pk) for each in used}


@pytest.fixture
def photo():
    """A photo with four uses: two say something else, one of them in a draft."""
    photo = make_photo(caption="灯台守の高井さん(左)")
    add_photo(ArticleFactory(headline="ちがう説明"), photo, caption="高井さん(右)")
    add_photo(ArticleFactory(headline="そのまま"), photo)
    draft = ArticleFactory(headline="下書き", status="draft", publish_at=None)
    add_photo(draft, photo, caption="下書きの説明")
    return photo


def test_a_caption_is_carried_to_the_chosen_uses_only(photo):
    editor = person(Role.EDITOR)
    chosen = photo.article_photos.get(article__headline="ちがう説明")
    assert library.carry_caption(photo, [chosen.pk], by=editor) == 1
    chosen.refresh_from_db()
    assert chosen.shown_caption == "灯台守の高井さん(左)"
    assert photo.article_photos.get(article__headline="下書き").caption == "下書きの説明"
    revision = Revision.objects.get()
    assert (revision.article, revision.created_by) == (chosen.article, editor)
    assert revision.document["photos"][0]["caption"] == ""
    assert caching.article_key(chosen.article_id) in invalidated()
    assert AuditEntry.objects.get().old["caption"] == "高井さん(右)"


def test_who_may_not_publish_carries_nothing_to_a_public_article(photo):
    writer = person(Role.WRITER)
    uses = photo.article_photos.values_list("pk", flat=True)
    with pytest.raises(PermissionDenied):
        library.carry_caption(photo, uses, by=writer)
    assert photo.article_photos.exclude(caption="").count() == 2
    draft = photo.article_photos.get(article__headline="下書き")
    assert library.carry_caption(photo, [draft.pk], by=writer) == 1


def test_a_use_of_another_photo_is_left_alone(photo):
    other = add_photo(ArticleFactory(), make_photo(), caption="別の写真")
    assert library.carry_caption(photo, [other.pk], by=None) == 0
