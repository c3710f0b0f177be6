"""The lists of the desk: what they show, find and take; and hostile addresses."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from articles.models import (
    Article,
    ArticleAuthor,
    AuditEntry,
    Correction,
    Photo,
    Revision,
    Section,
    Tag,
)
from articles.publishing import save_article
from newsportal.roles import Role
from rankings.models import Snapshot
from tests.articles.desk import change, fields, person, words
from tests.factories import (
    AgencyFactory,
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
    TopicTeaserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"
JST = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def admin(client):
    user = User.objects.create_superuser("root")
    client.force_login(user)
    return user


def shown(client, **query) -> set[str]:
    changelist = client.get(LIST, query).context["cl"]
    return {article.headline for article in changelist.result_list}


def in_all_states():
    now = timezone.now()
    ArticleFactory(headline="下書き", status="draft", publish_at=None)
    ArticleFactory(headline="公開")
    ArticleFactory(headline="予約", publish_at=now + timedelta(days=2))
    ArticleFactory(headline="解禁前", embargo_until=now + timedelta(days=2))
    ArticleFactory(headline="終了", unpublish_at=now - timedelta(minutes=1))
    ArticleFactory(headline="取り下げ", status="withdrawn", withdrawn_at=now)


@time_machine.travel(datetime(2026, 11, 23, 14, 0, tzinfo=JST), tick=False)
def test_the_list_shows_section_state_time_in_japan_and_author(client, admin):
    article = ArticleFactory(publish_at=datetime(2026, 11, 23, 4, 50, tzinfo=ZoneInfo("UTC")))
    ArticleAuthor.objects.create(article=article, author=AuthorFactory())
    text = words(client.get(LIST))
    for expected in (article.headline, "社会", "公開", "11月23日 13:50", "朝倉 みのり"):
        assert expected in text


def test_working_copies_are_not_listed(client, admin):
    article = ArticleFactory(headline="元の記事")
    ArticleFactory(headline="差し替え稿", status="draft", publish_at=None, replaces=article)
    assert shown(client) == {"元の記事"}


def test_the_list_takes_the_same_queries_for_many_articles(client, admin, assert_same_queries):
    def make(number):
        photo = Photo.objects.create(
            width=8, height=6, original=f"{number}.jpg", sha256=str(number), alt="写真"
        )
        article = ArticleFactory(
            lead_photo=photo,
            agency=AgencyFactory(),
            section=SectionFactory(name=f"分野{number % 2}", slug=f"s{number % 2}"),
        )
        for _ in range(2):
            ArticleAuthor.objects.create(article=article, author=AuthorFactory())

    assert_same_queries(lambda: client.get(LIST), make, most=20)


def test_the_form_takes_as_many_queries_for_forty_rows_as_for_none(
    client, admin, django_assert_max_num_queries
):
    article = ArticleFactory()

    def make(number):
        photo = Photo.objects.create(
            width=8, height=6, original=f"{number}.jpg", sha256=str(number), alt="写真"
        )
        article.article_photos.create(photo=photo, order=number)
        article.article_authors.create(author=AuthorFactory(), order=number)
        article.related_items.create(other=ArticleFactory(), order=number)
        TopicTeaserFactory(article=article)

    for number in range(10):
        make(number)
    client.get(change(article))
    with django_assert_max_num_queries(20):
        page = fields(client.get(change(article)))
    # Each row shows what it has chosen all the same.
    last = article.related_items.last()
    assert page["related_items-9-other"] == str(last.other_id)
    assert page["article_photos-0-photo"] == str(article.article_photos.first().photo_id)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("朝鮮", True),
        ("北朝", True),
        ("ﾗﾝｷﾝｸﾞ", True),
        ("らんきんぐ", True),
        ("ｅスポーツ", True),
        ("南極", False),
        ("　", True),
    ],
)
def test_two_characters_any_width_and_kana_are_found(client, admin, query, found):
    ArticleFactory(headline="北朝鮮のランキング", teaser="eスポーツ", body="<p>本文</p>")
    assert bool(shown(client, q=query)) is found


def test_an_article_is_found_by_its_number(client, admin):
    article = ArticleFactory(headline="一つ目")
    ArticleFactory(headline="二つ目")
    assert shown(client, q=str(article.pk)) == {"一つ目"}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("draft", {"下書き"}),
        ("public", {"公開"}),
        ("scheduled", {"予約", "解禁前"}),
        ("ended", {"終了"}),
        ("withdrawn", {"取り下げ"}),
    ],
)
def test_the_filter_of_states_knows_the_window(client, admin, state, found):
    in_all_states()
    assert shown(client, state=state) == found


def test_the_other_filters(client, admin):
    world = SectionFactory(name="国際", slug="world")
    agency = AgencyFactory()
    one = ArticleFactory(headline="一", section=world, agency=agency)
    ArticleFactory(headline="二", publish_at=timezone.now() + timedelta(days=3))
    one.tags.set(["灯台"])
    author = AuthorFactory()
    ArticleAuthor.objects.create(article=one, author=author)
    assert shown(client, section__id__exact=world.pk) == {"一"}
    assert shown(client, agency__id__exact=agency.pk) == {"一"}
    assert shown(client, authors__id__exact=author.pk) == {"一"}
    assert shown(client, tag=Tag.objects.get().slug) == {"一"}
    assert shown(client, period="ahead") == {"二"}


# --- actions


def act(client, action, articles, **more):
    data = {"action": action, "_selected_action": [article.pk for article in articles]}
    return client.post(LIST, data | more, follow=True)


def test_many_are_published_and_each_refusal_is_reported(client, admin):
    good = ArticleFactory(headline="整った記事", status="draft", publish_at=None)
    bad = ArticleFactory(headline="書きかけ", status="draft", publish_at=None, teaser="")
    out = ArticleFactory(headline="もう出た記事")
    text = words(act(client, "publish_chosen", [good, bad, out], _confirmed="1"))
    assert "1件を公開・予約しました。" in text
    assert "「書きかけ」：公開するにはリードが要ります。" in text
    assert "「もう出た記事」：すでに公開した記事です。" in text
    assert {article.headline for article in Article.objects.public()} == {
        "整った記事",
        "もう出た記事",
    }


def test_many_are_withdrawn_with_one_reason(client, admin):
    public = ArticleFactory(headline="公開の記事")
    draft = ArticleFactory(headline="下書きの記事", status="draft", publish_at=None)
    page = act(client, "withdraw_chosen", [public, draft])
    assert "取り下げの理由" in words(page)
    assert Article.objects.public().exists()
    text = words(act(client, "withdraw_chosen", [public, draft], reason="確認のため"))
    assert "1件を取り下げました。" in text
    assert "「下書きの記事」：" in text
    assert not Article.objects.public().exists()


def test_a_writer_has_none_of_these_actions(client):
    client.force_login(person(Role.WRITER))
    draft = ArticleFactory(status="draft", publish_at=None)
    public = ArticleFactory()
    assert "公開・予約する" not in words(client.get(LIST))
    act(client, "publish_chosen", [draft], _confirmed="1")
    act(client, "withdraw_chosen", [public], reason="いたずら")
    assert list(Article.objects.public()) == [public]


def test_deleting_many_spares_what_was_public(client, admin):
    public = ArticleFactory()
    draft = ArticleFactory(status="draft", publish_at=None)
    act(client, "delete_selected", [public, draft], post="yes")
    assert Article.objects.live().count() == 2
    act(client, "delete_selected", [draft], post="yes")
    assert list(Article.objects.live()) == [public]
    assert list(Article.objects.trashed()) == [draft]


def test_what_keeps_a_section_is_said_and_an_empty_one_goes_with_its_lists(client, admin):
    used, empty = SectionFactory(), SectionFactory(name="天気", slug="weather")
    ArticleFactory(section=used, headline="残る記事")
    call_command("compute_rankings")
    assert Snapshot.objects.filter(section=empty).exists()
    page = words(client.get(f"/admin/articles/section/{used.pk}/delete/"))
    assert "保護された" in page
    assert "残る記事" in page
    for section in (used, empty):
        client.post(f"/admin/articles/section/{section.pk}/delete/", {"post": "yes"})
    assert list(Section.objects.all()) == [used]


def test_a_new_tag_gets_its_address_from_its_name(client, admin):
    client.post("/admin/articles/tag/add/", {"name": "ＬＥ SSERAFIM"})
    tag = Tag.objects.get()
    assert (tag.name, tag.slug) == ("LE SSERAFIM", "le-sserafim")
    client.post(f"/admin/articles/tag/{tag.pk}/change/", {"name": tag.name, "slug": "lesserafim"})
    assert Tag.objects.get().slug == "lesserafim"


def test_an_address_with_japanese_is_refused_in_japanese(client, admin):
    page = words(client.post("/admin/articles/section/add/", {"name": "天気", "slug": "天気"}))
    assert "半角の英字、数字" in page
    assert "“slug”" not in page


# --- choosing


def test_choices_of_articles_tell_their_state_and_of_photos_their_picture(client, admin):
    ArticleFactory(headline="灯台の記事", status="draft", publish_at=None)
    query = {"app_label": "articles", "model_name": "relatedarticle", "field_name": "other"}
    results = client.get("/admin/autocomplete/", query | {"term": "灯台"}).json()["results"]
    assert [result["text"] for result in results] == ["灯台の記事（下書き）"]
    photo = Photo.objects.create(
        width=8,
        height=6,
        original="a.jpg",
        sha256="a",
        alt="灯台",
        ladder=[{"crop": "1x1", "format": "jpeg", "width": 96, "height": 96, "name": "x.jpg"}],
    )
    query = {"app_label": "articles", "model_name": "articlephoto", "field_name": "photo"}
    result = client.get("/admin/autocomplete/", query | {"term": "灯台"}).json()["results"][0]
    assert result == {"id": str(photo.pk), "text": f"{photo.pk}　灯台", "thumbnail": "/media/x.jpg"}


# --- what is only read


def test_the_audit_log_and_versions_are_only_read_even_by_administrators(client, admin):
    article = ArticleFactory()
    save_article(article, by=admin)
    entry = AuditEntry.objects.create(action="publish", model="articles.article", label="記事")
    revision = Revision.objects.get()
    for address in (
        f"/admin/articles/auditentry/{entry.pk}/",
        f"/admin/articles/revision/{revision.pk}/",
    ):
        assert client.get(f"{address}change/").status_code == 200
        assert client.post(f"{address}change/", {"label": "別"}).status_code == 403
        assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/articles/auditentry/add/").status_code == 403
    assert "delete_selected" not in words(client.get("/admin/articles/auditentry/"))
    assert article.headline in words(client.get(f"/admin/articles/revision/{revision.pk}/change/"))


def test_a_correction_is_written_at_its_article_and_stays(client):
    editor = person(Role.EDITOR)
    client.force_login(editor)
    article = ArticleFactory()
    page = fields(client.get(change(article)))
    page |= {
        "corrections-TOTAL_FORMS": "1",
        "corrections-0-kind": "correction",
        "corrections-0-text": "人数は三人の誤りでした。",
        "corrections-0-published_at_0": "2026-11-23",
        "corrections-0-published_at_1": "13:00",
    }
    client.post(change(article), page | {"_save": ""})
    correction = Correction.objects.get()
    assert correction.created_by == editor
    assert "人数は三人の誤りでした。" in words(client.get("/admin/articles/correction/"))
    page = fields(client.get(change(article)))
    page |= {"corrections-0-text": "書き換え", "corrections-0-DELETE": "on"}
    client.post(change(article), page | {"_save": ""})
    assert Correction.objects.get().text == "人数は三人の誤りでした。"


# --- topics, sections


def test_a_topic_keeps_its_teasers_and_refuses_an_address_in_use(client):
    client.force_login(person(Role.EDITOR))
    topic, other = TopicFactory(), TopicFactory()
    TopicTeaserFactory(topic=topic, headline="灯台の六十年")
    address = f"/admin/articles/topic/{topic.pk}/change/"
    page = client.get(address)
    assert "灯台の六十年" in words(page)
    response = client.post(address, fields(page) | {"slug": other.slug})
    assert "既に存在します" in response.context["adminform"].form.errors["slug"][0]
    assert client.post(address, fields(page) | {"name": "港"}).status_code == 302


def test_a_section_shows_a_bad_colour_at_its_field(client):
    client.force_login(person(Role.PUBLISHER))
    data = {"name": "国際", "slug": "world", "color": "red;}", "order": "1"}
    response = client.post("/admin/articles/section/add/", data)
    assert response.context["adminform"].form.errors["color"]
    client.post("/admin/articles/section/add/", data | {"color": "#1b3f7a"})
    assert Section.objects.get(slug="world").color == "#1b3f7a"


MODELS = [
    "article",
    "photo",
    "topic",
    "section",
    "tag",
    "author",
    "agency",
    "revision",
    "correction",
    "auditentry",
]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_form_opens(client, admin, model):
    assert client.get(f"/admin/articles/{model}/").status_code == 200
    assert client.get(f"/admin/articles/{model}/", {"q": "朝鮮"}).status_code == 200
    assert client.get(f"/admin/articles/{model}/add/").status_code in {200, 403}


@pytest.mark.parametrize(
    "query",
    [
        "p=99999",
        "p=abc",
        "p=-1",
        "o=abc.9.-77",
        "state=nonsense",
        "period=0x",
        "tag=%F0%9F%8E%89",
        "section__id__exact=abc",
        "section__id__exact=99999999999999999999999",
        "agency__id__exact=%27%3B--",
        "authors__id__exact=",
        "nothing__at__all=1",
        "status__exact=%00",
        "q=%00",
        "q=" + "%E6%9C%9D" * 3000,
        "q=99999999999999999999999",
        "q=%22%27%5C%25_",
        "_facets=1",
        "all=1",
        "e=1",
        "publish_at__gte=yesterday",
    ],
)
def test_absurd_queries_get_an_answer(client, admin, query):
    ArticleFactory()
    assert client.get(f"{LIST}?{query}", follow=True).status_code in {200, 400}


@pytest.mark.parametrize(
    "number", ["abc", "99999999999999999999999", "-1", "0", "1_0", "%00", "１"]
)
@pytest.mark.parametrize("page", ["change", "delete", "history", "withdraw", "restore"])
def test_absurd_numbers_get_an_answer(client, admin, number, page):
    response = client.get(f"{LIST}{number}/{page}/", follow=True)
    assert response.status_code in {200, 400, 404}


@pytest.mark.parametrize(
    "query",
    ["", "term=x", "app_label=articles&model_name=articlephoto&field_name=photo&term=%00&page=x"],
)
def test_absurd_choices_get_an_answer(client, admin, query):
    assert client.get(f"/admin/autocomplete/?{query}").status_code in {200, 400, 403, 404}


def test_strangers_see_the_login_page_in_japanese(client):
    text = words(client.get(LIST, follow=True))
    for expected in ("ことのは新報", "編集デスク", "ユーザー名", "ログイン"):
        assert expected in text
    for unwanted in ("Django", "administration", "Log in"):
        assert unwanted not in text


# --- the search bar


def test_dates_section_author_and_tag_narrow_the_list_together(client, admin):
    society, world = SectionFactory(), SectionFactory(name="国際", slug="world")
    author = AuthorFactory(name="朝倉 みのり")
    day = timezone.make_aware(timezone.datetime(2026, 3, 9, 23, 59))
    wanted = ArticleFactory(headline="求める記事", section=world, publish_at=day)
    ArticleAuthor.objects.create(article=wanted, author=author)
    wanted.tags.add("灯台")
    ArticleFactory(headline="前の日", section=world, publish_at=day - timedelta(days=1))
    ArticleFactory(headline="次の日", section=world, publish_at=day + timedelta(minutes=1))
    ArticleFactory(headline="別の分野", section=society, publish_at=day)
    asked = {"section__id__exact": world.pk, "from": "2026-03-09", "to": "2026-03-09"}
    assert shown(client, **asked) == {"求める記事"}
    asked |= {"authors__id__exact": author.pk, "tag": "灯台", "state": "public", "q": "求める"}
    assert shown(client, **asked) == {"求める記事"}
    html = words(client.get(LIST, asked))
    for value in ('value="2026-03-09"', 'value="灯台"', 'value="求める"'):
        assert value in html
    assert f'<option value="{world.pk}" selected>国際</option>' in html
    assert "1件（「求める」）" in html
    # A chip keeps what the fields say, and the fields keep what the chips say.
    assert "from=2026-03-09" in html
    assert '<input type="hidden" name="state" value="public">' in html


def test_fields_left_empty_ask_nothing(client, admin):
    ArticleFactory(headline="一")
    empty = dict.fromkeys(["q", "from", "to", "tag", "section__id__exact", "state"], "")
    response = client.get(LIST, empty)
    assert response.status_code == 200
    assert shown(client, **empty) == {"一"}


@pytest.mark.parametrize(
    "date", ["x", "2026-02-31", "0001-01-01", "9999-12-31", "２０２６-01-01", "a\0"]
)
def test_days_that_are_none_narrow_nothing_or_are_refused(client, admin, date):
    ArticleFactory(headline="一")
    assert client.get(LIST, {"from": date}).status_code in {200, 400}
    assert client.get(LIST, {"to": date}).status_code in {200, 400}


def test_a_tag_that_is_not_there_finds_nothing_and_stays_in_its_field(client, admin):
    ArticleFactory(headline="一")
    assert shown(client, tag="まだない") == set()
    assert 'value="まだない"' in words(client.get(LIST, {"tag": "まだない"}))


def test_a_long_list_is_counted_no_further_than_anybody_leafs(client, admin, monkeypatch):
    monkeypatch.setattr("articles.admin.article_search.MOST_COUNTED", 3)
    monkeypatch.setattr("articles.templatetags.desk_search.MOST_COUNTED", 3)
    for number in range(5):
        ArticleFactory(headline=f"記事{number}")
    html = words(client.get(LIST))
    assert "3件以上" in html
    assert "公開日で絞ってください" in html
    assert shown(client, q="記事4") == {"記事4"}
