from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from articles import publishing
from articles.models import Article, ArticleAuthor, Correction, Photo
from tests.articles.pictures import add_photo, make_photo
from tests.factories import AgencyFactory, ArticleFactory, AuthorFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)


def page(client, article, status=200):
    response = client.get(article.get_absolute_url())
    assert response.status_code == status
    return response.content.decode()


def in_order(text, *pieces):
    at = -1
    for piece in pieces:
        found = text.find(piece, at + 1)
        assert found > at, f"{piece} is not after the piece before it"
        at = found
    return True


@pytest.fixture
def article():
    """One with everything: author, agency, three photos, tags, a related one."""
    article = ArticleFactory(
        headline="港に六十年、灯台を守る",
        body="<p>一段落目。</p><h2>中見出し</h2><p>二段落目。</p><p>三段落目。</p>",
        agency=AgencyFactory(),
        dateline="汐崎",
        publish_at=datetime(2025, 11, 16, 6, 0, tzinfo=TOKYO),
    )
    author = AuthorFactory(name="朝倉 みのり", slug="asakura", role="社会部")
    ArticleAuthor.objects.create(article=article, author=author)
    article.tags.set(["灯台", "LE SSERAFIM"])
    add_photo(article, make_photo(caption="点検の朝", agency=article.agency))
    add_photo(article, make_photo(caption="日誌の棚"), order=1, after_paragraph=2)
    add_photo(article, make_photo(caption="夜の灯台"), order=2)
    before = article.publish_at - DAY
    ArticleFactory(headline="海図を描く人", section=article.section, publish_at=before)
    return article


def test_shows_the_article_in_reading_order(client, article):
    with time_machine.travel(datetime(2025, 11, 16, 12, tzinfo=TOKYO), tick=False):
        html = page(client, article)
    assert in_order(
        html,
        'href="#main"',
        '<time datetime="2025-11-16">2025年11月16日（日曜日）</time>',
        "ことのは新報",
        'role="search"',
        'aria-label="分野"',
        "<main",
        'aria-label="現在位置"',
        "港に<wbr>",
        article.teaser,
        "朝倉 みのり</a>（社会部）",
        "AFP通信",
        '公開 <time datetime="2025-11-16T06:00:00+09:00">2025年11月16日 6時00分</time>',
        "約1分で読めます",
        'fetchpriority="high"',
        "点検の朝",
        '<span class="credit">／AFP通信</span>',
        "【汐崎】</span>一段落目。",
        "二段落目。",
        "日誌の棚",
        "三段落目。",
        "夜の灯台",
        "LE SSERAFIM</a>",
        "関連記事",
        "海図を",
        "<aside",
        "<footer",
    )
    assert "更新 <time" not in html
    assert "1年以上" not in html


def test_takes_at_most_eight_queries(client, article, django_assert_num_queries):
    with django_assert_num_queries(8):
        page(client, article)
    # The masthead is remembered for half a minute.
    with django_assert_num_queries(7):
        page(client, article)


def test_keeps_out_of_sessions_and_names_what_it_shows(client, article):
    response = client.get(article.get_absolute_url())
    other = Article.objects.exclude(pk=article.pk).get()
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "s-maxage" in response["Cache-Control"]
    keys = set(response["Surrogate-Key"].split())
    shown = {f"article-{article.pk}", f"article-{other.pk}"}
    assert shown | {"site", "ranking", "topics"} <= keys
    # What is new in a section does not change the pages of its articles.
    assert f"section-{article.section_id}" not in keys


def test_has_one_canonical_address_whatever_the_query(client, article, settings):
    settings.SITE_URL = "https://news.example.jp"
    html = client.get(article.get_absolute_url(), {"utm_source": "x"}).content.decode()
    assert html.count("canonical") == 1
    assert f'href="https://news.example.jp/articles/{article.pk}/"' in html
    assert "<title>港に六十年、灯台を守る - ことのは新報</title>" in html
    assert f'name="description" content="{article.teaser}"' in html


def test_shows_the_update_only_when_it_is_later(client):
    at = timezone.now() - DAY
    article = ArticleFactory(publish_at=at, updated_at=at - DAY)
    assert "更新 <time" not in page(client, article)
    Article.objects.filter(pk=article.pk).update(updated_at=at + timedelta(hours=1))
    assert "更新 <time" in page(client, article)


