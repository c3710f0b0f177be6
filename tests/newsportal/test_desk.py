"""The desk as a site: its front page, its people, and the words on its pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from newsportal import roles
from newsportal.roles import Role
from tests.articles.desk import fields, person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    roles.set_up()
    user = User.objects.create_superuser("root", last_name="管理")
    client.force_login(user)
    return user


def test_the_header_has_the_papers_name_and_a_way_to_the_site(client, admin, settings):
    settings.SITE_NAME = "みなと新聞"
    text = words(client.get("/admin/"))
    assert "みなと新聞" in text
    assert "サイトを表示" in text


def test_what_editors_use_most_comes_first(client, admin):
    apps = client.get("/admin/").context["app_list"]
    assert [model["object_name"] for model in apps[0]["models"]][:3] == [
        "Article",
        "Photo",
        "Topic",
    ]


def test_a_forbidden_page_says_so_in_japanese(client):
    client.force_login(person(Role.WRITER))
    response = client.get("/admin/auth/user/")
    assert response.status_code == 403
    assert "権限がありません" in re.sub(r"<wbr>", "", words(response))


def test_a_lost_token_says_so_in_japanese():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})
    assert response.status_code == 403
    assert "もう一度お試しください" in words(response)


@pytest.mark.parametrize("page", ["user", "group"])
def test_people_and_roles_are_managed_in_japanese(client, admin, page):
    number = Group.objects.get(name="記者").pk if page == "group" else admin.pk
    text = words(client.get(f"/admin/auth/{page}/{number}/change/"))
    assert "Can add" not in text
    assert "Can view" not in text


def test_an_administrator_gives_a_person_a_role(client):
    client.force_login(person(Role.ADMINISTRATOR))
    writer = User.objects.create_user("newcomer")
    address = f"/admin/auth/user/{writer.pk}/change/"
    page = fields(client.get(address))
    editors = Group.objects.get(name="編集者")
    page |= {"groups": str(editors.pk), "is_staff": "on"}
    assert client.post(address, page).status_code == 302
    assert User.objects.get(pk=writer.pk).has_perm("articles.publish_article")


def test_nul_in_an_address_is_answered(client, admin):
    response = client.get("/admin/articles/article/?status__exact=%00")
    assert response.status_code == 400
    assert "使えない文字" in response.content.decode()


def test_the_front_page_names_the_year_when_it_is_another(client, admin):
    this, other = timezone.now() - timedelta(minutes=1), timezone.now() - timedelta(days=400)
    for at in (this, other):
        ArticleFactory(publish_at=at)
    page = words(client.get("/admin/"))
    assert f"{timezone.localtime(other):%Y}年" in page
    assert f"{timezone.localtime(this):%Y}年" not in page


def test_deleting_a_tag_lists_its_articles_in_japanese(client, admin):
    article = ArticleFactory(headline="灯台の記事")
    article.tags.add("灯台")
    page = words(client.get(f"/admin/articles/tag/{article.tags.get().pk}/delete/"))
    assert "灯台の記事：灯台" in page
    assert "tagged with" not in page


PLACES = {
    "": "きょうの机",
    "articles/article/": "記事",
    "articles/article/calendar/": "予定表",
    "articles/frontslot/": "トップ面",
    "articles/photo/": "写真",
    "articles/topic/": "トピック",
    "screen/": "読者の画面",
}
HERE = r'<a href="[^"]*" aria-current="(?:page|true)">([^<]*)</a>'


def beside(page):
    """The menu at the left, of which there is one."""
    html = words(page)
    assert html.count('id="desk-menu"') == html.count('popovertarget="desk-menu"') == 1
    return html[html.index('id="desk-menu"') : html.index("<main")].partition("desk-map")[0]


@pytest.mark.parametrize("path", [*PLACES, "find/?q=灯台", "articles/article/add/"])
def test_the_places_of_the_desk_stand_beside_every_page(client, admin, path):
    menu = beside(client.get(f"/admin/{path}"))
    here = re.findall(HERE, menu)
    assert here == ([PLACES[path]] if path in PLACES else ["記事"] if "add" in path else [])
    for name in PLACES.values():
        assert f">{name}</a>" in menu
    assert menu.count("data-turn=") == 1


def test_other_lists_stand_folded_and_open_where_one_is(client, admin):
    menu = beside(client.get("/admin/articles/article/"))
    assert "<details>" in menu
    assert "速報</a>" in menu
    menu = beside(client.get("/admin/articles/banner/"))
    assert "<details open>" in menu
    assert re.findall(HERE, menu) == ["速報"]


def test_a_place_that_is_not_for_this_person_is_left_out(client):
    client.force_login(person(Role.WRITER))
    menu = beside(client.get("/admin/"))
    assert "記事</a>" in menu
    assert "トップ面" not in menu
    for address in ("トップ面", "ユーザー"):
        assert address not in menu


def test_who_is_not_in_yet_sees_no_places(client):
    assert "desk-menu" not in words(client.get("/admin/login/"))
