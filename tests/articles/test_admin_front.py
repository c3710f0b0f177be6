"""The desk's page of the front page: arranging, looking, applying, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, AuditEntry, FrontSlot
from newsportal.roles import Role
from tests.articles.desk import fields, person, words
from tests.factories import ArticleFactory, FrontSlotFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/articles/frontslot/"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def articles():
    now = timezone.now()
    return [
        ArticleFactory(headline=f"記事その{number}", publish_at=now - timedelta(minutes=number + 1))
        for number in range(12)
    ]


def form(client, *rows):
    """What the page would send with these rows added to those that it shows."""
    data = fields(client.get(PAGE))
    data.pop("apply", None)
    first = int(data["slots-TOTAL_FORMS"])
    data["slots-TOTAL_FORMS"] = str(first + len(rows))
    for number, row in enumerate(rows, start=first):
        for name, value in ({"where": "lead-1"} | row).items():
            data[f"slots-{number}-{name}"] = str(value)
    return data


def page(response):
    """A readers' page without the marks where its headlines may break."""
    return words(response).replace("<wbr>", "")


def lead_of(client):
    html = client.get("/").content.decode()
    return html[html.index('class="first"') :].partition('href="')[2].partition('"')[0]


def test_an_arrangement_is_applied_and_shown_again(client, editor, articles):
    data = form(client, {"article": articles[5].pk, "headline": "手で組んだトップ"})
    response = client.post(PAGE, data, follow=True)
    assert "トップ面に反映しました。" in words(response)
    assert "手で組んだトップ" in words(response)
    assert lead_of(client) == articles[5].get_absolute_url()
    slot = FrontSlot.objects.get()
    assert (slot.created_by, slot.place_name) == (editor, "トップ")
    # The same form once more, its row moved: the row stays the same row.
    data = form(client) | {"slots-0-where": "main-2"}
    client.post(PAGE, data)
    assert FrontSlot.objects.get().pk == slot.pk
    assert FrontSlot.objects.get().place_name == "主なニュース2"
    client.post(PAGE, form(client) | {"slots-0-DELETE": "on"})
    assert not FrontSlot.objects.exists()


def test_times_are_typed_in_japan_time(client, editor, articles):
    client.post(
        PAGE,
        form(
            client,
            {
                "article": articles[5].pk,
                "starts_at": "2030-01-02T09:00",
                "ends_at": "２０３０-01-02　２１:３０",
            },
        ),
    )
    slot = FrontSlot.objects.get()
    assert slot.starts_at.isoformat() == "2030-01-02T00:00:00+00:00"
    assert slot.ends_at.isoformat() == "2030-01-02T12:30:00+00:00"
    assert 'value="2030-01-02T09:00"' in words(client.get(PAGE))


def test_two_editors_do_not_overwrite_each_other(client, editor, articles):
    mine = form(client, {"article": articles[5].pk, "headline": "わたしの組み"})
    theirs = form(client, {"article": articles[6].pk})
    client.post(PAGE, theirs)
    response = client.post(PAGE, mine)
    assert response.status_code == 409
    assert "別の画面であなたが" in words(response)
    assert "わたしの組み" in words(response)
    assert FrontSlot.objects.get().article == articles[6]
    # Told of the other one, the editor may replace it.
    client.post(PAGE, fields(response) | {"replaced": "1"})
    assert FrontSlot.objects.get().article == articles[5]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"article": 999999}, "その記事はありません。"),
        ({"article": "x"}, "整数"),
        ({"article": 2**40}, "以下"),
        ({"where": "lead-2"}, "その場所はありません。"),
        ({"where": "main-9"}, "その場所はありません。"),
        ({"headline": "長" * 61}, "見出しは60字までです（今は61字）。"),
        ({"starts_at": "きのう"}, "日時は"),
        ({"starts_at": "0001-01-01T00:00"}, "1900年から"),
        (
            {"starts_at": "2030-01-02T09:00", "ends_at": "2030-01-02T09:00"},
            "掲載終了は掲載開始より後",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_saved(
    client, editor, articles, row, message
):
    standing = FrontSlotFactory(article=articles[2])
    data = form(client, {"article": articles[5].pk, "headline": "残る見出し"} | row)
    response = client.post(PAGE, data)
    assert response.status_code == 400
    assert message in words(response)
    if "headline" not in row:
        assert "残る見出し" in words(response)
    assert FrontSlot.objects.get() == standing
    assert not AuditEntry.objects.exists()
    for each in ("preview/", "places/"):
        answer = client.post(PAGE + each, data)
        assert answer.status_code == 400
        assert any(message in problem for problem in answer.json()["problems"])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": "x"},
        {"version": "0"},
        {"version": "0", "slots-TOTAL_FORMS": "x", "slots-INITIAL_FORMS": "0"},
        {"version": "0", "slots-TOTAL_FORMS": "99999", "slots-INITIAL_FORMS": "0"},
        {"version": "٣", "slots-TOTAL_FORMS": "0", "slots-INITIAL_FORMS": "0"},
        {"version": "0", "slots-TOTAL_FORMS": "1", "slots-INITIAL_FORMS": "1"},
        {
            "version": "0",
            "slots-TOTAL_FORMS": "1",
            "slots-INITIAL_FORMS": "0",
            "slots-0-article": "1\0",
            "slots-0-headline": "a\0b",
        },
    ],
)
def test_broken_input_is_refused(client, editor, data):
    assert client.post(PAGE, data).status_code == 400
    for each in ("preview/", "places/"):
        assert client.post(PAGE + each, data).status_code in {200, 400}
    assert not FrontSlot.objects.exists()


