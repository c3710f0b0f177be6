"""The written articles of the demo newsroom keep to the newsroom's own measures."""

import re
import tomllib

import pytest

from articles.markup import from_plain, plain_text
from newsportal.demo import illustrations
from newsportal.demo.newsroom import CONTENT, read_articles

ARTICLES = read_articles()
NEWSROOM = tomllib.loads((CONTENT / "newsroom.toml").read_text("utf-8"))


def keys(kind):
    return {row["key"] for row in NEWSROOM[kind]}


def test_there_are_48_in_6_sections_with_8_topics():
    assert len(ARTICLES) == len({article["key"] for article in ARTICLES}) == 48
    assert len(keys("sections")) == 6
    assert len(keys("topics")) == 8
    topics = [row["topic"] for article in ARTICLES for row in article.get("topics", [])]
    assert set(topics) == keys("topics")


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article["key"])
def test_article(article):
    assert 10 <= len(article["headline"]) <= 45
    assert 40 <= len(article["teaser"]) <= 80
    assert len(article["short_headline"]) <= 15
    assert 5 <= len(re.findall("<p>", from_plain(article["body"]))) <= 10
    assert article["tags"]
    assert set(article["authors"]) <= keys("authors")
    assert set(article["related"]) <= {other["key"] for other in ARTICLES} - {article["key"]}
    assert article["photos"]
    for photo in article["photos"]:
        assert photo["kind"] in illustrations.KINDS
        assert photo["alt"]
        assert photo["caption"]
        assert photo["agency"] in keys("agencies") | {""}
    text = "".join(
        [article["headline"], article["teaser"], plain_text(from_plain(article["body"]))]
    )
    assert not re.search("[。、][。、]|[\uff61-\uff9f]|[①-⑳㈱]|[ぁ-ん一-龥][!?]", text)


def test_no_picture_stands_over_two_articles():
    pictures = [(a["photos"][0]["kind"], a["photos"][0]["seed"]) for a in ARTICLES]
    assert len(set(pictures)) == len(pictures)


def test_pictures_are_the_same_every_time_and_differ_by_seed():
    small = (60, 40)
    once = illustrations.jpeg("waves", 3, small)
    assert illustrations.jpeg("waves", 3, small) == once
    assert illustrations.jpeg("waves", 4, small) != once


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(ValueError, match="horizon"):
        illustrations.draw("noise", 1)
