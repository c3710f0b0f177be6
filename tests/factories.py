"""Rows as a newsroom would write them, for tests."""

from __future__ import annotations

from datetime import timedelta

import factory
from django.utils import timezone

from articles.models import Agency, Article, Author, FrontSlot, Section, Topic, TopicTeaser


class SectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Section
        django_get_or_create = ("slug",)

    name = "社会"
    slug = "society"


class AuthorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Author

    name = "朝倉 みのり"
    slug = factory.Sequence(lambda number: f"author-{number}")


class AgencyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Agency
        django_get_or_create = ("slug",)

    name = "AFP通信"
    slug = "afp"
    credit_pattern = "／AFP通信"


class ArticleFactory(factory.django.DjangoModelFactory):
    """A public article, published an hour ago."""

    class Meta:
        model = Article

    headline = factory.Sequence(lambda number: f"夜明けの港に六十年、灯台を守る手の記憶{number}")
    teaser = "北の岬に立つ灯台が来春、遠隔管理に移る。最後の有人点検に立ち会い、日誌を読んだ。"
    body = "<p>潮の匂いがまだ冷たい午前五時、階段を上る足音が響いた。</p>"
    section = factory.SubFactory(SectionFactory)
    status = Article.Status.PUBLISHED
    publish_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Topic

    name = factory.Sequence(lambda number: f"冬の暮らし{number}")
    slug = factory.Sequence(lambda number: f"winter-{number}")


class TopicTeaserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TopicTeaser

    topic = factory.SubFactory(TopicFactory)
    article = factory.SubFactory(ArticleFactory)


class FrontSlotFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FrontSlot

    area = FrontSlot.Area.MAIN
    place = 1
    article = factory.SubFactory(ArticleFactory)