def test_a_withdrawn_article_is_not_placed(client, editor, articles):
    Article.objects.filter(pk=articles[5].pk).update(
        status=Article.Status.WITHDRAWN, withdrawn_at=timezone.now()
    )
    response = client.post(PAGE, form(client, {"article": articles[5].pk}))
    assert "は取り下げた記事なので置けません。" in words(response)
    assert not FrontSlot.objects.exists()


def test_the_preview_is_the_page_with_what_is_not_stored(client, editor, articles):
    data = form(client, {"article": articles[5].pk, "headline": "まだ見えないトップ"})
    response = client.post(PAGE + "preview/", data)
    assert "まだ見えないトップ" in page(response)
    assert 'id="topics-heading"' in words(response) or "<main" in words(response)
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    places = client.post(PAGE + "places/", data).json()["places"]
    assert places[0]["by_hand"] is True
    assert places[1]["by_hand"] is False
    assert "まだ見えないトップ" not in page(client.get("/"))


def test_the_preview_of_a_time_shows_what_will_be_public_then(client, editor, articles):
    later = timezone.now() + timedelta(hours=3)
    coming = ArticleFactory(headline="夕方に出る記事", publish_at=later - timedelta(hours=1))
    data = form(client, {"article": coming.pk})
    at = timezone.localtime(later).strftime("%Y-%m-%dT%H:%M")
    assert "夕方に出る記事" not in page(client.post(PAGE + "preview/", data))
    assert "夕方に出る記事" in page(client.post(PAGE + "preview/", data | {"at": at}))
    # Without rows of its own: the stored arrangement at that time.
    assert "夕方に出る記事" in page(client.get(PAGE + "preview/", {"at": at}))
    assert client.get(PAGE + "preview/", {"at": "x"}).status_code == 400


def test_articles_are_found_for_a_place(client, editor, articles):
    articles[3].headline = "鯨の守り手"
    articles[3].save()
    draft = ArticleFactory(headline="鯨の下書き", status="draft", publish_at=None)
    gone = ArticleFactory(headline="鯨の取り下げ", status="withdrawn", withdrawn_at=timezone.now())

    def found(query):
        answer = client.get(PAGE + "choices/", {"q": query}).json()["choices"]
        return {choice["article"]: choice["state"] for choice in answer}

    assert found("鯨の") == {articles[3].pk: "公開", draft.pk: "下書き"}
    assert list(found("")) == [article.pk for article in articles]
    assert found(str(articles[7].pk))[articles[7].pk] == "公開"
    assert gone.pk not in found(str(gone.pk))


def test_a_writer_is_kept_out(client, articles):
    client.force_login(person(Role.WRITER))
    for each in ("", "preview/", "places/", "choices/"):
        assert client.get(PAGE + each).status_code == 403
        assert client.post(PAGE + each, {"version": "0"}).status_code == 403


def test_slots_do_not_add_queries(client, editor, articles, django_assert_max_num_queries):
    for place in range(1, 9):
        FrontSlotFactory(place=place, article=articles[place])
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)
    data = form(client)
    with django_assert_max_num_queries(18):
        client.post(PAGE + "preview/", data)