@pytest.mark.parametrize(("age", "is_old"), [(364, False), (366, True)])
def test_tells_the_age_of_an_old_article(client, age, is_old):
    article = ArticleFactory(publish_at=timezone.now() - age * DAY)
    assert ("この記事は公開から1年以上たっています。" in page(client, article)) is is_old


def test_an_empty_caption_still_has_its_credit(client):
    article = ArticleFactory()
    add_photo(article, make_photo(caption="", credit="久保田撮影"))
    assert '<figcaption><span class="credit">／久保田撮影</span>' in page(client, article)


def test_a_photo_without_rights_or_files_is_not_there(client):
    article = ArticleFactory()
    ended = timezone.now() - DAY
    add_photo(article, make_photo(caption="期限切れ", rights_until=ended))
    add_photo(article, make_photo(caption="まだない", with_files=False), order=1)
    html = page(client, article)
    assert "期限切れ" not in html
    assert "まだない" not in html
    assert "<figure" not in html


def test_the_next_photo_stands_in_for_one_whose_term_ended(client):
    article = ArticleFactory(body="<p>一段落目。</p>")
    ended = add_photo(article, make_photo(caption="契約の写真"))
    add_photo(article, make_photo(caption="控えの写真"), order=1)
    assert in_order(page(client, article), "契約の写真", "一段落目。", "控えの写真")
    Photo.objects.filter(pk=ended.photo_id).update(rights_until=timezone.now())
    html = page(client, article)
    assert in_order(html, 'class="lead-photo"', "控えの写真", "一段落目。")
    assert "契約の写真" not in html


def test_words_stand_where_the_only_photo_was(client):
    article = ArticleFactory()
    add_photo(article, make_photo(rights_until=timezone.now() - DAY))
    assert "写真の掲載期間は終わりました。" in page(client, article)
    assert "掲載期間" not in page(client, ArticleFactory())


def test_marks_of_position_stay_as_they_were_typed(client):
    article = ArticleFactory()
    add_photo(article, make_photo(caption="灯台守の高井さん(左)と長女（右）"), order=0)
    assert "灯台守の高井さん(左)と長女（右）" in page(client, article)


def test_a_place_beyond_the_text_is_its_end(client):
    article = ArticleFactory(body="<blockquote><p>引用。</p></blockquote><p>一つだけ。</p>")
    add_photo(article)
    add_photo(article, make_photo(caption="二枚目"), order=1, after_paragraph=9)
    assert in_order(page(client, article), "引用。", "一つだけ。", "二枚目")


def test_no_heading_without_related_articles(client):
    assert "関連記事" not in page(client, ArticleFactory())


def test_what_an_editor_typed_is_text(client):
    article = ArticleFactory(
        headline="<script>alert(1)</script>", teaser='"><img src=x>', dateline="<b>"
    )
    html = page(client, article)
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert "【&lt;b&gt;】" in html


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Article.Status.DRAFT},
        {"status": Article.Status.IN_REVIEW},
        {"publish_at": "later"},
        {"embargo_until": "later"},
        {"publish_at": "before", "unpublish_at": "earlier"},
        # Withdrawn before anybody could read it.
        {"status": Article.Status.WITHDRAWN, "publish_at": "later", "withdrawn_at": "earlier"},
    ],
)
def test_what_is_not_public_is_not_found(client, fields):
    now = timezone.now()
    times = {"later": now + DAY, "earlier": now - DAY, "before": now - 2 * DAY}
    article = ArticleFactory(
        headline="ひみつの見出し", **{name: times.get(at, at) for name, at in fields.items()}
    )
    response = client.get(article.get_absolute_url())
    assert response.status_code == 404
    assert "ひみつ" not in response.content.decode()
    # So that the page appears at once when the article does.
    assert f"article-{article.pk}" in response["Surrogate-Key"].split()


def test_a_withdrawn_article_is_gone_in_words(client):
    article = ArticleFactory(
        headline="取り下げた見出し", status=Article.Status.WITHDRAWN, withdrawn_at=timezone.now()
    )
    response = client.get(article.get_absolute_url())
    html = response.content.decode()
    assert response.status_code == 410
    assert "終了しました" in html
    assert article.section.get_absolute_url() in html
    assert "取り下げた見出し" not in html
    assert "noindex" in html
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=5"
    assert f"article-{article.pk}" in response["Surrogate-Key"].split()


