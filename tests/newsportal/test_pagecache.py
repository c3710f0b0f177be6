"""The page cache in front of Django: what it answers itself, and what it never may."""

import gzip
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import brotli
import pytest
import time_machine
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import caching, publishing
from articles.models import Article, Invalidation, Section
from newsportal import masthead
from newsportal.pagecache import handoff as handoffs
from newsportal.pagecache import layer as layers
from newsportal.pagecache import outbox as outboxes
from newsportal.pagecache.layer import PageCacheLayer
from newsportal.roles import Role
from rankings import rules
from rankings.models import HourBucket, RankingRule
from rankings.ranking import compute
from rankings.turns import epoch_hour
from tests.articles.desk import person
from tests.factories import ArticleFactory, SectionFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


class Clock:
    """time.monotonic(), moved by hand; it starts where it stands."""

    def __init__(self):
        self._really = time.monotonic
        self.ahead = 0.0

    def __call__(self):
        return self._really() + self.ahead


class Later:
    """An executor whose work waits until the test runs it."""

    def __init__(self):
        self.work = []

    def submit(self, function, *arguments):
        self.work.append((function, arguments))

    def run(self):
        while self.work:
            function, arguments = self.work.pop(0)
            function(*arguments)


class Answer:
    def __init__(self, status, headers, body):
        self.status = int(status[:3])
        self.headers = dict(headers)
        assert len(self.headers) == len(headers), "a field stands twice"
        self.body = b"".join(body)

    @property
    def found(self):
        return self.headers.get("Cache-Status", "").removeprefix("newsportal; ")

    @property
    def is_hit(self):
        return self.found.startswith("hit")

    @property
    def text(self):
        coding = self.headers.get("Content-Encoding", "")
        plain = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(self.body)
        return plain.decode().replace("<wbr>", "")


class Site:
    def __init__(self, application=None, *, most=100, handoff=None):
        self.later = Later()
        self.layer = PageCacheLayer(
            application or get_wsgi_application(),
            most=most,
            executor=self.later,
            handoff=handoff,
        )
        # Tests read the outbox themselves, and however long they wait it counts as read.
        self.layer.outbox.start = lambda: None
        self.layer.outbox.read_at = float("inf")

    def get(self, path, *, query="", method="GET", **environ):
        path = path.encode().decode("latin-1")
        answer = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            **environ,
        }
        body = self.layer(environ, lambda status, headers, *_: answer.extend([status, headers]))
        response = Answer(*answer, list(body))
        if hasattr(body, "close"):
            body.close()
        return response

    def notice(self):
        """What the thread of the outbox does twice a second."""
        keys = self.layer.outbox.read()
        self.layer.outbox.read_at = float("inf")
        return keys


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    return clock


@pytest.fixture
def site(clock):
    masthead.forget()
    return Site()


@pytest.fixture
def article():
    return ArticleFactory(headline="港の灯台を守る")


def page(body=b"<p>page</p>", *, status="200 OK", keys="site", seconds=60, **fields):
    """A response as Django's views make it."""
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "public, max-age=0, s-maxage=10, stale-while-revalidate=30"),
        ("Surrogate-Control", f"max-age={seconds}"),
        ("Surrogate-Key", keys),
        *((name.replace("_", "-"), value) for name, value in fields.items()),
    ]
    return status, headers, body


