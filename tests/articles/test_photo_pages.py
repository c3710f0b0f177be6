"""Galleries: photos side by side in the body, and a page of its own for each photo."""

from __future__ import annotations

import pytest
from django.utils import timezone

from articles.models import Photo
from tests.articles.pictures import add_photo, make_photo
from tests.factories import AgencyFactory, ArticleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    article = ArticleFactory(headline="港の朝", body="<p>一段落目。</p><p>二段落目。</p>")
    captions = ["点検の朝", "日誌の棚", "", "夜の灯台"]
    for order, caption in enumerate(captions):
        photo = make_photo(caption=caption, alt=f"写真その{order}", agency=AgencyFactory())
        add_photo(article, photo, order=order, in_gallery=order > 0, after_paragraph=1)
    return article


def items(article):
    return list(article.article_photos.select_related("photo"))


def address(article, item):
    return f"{article.get_absolute_url()}photos/{item.photo_id}/"


def read(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode().replace("<wbr>", "")


def test_a_gallery_stands_in_its_place_with_a_credit_for_every_photo(client, article):
    html = read(client, article.get_absolute_url())
    before, _, rest = html.partition('<ul class="gallery"')
    gallery, _, after = rest.partition("</ul>")
    assert "一段落目。" in before
    assert "二段落目。" in after
    lead, *others = items(article)
    assert [address(article, item) in gallery for item in others] == [True] * 3
    assert address(article, lead) not in gallery
    assert gallery.count("／AFP通信") == 3


def test_the_lead_photo_leads_to_all_of_them(client, article):
    lead = items(article)[0]
    html = read(client, article.get_absolute_url())
    assert f'href="{address(article, lead)}">写真をすべて見る（4枚）' in html
    alone = ArticleFactory()
    add_photo(alone)
    assert "写真をすべて見る" not in read(client, alone.get_absolute_url())


def test_each_photo_has_a_page_between_its_neighbours(client, article, settings):
    settings.SITE_URL = "https://news.example.jp"
    one, two, three, four = items(article)
    html = read(client, address(article, two))
    assert "写真 2/4" in html
    assert "日誌の棚" in html
    assert '<span class="credit">／AFP通信</span>' in html
    assert f'rel="prev" href="{address(article, one)}"' in html
    assert f'rel="next" href="{address(article, three)}"' in html
    canonical = f'<link rel="canonical" href="https://news.example.jp{address(article, two)}">'
    assert canonical in html
    assert 'rel="prev"' not in read(client, address(article, one))
    assert 'rel="next"' not in read(client, address(article, four))


def test_the_credit_stands_without_a_caption(client, article):
    html = read(client, address(article, items(article)[2]))
    assert "写真その2（写真3/4）" in html
    assert '<span class="credit">／AFP通信</span>' in html


def test_a_photo_that_may_not_be_shown_is_not_found_and_the_others_keep_their_addresses(
    client, article
):
    one, two, three, _ = items(article)
    Photo.objects.filter(pk=two.photo_id).update(rights_until=timezone.now())
    gone = client.get(address(article, two))
    assert gone.status_code == 404
    # So that the page is made anew when the photo may be shown again.
    assert f"article-{article.pk}" in gone["Surrogate-Key"].split()
    html = read(client, address(article, three))
    assert "写真 2/3" in html
    assert f'rel="prev" href="{address(article, one)}"' in html


def test_a_photo_of_another_article_is_not_found(client, article):
    other = ArticleFactory()
    item = add_photo(other)
    assert client.get(address(article, item)).status_code == 404


def test_takes_as_many_queries_for_one_photo_as_for_many(client, django_assert_num_queries):
    few, many = ArticleFactory(), ArticleFactory()
    for order in range(8):
        add_photo(many, order=order)
    item = add_photo(few)
    read(client, address(few, item))
    for article in (few, many):
        url = address(article, items(article)[0])
        with django_assert_num_queries(4):
            read(client, url)
