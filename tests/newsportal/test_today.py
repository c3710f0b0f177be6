"""きょうの机, わたしの番, 読者の画面, すべてから探す."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles import reviewing
from articles.models import Article, ArticleTemplate, AuditEntry, Duty, ShiftNote
from articles.models.workflow import SectionScope
from newsportal.roles import Role
from rankings.models import HourBucket, WindowTotal
from rankings.readership import lately
from rankings.turns import epoch_hour
from tests.articles.desk import person, words
from tests.articles.pictures import make_photo
from tests.factories import (
    ArticleFactory,
    AuthorFactory,
    FrontSlotFactory,
    SectionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db

NOON = timezone.make_aware(timezone.datetime(2026, 11, 24, 12, 0))
HOUR = timedelta(hours=1)


@pytest.fixture
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return NOON


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


def shown(client):
    """The headlines in each box."""
    boxes = client.get("/admin/").context["boxes"]
    return {box.name: [article.headline for article in box.shown] for box in boxes}


def in_review(writer, headline, **values):
    article = ArticleFactory(
        headline=headline, status="draft", publish_at=None, created_by=writer, **values
    )
    reviewing.submit(article, by=writer)
    return article


def test_each_box_holds_what_is_its_own(client, editor):
    writer, now = person(Role.WRITER), timezone.now()
    ArticleFactory(headline="わたしの原稿", status="draft", publish_at=None, created_by=editor)
    ArticleFactory(headline="ほかの人の原稿", status="draft", publish_at=None)
    in_review(writer, "読んでほしい原稿")
    in_review(editor, "わたしが出した原稿")
    ArticleFactory(headline="いまの記事", publish_at=now)
    held = ArticleFactory(headline="止まった予約", status="held", publish_at=now + HOUR)
    Article.objects.filter(pk=held.pk).update(held_reason="写真の期限が切れます。")
    found = shown(client)
    assert found["mine"] == ["わたしが出した原稿", "わたしの原稿"]
    assert found["waiting"] == ["読んでほしい原稿"]
    assert found["held"] == ["止まった予約"]
    assert "写真の期限が切れます。" in words(client.get("/admin/"))
    assert "いまの記事" in found["out"]
    assert "returned" not in found


def test_what_came_back_is_shown_to_its_writer(client, editor):
    writer = person(Role.WRITER)
    article = in_review(writer, "戻された原稿")
    reviewing.give_back(article, by=editor, reason="数字の出典を。")
    client.force_login(writer)
    assert shown(client)["returned"] == ["戻された原稿"]
    assert client.get("/admin/turn/").json()["returned"] == 1
    assert "waiting" not in shown(client)


def test_only_what_goes_out_before_midnight_is_of_today(client, noon):
    client.force_login(person(Role.EDITOR))
    ArticleFactory(headline="今夜の記事", publish_at=NOON + timedelta(hours=11, minutes=59))
    ArticleFactory(headline="あすの記事", publish_at=NOON + timedelta(hours=12))
    assert shown(client)["coming"] == ["今夜の記事"]
    assert client.get("/admin/turn/").json()["coming"] == 1


def test_another_sections_articles_wait_for_somebody_else(client, editor):
    writer = person(Role.WRITER)
    mine, other = SectionFactory(name="社会", slug="society"), SectionFactory(name="国際", slug="w")
    SectionScope.objects.create(user=editor).sections.add(mine)
    in_review(writer, "社会の原稿", section=mine)
    in_review(writer, "国際の原稿", section=other)
    ArticleFactory(
        headline="国際の保留", status="held", section=other, publish_at=timezone.now() + HOUR
    )
    found = shown(client)
    assert found["waiting"] == ["社会の原稿"]
    assert "held" not in found
    assert client.get("/admin/turn/").json() == {
        "waiting": 1,
        "returned": 0,
        "held": 0,
        "coming": 0,
    }


def test_the_page_asks_few_queries_however_much_there_is(
    client, editor, django_assert_max_num_queries
):
    writer = person(Role.WRITER)
    for number in range(12):
        in_review(writer, f"原稿{number}")
        note = ShiftNote.objects.create(text=f"申し送り{number}", created_by=writer)
        note.articles.add(ArticleFactory())
    client.get("/admin/")
    for number in range(12):
        ArticleTemplate.objects.create(name=f"ひな型{number}")
    # With session, user, permissions and the list of what was done last.
    with django_assert_max_num_queries(22):
        html = words(client.get("/admin/"))
    assert "8+" in html
    assert "ほかにもあります" in html
    with django_assert_max_num_queries(10):
        client.get("/admin/turn/")


def test_the_page_leads_to_templates_calendar_and_what_is_to_be_checked(client, editor):
    template = ArticleTemplate.objects.create(name="訃報")
    ArticleTemplate.objects.create(name="使わない型", is_active=False)
    html = words(client.get("/admin/")).partition("<main")[2]
    assert f'<a href="/admin/articles/article/add/?template={template.pk}">訃報</a>' in html
    assert "使わない型" not in html
    for path in ("calendar/", "unchecked/"):
        address = f"/admin/articles/article/{path}"
        assert f'<a href="{address}">' in html
        assert client.get(address).status_code == 200
    client.force_login(person(Role.WRITER))
    html = words(client.get("/admin/"))
    assert "訃報" in html
    assert "article/unchecked/" not in html


def test_a_shift_note_goes_from_one_shift_to_the_next(client, editor):
    article = ArticleFactory(headline="灯台の続報")
    now = timezone.now()
    Duty.objects.create(
        person=person(Role.PUBLISHER, "hayami"), starts_at=now - HOUR, ends_at=now + HOUR
    )
    data = {"text": "18時に現地から電話。", "articles": [article.pk]}
    client.post("/admin/articles/shiftnote/add/", data)
    note = ShiftNote.objects.get()
    assert note.created_by == editor
    html = words(client.get("/admin/"))
    assert "<p>18時に現地から電話。</p>" in html
    assert "当番デスク" in html
    assert f"/admin/articles/article/{article.pk}/change/" in html
    done = f"/admin/articles/shiftnote/{note.pk}/done/"
    assert client.get(done).status_code == 405
    client.post(done)
    note.refresh_from_db()
    assert (note.done_by, note.done_at is not None) == (editor, True)
    assert "<p>18時に現地から電話。</p>" not in words(client.get("/admin/"))
    client.post(done, {"undo": "1"})
    note.refresh_from_db()
    assert note.done_at is None
    assert client.post("/admin/articles/shiftnote/999/done/").status_code == 404


def test_who_may_not_see_notes_marks_none_done(client):
    note = ShiftNote.objects.create(text="続報は夕方。")
    assert client.post(f"/admin/articles/shiftnote/{note.pk}/done/").status_code == 302
    client.force_login(person_without_role())
    assert client.post(f"/admin/articles/shiftnote/{note.pk}/done/").status_code == 403
    note.refresh_from_db()
    assert note.done_at is None


def person_without_role():
    user = person(Role.WRITER, "guest")
    user.groups.clear()
    return user


# --- 読者の画面


def test_the_readers_screen_tells_what_stands_where_and_how_it_does(client, editor):
    now = timezone.now()
    articles = [ArticleFactory(publish_at=now - n * HOUR) for n in range(1, 8)]
    slot = FrontSlotFactory(area="lead", article=articles[6], headline="手で置いたトップ")
    hour = epoch_hour(now.timestamp())
    HourBucket.objects.create(hour=hour, article_id=slot.article_id, views=1234)
    WindowTotal.objects.create(article_id=slot.article_id, last_24_hours=56789)
    call_command("compute_rankings")
    response = client.get("/admin/screen/")
    areas = {area.title: area.places for area in response.context["areas"]}
    lead = areas["トップと主なニュース"][0]
    assert (lead.name, lead.headline, lead.by_hand) == ("トップ", "手で置いたトップ", True)
    assert (lead.views.hour, lead.views.day) == (1234, 56789)
    assert not areas["トップと主なニュース"][1].by_hand
    assert [place.article.pk for place in areas["アクセスランキング（24時間）"]] == [
        slot.article_id
    ]
    assert "56,789" in words(response)


def test_the_last_hour_is_cut_by_the_clock(noon):
    at = NOON + timedelta(minutes=15)
    hour = epoch_hour(at.timestamp())
    for ago, views in ((0, 10), (1, 100), (2, 1000)):
        HourBucket.objects.create(hour=hour - ago, article_id=7, views=views)
    found = lately([7, 8], at)
    assert (found[7].hour, found[7].hour_before) == (10 + 75, 25 + 750)
    assert found[7].change < 0
    assert 8 not in found


def test_the_screen_costs_as_much_for_many_as_for_few(
    client, editor, django_assert_max_num_queries
):
    for number in range(30):
        section = SectionFactory(name=f"分野{number % 5}", slug=f"s{number % 5}")
        ArticleFactory(section=section)
    client.get("/admin/screen/")
    with django_assert_max_num_queries(14):
        client.get("/admin/screen/")


# --- すべてから探す


def test_one_field_finds_everything_that_one_may_see(client, editor):
    article = ArticleFactory(headline="鯨の群れが湾に")
    article.tags.add("鯨")
    make_photo(caption="鯨の親子")
    topic, author = TopicFactory(name="鯨と人"), AuthorFactory(name="鯨井 みのり")
    html = words(client.get("/admin/find/", {"q": "鯨"}))
    for text in (article.headline, "鯨の親子", topic.name, author.name, "この語の記事"):
        assert text in html
    assert article.headline in words(client.get("/admin/find/", {"q": str(article.pk)}))
    client.force_login(person_without_role())
    html = words(client.get("/admin/find/", {"q": "鯨の"}))
    assert article.headline not in html
    assert "見つかりませんでした" in html


@pytest.mark.parametrize("query", ["", "   ", "%00", "あ" * 5000, "「", "%", "' OR 1=1 --", "\\"])
def test_odd_words_are_answered(client, editor, query):
    response = client.get("/admin/find/", {"q": query})
    assert response.status_code in {200, 400}


def test_the_log_names_the_arrangement_in_words(client, editor):
    AuditEntry.objects.create(
        actor=editor,
        action="arrange_front",
        model="articles.frontslot",
        object_id="1",
        label="トップ面 第1版",
        new={"slots": ["トップ：灯台（記事1）"]},
    )
    html = words(client.get("/admin/articles/auditentry/"))
    assert "トップ面の組み替え" in html
