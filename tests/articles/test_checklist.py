"""The checklist before publication: what stops an article, what only advises, by section."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles import ignoring, publishing
from articles.checklist import copy_of, problems_before_publishing, review
from articles.models import (
    Article,
    AuditEntry,
    CheckRule,
    DictionaryEntry,
    IgnoredFinding,
    Section,
)
from newsportal.roles import Role
from tests.articles.desk import person
from tests.articles.pictures import make_photo
from tests.factories import ArticleFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db
DOUBLED = "<p>朝鮮を訪問し、会談を行った。、その後、署名した。</p>"


@pytest.fixture
def draft():
    return ArticleFactory(status="draft", publish_at=None)


def missing(article, at=None):
    """The names of the lines that are not met, with their level."""
    items = review(copy_of(article), at).items
    return {item.name: item.level.value for item in items if not item.is_met}


def refused(article, **values):
    with pytest.raises(ValidationError) as refusal:
        publishing.publish(article, by=None, **values)
    return refusal.value.message_dict


def test_photo_and_tag_are_advice_unless_the_section_says_otherwise(draft):
    assert missing(draft) == {"tags": "advisory", "lead_photo": "advisory"}
    CheckRule.objects.create(rule="tags", level="blocking", section=draft.section)
    CheckRule.objects.create(rule="lead_photo", level="blocking")
    assert set(refused(draft)) == {"tags", "article_photos"}
    draft.tags.add("灯台")
    draft.article_photos.create(photo=make_photo())
    publishing.publish(draft, by=None)
    assert Article.objects.public().get() == draft


def test_the_rule_of_a_section_goes_before_the_one_for_all(draft):
    other = Section.objects.create(name="写真", slug="photos")
    CheckRule.objects.create(rule="lead_photo", level="blocking")
    CheckRule.objects.create(rule="lead_photo", level="off", section=draft.section)
    assert "lead_photo" not in missing(draft)
    draft.section = other
    assert missing(draft)["lead_photo"] == "blocking"


def test_what_every_article_needs_cannot_be_switched_off(draft):
    for rule in ("headline", "body", "teaser"):
        CheckRule.objects.create(rule=rule, level="off")
    draft.headline = draft.teaser = draft.body = ""
    assert set(problems_before_publishing(draft)) == {"headline", "body"}


def test_a_body_of_empty_paragraphs_is_none(draft):
    draft.body = "<p><br></p><p> </p>"
    assert set(problems_before_publishing(draft)) == {"body"}


def test_the_lead_photo_should_name_its_maker(draft):
    draft.article_photos.create(photo=make_photo(credit=""))
    assert missing(draft)["lead_credit"] == "advisory"


def test_rights_must_last_until_the_publish_time(draft):
    now = timezone.now()
    photo = make_photo(rights_until=now + timedelta(hours=2))
    draft.article_photos.create(photo=photo)
    words = refused(draft, at=now + timedelta(hours=3))["article_photos"]
    assert "公開日時までに利用期限が切れます" in words[0]
    publishing.publish(draft, by=None, at=now + timedelta(hours=1))
    assert Article.objects.get().state == "予約"


def test_an_embargo_is_not_broken_by_the_publish_time(draft):
    now = timezone.now()
    draft.embargo_until = now + timedelta(hours=2)
    assert "より前には公開できません" in refused(draft)["embargo_until"][0]
    assert "embargo_until" in refused(draft, at=now + timedelta(hours=1))
    publishing.publish(draft, by=None, at=now + timedelta(hours=2))
    assert Article.objects.get().state == "予約"


def test_what_is_out_under_embargo_can_still_be_mended():
    article = ArticleFactory(embargo_until=timezone.now() + timedelta(hours=2))
    article.headline = "直した見出し"
    publishing.update(article, by=None)
    assert Article.objects.get().headline == "直した見出し"


def test_a_blocking_rule_stops_every_way_to_readers(draft):
    draft.body = DOUBLED
    publishing.save_article(draft, by=None)
    words = refused(draft)
    assert words == {"body": ["本文 第1段落「。、」：句読点の重なり"]}
    assert "body" in refused(draft, at=timezone.now() + timedelta(hours=1))
    live = ArticleFactory()
    live.body = DOUBLED
    with pytest.raises(ValidationError, match="句読点の重なり"):
        publishing.update(live, by=None)


def test_each_place_of_an_article_is_read(draft):
    draft.short_headline = "灯台、、朝"
    draft.teaser = "灯台。、朝"
    draft.article_photos.create(photo=make_photo(), caption="灯台、。朝")
    TopicTeaserFactory(article=draft, headline="灯台。。", teaser="灯台、、")
    problems = problems_before_publishing(draft)
    assert set(problems) == {"short_headline", "teaser", "article_photos", "teasers"}
    assert problems["article_photos"] == ["写真1の説明「、。」：句読点の重なり"]


def test_advice_stops_nothing(draft):
    draft.body = "<p>23日に子供と子どもがﾊﾟﾝを食べた。</p>"
    assert problems_before_publishing(draft) == {}
    CheckRule.objects.create(rule="half_kana", level="blocking", section=draft.section)
    assert "半角カタカナ" in problems_before_publishing(draft)["body"][0]


def test_the_dictionary_of_the_section_and_of_all(draft):
    other = Section.objects.create(name="写真", slug="photos")
    DictionaryEntry.objects.create(wrong="子供", right="子ども", level="blocking")
    DictionaryEntry.objects.create(kind="banned", wrong="片手落ち", section=draft.section)
    DictionaryEntry.objects.create(kind="banned", wrong="灯台", section=other)
    draft.body = "<p>子供が片手落ちと灯台で言った。</p>"
    problems = problems_before_publishing(draft)
    assert problems == {
        "body": [
            "本文 第1段落「子供」：社の表記 → 子ども",
            "本文 第1段落「片手落ち」：使わない語",
        ]
    }


def test_many_faults_are_told_in_few_lines(draft):
    draft.body = "<p>灯台。、</p>" * 30
    messages = problems_before_publishing(draft)["body"]
    assert len(messages) == 9
    assert messages[-1] == "ほか22件。"


# --- ignored with a reason


def test_what_was_ignored_stops_nothing_and_says_who_and_why(draft):
    draft.body = DOUBLED
    editor = person(Role.EDITOR)
    ignoring.ignore(draft, rule="punctuation", words="。、", reason="作品名のまま", by=editor)
    assert problems_before_publishing(draft) == {}
    row = IgnoredFinding.objects.get()
    assert (row.reason, row.created_by) == ("作品名のまま", editor)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("ignore_finding", "作品名のまま")


def test_it_survives_edits_elsewhere_and_covers_only_those_words(draft):
    draft.body = DOUBLED
    ignoring.ignore(draft, rule="punctuation", words="。、", reason="作品名のまま", by=None)
    draft.body = f"<h2>前に</h2><p>足した段落。</p>{DOUBLED}"
    assert problems_before_publishing(draft) == {}
    draft.body += "<p>灯台、、朝</p>"
    assert problems_before_publishing(draft) == {"body": ["本文 第4段落「、、」：句読点の重なり"]}


def test_taking_it_back_tells_it_again(draft):
    draft.body = DOUBLED
    row = ignoring.ignore(draft, rule="punctuation", words="。、", reason="作品名", by=None)
    ignoring.heed(draft, number=row.pk, by=None)
    assert "body" in problems_before_publishing(draft)
    with pytest.raises(IgnoredFinding.DoesNotExist):
        ignoring.heed(draft, number=row.pk, by=None)


def test_a_working_copy_shares_what_was_ignored_in_its_article():
    article = ArticleFactory(body=DOUBLED)
    copy = ArticleFactory(body=DOUBLED, status="draft", publish_at=None, replaces=article)
    ignoring.ignore(copy, rule="punctuation", words="。、", reason="作品名", by=None)
    assert problems_before_publishing(article) == problems_before_publishing(copy) == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "長" * 201}, "reason"),
        ({"rule": "nothing"}, "rule"),
        ({"words": ""}, "words"),
        ({"words": "\x00"}, "words"),
        ({"words": "長" * 201}, "words"),
    ],
)
def test_nothing_is_ignored_without_words_and_reason(draft, values, field):
    given = {"rule": "punctuation", "words": "。、", "reason": "作品名", **values}
    with pytest.raises(ValidationError) as refusal:
        ignoring.ignore(draft, by=None, **given)
    assert set(refusal.value.message_dict) == {field}
    assert not IgnoredFinding.objects.exists()


def test_the_checks_take_few_queries(draft, django_assert_max_num_queries):
    for number in range(5):
        draft.article_photos.create(photo=make_photo(), order=number)
        DictionaryEntry.objects.create(wrong=f"誤り{number}", right=f"正しい{number}")
    with django_assert_max_num_queries(6):
        problems_before_publishing(draft)
