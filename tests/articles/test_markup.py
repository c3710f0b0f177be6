import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from articles.markup import clean_html, from_plain, plain_text, with_photos, without_photos
from articles.models import Article
from tests.factories import ArticleFactory, SectionFactory

HOSTILE = [
    "<p>本文</p><script>alert(1)</script>",
    '<p onclick="alert(1)">本文</p>',
    '<p>本文<a href="javascript:alert(1)">ここ</a></p>',
    '<p>本文<a href="&#106;avascript:alert(1)">ここ</a></p>',
    '<p>本文</p><img src=x onerror="alert(1)">',
    '<p>本文</p><iframe src="https://example.jp"></iframe>',
    '<p style="position:fixed">本文</p>',
    "<p>本文</p><svg><script>alert(1)</script></svg>",
    '<p>本文<a href="data:text/html,<script>alert(1)</script>">ここ</a></p>',
]


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_is_cleaned(html):
    cleaned = clean_html(html)
    assert "本文" in cleaned
    for word in ("script", "alert", "onerror", "onclick", "style", "iframe", "data:"):
        assert word not in cleaned


@given(st.text(alphabet="<>/\"'=abp scrit&#;:\x00\ud800"))
def test_cleaning_twice_is_cleaning_once(html):
    assert clean_html(clean_html(html)) == clean_html(html)


@pytest.mark.parametrize("html", ["", "<p></p>", "<p> </p><p><br></p>", "\x00"])
def test_nothing_stays_nothing(html):
    assert clean_html(html) == ""


def test_ruby_lists_quotes_and_links_stay():
    html = (
        "<h2>見出し</h2><p><ruby>岬<rp>（</rp><rt>みさき</rt><rp>）</rp></ruby></p>"
        "<ul><li>一</li></ul><blockquote><p>引用</p></blockquote>"
        '<p><a href="https://example.jp/" rel="noopener">出典</a></p>'
    )
    assert clean_html(html) == html


def test_plain_text_has_a_line_a_block_and_no_readings():
    html = "<h2>見出し</h2><p><ruby>岬<rt>みさき</rt></ruby>の&lt;灯台&gt;<br>朝</p>"
    assert plain_text(html) == "見出し\n岬の<灯台>\n朝"


def test_from_plain():
    assert from_plain("一段落。\n\n## 見出し\n\n> 引用。\n\n<b>二</b>") == (
        "<p>一段落。</p><h2>見出し</h2><blockquote><p>引用。</p></blockquote>"
        "<p>&lt;b&gt;二&lt;/b&gt;</p>"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("html", HOSTILE)
def test_every_way_into_the_database_cleans(html):
    section = SectionFactory()
    made = [
        ArticleFactory(body=html),
        Article.objects.create(headline="一", body=html, section=section),
        *Article.objects.bulk_create([Article(headline="二", body=html, section=section)]),
    ]
    updated = Article.objects.create(headline="三", section=section)
    Article.objects.filter(pk=updated.pk).update(body=html)
    for article in Article.objects.filter(pk__in=[*(row.pk for row in made), updated.pk]):
        assert article.body == clean_html(html)


@pytest.mark.django_db
def test_what_was_stored_otherwise_is_cleaned_at_the_exit():
    article = ArticleFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE articles_article SET body = %s WHERE id = %s", [HOSTILE[0], article.pk]
        )
    article.refresh_from_db()
    assert article.body_html == "<p>本文</p>"


def test_foreign_names_say_their_language():
    html = '<p><i lang="ko">김정은</i>氏は<cite lang="en">The Times</cite>に</p>'
    assert clean_html(html) == html


@pytest.mark.parametrize("language", ["", "日本語", "en us", "x&quot;y", "e", "en-" + "a" * 9])
def test_a_language_is_a_code_or_nothing(language):
    assert clean_html(f'<p><i lang="{language}">名</i></p>') == "<p><i>名</i></p>"


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ('<p>一</p><hr data-photo="12"><p>二</p>', '<p>一</p><hr data-photo="12"><p>二</p>'),
        ('<hr data-photo="0"><p>一</p>', "<hr><p>一</p>"),
        ('<hr data-photo="1 onload=x"><p>一</p>', "<hr><p>一</p>"),
        ('<p data-photo="12">一</p>', "<p>一</p>"),
    ],
)
def test_only_a_line_names_a_photo_and_only_by_its_number(html, cleaned):
    assert clean_html(html) == cleaned


def test_photos_that_name_a_paragraph_move_into_the_text():
    html = "<p>一</p><blockquote><p>引用</p></blockquote><p>二</p>"
    placed = with_photos(html, [(2, 7), (9, 8), (1, 9)])
    assert placed == (
        '<p>一</p><hr data-photo="9"><blockquote><p>引用</p></blockquote><p>二</p>'
        '<hr data-photo="7"><hr data-photo="8">'
    )
    assert with_photos(placed, [(1, 7)]) == placed
    assert without_photos(placed) == html
    assert plain_text(placed) == "一\n引用\n二"
