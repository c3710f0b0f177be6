"""表記 beside an article, the house dictionary and its CSV, the rules: as the desk uses them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from articles.models import (
    Article,
    AuditEntry,
    CheckRule,
    DictionaryEntry,
    IgnoredFinding,
    Section,
)
from newsportal.roles import Role
from tests.articles.desk import ADD, change, fields, person, words
from tests.articles.pictures import make_photo
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db
DOUBLED = "<p>朝鮮を訪問し、会談を行った。、その後、署名した。</p>"
LIST = "/admin/articles/article/"
DICTIONARY = "/admin/articles/dictionaryentry/"
HEADER = "種類,避ける書き方,社の書き方,活用する,「」の中も,注記,分野,強さ\n"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def draft(editor):
    return ArticleFactory(status="draft", publish_at=None, created_by=editor)


def proofread(client, article=None, **values):
    number = article.pk if article else "add"
    return client.post(f"{LIST}{number}/proofread/", values)


def item(answer, name):
    return next(one for one in answer["items"] if one["name"] == name)


def test_the_text_is_checked_as_it_stands_in_the_form(client, draft):
    response = proofread(client, draft, headline="灯台", body=DOUBLED, section=draft.section_id)
    answer = response.json()
    [finding] = answer["findings"]
    assert finding == {
        "rule": "punctuation",
        "label": "句読点の重なり",
        "level": "blocking",
        "message": "句読点の重なり",
        "field": "body",
        "where": "本文 第1段落",
        "paragraph": 1,
        "start": 13,
        "end": 15,
        "before": "し、会談を行った",
        "words": "。、",
        "after": "その後、署名した",
        "replacement": "。",
    }
    assert item(answer, "teaser")["problems"] == ["公開するにはリードが要ります。"]
    assert item(answer, "headline")["problems"] == []
    assert answer["stops"] == 2
    # Nothing was saved.
    assert Article.objects.get().body == draft.body


def test_a_new_article_is_checked_too_but_nothing_is_ignored_in_it(client, editor):
    answer = proofread(client, body=DOUBLED).json()
    assert [one["words"] for one in answer["findings"]] == ["。、"]
    assert answer["can_ignore"] is False
    response = client.post(f"{LIST}add/proofread/ignore/", {"rule": "punctuation", "words": "。、"})
    assert response.status_code == 404


def test_photos_tags_and_times_of_the_form_count(client, draft):
    until = timezone.localtime() + timedelta(hours=2)
    photo = make_photo(rights_until=until, alt="")
    publish = until + timedelta(days=1)
    values = {
        "tags": "灯台、港",
        "article_photos-TOTAL_FORMS": "2",
        "article_photos-0-photo": str(photo.pk),
        "article_photos-0-caption": "灯台、、朝",
        "article_photos-1-photo": "99999",
        "article_photos-1-DELETE": "on",
        "publish_at_0": publish.strftime("%Y-%m-%d"),
        "publish_at_1": "10:00",
        "embargo_until_0": (publish + timedelta(days=1)).strftime("%Y-%m-%d"),
        "embargo_until_1": "10:00",
        "teasers-0-headline": "灯台。。",
    }
    answer = proofread(client, draft, **values).json()
    assert item(answer, "tags")["problems"] == []
    assert item(answer, "lead_photo")["problems"] == []
    assert "利用期限が切れます" in item(answer, "photo_rights")["problems"][0]
    assert "代替テキスト" in item(answer, "photo_alt")["problems"][0]
    assert "より前には公開できません" in item(answer, "embargo")["problems"][0]
    places = [(one["field"], one["where"]) for one in answer["findings"]]
    assert places == [
        ("article_photos-0-caption", "写真1の説明"),
        ("teasers-0-headline", "トピック1の見出し"),
    ]
    values["article_photos-0-DELETE"] = "on"
    answer = proofread(client, draft, **values).json()
    assert item(answer, "lead_photo")["problems"] == ["写真がありません。"]


def test_ignoring_with_a_reason_is_kept_and_taken_back(client, draft, editor):
    values = {"rule": "punctuation", "words": "。、"}
    address = f"{LIST}{draft.pk}/proofread/"
    refused = client.post(f"{address}ignore/", {**values, "reason": " "})
    assert refused.status_code == 400
    assert refused.json() == {"error": "無視する理由を書いてください。"}
    assert client.post(f"{address}ignore/", {**values, "reason": "作品名"}).status_code == 200
    answer = proofread(client, draft, body="<p>前の段落。</p>" + DOUBLED).json()
    assert answer["findings"] == []
    [ignored] = answer["ignored"]
    assert (ignored["words"], ignored["reason"], ignored["who"]) == ("。、", "作品名", "高井")
    # What no longer stands in the text is not shown.
    assert proofread(client, draft, body="<p>港。</p>").json()["ignored"] == []
    back = client.post(f"{address}heed/", {"number": ignored["number"]})
    assert back.status_code == 200
    assert not IgnoredFinding.objects.exists()
    assert client.post(f"{address}heed/", {"number": ignored["number"]}).status_code == 404


def test_what_is_ignored_in_one_article_is_not_taken_back_in_another(client, draft, editor):
    other = ArticleFactory(status="draft", publish_at=None)
    row = IgnoredFinding.objects.create(
        article=other, rule="punctuation", words="。、", reason="作品名"
    )
    response = client.post(f"{LIST}{draft.pk}/proofread/heed/", {"number": row.pk})
    assert response.status_code == 404
    assert IgnoredFinding.objects.exists()


@pytest.mark.parametrize("page", ["proofread/", "proofread/ignore/", "proofread/heed/"])
def test_who_may_not_change_an_article_may_not_check_it(client, page):
    live = ArticleFactory(body=DOUBLED)
    values = {"rule": "punctuation", "words": "。、", "reason": "作品名", "number": "1"}
    address = f"{LIST}{live.pk}/{page}"
    assert client.post(address, values).status_code == 302
    client.force_login(person(Role.WRITER))
    assert client.post(address, values).status_code == 403
    client.force_login(person(Role.EDITOR))
    assert client.get(address).status_code == 405
    assert client.post(f"{LIST}999/{page}", values).status_code in {302, 404}
    assert not IgnoredFinding.objects.filter(reason="x").exists()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"section": "x", "publish_at_0": "昨日", "embargo_until_0": "9999-99-99"},
        {"section": "9" * 30, "article_photos-0-photo": "9" * 30, "article_photos-0-order": "-"},
        {"section": "²", "article_photos-9999999-photo": "1", "article_photos-x-photo": "1"},
        {"headline": "\x00", "body": "<p>\x00</p><", "tags": "\x00"},
        {"headline": ["灯", "台"], "publish_at_0": "0001-01-01", "publish_at_1": "00:00"},
    ],
)
def test_broken_values_are_read_as_empty(client, draft, values):
    assert proofread(client, draft, **values).status_code == 200


def test_what_is_too_long_is_refused(client, draft):
    response = proofread(client, draft, body="灯" * 300_001)
    assert response.status_code == 413
    assert response.json() == {"error": "長すぎて調べられません。"}


@pytest.mark.parametrize(
    "values",
    [
        {"rule": "nothing", "words": "。、", "reason": "作品名"},
        {"rule": "punctuation", "words": "\x00", "reason": "作品名"},
        {"rule": "punctuation", "words": "。" * 300, "reason": "作品名"},
        {"rule": "punctuation", "words": "。、", "reason": "長" * 300},
        {},
    ],
)
def test_nothing_broken_is_ignored(client, draft, values):
    response = client.post(f"{LIST}{draft.pk}/proofread/ignore/", values)
    assert response.status_code == 400
    assert response.json()["error"]
    assert not IgnoredFinding.objects.exists()


# --- the same rules at the buttons


def test_the_form_refuses_at_the_field_and_keeps_what_was_typed(client, draft):
    data = fields(client.get(change(draft))) | {"body": DOUBLED, "headline": "直した見出し"}
    response = client.post(change(draft), data | {"_publish": "1"})
    assert response.status_code == 200
    assert "本文 第1段落「。、」：句読点の重なり" in words(response)
    assert "直した見出し" in words(response)
    draft.refresh_from_db()
    assert (draft.status, draft.headline == "直した見出し") == ("draft", False)
    # Saving a draft is never refused for its words.
    assert client.post(change(draft), data | {"_save": "1"}).status_code == 302


def test_the_action_on_many_says_which_was_refused(client, draft, editor):
    bad = ArticleFactory(status="draft", publish_at=None, body=DOUBLED, headline="悪い見出し")
    data = {"action": "publish_chosen", "_selected_action": [draft.pk, bad.pk], "_confirmed": "1"}
    text = words(client.post(LIST, data, follow=True))
    assert "1件を公開・予約しました。" in text
    assert "「悪い見出し」：本文 第1段落「。、」：句読点の重なり" in text
    assert list(Article.objects.public()) == [draft]


def test_a_new_article_with_a_blocking_fault_is_not_made_public(client, editor):
    section = SectionFactory()
    data = fields(client.get(ADD)) | {
        "headline": "灯台。。", "teaser": "北の岬。", "body": "<p>港。</p>",
        "section": str(section.pk), "_publish": "1",
    }  # fmt: skip
    assert "句読点の重なり" in words(client.post(ADD, data))
    assert not Article.objects.exists()


# --- the dictionary and the rules in the admin


def test_an_editor_keeps_the_dictionary(client, editor):
    data = {"kind": "spelling", "wrong": "子供、子共\n小供", "right": "子ども"}
    response = client.post(f"{DICTIONARY}add/", data)
    assert response.status_code == 302, words(response)
    entry = DictionaryEntry.objects.get()
    assert entry.forms == ("子供", "子共", "小供")
    assert "子供、子共、小供" in words(client.get(DICTIONARY))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"right": ""}, "「社の書き方」を書いてください。"),
        ({"wrong": "、、"}, "避ける書き方を書いてください。"),
        ({"right": "子供"}, "避ける書き方と同じです。"),
        ({"wrong": "長" * 41}, "長すぎます"),
        ({"inflects": "on"}, "活用する語の終わりではありません。"),
        ({"inflects": "on", "wrong": "磨く", "right": "みがき"}, "で終わる形"),
    ],
)
def test_entries_that_say_nothing_are_refused(client, editor, values, said):
    data = {"kind": "spelling", "wrong": "子供", "right": "子ども", **values}
    response = client.post(f"{DICTIONARY}add/", data)
    assert said in words(response)
    assert not DictionaryEntry.objects.exists()


def test_the_dictionary_goes_out_and_comes_back_the_same(client, editor):
    section = SectionFactory()
    DictionaryEntry.objects.create(wrong="磨き込む", right="磨きこむ", inflects=True)
    DictionaryEntry.objects.create(
        kind="banned", wrong="片手落ち、びっこ", note="言い換える", section=section,
        level="advisory", in_quotations=True,
    )  # fmt: skip
    file = client.get(f"{DICTIONARY}export/").content
    assert file.startswith("\ufeff種類".encode())
    before = list(DictionaryEntry.objects.order_by("id").values())
    response = upload(client, file)
    assert "0語を加え、0語を直しました。" in words(response)
    # Nothing was changed, so nothing is noted.
    assert not AuditEntry.objects.exists()
    assert list(DictionaryEntry.objects.order_by("id").values()) == before
    DictionaryEntry.objects.all().delete()
    assert "2語を加え、0語を直しました。" in words(upload(client, file))
    again = DictionaryEntry.objects.order_by("id").values()
    assert sorted(row["wrong"] for row in again) == sorted(row["wrong"] for row in before)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_files_of_spreadsheets_are_read(client, editor, encoding):
    content = f"{HEADER}社の表記,子供,子ども,,,,,\n".encode(encoding)
    assert "1語を加え" in words(upload(client, content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ファイルが空です。"),
        (b"a,b\n", "1行目は「種類,"),
        (b"\xff\xfe\x00\x01" * 10, "1行目は"),
        ((HEADER + "社の表記,子供,,,,,,\n").encode(), "2行目：「社の書き方」を書いて"),
        ((HEADER + "社の表記,犬,いぬ,,,,,\n敬語,子供,子ども,,,,,\n").encode(), "3行目：種類は"),
        ((HEADER + "社の表記,犬,いぬ,たぶん,,,,\n").encode(), "2行目：「活用する」は"),
        ((HEADER + "社の表記,犬,いぬ,,,,宇宙,\n").encode(), "2行目：分野「宇宙」はありません"),
        ((HEADER + "社の表記,犬,いぬ,,,,,強い\n").encode(), "2行目：強さは"),
        ((HEADER + f"社の表記,犬,{'長' * 41},,,,,\n").encode(), "2行目："),
        ((HEADER + "社の表記,犬,いぬ\x00,,,,,\n" + "x\n" * 30).encode(), "ほか20行。"),
    ],
)
def test_a_wrong_line_keeps_the_whole_file_out(client, editor, content, said):
    assert said in words(upload(client, content))
    assert not DictionaryEntry.objects.exists()


def upload(client, content):
    file = SimpleUploadedFile("dictionary.csv", content, "text/csv")
    return client.post(f"{DICTIONARY}import/", {"file": file}, follow=True)


def test_who_may_keep_dictionary_and_rules(client):
    pages = {
        Role.WRITER: (403, 403, 403),
        Role.EDITOR: (200, 200, 403),
        Role.PUBLISHER: (200, 200, 200),
    }
    addresses = (f"{DICTIONARY}add/", f"{DICTIONARY}import/", "/admin/articles/checkrule/add/")
    for role, expected in pages.items():
        client.force_login(person(role))
        assert tuple(client.get(address).status_code for address in addresses) == expected
        assert client.get(f"{DICTIONARY}export/").status_code == 200


def test_the_rules_of_the_house_are_set_by_section(client):
    client.force_login(person(Role.PUBLISHER))
    section = SectionFactory()
    address = "/admin/articles/checkrule/"
    data = {"rule": "tags", "section": section.pk, "level": "blocking", "style": ""}
    assert client.post(f"{address}add/", data).status_code == 302
    assert "もう決めてあります" in words(client.post(f"{address}add/", data))
    everywhere = {"rule": "digits", "section": "", "level": "advisory", "style": "single_full"}
    assert client.post(f"{address}add/", everywhere).status_code == 302
    assert "もう決めてあります" in words(client.post(f"{address}add/", everywhere))
    refused = client.post(f"{address}add/", everywhere | {"rule": "links"})
    assert "数字と英字だけ" in words(refused)
    assert client.post(f"{address}add/", data | {"rule": "headline"}).status_code == 200
    text = words(client.get(address))
    assert "初めの決まり" in text
    assert "いつも公開を止める" in text
    assert CheckRule.objects.count() == 2
    assert Section.objects.count() == 1


def test_ignoring_stands_in_the_audit_log(client, draft, editor):
    values = {"rule": "banned", "words": "片手落ち", "reason": "題名"}
    client.post(f"{LIST}{draft.pk}/proofread/ignore/", values)
    entry = AuditEntry.objects.get(action="ignore_finding")
    assert json.loads(json.dumps(entry.new)) == {"rule": "banned", "words": "片手落ち"}
    assert "表記の指摘の無視" in words(client.get("/admin/articles/auditentry/"))


def test_a_file_is_noted_with_the_words_before_and_after(client, editor):
    DictionaryEntry.objects.create(wrong="子供", right="子ども")
    DictionaryEntry.objects.create(wrong="沢山", right="たくさん")
    lines = "社の表記,子供,こども,,,,,\n社の表記,沢山,たくさん,,,,,\n社の表記,出来る,できる,,,,,\n"
    upload(client, (HEADER + lines).encode())
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("import_dictionary", editor)
    assert entry.label == "CSV：1語を追加、1語を変更"
    assert entry.old["words"] == ["社の表記、子供、子ども"]
    assert entry.new["words"] == ["社の表記、子供、こども", "社の表記、出来る、できる"]


@pytest.fixture
def booked():
    at = timezone.now() + timedelta(hours=5)
    return ArticleFactory(publish_at=at, body="<p>子供が灯台に登った。</p>")


def test_a_new_word_holds_what_is_scheduled_against_it(client, editor, booked):
    data = fields(client.get(f"{DICTIONARY}add/"))
    data |= {"kind": "banned", "wrong": "子供", "level": "blocking"}
    response = client.post(f"{DICTIONARY}add/", data, follow=True)
    booked.refresh_from_db()
    assert (booked.status, "子供" in booked.held_reason) == ("held", True)
    assert "決まりに合わない予約1件を保留にしました。" in words(response)


def test_a_file_holds_what_is_scheduled_against_it(client, editor, booked):
    response = upload(client, f"{HEADER}使わない語,子供,,,,,,公開を止める\n".encode())
    booked.refresh_from_db()
    assert booked.status == "held"
    assert "予約1件を保留にしました。" in words(response)


def test_a_stricter_rule_and_one_that_is_gone_hold_what_is_scheduled(client, booked):
    client.force_login(person(Role.PUBLISHER))
    rule = CheckRule.objects.create(rule="tags", level="off")
    address = f"/admin/articles/checkrule/{rule.pk}/change/"
    client.post(address, fields(client.get(address)) | {"level": "blocking"})
    booked.refresh_from_db()
    assert booked.status == "held"
    lenient = CheckRule.objects.create(rule="punctuation", level="off")
    Article.objects.filter(pk=booked.pk).update(status="published", body=DOUBLED)
    CheckRule.objects.filter(pk=rule.pk).delete()
    client.post(f"/admin/articles/checkrule/{lenient.pk}/delete/", {"post": "yes"})
    booked.refresh_from_db()
    assert booked.status == "held"
