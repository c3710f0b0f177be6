"""Finding photos in the library: words, filters, tiles; focal point and crops; agencies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import renditions
from articles.admin.crops import crops_of, position
from articles.models import Photo
from newsportal.roles import Role
from tests.articles.desk import fields, person, words
from tests.articles.pictures import add_photo, make_photo
from tests.factories import AgencyFactory, ArticleFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/photo/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


def photo(caption, **values):
    return make_photo(caption=caption, with_files=False, **values)


def listed(client, **query):
    response = client.get(LIST, query)
    assert response.status_code == 200
    return {found.caption for found in response.context["cl"].result_list}


@pytest.mark.parametrize(
    "query", ["朝鮮", "ｱﾌﾟﾘｺｯﾄ", "あぷりこっと", "afp", "ＡＦＰ", "灯台 ＡＦＰ", "久保", "北岬", "1"]
)
def test_words_are_found_in_every_field_whatever_their_width_and_kana(client, query):
    one = photo(
        "北朝鮮の灯台",
        alt="アプリコットの木",
        credit="久保田",
        place="北岬",
        agency=AgencyFactory(),
    )
    photo("別の写真", alt="港", credit="高井", place="汐崎")
    assert listed(client, q=str(one.pk) if query == "1" else query) == {"北朝鮮の灯台"}


def test_a_word_that_stands_nowhere_finds_nothing(client):
    photo("灯台", agency=AgencyFactory())
    assert listed(client, q="灯台 時事") == set()


def test_filters_find_rights_use_days_and_what_is_missing(client):
    now = timezone.now()
    agency = AgencyFactory(credit_pattern="写真：{credit}／AFP")
    photo("期限なし", rights_syndication=True, taken_on=timezone.localdate())
    photo("あす切れる", rights_until=now + DAY, rights_social=True)
    photo("来年切れる", rights_until=now + 365 * DAY, taken_on=now.date() - 400 * DAY)
    photo("切れた", rights_until=now - DAY, rights_social=True)
    photo("ウェブ不可", rights_web=False)
    photo("名がない", agency=agency, alt="")
    used = photo("使った")
    add_photo(ArticleFactory(), used)
    Photo.objects.filter(pk=used.pk).update(created_at=now - 40 * DAY)
    everything = listed(client)
    assert len(everything) == 7
    assert listed(client, rights="soon") == {"あす切れる"}
    assert listed(client, rights="over") == {"切れた"}
    assert listed(client, rights="noweb") == {"ウェブ不可"}
    assert listed(client, rights="web") == everything - {"切れた", "ウェブ不可"}
    assert listed(client, rights="syndication") == {"期限なし"}
    assert listed(client, rights="social") == {"あす切れる"}
    assert listed(client, used="yes") == {"使った"}
    assert listed(client, used="no") == everything - {"使った"}
    assert listed(client, lacks="alt") == {"名がない"}
    assert "名がない" in listed(client, lacks="credit")
    assert listed(client, agency__id__exact=agency.pk) == {"名がない"}
    assert listed(client, taken="today") == {"期限なし"}
    assert listed(client, taken="older") == {"来年切れる"}
    assert listed(client, added="older") == set()
    assert "使った" not in listed(client, added="month")
    assert listed(client, rights="nonsense") == everything


def test_the_list_shows_what_the_desk_must_know_of_each_photo(client):
    photo("あす切れる", rights_until=timezone.now() + DAY)
    photo("切れた", rights_until=timezone.now() - DAY, alt="")
    text = words(client.get(LIST))
    assert "まで</span>" in text
    assert "期限切れ</span>" in text
    assert "代替テキストなし</span>" in text
    assert '<td class="field-uses">なし</td>' in text
    assert "photo-tiles" in text
    assert "photo-rows" in words(client.get(LIST, {"view": "rows"}))


def test_the_front_page_says_what_ends_and_which_articles_it_hits(
    client, django_assert_max_num_queries
):
    unused = photo("使わない写真", rights_until=timezone.now() + DAY)
    for number in range(5):
        ending = photo(f"切れる{number}", rights_until=timezone.now() + (number + 1) * DAY)
        add_photo(ArticleFactory(headline=f"記事{number}"), ending)
    far = photo("まだ先", rights_until=timezone.now() + 31 * DAY)
    add_photo(ArticleFactory(), far)
    client.get("/admin/")
    with django_assert_max_num_queries(22):
        text = words(client.get("/admin/")).partition("期限が近い写真")[2]
    assert text.index("切れる0") < text.index("記事0") < text.index("切れる1")
    assert unused.caption not in text
    assert far.caption not in text


# --- focal point and crops


@pytest.mark.parametrize(
    "size", [(1600, 1067), (800, 1200), (1000, 1000), (1920, 1080), (300, 100)]
)
@pytest.mark.parametrize("focal", [(0.5, 0.5), (0, 0), (1, 1), (0.37, 0.81), (0.2, 0.6)])
@pytest.mark.parametrize("ratio", [(16, 9), (4, 3), (1, 1)])
def test_the_preview_cuts_what_the_server_cuts(size, focal, ratio):
    across, down = (
        float(share.removesuffix("%")) / 100 for share in position(*size, ratio, *focal).split()
    )
    left, top, right, bottom = renditions._box(size, ratio, focal)
    # What `object-fit: cover` leaves out, shared by `object-position`; to the server's rounding.
    assert abs(across * (size[0] - (right - left)) - left) <= 1
    assert abs(down * (size[1] - (bottom - top)) - top) <= 1


def test_every_crop_is_previewed_beside_the_picture(client):
    one = make_photo(focal_x=0.2)
    text = words(client.get(f"{LIST}{one.pk}/change/"))
    assert [crop.name for crop in crops_of(one)] == ["16:9", "4:3", "1:1", "全体"]
    for crop in crops_of(one):
        assert f"object-position: {crop.position};" in text


def test_another_focal_point_orders_other_files(client, settings):
    one = make_photo()
    address = f"{LIST}{one.pk}/change/"
    page = fields(client.get(address))
    assert client.post(address, page | {"focal_x": "0.1", "focal_y": "0.25"}).status_code == 302
    one.refresh_from_db()
    assert (one.focal_x, one.focal_y) == (0.1, 0.25)
    bad = client.post(address, page | {"focal_x": "1.5"})
    assert "focal_x" in bad.context["adminform"].form.errors


# --- a change of terms


def test_a_longer_term_shows_the_photo_again(client):
    one = make_photo(caption="契約の写真", rights_until=timezone.now() - DAY)
    article = ArticleFactory()
    add_photo(article, one)
    assert "契約の写真" not in words(client.get(article.get_absolute_url()))
    address = f"{LIST}{one.pk}/change/"
    page = fields(client.get(address)) | {"rights_until_0": "", "rights_until_1": ""}
    assert client.post(address, page).status_code == 302
    assert "契約の写真" in words(client.get(article.get_absolute_url()))
    assert Photo.objects.get().taken_off_at is None


# --- agencies and rights


@pytest.mark.parametrize(
    ("pattern", "printed"),
    [
        ("／AFP通信", "／AFP通信"),
        ("写真：AFP=時事", "写真：AFP=時事"),
        ("(c){credit}／AFP", "(c)久保田／AFP"),
        ("{credit} 提供", "久保田 提供"),
        ("資料写真（{credit}）", "資料写真（久保田）"),
    ],
)
def test_an_agency_prints_its_own_form_of_credit(client, pattern, printed):
    agency = AgencyFactory(credit_pattern=pattern)
    article = ArticleFactory()
    add_photo(article, make_photo(caption="", credit="久保田", agency=agency))
    credit = f'<figcaption><span class="credit">{printed}</span>'
    assert credit in words(client.get(article.get_absolute_url()))
    add_photo(article, make_photo(caption="灯台", credit="久保田", agency=agency), order=1)
    gap = "" if printed.startswith("／") else "　"
    text = words(client.get(article.get_absolute_url()))
    assert f'灯台{gap}<span class="credit">{printed}</span>' in text
    nameless = Photo(agency=agency)
    assert nameless.has_full_credit == ("{credit}" not in pattern)


def test_each_right_ends_with_the_term_and_stands_for_itself():
    ahead, past = timezone.now() + DAY, timezone.now() - DAY
    rights = {"rights_web": False, "rights_syndication": True, "rights_social": True}
    photo = Photo(**rights, rights_until=ahead)
    assert (photo.is_showable, photo.is_syndicable, photo.is_sharable) == (False, True, True)
    photo = Photo(rights_web=True, rights_syndication=True, rights_social=True, rights_until=past)
    assert (photo.is_showable, photo.is_syndicable, photo.is_sharable) == (False, False, False)
    photo = Photo()
    assert (photo.is_showable, photo.is_syndicable, photo.is_sharable) == (True, False, False)
