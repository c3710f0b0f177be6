import json

import pytest

from articles.document import article_document
from articles.models import ArticleAuthor, ArticlePhoto, Photo, RelatedArticle
from tests.factories import AgencyFactory, ArticleFactory, AuthorFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db


def test_the_document_holds_all_that_an_editor_wrote():
    article = ArticleFactory(agency=AgencyFactory(), short_headline="灯台守の記憶")
    article.tags.set(["灯台", "LE SSERAFIM"])
    first, second = AuthorFactory(), AuthorFactory()
    ArticleAuthor.objects.create(article=article, author=second, order=0)
    ArticleAuthor.objects.create(article=article, author=first, order=1)
    other = ArticleFactory()
    RelatedArticle.objects.create(article=article, other=other)
    photo = Photo.objects.create(sha256="a" * 64, alt="灯台", caption="夜明けの灯台")
    ArticlePhoto.objects.create(article=article, photo=photo, caption="この記事での説明")
    teaser = TopicTeaserFactory(article=article, headline="港の食堂")

    document = article_document(article)

    assert json.loads(json.dumps(document)) == document
    assert document["headline"] == article.headline
    assert document["body"] == article.body
    assert document["tags"] == ["LE SSERAFIM", "灯台"]
    assert document["authors"] == [second.slug, first.slug]
    assert document["related"] == [other.pk]
    assert document["agency"] == "afp"
    assert document["photos"][0]["caption"] == "この記事での説明"
    assert document["photos"][0]["credit"] == "／ことのは新報"
    assert document["teasers"][0]["topic"] == teaser.topic.slug
    assert document["publish_at"].endswith("+00:00")