@pytest.mark.parametrize("pk", ["0", "99999999", "9" * 30])
def test_an_unknown_number_is_not_found(client, pk):
    assert client.get(f"/articles/{pk}/").status_code == 404


def test_takes_no_post(client):
    assert client.post(ArticleFactory().get_absolute_url()).status_code == 405


def test_no_story_stands_twice(client):
    article = ArticleFactory()
    related = [ArticleFactory() for _ in range(3)]
    for each in [article, *related]:
        TopicTeaserFactory(article=each)
    html = page(client, article)
    main = html[html.index("<main") : html.index("</main>")]
    for each in related:
        assert main.count(f'href="{each.get_absolute_url()}"') == 1
    assert f'href="{article.get_absolute_url()}"' not in main.replace("canonical", "")


def test_corrections_stand_at_the_end_and_above_the_text_when_the_meaning_changed(client, article):
    assert 'class="fix"' not in page(client, article)
    Correction.objects.create(article=article, text="「四十年」は「六十年」の誤りでした。")
    Correction.objects.create(
        article=article, kind="apology", text="<b>別人</b>の写真でした。", changes_meaning=True
    )
    later = Correction.objects.create(article=article, text="直したあとの訂正。")
    Correction.objects.create(article=article, text="古い訂正。", superseded_by=later)
    Correction.objects.create(
        article=article, text="あすの訂正。", published_at=timezone.now() + DAY
    )
    text = page(client, article)
    assert in_order(text, "おわび", "&lt;b&gt;別人", "一段落目。", "訂正", "「四十年」は「六十年」")
    assert "直したあとの訂正。" in text
    assert "古い訂正。" not in text
    assert "あすの訂正。" not in text


def test_headings_of_the_body_break_at_phrases(client):
    article = ArticleFactory(
        body="<h2>日誌に残る嵐の夜 &amp; 朝</h2><h3><ruby>岬<rt>みさき</rt></ruby></h3>"
    )
    html = client.get(article.get_absolute_url()).content.decode()
    assert "<h2>日誌に<wbr>残る<wbr>嵐の<wbr>夜 &amp; 朝</h2>" in html
    # One with more than words in it stays as it was written.
    assert "<h3><ruby>岬<rt>みさき</rt></ruby></h3>" in html


def test_a_photo_stands_where_the_text_says(client, article):
    shelf, night = (item.photo_id for item in article.article_photos.all()[1:])
    article.article_photos.update(after_paragraph=None)
    # The lead photo and photos of other articles have no place in the text.
    other = article.lead_photo_id, 99_999
    extra = "".join(f'<hr data-photo="{number}">' for number in other)
    article.body = (
        f'<p>一。</p><hr data-photo="{night}"><p>二。</p>{extra}'
        f'<blockquote><p>引用。</p><hr data-photo="{shelf}"></blockquote><p>三。</p>'
    )
    article.save()
    html = page(client, article)
    assert in_order(html, "一。", "夜の灯台", "二。", "引用。", "三。", "日誌の棚")
    assert "data-photo" not in html


def test_the_place_of_a_photo_is_settled_in_the_text_when_its_article_is_saved(client, article):
    publishing.update(article, by=None)
    article.refresh_from_db()
    shelf = article.article_photos.get(order=1)
    assert shelf.after_paragraph is None
    assert f'<p>二段落目。</p><hr data-photo="{shelf.photo_id}"><p>三段落目。</p>' in article.body
    assert in_order(page(client, article), "二段落目。", "日誌の棚", "三段落目。")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "YouTubeの動画を見る"),
        ("https://x.com/kotonoha/status/1234567890", "Xの投稿を見る"),
        ("https://x.com/kotonoha", ""),
        ("https://www.youtube.com.example.jp/watch?v=dQw4w9WgXcQ", ""),
    ],
)
def test_a_video_or_a_post_is_a_link_that_says_where_it_leads(client, article, address, words):
    article.body = f'<p>一。</p><p><a href="{address}">灯台の朝</a></p>'
    article.save()
    html = page(client, article)
    assert f'<a href="{address}" rel="noopener">灯台の朝</a>' in html
    assert ('class="embed"' in html) is bool(words)
    assert words in html
    assert "<iframe" not in html