class Scripted:
    """An application that gives the answers it was told, and remembers what it was asked."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.asked = []

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        status, headers, body = response() if callable(response) else response
        start_response(status, headers)
        return [body]


# --- what is answered from memory


def test_the_second_reader_gets_the_page_without_a_query(site, article, django_assert_num_queries):
    first = site.get(article.get_absolute_url())
    assert (first.status, first.found) == (200, "fwd=uri-miss")
    with django_assert_num_queries(0):
        second = site.get(article.get_absolute_url())
    assert second.is_hit
    assert second.body == first.body
    assert article.headline in second.text
    # Ours alone: other caches are told by Cache-Control.
    assert "Surrogate-Control" not in second.headers
    assert f"article-{article.pk}" in second.headers["Surrogate-Key"].split()


def test_a_page_comes_in_the_coding_that_is_accepted(site, article):
    address = article.get_absolute_url()
    plain = site.get(address)
    fields = {"br": "gzip, deflate, br, zstd", "gzip": "gzip;q=1.0, br;q=0", "": "identity"}
    for coding, accepted in fields.items():
        answer = site.get(address, HTTP_ACCEPT_ENCODING=accepted)
        assert answer.headers.get("Content-Encoding", "") == coding
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.text == plain.text


def test_who_has_the_page_is_told_so(site, article):
    address = article.get_absolute_url()
    etag = site.get(address).headers["ETag"]
    for asked in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        answer = site.get(address, HTTP_IF_NONE_MATCH=asked)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert "Content-Length" not in answer.headers
    assert site.get(address, HTTP_IF_NONE_MATCH='W/"other"').status == 200


def test_head_is_the_page_without_its_body(site, article):
    address = article.get_absolute_url()
    cold = site.get(address, method="HEAD")
    warm = site.get(address, method="HEAD")
    full = site.get(address)
    assert (cold.body, warm.body) == (b"", b"")
    assert full.is_hit
    assert cold.headers["Content-Length"] == warm.headers["Content-Length"] == str(len(full.body))


@pytest.mark.parametrize("query", ["utm_source=mail&utm_medium=x", "fbclid=abc", "gclid=1"])
def test_what_hangs_on_a_link_is_ignored(site, article, query):
    site.get(article.get_absolute_url())
    assert site.get(article.get_absolute_url(), query=query).is_hit


@pytest.mark.parametrize("query", ["color=red", "page=2&page=3", "page", "%zz", "x=" + "y" * 600])
def test_other_questions_are_djangos(site, article, query):
    site.get(article.get_absolute_url())
    answer = site.get(article.get_absolute_url(), query=query)
    assert (answer.status, answer.found) == (200, "")


def test_pages_of_a_list_are_kept_apart(site):
    section = SectionFactory()
    ArticleFactory.create_batch(21, section=section)
    first, second = (site.get(section.get_absolute_url(), query=q) for q in ("", "page=2"))
    assert first.text != second.text
    assert site.get(section.get_absolute_url(), query="page=2").body == second.body


@pytest.mark.parametrize("path", ["/admin/", "/healthz", "/search/", "/nowhere/"])
def test_what_is_not_a_readers_page_is_djangos_or_short_lived(site, path, settings):
    assert not site.get(path, query="q=港" if path == "/search/" else "").is_hit
    assert not site.get(path, query="q=港" if path == "/search/" else "").is_hit


def test_posts_and_credentials_go_to_django(site, article):
    address = article.get_absolute_url()
    site.get(address)
    assert site.get(address, method="POST").status == 403
    assert site.get(address, HTTP_AUTHORIZATION="Basic eDp5").found == ""


# --- what may be kept


@pytest.fixture
def everything_is_for_readers(monkeypatch):
    monkeypatch.setattr(layers, "_is_for_readers", lambda environ: True)


@pytest.mark.usefixtures("everything_is_for_readers")
def test_a_page_is_made_for_nobody_in_particular(clock):
    application = Scripted(page())
    site = Site(application)
    site.get("/", HTTP_COOKIE="sessionid=secret", HTTP_IF_NONE_MATCH='"x"', HTTP_RANGE="bytes=0-1")
    (asked,) = application.asked
    assert not {"HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_RANGE"} & set(asked)
    # And a reader with a cookie gets what everybody gets.
    assert site.get("/", HTTP_COOKIE="sessionid=other").is_hit


@pytest.mark.usefixtures("everything_is_for_readers")
@pytest.mark.parametrize(
    "response",
    [
        page(Set_Cookie="a=b"),
        page(Vary="Cookie"),
        page(status="302 Found"),
        page(status="500 Internal Server Error"),
        page(seconds=0),
        page(b"x" * (layers.LARGEST_PAGE + 1)),
        ("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")], b"private"),
    ],
)
def test_what_may_not_be_kept_is_asked_for_again(clock, response):
    application = Scripted(response)
    site = Site(application)
    for _ in range(2):
        answer = site.get("/")
        assert not answer.is_hit
        assert answer.body in {response[2], b""}
    assert len(application.asked) == 2


@pytest.mark.usefixtures("everything_is_for_readers")
def test_memory_is_bounded_and_the_least_asked_for_goes_first(clock):
    site = Site(Scripted(page()), most=2)
    for path in ("/a/", "/b/", "/a/", "/c/"):
        site.get(path)
    assert [site.get(path).is_hit for path in ("/a/", "/c/", "/b/")] == [True, True, False]


def test_made_up_addresses_drive_no_page_out(clock, article, monkeypatch):
    monkeypatch.setattr(layers, "MOST_GONE", 3)
    site = Site(most=5)
    site.get(article.get_absolute_url())
    for number in range(20):
        assert site.get(f"/articles/{90_000 + number}/").status == 404
    assert site.get("/articles/90019/").is_hit
    assert not site.get("/articles/90000/").is_hit
    assert site.get(article.get_absolute_url()).is_hit


def test_a_page_that_is_not_there_is_kept_for_seconds(site, clock):
    assert site.get("/articles/90000/").status == 404
    assert site.get("/articles/90000/").is_hit
    clock.ahead += 6
    answer = site.get("/articles/90000/")
    assert (answer.status, answer.is_hit) == (404, False)


# --- what changed


def edit(article, **values):
    article = Article.objects.get(pk=article.pk)
    for name, value in values.items():
        setattr(article, name, value)
    publishing.update(article, by=None)


def test_a_new_headline_shows_wherever_the_old_one_did_and_nothing_else_is_lost(site, article):
    other = ArticleFactory(section=SectionFactory(slug="other", name="国際"))
    shown_on = ["/", article.get_absolute_url(), article.section.get_absolute_url()]
    for path in [*shown_on, "/sections/other/"]:
        site.get(path)
    edit(article, headline="灯台の新しい見出し")
    site.notice()
    for path in shown_on:
        answer = site.get(path)
        assert not answer.is_hit
        assert "灯台の新しい見出し" in answer.text
    assert site.get("/sections/other/").is_hit
    assert other.headline in site.get("/sections/other/").text


def test_a_withdrawn_article_is_gone_from_its_page_and_every_list(site, article):
    HourBucket.objects.create(
        hour=epoch_hour(time.time()), article_id=article.pk, views=9, visitors=9, raw=9
    )
    call_command("rebuild_rankings")
    elsewhere = ArticleFactory(section=SectionFactory(slug="other", name="国際"))
    paths = ["/", article.get_absolute_url(), elsewhere.get_absolute_url(), "/ranking/"]
    for path in paths:
        assert article.headline in site.get(path).text
    publishing.withdraw(Article.objects.get(pk=article.pk), by=None, reason="誤報のため")
    site.notice()
    for path in paths:
        answer = site.get(path)
        assert article.headline not in answer.text, path
        assert answer.status == (410 if path == article.get_absolute_url() else 200)


def test_a_rule_of_the_desk_shows_on_every_page_with_a_ranking(site, article):
    first = ArticleFactory()
    for listed, views in ((first, 9), (article, 5)):
        HourBucket.objects.create(
            hour=epoch_hour(time.time()), article_id=listed.pk, views=views, visitors=1, raw=9
        )
    call_command("rebuild_rankings")
    before = site.get("/ranking/").text
    assert before.index(first.headline) < before.index(article.headline)
    rule = RankingRule(kind=RankingRule.Kind.EXCLUDE, article=first, reason="重複")
    rules.apply_rule(rule, by=person(Role.EDITOR))
    site.notice()
    assert first.headline not in site.get("/ranking/").text


def test_a_row_that_commits_late_is_noticed(site, article):
    """Ids are given before transactions commit: a lower one may appear after a higher one."""
    site.notice()
    site.get(article.get_absolute_url())
    Invalidation.objects.create(pk=1000, keys="tag-1 tag-2")
    assert site.notice() == {"tag-1", "tag-2"}
    assert site.get(article.get_absolute_url()).is_hit
    Invalidation.objects.create(pk=999, keys=f"article-{article.pk}")
    assert site.notice() == {f"article-{article.pk}"}
    assert not site.get(article.get_absolute_url()).is_hit
    assert site.notice() == set()


@pytest.mark.usefixtures("everything_is_for_readers")
def test_what_changes_while_it_is_rendered_is_rendered_again(clock):
    def changing():
        Invalidation.objects.create(keys="article-7")
        site.notice()
        return page(b"old", keys="article-7")

    application = Scripted(changing, page(b"new", keys="article-7"))
    site = Site(application)
    assert site.get("/").body == b"new"
    assert site.get("/").is_hit

    # What changes each time is right when it is sent, and not kept.
    application = Scripted(changing)
    site = Site(application)
    assert not site.get("/").is_hit
    assert not site.get("/").is_hit


def test_the_clock_publishes_and_takes_away(site):
    now = timezone.now()
    later = ArticleFactory(publish_at=now + timedelta(hours=1))
    ending = ArticleFactory(unpublish_at=now + timedelta(hours=1))
    site.notice()
    assert site.get(later.get_absolute_url()).status == 404
    assert site.get(ending.get_absolute_url()).status == 200
    assert later.headline not in site.get("/").text
    with time_machine.travel(now + timedelta(hours=1, seconds=1)):
        assert {"home", f"article-{later.pk}", f"article-{ending.pk}"} <= site.notice()
        assert site.get(later.get_absolute_url()).status == 200
        assert site.get(ending.get_absolute_url()).status == 404
        assert later.headline in site.get("/").text


def test_no_other_cache_may_pass_the_next_edge(site, article):
    now = timezone.now()
    answer = site.get(article.get_absolute_url())
    assert "s-maxage=10, stale-while-revalidate=30" in answer.headers["Cache-Control"]
    ArticleFactory(publish_at=now + timedelta(hours=1))
    Invalidation.objects.create(keys="home")
    site.notice()
    with time_machine.travel(now + timedelta(hours=1, seconds=-15)):
        answer = site.get(article.get_absolute_url())
        assert "s-maxage=10, stale-while-revalidate=5" in answer.headers["Cache-Control"]
    with time_machine.travel(now + timedelta(hours=1, seconds=-4)):
        answer = site.get(article.get_absolute_url())
        assert "s-maxage=4, stale-while-revalidate=0" in answer.headers["Cache-Control"]


def test_yesterdays_date_is_never_shown(clock, article):
    evening = timezone.localtime().replace(hour=23, minute=59, second=40, microsecond=0)
    with time_machine.travel(evening) as day:
        site = Site()
        assert evening.strftime("%-d日（") in site.get("/").text
        day.shift(30)
        clock.ahead += 30
        answer = site.get("/")
        assert not answer.is_hit
        assert (evening + timedelta(days=1)).strftime("%-d日（") in answer.text


# --- old pages


@pytest.mark.usefixtures("everything_is_for_readers")
def test_an_older_page_is_handed_out_while_one_thread_makes_it_anew(clock):
    application = Scripted(page(b"old"), page(b"new"))
    site = Site(application)
    site.get("/")
    clock.ahead += 61
    for _ in range(3):
        answer = site.get("/")
        assert (answer.body, answer.found) == (b"old", "hit; ttl=-1; detail=stale")
    assert len(site.later.work) == 1
    site.later.run()
    assert site.get("/").body == b"new"
    assert len(application.asked) == 2


@pytest.mark.usefixtures("everything_is_for_readers")
def test_a_page_that_is_due_is_handed_out_a_last_time(clock):
    site = Site(Scripted(page(b"old", keys="ranking-daily"), page(b"new", keys="ranking-daily")))
    site.get("/")
    caching.refresh(["ranking-daily"])
    assert site.notice() == {"ranking-daily"}
    assert "detail=stale" in site.get("/").found
    site.later.run()
    assert site.get("/").body == b"new"


@pytest.mark.usefixtures("everything_is_for_readers")
def test_a_page_that_nobody_asked_for_long_is_made_before_it_is_sent(clock):
    site = Site(Scripted(page(b"old"), page(b"new")))
    site.get("/")
    clock.ahead += 121
    assert site.get("/").body == b"new"


@pytest.mark.usefixtures("everything_is_for_readers")
def test_an_error_does_not_take_a_good_page_away(clock):
    error = page(b"broken", status="500 Internal Server Error")
    site = Site(Scripted(page(b"good"), error, error, page(b"mended")))
    site.get("/")
    clock.ahead += 61
    site.get("/")
    site.later.run()
    assert site.get("/").body == b"good"
    clock.ahead += 200
    answer = site.get("/")
    assert (answer.status, answer.body) == (200, b"good")
    assert answer.found == "hit; detail=application-error"
    clock.ahead += 200
    assert site.get("/").body == b"mended"


@pytest.mark.usefixtures("everything_is_for_readers")
def test_without_a_database_the_last_good_pages_go_on_and_say_so(clock):
    site = Site(Scripted(page(b"good"), page(b"broken", status="500 Internal Server Error")))
    site.get("/")
    site.layer.outbox.read_at = time.monotonic()
    assert "unreachable" not in site.get("/").found
    # A fresh page too: nobody can say any more whether what it shows was withdrawn.
    for seconds in (3, 3600):
        clock.ahead += seconds
        answer = site.get("/")
        assert (answer.body, answer.found) == (b"good", "hit; detail=database-unreachable")
    assert site.get("/other/").status == 500


# --- many at once


@pytest.mark.usefixtures("everything_is_for_readers")
def test_a_herd_on_a_cold_page_is_one_rendering(clock):
    inside, go_on = threading.Event(), threading.Event()

    def slow():
        inside.set()
        assert go_on.wait(20)
        return page(b"page")

    application = Scripted(slow)
    site = Site(application)
    with ThreadPoolExecutor(20) as readers:
        answers = [readers.submit(site.get, "/") for _ in range(20)]
        assert inside.wait(20)
        go_on.set()
        assert [answer.result().body for answer in answers] == [b"page"] * 20
    assert len(application.asked) == 1


# --- the bell


@pytest.fixture
def bell(settings, tmp_path):
    settings.PAGE_CACHE_BELL = tmp_path / "bell"
    return settings.PAGE_CACHE_BELL


@pytest.fixture
def readings(monkeypatch, bell):
    """An outbox with its thread, which looks by itself once an hour; and how often it looked."""
    monkeypatch.setattr(outboxes, "EVERY", 3600)
    outbox, looked = outboxes.Outbox(lambda wrong, due: None), []
    outbox.read = lambda: looked.append(1)
    outbox.start()
    return outbox, looked


def test_a_change_on_this_host_is_read_before_the_next_answer(
    readings, django_capture_on_commit_callbacks
):
    outbox, looked = readings
    outbox.catch_up()
    assert looked == []
    with django_capture_on_commit_callbacks(execute=True):
        caching.invalidate(["home"])
        outbox.catch_up()
        assert looked == [], "nothing is committed yet"
    outbox.catch_up()
    outbox.catch_up()
    assert looked == [1]


def test_what_the_clock_changed_is_read_before_the_next_answer(readings):
    outbox, looked = readings
    edge = timezone.now() + timedelta(hours=1)
    outbox._edge = edge

    def read():
        looked.append(1)
        outbox._edge = edge + timedelta(hours=1)

    outbox.read = read
    outbox.catch_up()
    assert looked == []
    with time_machine.travel(edge):
        outbox.catch_up()
        outbox.catch_up()
    assert looked == [1]


def test_a_database_that_does_not_answer_holds_nobody_up(readings, caplog):
    outbox, looked = readings

    def fail():
        looked.append(1)
        raise OperationalError("gone")

    outbox.read = fail
    caching.ring()
    outbox.catch_up()
    caching.ring()
    outbox.catch_up()
    assert looked == [1], "after a failure only the clock asks again"
    assert "cannot be read: gone" in caplog.text


def test_a_bell_that_cannot_be_rung_costs_no_save(settings, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    settings.PAGE_CACHE_BELL = tmp_path / "file" / "bell"
    caching.ring()
    assert "cannot be touched" in caplog.text
    assert caching.heard() == 0


# --- parts that pages share


@pytest.fixture
def read_articles():
    """Seven articles in the ranking, the first most read; five stand in the sidebar."""
    articles = ArticleFactory.create_batch(7)
    for place, article in enumerate(articles):
        read(article, 20 - place)
    compute()
    return articles


def test_the_sidebars_are_made_once_for_all_pages(site, article, read_articles):
    with CaptureQueriesContext(connection) as queries:
        first = site.get(article.get_absolute_url())
        second = site.get(read_articles[6].get_absolute_url())
    asked = [query["sql"] for query in queries if "rankings_snapshotitem" in query["sql"]]
    assert len(asked) == 1, asked
    for ranked in read_articles[:5]:
        assert f"article-{ranked.pk}" in first.headers["Surrogate-Key"].split()
        assert f"article-{ranked.pk}" in second.headers["Surrogate-Key"].split()


def test_an_article_stands_not_in_its_own_sidebars(site, article, read_articles):
    site.get(article.get_absolute_url())
    own = site.get(read_articles[0].get_absolute_url()).text
    assert "この記事は現在1位です" in own
    ranking = own[own.index('<ol class="rank">') :]
    assert read_articles[0].headline not in ranking[: ranking.index("</ol>")]
    # Which one waits below the list matters to its own page alone.
    assert "この記事は現在6位です" in site.get(read_articles[5].get_absolute_url()).text
    assert "この記事は現在" not in site.get(read_articles[6].get_absolute_url()).text


def test_a_withdrawn_article_leaves_the_sidebars_of_pages_made_later(site, article, read_articles):
    site.get(article.get_absolute_url())
    publishing.withdraw(read_articles[0], by=person(Role.PUBLISHER), reason="誤報")
    site.notice()
    later = site.get(read_articles[6].get_absolute_url()).text
    assert read_articles[0].headline not in later
    assert read_articles[5].headline in later


def test_no_part_is_older_than_five_minutes(site, article, read_articles, clock):
    site.get(article.get_absolute_url())
    # Nobody is told of this.
    Article.objects.filter(pk=read_articles[0].pk).update(teaser="書き換えられた紹介")
    assert "書き換えられた紹介" not in site.get(read_articles[6].get_absolute_url()).text
    clock.ahead += 301
    assert "書き換えられた紹介" in site.get(read_articles[5].get_absolute_url()).text


# --- a kept page gets new sidebars


class Counted:
    """Django, and how often it was asked."""

    def __init__(self):
        self._django = get_wsgi_application()
        self.times = 0

    def __call__(self, environ, start_response):
        self.times += 1
        return self._django(environ, start_response)


@pytest.fixture
def counted(clock):
    masthead.forget()
    site = Site(Counted())
    site.notice()
    return site


def renders(site):
    return site.layer._application.times


def is_as_made_anew(answer, path):
    """Nothing tells the page from one that was made in one piece."""
    fresh = Site().get(path)
    same = ("ETag", "Surrogate-Key", "Cache-Control")
    assert [answer.headers[name] for name in same] == [fresh.headers[name] for name in same]
    return answer.text == fresh.text


def overtake(articles, place, views=100):
    read(articles[place], views)
    compute()


def test_a_ranking_that_moved_is_put_into_kept_pages(counted, article, read_articles):
    paths = [article.get_absolute_url(), ArticleFactory().get_absolute_url()]
    for path in paths:
        counted.get(path)
    overtake(read_articles, 3)
    counted.notice()
    for path in paths:
        assert "stale" in counted.get(path).found
    with CaptureQueriesContext(connection) as queries:
        counted.later.run()
    assert len(queries) == 2, "the sidebars, once for both pages"
    assert renders(counted) == 2
    for path in paths:
        answer = counted.get(path)
        assert answer.is_hit
        assert "stale" not in answer.found
        assert is_as_made_anew(answer, path)
        ranking = answer.text[answer.text.index('<ol class="rank">') :]
        assert ranking.index(read_articles[3].headline) < ranking.index(read_articles[0].headline)


def test_what_is_wrong_in_the_sidebars_is_shown_to_nobody(counted, article, read_articles):
    path = article.get_absolute_url()
    counted.get(path)
    publishing.withdraw(read_articles[0], by=person(Role.PUBLISHER), reason="誤報")
    counted.notice()
    answer = counted.get(path)
    assert not answer.is_hit
    assert read_articles[0].headline not in answer.text
    assert is_as_made_anew(answer, path)
    assert renders(counted) == 1
    assert counted.get(path).is_hit


@pytest.mark.parametrize("change", ["the article", "the site"])
def test_a_page_that_changed_itself_is_made_anew(counted, article, read_articles, change):
    path = article.get_absolute_url()
    counted.get(path)
    overtake(read_articles, 3)
    if change == "the article":
        Article.objects.filter(pk=article.pk).update(teaser="書き直したリード")
        caching.invalidate([caching.article_key(article.pk)])
    else:
        Section.objects.update(name="改名した分野")
        caching.invalidate([caching.SITE])
    counted.notice()
    answer = counted.get(path)
    assert renders(counted) == 2
    assert ("書き直したリード" if change == "the article" else "改名した分野") in answer.text
    assert is_as_made_anew(answer, path)


def test_who_comes_into_the_ranking_reads_his_rank(counted, read_articles):
    path = read_articles[6].get_absolute_url()
    assert "この記事は現在" not in counted.get(path).text
    overtake(read_articles, 6)
    counted.notice()
    counted.get(path)
    counted.later.run()
    assert renders(counted) == 2
    assert "この記事は現在1位です" in counted.get(path).text


def test_the_rest_of_a_page_grows_no_older_than_five_minutes(
    counted, article, read_articles, clock
):
    path = article.get_absolute_url()
    counted.get(path)
    # Nobody is told of this.
    Article.objects.filter(pk=article.pk).update(teaser="書き換えられた紹介")
    for _ in range(6):
        clock.ahead += 55
        caching.refresh([caching.RANKING])
        counted.notice()
        counted.get(path)
        counted.later.run()
    assert renders(counted) == 2
    assert "書き換えられた紹介" in counted.get(path).text


def test_new_sidebars_do_not_carry_a_page_over_midnight(counted, article, clock):
    evening = timezone.localtime().replace(hour=23, minute=58, second=0, microsecond=0)
    with time_machine.travel(evening) as day:
        path = article.get_absolute_url()
        counted.get(path)
        for seconds in (110, 20):
            day.shift(seconds)
            clock.ahead += seconds
            caching.refresh([caching.RANKING])
            counted.notice()
            counted.get(path)
            counted.later.run()
        tomorrow = evening + timedelta(minutes=5)
        assert tomorrow.strftime("%-d日（") in counted.get(path).text


def test_without_a_database_a_page_with_wrong_sidebars_is_not_shown(
    counted, article, read_articles, monkeypatch
):
    path = article.get_absolute_url()
    counted.get(path)
    publishing.withdraw(read_articles[0], by=person(Role.PUBLISHER), reason="誤報")
    counted.notice()

    def gone(*_):
        raise OperationalError("gone")

    with monkeypatch.context() as away:
        away.setattr("rankings.lists.sidebars", gone)
        away.setattr("articles.views.public_article", gone)
        assert counted.get(path).status == 500
    assert counted.get(path).status == 200


def test_another_process_takes_a_page_with_new_sidebars(clock, article, read_articles, tmp_path):
    masthead.forget()
    sites = [Site(Counted(), handoff=tmp_path / "pages") for _ in range(2)]
    path = article.get_absolute_url()

    def know_the_same():
        # Twice: what one noticed first, the other one knew not yet when that was.
        for _ in range(2):
            for site in sites:
                site.notice()
            clock.ahead += 1

    know_the_same()
    for site in sites:
        site.get(path)
    for place in (3, 4):
        overtake(read_articles, place, 100 * place)
        know_the_same()
        for site in sites:
            site.get(path)
            site.later.run()
            assert is_as_made_anew(site.get(path), path)
    assert [renders(site) for site in sites] == [1, 0]


# --- pages that processes of a host hand to each other


@pytest.fixture
def twins(clock, tmp_path):
    """Two processes of one host: their applications, and the sites."""
    applications = [Scripted(page(keys="site article-7")), Scripted(page(b"<p>other</p>"))]
    sites = [Site(one, handoff=tmp_path / "pages") for one in applications]
    for site in sites:
        site.notice()
    return sites


def asked(site):
    return len(site.layer._application.asked)


def test_a_page_is_rendered_once_a_host(twins):
    first, second = twins
    made = first.get("/articles/7/")
    taken = second.get("/articles/7/")
    assert taken.text == made.text == "<p>page</p>"
    assert taken.headers["ETag"] == made.headers["ETag"]
    assert (asked(first), asked(second)) == (1, 0)
    assert (made.found, taken.found) == ("fwd=uri-miss", "fwd=uri-miss; collapsed")
    # Kept there as its own.
    assert second.get("/articles/7/").is_hit


def test_another_address_is_another_page(twins, monkeypatch):
    monkeypatch.setattr(handoffs, "SLOTS", 1)
    first, second = twins
    first.get("/articles/7/")
    assert second.get("/articles/8/").text == "<p>other</p>"


def test_what_was_invalidated_is_not_taken(twins, clock):
    first, second = twins
    first.get("/articles/7/")
    clock.ahead += 1
    caching.invalidate(["article-7"])
    second.notice()
    assert second.get("/articles/7/").text == "<p>other</p>"


def test_who_does_not_know_what_was_invalidated_takes_nothing(twins, clock, tmp_path):
    first, _ = twins
    newcomer = Site(Scripted(page(b"<p>own</p>")), handoff=tmp_path / "pages")
    first.get("/articles/7/")
    assert newcomer.get("/articles/7/").text == "<p>own</p>"


def test_pages_of_an_earlier_start_are_left_alone(twins, clock, tmp_path):
    twins[0].get("/articles/7/")
    clock.ahead += 1
    newcomer = Site(Scripted(page(b"<p>new templates</p>")), handoff=tmp_path / "pages")
    newcomer.notice()
    assert newcomer.get("/articles/7/").text == "<p>new templates</p>"


def test_a_page_that_has_had_its_time_is_made_anew(twins, clock):
    first, second = twins
    first.get("/articles/7/")
    clock.ahead += 61
    for site in twins:
        site.notice()
    assert second.get("/articles/7/").text == "<p>other</p>"


@pytest.mark.parametrize("harm", ["cut", "nonsense", "nothing"])
def test_a_broken_file_is_nothing(twins, tmp_path, harm):
    first, second = twins
    first.get("/articles/7/")
    (file,) = (tmp_path / "pages").iterdir()
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[:-3], "nonsense": b'{"boot": 1}\n', "nothing": b""}[harm])
    assert second.get("/articles/7/").text == "<p>other</p>"


def test_who_renders_for_too_long_is_not_waited_for(twins, clock, monkeypatch, tmp_path):
    first, second = twins
    monkeypatch.setattr(handoffs, "PATIENCE", 0.0)
    with first.layer._handoff.turn("/articles/7/"):
        assert second.get("/articles/7/").text == "<p>other</p>"


def test_a_host_that_cannot_write_goes_on(clock, tmp_path):
    (tmp_path / "file").touch()
    site = Site(Scripted(page()), handoff=tmp_path / "file")
    assert site.get("/articles/7/").text == "<p>page</p>"
    assert site.get("/articles/7/").is_hit


# --- the front page


def test_a_ranking_that_moved_asks_the_news_of_the_front_page_no_more(site, article, read_articles):
    site.get("/")
    caching.refresh([caching.RANKING])
    site.notice()
    assert "stale" in site.get("/").found
    with CaptureQueriesContext(connection) as queries:
        site.later.run()
    assert len(queries) == 2, [query["sql"] for query in queries]
    assert article.headline in site.get("/").text


def test_a_new_article_stands_on_the_front_page_at_once(site, article):
    site.get("/")
    publishing.publish(ArticleFactory(headline="速報の見出し", status="draft"), by=None)
    site.notice()
    assert "速報の見出し" in site.get("/").text


def test_a_page_from_who_knows_less_is_not_taken(clock, article, read_articles, tmp_path):
    behind, ahead = (Site(handoff=tmp_path / "pages") for _ in range(2))
    for site in (behind, ahead):
        site.notice()
    clock.ahead += 1
    # It keeps the sidebars, and has not heard yet of what comes.
    behind.get(article.get_absolute_url())
    publishing.withdraw(read_articles[0], by=person(Role.PUBLISHER), reason="誤報")
    ahead.notice()
    clock.ahead += 1
    address = read_articles[6].get_absolute_url()
    assert read_articles[0].headline in behind.get(address).text
    assert read_articles[0].headline not in ahead.get(address).text
