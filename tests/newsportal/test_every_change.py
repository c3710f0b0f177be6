"""Whatever is added, changed or deleted at the desk leaves an entry: every form of the registry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.utils import timezone

from articles.models import (
    AboutPage,
    Agency,
    Article,
    ArticleTemplate,
    AuditEntry,
    Author,
    Banner,
    CheckRule,
    Correction,
    DictionaryEntry,
    Duty,
    FrontSlot,
    Photo,
    Revision,
    Section,
    ShiftNote,
    Tag,
    Topic,
)
from articles.models.workflow import SectionScope
from rankings.models import RankingRule, Snapshot
from tests.articles.desk import fields, jpeg
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db

# Nobody adds, changes or deletes these by a form; the verbs on them have tests of their own.
_NO_FORM = {
    Revision: "versions are written by saves",
    Correction: "written at the article, and superseded by a verb",
    AuditEntry: "the log itself",
    FrontSlot: "arranged together by a verb",
    Snapshot: "made from counts and rules",
}


def _moment(hours):
    at = timezone.localtime(timezone.now() + timedelta(hours=hours))
    return f"{at:%Y-%m-%d}", f"{at:%H:%M}"


def _times(**hours):
    return {
        f"{name}_{part}": text
        for name, later in hours.items()
        for part, text in enumerate(_moment(later))
    }


def _article(number):
    section = SectionFactory()
    return {
        "headline": f"灯台の六十年{number}", "section": section.pk,
        "body": "<p>朝。</p>", "_save": "",
    }  # fmt: skip


def _duty(number):
    person, _ = User.objects.get_or_create(username="duty", is_staff=True)
    return {"person": person.pk, "role": f"当番{number}", **_times(starts_at=1, ends_at=5)}


def _named(number):
    return {"name": f"名{number}", "slug": f"name-{number}"}


# How a row is added, and what is then changed of it.
_FORMS = {
    AboutPage: (
        lambda n: {"title": f"編集方針{n}", "slug": f"policy-{n}", "body": "<p>方針。</p>"},
        {"title": "新しい方針"},
    ),
    Agency: (lambda n: {**_named(n), "credit_pattern": "／名"}, {"credit_pattern": "／新しい名"}),
    Article: (_article, {"headline": "灯台の七十年"}),
    ArticleTemplate: (
        lambda n: {"name": f"天気{n}", "section": SectionFactory().pk, "headline": "{日付}の天気"},
        {"headline": "あすの天気"},
    ),
    Author: (_named, {"role": "記者"}),
    Banner: (
        lambda n: {"text": f"津波注意報{n}", **_times(starts_at=0, ends_at=5)},
        {"text": "津波警報"},
    ),
    CheckRule: (
        lambda n: {"rule": ("digits", "latin")[n - 1], "level": "advisory", "style": ""},
        {"level": "blocking"},
    ),
    DictionaryEntry: (
        lambda n: {"kind": "spelling", "wrong": f"子供{n}", "right": "子ども"},
        {"right": "こども"},
    ),
    Duty: (_duty, {"role": "夜勤"}),
    Group: (lambda n: {"name": f"応援{n}"}, {"name": "手伝い"}),
    Photo: (
        lambda n: {"original": jpeg(("teal", "red")[n - 1]), "alt": "岬に立つ灯台"},
        {"alt": "港の灯台"},
    ),
    RankingRule: (
        lambda n: {
            "kind": "exclude",
            "article": ArticleFactory().pk,
            "reason": f"訴え{n}",
            **_times(until=48),
        },
        {"reason": "別の訴え"},
    ),
    Section: (_named, {"name": "新しい名"}),
    ShiftNote: (lambda n: {"text": f"朝刊の見出し{n}"}, {"text": "夕刊の見出し"}),
    Tag: (lambda n: {"name": f"港{n}"}, {"name": "岬"}),
    Topic: (_named, {"description": "冬の話"}),
    User: (
        lambda n: {
            "username": f"person{n}",
            "usable_password": "true",
            "password1": "とても長い-Pass-9",
            "password2": "とても長い-Pass-9",
        },
        {"last_name": "高井"},
    ),
}


@pytest.fixture
def chief(client):
    user = User.objects.create_superuser("chief")
    client.force_login(user)
    return user


def base(model):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def send(client, address, values):
    """Sends the form of a page; once more where the first time only shows what would come."""
    # A list where nothing is chosen sends nothing.
    shown = {name: text for name, text in fields(client.get(address)).items() if text}
    response = client.post(address, shown | values)
    if previewed := response.status_code == 200 and fields(response).get("previewed"):
        response = client.post(address, {**shown, **values, "previewed": previewed})
    assert response.status_code == 302, response.context["errors"]


def noted(chief, item):
    """The entries since the last look, all of this row by this person."""
    entries = list(AuditEntry.objects.order_by("id"))
    AuditEntry.objects.all().delete()
    for entry in entries:
        assert (entry.actor, entry.model) == (chief, item._meta.label_lower)
        assert entry.object_id == str(item.pk)
        assert entry.label
    return entries


def add(client, chief, model, number):
    values = _FORMS[model][0](number)
    known = set(model._base_manager.values_list("pk", flat=True))
    send(client, f"{base(model)}add/", values)
    return model._base_manager.exclude(pk__in=known).get()


def test_every_form_of_the_desk_is_walked_below():
    assert set(admin.site._registry) == set(_FORMS) | set(_NO_FORM)


@pytest.mark.parametrize("model", _NO_FORM, ids=lambda model: model.__name__)
def test_where_there_is_no_form_there_is_none(rf, chief, model):
    request = rf.get("/")
    request.user = chief
    desk = admin.site._registry[model]
    assert not desk.has_add_permission(request)
    assert not desk.has_change_permission(request)
    assert not desk.has_delete_permission(request)


@pytest.mark.parametrize("model", _FORMS, ids=lambda model: model.__name__)
def test_adding_changing_and_deleting_is_noted_once_with_values(client, chief, model):
    item = add(client, chief, model, 1)
    (entry,) = noted(chief, item)
    assert entry.new
    changes = _FORMS[model][1]
    send(client, f"{base(model)}{item.pk}/change/", changes)
    (entry,) = noted(chief, item)
    for name, value in changes.items():
        assert entry.new[name] == value
        assert entry.old[name] != value
    response = client.post(f"{base(model)}{item.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    (entry,) = noted(chief, item)
    assert entry.old


@pytest.mark.parametrize("model", _FORMS, ids=lambda model: model.__name__)
def test_deleting_from_the_list_is_noted(client, chief, model):
    item = add(client, chief, model, 2)
    AuditEntry.objects.all().delete()
    data = {"action": "delete_selected", "_selected_action": [item.pk], "post": "yes"}
    client.post(base(model), data)
    (entry,) = noted(chief, item)
    assert entry.old


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in _FORMS for name in admin.site._registry[model].list_editable],
)
def test_a_change_in_the_list_is_noted(client, chief, model, name):
    item = add(client, chief, model, 1)
    AuditEntry.objects.all().delete()
    old = getattr(item, name)
    data = {
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(item.pk), "_save": "",
    }  # fmt: skip
    for other in admin.site._registry[model].list_editable:
        value = getattr(item, other)
        if other == name:
            value = not old if isinstance(old, bool) else old + 7
        if value is not False:
            data[f"form-0-{other}"] = "on" if value is True else value
    client.post(base(model), data)
    (entry,) = noted(chief, item)
    assert list(entry.new) == [name]
    assert entry.old == {name: old}


def test_the_rules_of_a_section_are_noted_once_by_their_name(client, chief):
    section = SectionFactory()
    send(client, f"{base(Section)}{section.pk}/change/", {"four_eyes": "on", "name": "政治"})
    (entry,) = noted(chief, section)
    assert entry.action == "review_rules"
    assert (entry.old["four_eyes"], entry.new["four_eyes"]) == (False, True)
    assert entry.new["name"] == "政治"


def test_the_sections_of_a_person_are_noted(client, chief):
    section = SectionFactory()
    person = User.objects.create_user("writer", is_staff=True)
    address = f"{base(User)}{person.pk}/change/"
    data = {
        "section_scope-TOTAL_FORMS": "1", "section_scope-0-sections": [section.pk],
        "section_scope-0-user": person.pk,
    }  # fmt: skip
    send(client, address, data)
    (entry,) = noted(chief, person)
    assert (entry.old["section_scope"], entry.new["section_scope"]) == ([], ["社会"])
    send(client, address, {"section_scope-0-sections": []})
    (entry,) = noted(chief, person)
    assert (entry.old["section_scope"], entry.new["section_scope"]) == (["社会"], [])
    assert SectionScope.objects.get().sections.count() == 0


def test_a_shift_note_that_is_done_is_noted(client, chief):
    note = ShiftNote.objects.create(text="朝刊の見出し")
    for data, is_done in (({}, True), ({}, True), ({"undo": ""}, False)):
        client.post(f"{base(ShiftNote)}{note.pk}/done/", data)
        note.refresh_from_db()
        assert (note.done_at is not None) == is_done
    done, undone = noted(chief, note)
    assert (done.new["done_by"], done.old["done_by"]) == ("chief", None)
    assert (undone.new["done_by"], undone.old["done_by"]) == (None, "chief")


def test_photos_that_come_in_together_are_noted(client, chief):
    client.post(f"{base(Photo)}upload/", {"files": [jpeg("teal"), jpeg("red")]})
    assert Photo.objects.count() == 2
    assert [entry.action for entry in AuditEntry.objects.all()] == ["add", "add"]
