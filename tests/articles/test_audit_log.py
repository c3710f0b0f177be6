"""The audit log: everything is in it once, with old and new; nobody changes it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from articles.models import AuditEntry, Section, Tag
from newsportal import roles
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, row, words
from tests.factories import (
    AgencyFactory,
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db
LOG = "/admin/articles/auditentry/"
JST = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def chief(client):
    user = person(Role.ADMINISTRATOR, name="chief")
    client.force_login(user)
    return user


def edit(client, row, **values):
    meta = row._meta
    address = f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/change/"
    return client.post(address, fields(client.get(address)) | values, follow=True)


def export(client, query="") -> list[list[str]]:
    response = client.get(f"{LOG}export/{query}")
    assert response.status_code == 200
    data = b"".join(response.streaming_content)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("make", "name", "values"),
    [
        (SectionFactory, "name", ("暮らし", "社会")),
        (TopicFactory, "description", ("港の話", "")),
        (AuthorFactory, "name", ("高井 まこと", "朝倉 みのり")),
        (AgencyFactory, "credit_pattern", ("／AFP", "／AFP通信")),
        (lambda: Tag.objects.create(name="灯台"), "name", ("港", "灯台")),
    ],
)
def test_a_change_is_noted_once_with_old_and_new(client, chief, make, name, values):
    item, (new, old) = make(), values
    edit(client, item, **{name: new})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.object_id) == ("change", chief, str(item.pk))
    assert entry.model == item._meta.label_lower
    assert (entry.old, entry.new) == ({name: old}, {name: new})


def test_saving_without_a_change_notes_nothing(client, chief):
    edit(client, SectionFactory())
    assert not AuditEntry.objects.exists()


def test_adding_and_deleting_are_noted_with_all_values(client, chief):
    data = fields(client.get("/admin/articles/section/add/"))
    client.post("/admin/articles/section/add/", data | {"name": "科学", "slug": "science"})
    section = Section.objects.get()
    client.post(f"/admin/articles/section/{section.pk}/delete/", {"post": "yes"})
    added, deleted = AuditEntry.objects.order_by("id")
    assert (added.action, added.new["name"], added.old) == ("add", "科学", {})
    assert (deleted.action, deleted.old["slug"], deleted.new) == ("delete_row", "science", {})


def test_a_change_in_the_list_is_noted(client, chief):
    section = SectionFactory()
    address = "/admin/articles/section/"
    data = {
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(section.pk),
        "form-0-order": "7", "_save": "",
    }  # fmt: skip
    client.post(address, data)
    assert AuditEntry.objects.get().new == {"order": 7}


def test_articles_of_a_topic_are_noted_with_it(client, chief):
    topic, article = TopicFactory(), ArticleFactory()
    address = f"/admin/articles/topic/{topic.pk}/change/"
    data = fields(client.get(address))
    row(data, "teasers", article=article.pk, headline="灯台の六十年", order=0)
    client.post(address, data)
    assert "灯台の六十年" in AuditEntry.objects.get().new["teasers"][0]


def test_permissions_are_noted_and_passwords_are_not(client, chief):
    colleague = person(Role.WRITER, name="colleague")
    editors = Group.objects.get(name=roles.group_name(Role.EDITOR))
    edit(client, colleague, groups=str(editors.pk))
    entry = AuditEntry.objects.get()
    assert (entry.old["groups"], entry.new["groups"]) == (["記者"], ["編集者"])
    client.post(
        f"/admin/auth/user/{colleague.pk}/password/",
        {
            "password1": "とても長い-Pass-9",
            "password2": "とても長い-Pass-9",
            "usable_password": "true",
        },
    )
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.old, entry.new) == ("password", {}, {})
    group = Group.objects.create(name="応援")
    address = f"/admin/auth/group/{group.pk}/change/"
    client.post(address, {"name": "応援", "permissions": [editors.permissions.first().pk]})
    assert len(AuditEntry.objects.first().new["permissions"]) == 1
    everything = str(list(AuditEntry.objects.values_list("old", "new")))
    assert "md5$" not in everything
    assert User.objects.get(username="colleague").password not in everything


def test_groups_that_are_mended_are_noted():
    roles.set_up()
    group = Group.objects.get(name="記者")
    group.permissions.clear()
    roles.set_up()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.label, entry.old["permissions"]) == (None, "記者", [])


def test_a_saved_draft_is_noted_with_the_words_that_changed(client, chief):
    draft = ArticleFactory(status="draft", publish_at=None, body="<p>一。</p><p>二。</p>")
    data = fields(client.get(change(draft))) | {"_save": ""}
    client.post(change(draft), data)
    AuditEntry.objects.all().delete()
    data = fields(client.get(change(draft))) | {"_save": ""}
    client.post(change(draft), data | {"body": "<p>一。</p><p>三。</p>", "tags": "港"})
    entry = AuditEntry.objects.get()
    assert (entry.old["body"], entry.new["body"]) == ("二。", "三。")
    assert entry.new["tags"] == ["港"]
    page = words(client.get(f"{LOG}{entry.pk}/change/"))
    for text in ("本文", "二。", "三。", "タグ", "港"):
        assert text in page
    data = fields(client.get(change(draft))) | {"_save": ""}
    client.post(change(draft), data)
    assert AuditEntry.objects.count() == 1


def test_nobody_changes_the_log(client, chief):
    chief.is_superuser = True
    chief.save()
    entry = AuditEntry.objects.create(action="publish", model="articles.article", label="記事")
    assert client.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{LOG}{entry.pk}/change/", {"label": "べつ"}).status_code == 403
    assert client.get(f"{LOG}add/").status_code == 403
    client.post(LOG, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert AuditEntry.objects.get().label == "記事"


def test_the_export_is_harmless_in_a_spreadsheet(client, chief):
    AuditEntry.objects.create(
        actor=chief, action="update", model="articles.article", object_id="3",
        label='=HYPERLINK("x")', old={"headline": "+1"}, new={"headline": "@x"}, reason="-2",
    )  # fmt: skip
    head, line = export(client)
    assert head[0] == "日時"
    assert line[1:7] == ["chief", "更新", "記事", "3", '\'=HYPERLINK("x")', "'-2"]
    assert line[7:] == ["見出し：+1", "見出し：@x"]


@time_machine.travel(datetime(2026, 11, 23, 0, 30, tzinfo=JST), tick=False)
def test_list_and_export_are_filtered_by_day_of_japan_person_and_article(client, chief):
    def add(label, number="1", actor=None):
        AuditEntry.objects.create(
            action="update", model="articles.article", object_id=number, label=label, actor=actor
        )

    with time_machine.travel(datetime(2026, 11, 22, 23, 59, tzinfo=JST), tick=False):
        add("きのう")
    add("きょう", number="2", actor=chief)
    for query, found in (
        ("?since=2026-11-23", ["きょう"]),
        ("?until=2026-11-22", ["きのう"]),
        ("?by=chief", ["きょう"]),
        ("?by=高井", ["きょう"]),
        ("?article=1", ["きのう"]),
        ("?since=nonsense&until=2026-13-41", ["きょう", "きのう"]),
    ):
        assert [line[5] for line in export(client, query)[1:]] == found, query
        shown = words(client.get(f"{LOG}{query}"))
        assert all(label in shown for label in found), query
    assert client.get(f"{LOG}export/?nonsense__x=1").status_code == 404


def test_the_export_asks_for_the_permission(client):
    client.force_login(person(Role.WRITER))
    assert client.get(f"{LOG}export/").status_code == 403
    client.logout()
    assert client.get(f"{LOG}export/").status_code == 302
