"""Review links: what the person sees, what the desk sees, and what nobody sees any more."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles import publishing, review_links
from articles.models import Article, ReviewLink, ReviewOpening, ReviewStep
from newsportal.roles import Role
from tests.articles.desk import change, person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HEADLINE = "まだ秘密の見出し"


@pytest.fixture
def editor():
    return person(Role.EDITOR)


@pytest.fixture
def article(editor):
    found = ArticleFactory(headline=HEADLINE, status="draft", publish_at=None)
    publishing.save_article(found, by=editor)
    return found


@pytest.fixture
def link(article, editor):
    made, token = review_links.make(
        article, by=editor, recipient="弁護士 森", expires_at=timezone.now() + 3 * DAY
    )
    made.address = f"/review/{token}/"
    return made


def text_of(response):
    return words(response).replace("<wbr>", "")


def test_the_desk_makes_a_link_and_its_address_is_shown_once(client, article, editor):
    client.force_login(editor)
    page = f"/admin/articles/article/{article.pk}/links/"
    response = client.post(page, {"recipient": "弁護士 森", "days": "3"})
    address = re.search(r'value="https?://[^/]+(/review/[^"]+)"', words(response))[1]
    assert address not in words(client.get(page))
    client.logout()
    response = client.get(address)
    assert response.status_code == 200
    assert HEADLINE in text_of(response)
    assert "弁護士 森さま" in text_of(response)


def test_nothing_keeps_counts_or_finds_the_page(client, link):
    response = client.get(link.address)
    assert response["Cache-Control"] == "private, no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "same-origin"
    assert "Surrogate-Key" not in response
    for mark in (
        "data-view-token",
        "beacon.js",
        "/v/?",
        'rel="canonical"',
        "og:title",
        "facebook.com",
    ):
        assert mark not in words(response)


def test_the_token_is_kept_nowhere(link):
    token = link.address.split("/")[2].split(".")[0]
    stored = [str(value) for row in ReviewLink.objects.values() for value in row.values()]
    assert not any(token in value for value in stored)


@pytest.mark.parametrize("end", ["expired", "revoked", "withdrawn"])
def test_an_ended_link_shows_nothing_and_does_not_say_of_what(client, article, editor, link, end):
    if end == "revoked":
        review_links.revoke(link, by=editor)
    if end == "withdrawn":
        publishing.publish(article, by=editor)
        publishing.withdraw(article, by=editor, reason="確認")
    later = 4 * DAY if end == "expired" else timedelta()
    with time_machine.travel(timezone.now() + later, tick=False):
        for response in (client.get(link.address), client.post(link.address, {"words": "x"})):
            assert response.status_code == 410
            assert "使えなくなりました" in text_of(response)
            assert HEADLINE not in text_of(response)
            assert "弁護士" not in text_of(response)
            assert response["Cache-Control"] == "private, no-store"
    assert not ReviewStep.objects.exists()


@pytest.mark.parametrize(
    "token", ["x", "x.y", "あ", "%00", "a" * 3000, "..", "'; DROP TABLE", "x.y.z"]
)
def test_a_made_up_address_asks_no_database(client, link, token, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert review_links.find(token) is None
    response = client.get(f"/review/{token}/")
    assert response.status_code in {400, 404}
    assert HEADLINE not in text_of(response)


def test_one_changed_letter_is_another_address(client, link):
    wrong = link.address[:10] + ("A" if link.address[10] != "A" else "B") + link.address[11:]
    assert client.get(wrong).status_code == 404


def test_openings_are_counted_and_say_nothing_of_the_person(client, link, article, editor):
    client.get(link.address)
    client.get(link.address)
    client.head(link.address)
    assert link.openings.count() == 2
    assert {field.name for field in ReviewOpening._meta.fields} == {"id", "link", "at"}
    client.force_login(editor)
    assert "2回開かれました" in words(client.get(f"/admin/articles/article/{article.pk}/links/"))


def test_words_and_agreement_reach_the_desk_and_change_no_state(client, link, article, editor):
    sent = client.post(link.address, {"words": "二段落目の年は昭和三十九年です。"}, follow=True)
    assert "お預かりしました" in text_of(sent)
    client.post(link.address, {"words": "", "agree": "1"})
    article.refresh_from_db()
    assert article.status == "draft"
    client.force_login(editor)
    page = words(client.get(change(article)))
    assert "昭和三十九年" in page
    assert "弁護士 森（社外）" in page
    assert "社外の了承" in page
    # Nothing that a person without an account says is an approval.
    assert ReviewStep.objects.filter(kind="approve").count() == 0


@pytest.mark.parametrize(
    ("typed", "said"), [("", "ご意見を書いてください"), ("長" * 1001, "1000字までです")]
)
def test_what_cannot_be_taken_is_said_and_stays(client, link, typed, said):
    response = client.post(link.address, {"words": typed})
    assert said in text_of(response)
    assert typed in text_of(response)
    assert not ReviewStep.objects.exists()


def test_nobody_opens_or_answers_without_end(client, link):
    for _ in range(review_links.MOST_OPENINGS):
        client.get(link.address)
    assert client.get(link.address).status_code == 429
    for _ in range(review_links.MOST_ANSWERS):
        client.post(link.address, {"words": "意見"})
    assert client.post(link.address, {"words": "意見"}).status_code == 429
    assert ReviewStep.objects.count() == review_links.MOST_ANSWERS


def test_a_pinned_link_goes_on_showing_its_version(client, article, editor):
    _, token = review_links.make(
        article, by=editor, recipient="森", expires_at=timezone.now() + DAY, is_pinned=True
    )
    _, newest = review_links.make(
        article, by=editor, recipient="森", expires_at=timezone.now() + DAY
    )
    article.headline = "直した見出し"
    publishing.save_article(article, by=editor)
    assert HEADLINE in text_of(client.get(f"/review/{token}/"))
    assert "直した見出し" in text_of(client.get(f"/review/{newest}/"))
    assert Article.objects.get().headline == "直した見出し"


@pytest.mark.parametrize("days", [-1, 0, 31])
def test_no_link_lasts_for_ever(article, editor, days):
    with pytest.raises(ValidationError):
        review_links.make(
            article, by=editor, recipient="森", expires_at=timezone.now() + days * DAY
        )


@pytest.mark.parametrize("number", ["x", "", "999", "9" * 30])
def test_a_link_of_another_article_is_not_revoked(client, article, link, editor, number):
    client.force_login(editor)
    other = ArticleFactory()
    page = f"/admin/articles/article/{other.pk}/links/"
    for value in (number, link.pk):
        assert "そのリンクはありません" in words(client.post(page, {"revoke": value}, follow=True))
    link.refresh_from_db()
    assert link.revoked_at is None
