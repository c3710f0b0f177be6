"""Every address of the desk, asked by everybody, against what their role may do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from articles.models import Agency, Article, AuditEntry, Correction, Revision
from newsportal import roles
from newsportal.roles import PERMISSIONS, Role
from rankings.models import RankingRule, Snapshot
from tests.articles.desk import person
from tests.articles.pictures import make_photo
from tests.factories import ArticleFactory, AuthorFactory, TopicFactory

pytestmark = pytest.mark.django_db

# What nobody does by hand, administrators included.
NOBODY = {
    f"articles_{model}_{action}"
    for model in ("revision", "auditentry")
    for action in ("add", "delete")
} | {
    "articles_correction_add", "articles_correction_delete",
    "rankings_snapshot_add", "rankings_snapshot_delete",
}  # fmt: skip
# Pages of our own and the permission that each needs.
OWN = {
    "articles_photo_original": "articles.view_photo",
    "articles_photo_preview": "articles.view_photo",
    "articles_photo_uses": "articles.view_photo",
    "articles_photo_upload": "articles.add_photo",
    "articles_photo_captions": "articles.change_photo",
    "articles_photo_replace": "articles.change_photo",
    "articles_article_withdraw": "articles.withdraw_article",
    "articles_article_restore": "articles.withdraw_article",
    # Deleting somebody else's draft needs the right to publish as well.
    "articles_article_delete": "articles.publish_article",
    "rankings_article": "rankings.view_snapshot",
    "rankings_counting": "rankings.view_snapshot",
    "auth_user_password_change": "auth.change_user",
}
# For whoever may come to the desk at all.
ANYBODY = {"index", "password_change", "password_change_done", "jsi18n"}
# For everybody, or in a test of their own below.
ELSEWHERE = {
    "login", "logout", "app_list", "autocomplete", "view_on_site", "articles_photo_read",
}  # fmt: skip
PEOPLE = ["anonymous", "reader", "guest", *(role.value for role in Role)]


@pytest.fixture
def rows():
    """One row of everything that the desk has a page for: app_model to number."""
    roles.set_up()
    owner = User.objects.create_superuser("owner")
    article = ArticleFactory(status="draft", publish_at=None, created_by=owner)
    article.tags.add("灯台")
    agency = Agency.objects.create(name="AFP通信", slug="afp", credit_pattern="／AFP通信")
    made = [
        article, article.section, article.tags.get(), agency, AuthorFactory(), TopicFactory(),
        make_photo(), owner, Group.objects.first(),
        Revision.objects.create(article=article, version=1, document={}),
        Correction.objects.create(article=article, text="日付が誤っていました。"),
        AuditEntry.objects.create(action="save", model="article", object_id="1", label="記事"),
        RankingRule.objects.create(kind=RankingRule.Kind.EXCLUDE, article=article, reason="重複"),
        Snapshot.objects.create(window="daily", computed_at=timezone.now()),
    ]  # fmt: skip
    return {row._meta.label_lower.replace(".", "_"): row.pk for row in made}


def somebody(name):
    if name == "anonymous":
        return None
    if name in {"reader", "guest"}:
        return User.objects.create_user(name, is_staff=name == "guest")
    return person(Role(name))


def names():
    """The names of all pages of the desk that have one."""
    _, resolver = get_resolver().namespace_dict["admin"]
    return sorted(name for name in resolver.reverse_dict if isinstance(name, str))


def address(name, rows):
    """The address of a page for a row that exists."""
    app_model = "_".join(name.split("_")[:2])
    own = {"rankings_article": [rows["articles_article"]]}
    arguments = own.get(name, [rows.get(app_model)])
    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        return reverse(f"admin:{name}", args=arguments)


def may(who, name):
    """Whether the tables say that these people may see this page."""
    if who in {"anonymous", "reader"} or name in NOBODY:
        return False
    if name in ANYBODY:
        return True
    if who == "administrator":
        return True
    granted = PERMISSIONS[Role(who)] if who != "guest" else set()
    if name in OWN:
        return OWN[name] in granted
    app, model, action = name.split("_")
    if action in {"changelist", "change", "history"}:
        return bool({f"{app}.view_{model}", f"{app}.change_{model}"} & granted)
    return f"{app}.{action}_{model}" in granted


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_of_the_desk_needs_its_permission(client, rows, who):
    user = somebody(who)
    wrong = []
    for name in names():
        if name in ELSEWHERE:
            continue
        if user:
            client.force_login(user)
        url = address(name, rows)
        response = client.get(url)
        # The original of a photo is an open file until then.
        response.close()
        to_login = response.status_code == 302 and "/login/" in response["Location"]
        allowed = response.status_code in {200, 302} and not to_login
        expected = may(who, name)
        if allowed != expected or not (allowed or to_login or response.status_code == 403):
            wrong.append((name, url, response.status_code))
        # What may not be seen may not be sent either.
        if not expected and client.post(url).status_code not in {302, 403}:
            wrong.append((name, url, "POST"))
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_lists_of_an_app_and_suggestions_need_theirs(client, rows, who):
    if user := somebody(who):
        client.force_login(user)
    on_desk = who not in {"anonymous", "reader"}
    apps = (
        {app for role in [Role(who)] for app in _apps(role)}
        if on_desk and who != "guest"
        else set()
    )
    for app in ("articles", "rankings", "auth"):
        response = client.get(f"/admin/{app}/")
        expected = 302 if not on_desk else 200 if app in apps else 404
        assert response.status_code == expected, app
    suggestions = {"app_label": "articles", "model_name": "articlephoto", "field_name": "photo"}
    response = client.get("/admin/autocomplete/", suggestions)
    assert response.status_code == (302 if not on_desk else 403 if who == "guest" else 200)
    # Names of accounts are for those who may see accounts.
    suggestions |= {"model_name": "article", "field_name": "created_by"}
    response = client.get("/admin/autocomplete/", suggestions)
    assert response.status_code == (302 if not on_desk else 200 if who == "administrator" else 403)


def _apps(role):
    if role is Role.ADMINISTRATOR:
        return {"articles", "rankings", "auth"}
    return {permission.partition(".")[0] for permission in PERMISSIONS[role]}


@pytest.mark.parametrize("who", PEOPLE)
def test_reading_a_file_is_for_who_may_add_photos(client, who):
    roles.set_up()
    if user := somebody(who):
        client.force_login(user)
    status = client.post("/admin/articles/photo/read/", {}).status_code
    if who in {"anonymous", "reader"}:
        assert status == 302
    else:
        assert (status != 403) == (who != "guest" and may(who, "articles_photo_upload"))


@pytest.mark.parametrize("who", PEOPLE)
def test_the_way_to_the_site_shows_no_draft(client, rows, who):
    if user := somebody(who):
        client.force_login(user)
    kind = ContentType.objects.get_for_model(Article).pk
    response = client.get(f"/admin/r/{kind}/{rows['articles_article']}/")
    if "/login/" not in response.get("Location", ""):
        assert client.get(response["Location"]).status_code == 404
    assert who not in {"anonymous", "reader"} or "/login/" in response["Location"]


@pytest.mark.parametrize("who", ["anonymous", "reader"])
def test_an_address_that_is_none_tells_a_stranger_nothing(client, who):
    if user := somebody(who):
        client.force_login(user)
    for path in ("nowhere/", "articles/article/99999/change/", "articles/nothing/"):
        response = client.get(f"/admin/{path}")
        assert response.status_code == 302
        assert "/login/" in response["Location"]
