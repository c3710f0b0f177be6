"""What the door answers, and that every answer but 204 is counted by its reason."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.template import Context, Template

from articles.models import Article
from rankings import records
from rankings.beacon import view_token
from rankings.intake import Intake
from rankings.models import HourBucket, RefusedViews
from rankings.spool import spool_files
from tests.factories import ArticleFactory
from tests.rankings.beacons import FORM, PHONE, Door, drain

NOON = datetime(2025, 11, 16, 3, 0, tzinfo=UTC)


def spooled(settings):
    data = b"".join(path.read_bytes() for path in spool_files(settings.SPOOL_DIR))
    return [records.Record(*fields) for fields in records.unpack(data)[0]]


def body(article_id=12, token=None, **more):
    return urlencode({"a": article_id, "t": token or view_token(article_id), **more}).encode()


def test_a_view_is_stored_before_the_answer(settings):
    answer = Door().request(body(12))
    assert answer.status == 204
    assert answer.body == b""
    assert answer.headers == {"Cache-Control": "no-store"}
    (record,) = spooled(settings)
    assert (record.kind, record.article, record.reason) == (records.VIEW, 12, 0)
    assert abs(record.at - time.time()) < 5


def test_what_a_server_adds_stays_in_its_answer():
    door = Door()
    assert door.request(body(12)).headers == door.request(body(12)).headers


def test_everything_else_goes_to_django():
    door = Door()
    for path in ("/", "/v", "/v/x", "/articles/12/"):
        assert door.request(path=path, method="GET").body == b"Django"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_only_post(settings, method):
    answer = Door().request(body(), method=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert refused(settings) == {"method": 1}


def refused(settings):
    return {records.REASONS[r.reason]: r.amount for r in spooled(settings) if r.kind == 3}


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"a=12",
        b"t=x",
        b"a=&t=x",
        b"a=12&t=",
        b"a=0&t=x",
        b"a=-1&t=x",
        b"a=2147483648&t=x",
        b"a=99999999999999999999&t=x",
        b"a=1e3&t=x",
        b"a=%EF%BC%91&t=x",  # a full-width digit
        b"a=12&t=x&x=1",
        b"a=12&a=13&t=x",
        b"a=12&t=x&s=1",
        b"a=12&t=x&s=-1&d=2",
        b"a=12&t=x&s=x&d=2",
        b"a=12;t=x",
        b'{"a": 12, "t": "x"}',
        b"\x00\xff\xfe",
        b"a=12&t=\xed\xa0\x80&",  # half of a surrogate pair
        b"&".join([b"a=1"] * 50),
    ],
)
def test_a_malformed_body_is_400(settings, wrong):
    answer = Door().request(wrong)
    assert answer.status == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert refused(settings) == {"malformed": 1}


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain", "multipart/x"])
def test_only_a_form_is_read(content_type):
    assert Door().request(body(), content_type=content_type).status == 400


@pytest.mark.parametrize(
    "right",
    [
        lambda token: f"t={token}&a=12".encode(),
        lambda token: f"a=%31%32&t={token}".encode(),
        lambda token: f"d=30&s=5&t={token}&a=12".encode(),
    ],
)
def test_other_spellings_of_the_form_are_the_same(right):
    charset = FORM + ";charset=UTF-8"
    assert Door().request(right(view_token(12)), content_type=charset).status == 204


@pytest.mark.parametrize("length", ["x", "-1", "1e2", "１"])
def test_a_nonsense_length_is_400(length):
    assert Door().request(body(), CONTENT_LENGTH=length).status == 400


def test_more_than_a_kilobyte_is_413_and_is_not_read(settings):
    class Unread:
        def read(self, size):
            raise AssertionError("read")

    million = {"CONTENT_LENGTH": "1000000", "wsgi.input": Unread()}
    assert Door().request(b"", **million).status == 413
    assert Door().request(b"", CONTENT_LENGTH="9" * 5000).status == 413
    chunked = {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(b"a" * 5000)}
    assert Door().request(b"", **chunked).status == 413
    assert (
        Door().request(body(), CONTENT_LENGTH="", **{"wsgi.input": io.BytesIO(body())}).status
        == 204
    )
    assert set(refused(settings)) == {"too_large"}


@pytest.mark.parametrize(
    "forged",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: "x",
        lambda token: "..",
        lambda token: token + "A",
        lambda token: token.replace(token[:5], str(int(token[:5]) - 1)),
        lambda token: "１２３４５." + token[6:],
        lambda token: view_token(13),
    ],
)
def test_a_forged_token_is_403(settings, forged):
    assert Door().request(body(12, forged(view_token(12)))).status == 403
    assert refused(settings) == {"token": 1}


def test_a_page_from_a_cache_counts_for_eight_days(settings):
    token = view_token(12, NOON)
    door = Door()
    for days, status in ((0, 204), (8, 204), (9, 403)):
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            assert door.request(body(12, token)).status == status
    assert refused(settings) == {"expired": 1}
    # Another host's clock is already a day ahead.
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        assert door.request(body(12, token)).status == 204


def test_a_token_survives_a_new_secret_key(settings):
    token = view_token(12)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key, also of more than thirty-two characters"
    assert Door().request(body(12, token)).status == 204
    settings.SECRET_KEY_FALLBACKS = []
    assert Door().request(body(12, token)).status == 403


def test_other_sites_cannot_lend_us_their_readers(settings):
    assert Door().request(body(), HTTP_SEC_FETCH_SITE="cross-site").status == 403
    assert Door().request(body(), HTTP_SEC_FETCH_SITE="same-origin").status == 204
    assert refused(settings) == {"cross_site": 1}


@pytest.mark.parametrize(
    "header",
    [
        {"HTTP_SEC_PURPOSE": "prefetch"},
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_SEC_PURPOSE": "prefetch;anonymous-client-ip"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_X_PURPOSE": "preview"},
        {"HTTP_X_PURPOSE": "instant"},
        {"HTTP_X_MOZ": "prefetch"},
    ],
)
@pytest.mark.django_db
def test_what_nobody_has_opened_is_no_view(header):
    article = ArticleFactory()
    door = Door()
    assert door.view(article, **header) == 204
    assert drain() == "0 views counted, 1 refused (prefetch 1)."
    bucket = HourBucket.objects.get()
    assert (bucket.views, bucket.raw) == (0, 1)


@pytest.mark.parametrize(
    ("trusted", "forwarded", "reader"),
    [
        (0, "198.51.100.9", "192.0.2.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "203.0.113.7, 198.51.100.9", "198.51.100.9"),
        (2, "203.0.113.7, 198.51.100.9, 192.0.2.77", "198.51.100.9"),
        (2, "198.51.100.9", "198.51.100.9"),
        (1, "", "192.0.2.1"),
    ],
)
def test_only_trusted_proxies_say_where_a_reader_is(settings, trusted, forwarded, reader):
    settings.TRUSTED_PROXIES = trusted
    door = Door()
    door.view(12, HTTP_X_FORWARDED_FOR=forwarded)
    settings.TRUSTED_PROXIES = 0
    Door().view(12, address=reader)
    first, second = spooled(settings)
    assert first.visitor == second.visitor


def test_a_reader_has_another_hash_at_every_article_and_agent(settings):
    door = Door()
    door.view(12)
    door.view(13)
    door.view(12, agent=PHONE + " other")
    door.view(12)
    hashes = [record.visitor for record in spooled(settings)]
    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3
    assert 0 not in hashes


@pytest.mark.parametrize("wish", [{"HTTP_SEC_GPC": "1"}, {"HTTP_DNT": "1"}])
def test_who_asks_not_to_be_known_has_no_hash(settings, wish):
    Door().view(12, **wish)
    (record,) = spooled(settings)
    assert record.visitor == 0
    assert record.network != 0


def test_an_unwritable_spool_is_503_and_counted_later(settings):
    settings.SPOOL_DIR.parent.mkdir(exist_ok=True)
    settings.SPOOL_DIR.write_text("a file where the folder should be")
    intake = Intake(settings.SPOOL_DIR)
    door = Door(intake=intake)
    assert door.view(12) == 503
    settings.SPOOL_DIR.unlink()
    assert door.view(12) == 204
    intake.close()
    found = [(record.kind, records.REASONS[record.reason]) for record in spooled(settings)]
    assert sorted(found) == [(records.VIEW, ""), (records.REFUSED, "unstored")]


@pytest.mark.django_db
def test_a_flood_of_nonsense_is_counted_but_not_written_one_by_one(settings):
    intake = Intake(settings.SPOOL_DIR)
    door = Door(intake=intake)
    for _ in range(500):
        assert door.request(b"nonsense").status == 400
    assert sum(record.kind == records.REFUSED for record in spooled(settings)) < 10
    intake.close()
    drain()
    assert RefusedViews.objects.get().count == 500


@pytest.mark.django_db
def test_the_end_of_a_view_adds_seconds_and_one_read():
    article = ArticleFactory()
    door = Door()
    door.view(article)
    assert door.leave(article, 40, 60) == 204
    assert door.leave(article, 20, 95) == 204
    assert door.leave(article, 9999, 100) == 204
    drain()
    bucket = HourBucket.objects.get()
    assert (bucket.views, bucket.raw, bucket.reads) == (1, 1, 1)
    assert bucket.seconds == 40 + 20 + 1800


@pytest.mark.django_db
def test_the_page_carries_what_the_script_needs():
    article = ArticleFactory()
    page = Template("{% load rankings %}<article{% view_attributes article %}>")
    html = page.render(Context({"article": article}))
    assert html == (
        f'<article data-article-id="{article.pk}" data-view-token="{view_token(article.pk)}">'
    )
    article.status = Article.Status.DRAFT
    assert page.render(Context({"article": article})) == "<article>"


@pytest.mark.django_db
def test_a_picture_counts_where_the_newsroom_wants_it(settings):
    article = ArticleFactory()
    page = Template("{% load rankings %}{% view_pixel article %}")
    query = body(article.pk).decode()
    asked = {"method": "GET", "QUERY_STRING": query}
    assert page.render(Context({"article": article})) == ""
    assert Door().request(**asked).status == 405
    settings.VIEW_PIXEL = True
    assert f'src="/v/?{query.replace("&", "&amp;")}"' in page.render(Context({"article": article}))
    answer = Door().request(**asked)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/gif")
    assert answer.headers["Cache-Control"] == "no-store"
    assert Door().request(method="GET", QUERY_STRING="a=12&t=x").status == 403
    assert Door().request(method="GET", QUERY_STRING="a" * 2000).status == 413
    assert drain().startswith("1 views counted, 3 refused")
