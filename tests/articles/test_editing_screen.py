"""The editing screen: its frame, and the tabs that the server fills."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Photo, RelatedArticle
from newsportal.roles import Role
from rankings.ranking import compute
from tests.articles.desk import ADD, change, fields, person, row, words
from tests.factories import ArticleFactory, TopicTeaserFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db
BESIDE = "/admin/articles/article/photos-beside/"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def draft(editor):
    return ArticleFactory(status="draft", publish_at=None, created_by=editor)


def buttons(response):
    return re.findall(
        r'<input type="submit" class="\w+" name="(\w+)" form="article_form"', words(response)
    )


def test_the_buttons_stand_in_the_bar_and_send_the_form(client, draft):
    page = client.get(change(draft))
    # Saving comes first, also for who presses Enter in a field; what goes out stands apart.
    assert (buttons(page)[0], buttons(page)[-1]) == ("_save", "_publish")
    bar, _, form = words(page).partition('id="article_form"')
    assert 'name="_save"' in bar
    assert 'name="_save"' not in form
    for slot in ("presence", "autosave"):
        assert f'data-desk="{slot}"' in bar


def test_a_writer_is_not_offered_what_a_writer_may_not(client, draft):
    client.force_login(person(Role.WRITER))
    shown = buttons(client.get(change(draft)))
    assert shown[0] == "_save"
    assert "_publish" not in shown


def test_a_popup_has_its_buttons_in_the_form_and_no_frame(client, editor):
    page = words(client.get(f"{ADD}?_popup=1"))
    form = page.partition('id="article_form"')[2]
    assert 'name="_save"' in form
    for part in ("desk-panel", "desk-side", "desk.js"):
        assert part not in page


def test_every_tab_has_its_body_without_a_script(client, draft):
    page = words(client.get(change(draft)))
    for name in ("preview", "proofread", "photos", "history", "notes", "views"):
        assert f'id="desk-panel-{name}"' in page
        assert f'data-tab="{name}"' in page
    assert client.get(ADD).status_code == 200


def test_the_map_leads_to_parts_that_there_are(client, draft):
    for address in (change(draft), ADD):
        page = words(client.get(address))
        for goal in re.findall(r'<a href="#(part-\w+)"', page):
            assert f'id="{goal}"' in page


def test_the_frame_adds_few_queries(client, draft, django_assert_max_num_queries):
    client.get(change(draft))
    with django_assert_max_num_queries(20):
        client.get(change(draft))


# --- 写真


def photo(**values):
    return Photo.objects.create(caption="夜明けの灯台", **values)


def test_photos_of_the_form_say_what_is_wrong_with_them(client, editor):
    good, bare = photo(alt="岬に立つ灯台"), photo(rights_web=False)
    page = words(client.get(BESIDE, {"ids": f"{bare.pk},{good.pk},999999"}))
    assert page.count("<li>") == 2
    assert "代替テキストがありません" in page
    assert "ウェブに載せられません" in page
    assert 'data-problems="1"' in page


def test_the_library_is_searched_beside_the_form(client, editor):
    found, _ = photo(alt="灯台"), Photo.objects.create(caption="朝市", alt="市場")
    page = words(client.get(BESIDE, {"q": "灯台"}))
    assert f'data-add="{found.pk}"' in page
    assert "朝市" not in page
    assert "見つかりません" in words(client.get(BESIDE, {"q": "どこにもない"}))


@pytest.mark.parametrize("ids", ["", "灯台", "1,,2", "9" * 400, "," * 9000, "-1"])
def test_numbers_that_are_none_show_no_photo(client, editor, ids):
    answer = client.get(BESIDE, {"ids": ids})
    assert answer.status_code == 200
    assert "まだ写真がありません" in words(answer)


def test_photos_only_for_who_may_see_the_library(client, editor):
    client.logout()
    assert client.get(BESIDE).status_code == 302
    nobody = person(Role.WRITER, "nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(BESIDE).status_code == 403


# --- アクセス


def views(article):
    return f"/admin/articles/article/{article.pk}/views/"


def test_views_ranks_and_places_of_an_article(client, editor):
    article = ArticleFactory(publish_at=timezone.now() - timedelta(days=2))
    read(article, 1234)
    compute()
    TopicTeaserFactory(article=article, topic__name="海と漁", headline="灯台守の朝")
    RelatedArticle.objects.create(article=ArticleFactory(headline="続きの記事"), other=article)
    page = words(client.get(views(article)))
    assert "1,234" in page
    assert "24時間ランキング <b>1位</b>" in page
    assert "トピック「海と漁」" in page
    assert "灯台守の朝" in page
    assert "続きの記事" in page
    assert "トップ面" in page


def test_a_draft_stands_nowhere(client, draft):
    TopicTeaserFactory(article=draft)
    page = words(client.get(views(draft)))
    assert "まだ読者には見えません" in page
    assert "トピック「" not in page


def test_views_only_for_who_may_see_the_article(client, draft):
    client.logout()
    assert client.get(views(draft)).status_code == 302
    nobody = person(Role.WRITER, "nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(views(draft)).status_code == 403


def test_the_form_keeps_its_fields_in_one_form(client, draft):
    """Nothing that the frame moved was lost on the way to the server."""
    data = fields(client.get(change(draft)))
    row(data, "related_items", other=ArticleFactory().pk)
    client.post(change(draft), data | {"headline": "直した見出し", "tags": "灯台", "_save": ""})
    stored = Article.objects.get(pk=draft.pk)
    assert stored.headline == "直した見出し"
    assert stored.related_items.count() == 1
    assert set(stored.tags.names()) == {"灯台"}
