"""Every address of the desk, asked by everybody, against what their role may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles.models import (
    AboutPage,
    Agency,
    Article,
    ArticleTemplate,
    AuditEntry,
    Banner,
    CheckRule,
    Correction,
    DictionaryEntry,
    Duty,
    Revision,
    ShiftNote,
)
from articles.working_copies import make_copy
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
    "articles_dictionaryentry_export": "articles.view_dictionaryentry",
    "articles_dictionaryentry_import": "articles.change_dictionaryentry",
    "articles_photo_replace": "articles.change_photo",
    "articles_article_suggestions": "articles.add_article",
    "articles_article_withdraw": "articles.withdraw_article",
    "articles_article_restore": "articles.withdraw_article",
    "articles_article_preview": "articles.view_article",
    "articles_article_add_preview": "articles.add_article",
    "articles_article_notes": "articles.view_article",
    "articles_article_views": "articles.view_article",
    "articles_article_photos": "articles.view_photo",
    "articles_article_submit": "articles.change_article",
    "articles_article_return": "articles.approve_article",
    "articles_article_unchecked": "articles.approve_article",
    "articles_article_calendar": "articles.view_article",
    "articles_article_links": "articles.add_reviewlink",
    "articles_article_versions": "articles.view_article",
    "articles_article_compare": "articles.view_article",
    "articles_article_restore_version": "articles.change_article",
    "articles_article_copies": "articles.view_article",
    "articles_article_swap": "articles.publish_article",
    "articles_article_merge_copy": "articles.change_article",
    "articles_article_discard_copy": "articles.change_article",
    "articles_article_trash": "articles.delete_article",
    "articles_correction_supersede": "articles.add_correction",
    "articles_auditentry_export": "articles.view_auditentry",
    # Deleting somebody else's draft needs the right to publish as well.
    "articles_article_delete": "articles.publish_article",
    **{
        f"articles_frontslot_{page}": "articles.curate_front"
        for page in ("changelist", "preview", "places", "choices")
    },
    "turn": "articles.view_article",
    "screen": "rankings.view_snapshot",
    "rankings_article": "rankings.view_snapshot",
    "rankings_counting": "rankings.view_snapshot",
    "auth_user_password_change": "auth.change_user",
}
# For whoever may come to the desk at all.
ANYBODY = {
    "index", "password_change", "password_change_done", "jsi18n",
    "find", "otp", "otp_code", "otp_setup", "otp_codes", "otp_remove",
}  # fmt: skip
# For everybody, or in a test of their own below.
ELSEWHERE = {
    "login", "logout", "app_list", "autocomplete", "view_on_site", "articles_photo_read",
    "articles_article_proofread", "articles_article_ignore", "articles_article_heed",
    # Only ever posted to: test_autosave.py and test_presence.py ask as everybody.
    "articles_article_autosave", "articles_article_presence",
    "articles_article_move",
    "articles_shiftnote_done",
    # As well: test_admin_copies.py, test_admin_versions.py and test_trash.py ask as a writer.
    "articles_article_make_copy", "articles_article_unschedule_swap",
    "articles_article_pin_version", "articles_article_bring_back",
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
        make_photo(), owner, Group.objects.first(), AboutPage.objects.first(),
        Revision.objects.create(article=article, version=1, document={}),
        Correction.objects.create(article=article, text="日付が誤っていました。"),
        AuditEntry.objects.create(action="save", model="article", object_id="1", label="記事"),
        RankingRule.objects.create(kind=RankingRule.Kind.EXCLUDE, article=article, reason="重複"),
        Banner.objects.create(text="津波警報", ends_at=timezone.now() + timedelta(hours=1)),
        DictionaryEntry.objects.create(wrong="子供", right="子ども"),
        CheckRule.objects.create(rule="tags", level="blocking"),
        Snapshot.objects.create(window="daily", computed_at=timezone.now()),
        ArticleTemplate.objects.create(name="天気"),
        ShiftNote.objects.create(text="続報は夕方。"),
        Duty.objects.create(
            person=owner, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=8)
        ),
    ]  # fmt: skip
    copy = make_copy(ArticleFactory(), by=owner)
    return {row._meta.label_lower.replace(".", "_"): row.pk for row in made} | {"copy": copy.pk}


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
    article, copy = rows["articles_article"], rows["copy"]
    own = {
        "rankings_article": [article],
        "articles_article_restore_version": [article, 1],
        "articles_article_pin_version": [article, 1],
        "articles_article_swap": [copy],
        "articles_article_unschedule_swap": [copy],
        "articles_article_merge_copy": [copy],
        "articles_article_discard_copy": [copy],
    }
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


def _confirmed(user):
    return TOTPDevice.objects.create(user=user, confirmed=True)


@pytest.mark.parametrize("mode", ["required", "optional"])
@pytest.mark.parametrize("has_device", [True, False])
def test_without_the_second_step_no_page_of_the_desk_shows(
    client, rows, settings, mode, has_device
):
    settings.ADMIN_OTP = mode
    owner = User.objects.get(username="owner")
    if has_device:
        _confirmed(owner)
    client.force_login(owner)
    step = "otp_code" if has_device else "otp_setup"
    is_asked = has_device or mode == "required"
    for name in [name for name in names() if name not in ELSEWHERE | NOBODY]:
        url = address(name, rows)
        for response in (client.get(url), client.post(url) if is_asked else None):
            if response is None or name in {"otp_code", "otp_setup"}:
                continue
            response.close()
            to_login = response.status_code == 302 and "/login/" in response["Location"]
            assert to_login == is_asked, (name, response.status_code)
    if is_asked:
        asked = client.get("/admin/login/", {"next": "/admin/articles/article/"})
        assert asked["Location"] == (
            reverse(f"admin:{step}") + "?next=%2Fadmin%2Farticles%2Farticle%2F"
        )
        # The ones that are no pages: suggestions, the files of photos, what has no address.
        for path in ("autocomplete/", "nowhere/", "articles/photo/read/", "r/1/1/"):
            for response in (client.get(f"/admin/{path}"), client.post(f"/admin/{path}")):
                assert "/login/" in response["Location"], path
