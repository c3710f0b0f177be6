"""The article's form: writing, publishing, what is refused and how it is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from articles.models import Agency, Article, AuditEntry, Invalidation, Photo, Revision
from articles.publishing import save_article
from newsportal.roles import Role
from tests.articles.desk import ADD, change, fields, jpeg, person, row, words
from tests.factories import ArticleFactory, AuthorFactory, SectionFactory, TopicFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db
JST = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def typed(client, editor):
    """A new article as an editor has typed it, before any button."""
    data = fields(client.get(ADD))
    data |= {
        "headline": "灯台の日誌を読む",
        "teaser": "北の岬の灯台に残された六十年分の日誌を、最後の灯台守と読んだ。",
        "body": "<p>潮の匂いがまだ冷たい。</p>",
        "section": str(SectionFactory().pk),
        "tags": "東京、LE SSERAFIM、灯台",
    }
    return data


def upload(client, **values):
    data = {
        "original": jpeg(),
        "alt": "岬に立つ灯台",
        "caption": "夜明けの灯台",
        "focal_x": "0.5",
        "focal_y": "0.5",
        "rights_web": "on",
    }
    return client.post("/admin/articles/photo/add/", data | values)


def latest_photo():
    return Photo.objects.latest("id")


def test_an_article_is_written_with_photo_topic_and_author_and_published(client, typed, editor):
    assert upload(client).status_code == 302
    topic, author = TopicFactory(), AuthorFactory()
    row(typed, "article_photos", photo=latest_photo().pk, caption="灯台と海")
    row(typed, "article_authors", author=author.pk)
    row(typed, "teasers", topic=topic.pk, headline="灯台の六十年", teaser="日誌を読んだ。")
    response = client.post(ADD, typed | {"_publish": ""}, follow=True)
    assert "公開しました" in words(response)
    article = Article.objects.public().get()
    assert article.headline == "灯台の日誌を読む"
    assert article.lead_photo == latest_photo()
    assert article.article_photos.get().caption == "灯台と海"
    assert article.teasers.get().headline == "灯台の六十年"
    assert list(article.authors.all()) == [author]
    assert set(article.tags.names()) == {"東京", "LE SSERAFIM", "灯台"}
    assert article.created_by == article.saved_by == editor
    revision = Revision.objects.get()
    assert (revision.version, revision.created_by, revision.reason) == (1, editor, "公開")
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "add",
        "publish",
    ]
    assert "home" in invalidated()


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Role.PUBLISHER, '先に<a href="/admin/articles/section/add/">分野を追加</a>してください。'),
        (Role.WRITER, "まだ分野がありません。公開責任者か管理者に追加を頼んでください。"),
    ],
)
def test_a_new_newsroom_is_led_to_its_first_section(client, role, said):
    client.force_login(person(role))
    assert said in words(client.get(ADD))
    assert client.get("/admin/articles/section/add/").status_code == (
        200 if role == Role.PUBLISHER else 403
    )
    SectionFactory()
    assert "まだ分野がありません" not in words(client.get(ADD))


def test_a_draft_is_saved_without_what_publishing_needs(client, typed):
    response = client.post(ADD, typed | {"teaser": "", "body": "", "_save": ""}, follow=True)
    assert "保存しました（第1版）" in words(response)
    article = Article.objects.get()
    assert (article.status, article.version) == ("draft", 1)
    assert not Invalidation.objects.exists()


def test_publishing_says_beside_each_field_what_is_missing(client, typed):
    response = client.post(ADD, typed | {"teaser": "", "body": "", "_publish": ""})
    form = response.context["adminform"].form
    assert form.errors["teaser"] == ["公開するにはリードが要ります。"]
    assert form.errors["body"] == ["公開するには本文が要ります。"]
    assert not Article.objects.exists()
    assert fields(response)["headline"] == "灯台の日誌を読む"
    assert fields(response)["tags"] == "東京、LE SSERAFIM、灯台"


def test_an_article_opened_and_saved_again_stays_what_it_is(client, typed):
    client.post(ADD, typed | {"_save": ""})
    article = Article.objects.get()
    page = client.get(change(article))
    assert fields(page)["tags"] == "LE SSERAFIM、東京、灯台"
    client.post(change(article), fields(page) | {"_save": ""})
    again = Article.objects.get()
    assert set(again.tags.names()) == {"東京", "LE SSERAFIM", "灯台"}
    assert (again.headline, again.body) == (article.headline, article.body)
    assert again.version == 2


@time_machine.travel(datetime(2026, 11, 23, 13, 50, tzinfo=JST), tick=False)
def test_a_time_ahead_schedules_in_japan_time(client, typed):
    when = {"publish_at_0": "2026-11-24", "publish_at_1": "06:00"}
    response = client.post(ADD, typed | when | {"_publish": ""}, follow=True)
    assert "11月24日 06:00 に公開されます" in words(response)
    article = Article.objects.get()
    assert article.publish_at == datetime(2026, 11, 24, 6, tzinfo=JST)
    assert article.state == "予約"
    assert not Article.objects.public().exists()


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({"publish_at_0": "2020-01-01", "publish_at_1": "06:00"}, "公開日時が過ぎています"),
        ({"publish_at_0": "きのう", "publish_at_1": "06:00"}, "日付は「2026-11-23」"),
        ({"publish_at_0": "2026-11-24", "publish_at_1": "朝"}, "時刻は「13:50」"),
        ({"publish_at_0": "2026-13-41", "publish_at_1": "06:00"}, "日付は「2026-11-23」"),
    ],
)
def test_a_time_past_or_nonsense_is_refused_at_its_field(client, typed, when, message):
    response = client.post(ADD, typed | when | {"_publish": ""})
    assert message in response.context["adminform"].form.errors["publish_at"][0]
    assert fields(response)["publish_at_0"] == when["publish_at_0"]
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("headline", "", "必須"),
        ("headline", "長" * 10_000, "120 文字以下"),
        ("headline", "見出し\x00です", "ヌル文字"),
        ("section", "", "必須"),
        ("section", "999999", "選択"),
        ("section", "社会", "選択"),
        ("tags", "長" * 51, "長すぎます"),
        ("tags", "、".join(map(str, range(21))), "20個まで"),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_typed_is_lost(
    client, typed, field, value, message
):
    row(typed, "teasers", topic=TopicFactory().pk, headline="残る言葉")
    response = client.post(ADD, typed | {field: value, "_save": ""})
    assert response.status_code == 200
    assert message in "".join(response.context["adminform"].form.errors[field])
    assert fields(response)["teaser"] == typed["teaser"]
    assert fields(response)["teasers-0-headline"] == "残る言葉"
    assert not Article.objects.exists()


def test_emoji_and_stray_surrogates_do_no_harm(client, typed):
    client.post(ADD, typed | {"headline": "雪だるま⛄️と🎉", "_save": ""})
    assert Article.objects.get().headline == "雪だるま⛄️と🎉"
    # A lone surrogate cannot be UTF-8: what a broken client sends is these bytes.
    raw = b"headline=%ED%A0%80x&section=&teaser=&body="
    response = client.post(ADD, raw, content_type="application/x-www-form-urlencoded")
    assert response.status_code in {200, 400}


def test_scripts_in_the_body_never_get_in(client, typed):
    body = (
        '<p onclick="x()">本文<script>alert(1)</script></p>'
        '<p><a href="javascript:alert(1)">押す</a></p>'
    )
    client.post(ADD, typed | {"body": body, "_publish": ""})
    stored = Article.objects.public().get().body
    assert "script" not in stored
    assert "onclick" not in stored
    assert "本文" in stored


def test_an_end_before_the_start_is_refused_at_the_end(client, typed):
    window = {
        "publish_at_0": "2036-01-02",
        "publish_at_1": "06:00",
        "unpublish_at_0": "2036-01-01",
        "unpublish_at_1": "06:00",
    }
    response = client.post(ADD, typed | window | {"_save": ""})
    assert "後にしてください" in response.context["adminform"].form.errors["unpublish_at"][0]


def test_a_teaser_that_ends_before_it_starts_is_refused_at_its_end(client, typed):
    row(
        typed,
        "teasers",
        topic=TopicFactory().pk,
        starts_at_0="2036-01-02",
        starts_at_1="06:00",
        ends_at_0="2036-01-01",
        ends_at_1="06:00",
    )
    response = client.post(ADD, typed | {"_save": ""})
    assert "掲載終了は掲載開始より後にしてください。" in words(response)
    assert not Article.objects.exists()


def test_the_same_photo_twice_is_refused_in_words(client, typed):
    upload(client)
    row(typed, "article_photos", photo=latest_photo().pk)
    row(typed, "article_photos", photo=latest_photo().pk)
    response = client.post(ADD, typed | {"_save": ""})
    assert "同じ写真が二度入っています。" in words(response)
    assert not Article.objects.exists()


def test_photos_without_rights_or_full_credit_keep_an_article_back(client, typed):
    agency = Agency.objects.create(name="時事", slug="jiji", credit_pattern="写真：時事／{credit}")
    upload(client, agency=agency.pk, rights_web="")
    row(typed, "article_photos", photo=latest_photo().pk)
    response = client.post(ADD, typed | {"_publish": ""})
    errors = "".join(response.context["inline_admin_formsets"][0].formset.non_form_errors())
    assert "ウェブに載せられません" in errors
    assert "クレジットが足りません" in errors
    assert fields(response)["article_photos-0-photo"] == str(latest_photo().pk)
    assert not Article.objects.exists()


def test_photos_and_authors_keep_the_order_that_they_are_given(client, typed):
    first, second = AuthorFactory(), AuthorFactory()
    row(typed, "article_authors", author=second.pk, order=1)
    row(typed, "article_authors", author=first.pk, order=2)
    client.post(ADD, typed | {"_save": ""})
    article = Article.objects.get()
    page = fields(client.get(change(article)))
    page |= {"article_authors-0-order": "2", "article_authors-1-order": "1"}
    client.post(change(article), page | {"_save": ""})
    order = [item.author for item in article.article_authors.order_by("order", "id")]
    assert order == [first, second]


# --- versions


def test_a_stale_save_is_refused_with_who_and_when_and_keeps_what_was_typed(client, editor):
    article = ArticleFactory(status="draft", publish_at=None)
    page = fields(client.get(change(article)))
    other = person(Role.PUBLISHER)
    client.force_login(other)
    client.post(change(article), page | {"headline": "先に保存した見出し", "_save": ""})
    client.force_login(editor)
    response = client.post(change(article), page | {"headline": "後から来た見出し", "_save": ""})
    text = words(response)
    assert "開いている間に高井さんが" in text
    assert "に保存しました" in text
    assert fields(response)["headline"] == "後から来た見出し"
    assert Article.objects.get().headline == "先に保存した見出し"


def test_a_form_without_its_version_is_refused(client, editor):
    article = ArticleFactory(status="draft", publish_at=None)
    page = fields(client.get(change(article))) | {"version_token": ""}
    response = client.post(change(article), page | {"_save": ""})
    assert "画面を読み直してください" in words(response)


# --- after publishing


def test_a_published_article_keeps_its_time_and_moves_its_update_only_when_asked(client, editor):
    article = ArticleFactory()
    page = fields(client.get(change(article)))
    client.post(change(article), page | {"dateline": "稚内", "_save": ""})
    saved = Article.objects.get()
    assert (saved.dateline, saved.publish_at) == ("稚内", article.publish_at)
    assert saved.updated_at is None
    page = fields(client.get(change(article)))
    client.post(change(article), page | {"is_material": "on", "_save": ""})
    assert Article.objects.get().updated_at is not None


def test_the_publish_time_of_a_public_article_cannot_be_moved(client, editor):
    article = ArticleFactory()
    page = fields(client.get(change(article)))
    forged = {"publish_at_0": "2036-01-01", "publish_at_1": "06:00"}
    client.post(change(article), page | forged | {"_save": ""})
    assert Article.objects.get().publish_at == article.publish_at


def test_a_public_article_cannot_lose_what_made_it_fit(client, editor):
    article = ArticleFactory()
    page = fields(client.get(change(article)))
    response = client.post(change(article), page | {"teaser": "", "_save": ""})
    assert response.context["adminform"].form.errors["teaser"]
    assert Article.objects.get().teaser


def test_pages_of_the_old_section_are_made_anew_as_well(client, editor):
    article = ArticleFactory()
    other = SectionFactory(name="国際", slug="world")
    page = fields(client.get(change(article)))
    client.post(change(article), page | {"section": str(other.pk), "_save": ""})
    assert {f"section-{article.section_id}", f"section-{other.pk}"} <= invalidated()


def test_a_schedule_can_be_moved_and_taken_back(client, editor):
    article = ArticleFactory(publish_at=timezone.now() + timedelta(days=1))
    page = fields(client.get(change(article)))
    past = client.post(change(article), page | {"publish_at_0": "2020-01-01", "_save": ""})
    assert "過ぎています" in past.context["adminform"].form.errors["publish_at"][0]
    client.post(change(article), page | {"publish_at_0": "2036-01-01", "_save": ""})
    assert timezone.localtime(Article.objects.get().publish_at).year == 2036
    page = fields(client.get(change(article)))
    client.post(change(article), page | {"_unschedule": ""})
    assert Article.objects.get().status == "draft"


def test_a_scheduled_article_can_go_out_at_once(client, editor):
    article = ArticleFactory(publish_at=timezone.now() + timedelta(days=1))
    page = fields(client.get(change(article)))
    empty = {"publish_at_0": "", "publish_at_1": ""}
    refused = client.post(change(article), page | empty | {"_save": ""})
    assert "予約を取り消す" in refused.context["adminform"].form.errors["publish_at"][0]
    client.post(change(article), page | empty | {"_publish": ""})
    assert Article.objects.public().exists()


def test_withdrawing_asks_for_a_reason_and_can_be_undone(client, editor):
    article = ArticleFactory()
    address = f"/admin/articles/article/{article.pk}/withdraw/"
    assert article.headline in words(client.get(address))
    assert "理由を書いてください" in words(client.post(address, {"reason": "　"}))
    client.post(address, {"reason": "事実関係の確認のため"})
    withdrawn = Article.objects.get()
    assert (withdrawn.status, withdrawn.withdrawn_reason) == ("withdrawn", "事実関係の確認のため")
    assert "取り下げを取り消す" in words(client.get(change(article)))
    client.post(f"/admin/articles/article/{article.pk}/restore/")
    assert Article.objects.public().get().publish_at == article.publish_at
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == ["withdraw", "restore"]


# --- who may


def test_a_writer_saves_drafts_and_cannot_publish(client):
    client.force_login(person(Role.WRITER))
    page = client.get(ADD)
    assert "公開・予約" not in words(page)
    data = fields(page) | {"headline": "記者の原稿", "section": str(SectionFactory().pk)}
    data |= {"teaser": "書き出し", "body": "<p>本文</p>"}
    assert client.post(ADD, data | {"_publish": ""}).status_code == 403
    assert not Article.objects.exists()
    assert client.post(ADD, data | {"_save": ""}).status_code == 302
    assert Article.objects.get().status == "draft"


def test_a_writer_reads_a_published_article_but_cannot_change_or_withdraw_it(client):
    client.force_login(person(Role.WRITER))
    article = ArticleFactory()
    page = client.get(change(article))
    assert page.status_code == 200
    assert "読むだけ" in words(page)
    assert client.post(change(article), {"headline": "書き換え"}).status_code == 403
    for verb in ("withdraw", "restore"):
        address = f"/admin/articles/article/{article.pk}/{verb}/"
        assert client.post(address, {"reason": "理由"}).status_code == 403
    assert Article.objects.public().exists()


def test_what_was_public_is_never_deleted(client):
    client.force_login(person(Role.ADMINISTRATOR))
    article = ArticleFactory()
    address = f"/admin/articles/article/{article.pk}/delete/"
    assert client.post(address, {"post": "yes"}).status_code == 403
    draft = ArticleFactory(status="draft", publish_at=None)
    client.post(f"/admin/articles/article/{draft.pk}/delete/", {"post": "yes"})
    assert list(Article.objects.live()) == [article]
    assert AuditEntry.objects.get().action == "trash"


def test_a_writer_deletes_a_draft_of_their_own_and_of_nobody_else(client):
    writer = person(Role.WRITER)
    client.force_login(writer)
    own, others = ArticleFactory.create_batch(2, status="draft", publish_at=None)
    save_article(own, by=writer)
    save_article(others, by=None)
    page = words(client.get(f"/admin/articles/article/{own.pk}/delete/"))
    assert "削除できません" not in page
    for article in (own, others):
        client.post(f"/admin/articles/article/{article.pk}/delete/", {"post": "yes"})
    assert list(Article.objects.live()) == [others]


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        ("2099-01-02", "10:30"),
        ("2099/1/2", "10:30:00"),
        ("２０９９／０１／０２", "１０：３０"),
        ("2099年1月2日", "10時30分"),
    ],
)
def test_a_time_may_be_typed_as_people_write_it(client, typed, day, clock):
    typed |= {"publish_at_0": day, "publish_at_1": clock, "_publish": ""}
    assert client.post(ADD, typed).status_code == 302
    assert Article.objects.get().publish_at == datetime(2099, 1, 2, 10, 30, tzinfo=JST)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "01/02/2099"])
@pytest.mark.parametrize("field", ["publish_at", "unpublish_at", "embargo_until"])
def test_a_day_that_cannot_be_meant_is_named_beside_its_field(client, typed, field, day):
    typed |= {f"{field}_0": day, f"{field}_1": "23:59", "_save": ""}
    response = client.post(ADD, typed)
    assert "日付" in response.context["adminform"].form.errors[field][0]
    assert fields(response)[f"{field}_0"] == day
    assert not Article.objects.exists()


def test_a_topics_times_are_read_in_the_same_way(client, typed):
    row(typed, "teasers", topic=TopicFactory().pk, starts_at_0="0001-01-01", starts_at_1="00:00")
    assert "1900年から2999年まで" in words(client.post(ADD, typed | {"_save": ""}))
