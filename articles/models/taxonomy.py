"""Where an article belongs: section, topic, tag."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Expression, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from taggit.models import ItemBase, TagBase

from articles.colors import hue_class
from articles.models.addresses import Addressed
from articles.models.fields import LineField, ProseField
from articles.text import fold_tag, mark_phrases, phrases_html


class Section(Addressed):
    name = LineField("分野名", max_length=20, unique=True)
    slug = models.SlugField("URLの名前", max_length=40, unique=True)
    description = ProseField("説明", max_length=300, blank=True)
    color = models.CharField(
        "色",
        max_length=7,
        default="#17191d",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "「#1b3f7a」のように書いてください。")],
    )
    order = models.PositiveIntegerField("並び順", default=0, db_index=True)
    needs_review = models.BooleanField(
        "公開には承認が要る",
        default=False,
        db_default=False,
        help_text="承認された内容だけが公開・予約できます。",
    )
    four_eyes = models.BooleanField(
        "二人で確かめる",
        default=False,
        db_default=False,
        help_text="書いた人と最後に直した人は承認できません。承認も要るようになります。",
    )

    class Meta:
        verbose_name = "分野"
        verbose_name_plural = "分野"
        ordering = ["order", "id"]
        permissions = [("set_review_rules", "分野の承認の決まりを変えられる")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("section", args=[self.slug])

    @property
    def demands_approval(self) -> bool:
        return self.needs_review or self.four_eyes

    @property
    def hue(self) -> str:
        """The class that colours what belongs to this section."""
        return hue_class(self.color)


class Tag(Addressed, TagBase):
    name: str
    slug: str

    class Meta:
        verbose_name = "タグ"
        verbose_name_plural = "タグ"
        ordering = ["name"]

    def save(self, *args: object, **kwargs: object) -> None:
        self.name = fold_tag(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("tag", args=[self.slug])

    def slugify(self, tag: str, i: int | None = None) -> str:
        """A tag of signs only, such as ☆, still needs an address."""
        slug: str = super().slugify(tag, i)
        return slug if slug.strip("_0123456789") or tag[:1].isalnum() else f"u{ord(tag[0]):x}{slug}"


class TaggedArticle(ItemBase):
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged", verbose_name="タグ")
    content_object = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="tagged", verbose_name="記事"
    )

    class Meta:
        verbose_name = "タグ付け"
        verbose_name_plural = "タグ付け"
        constraints = [
            models.UniqueConstraint(fields=["tag", "content_object"], name="tag_once_per_article")
        ]

    def __str__(self) -> str:
        return f"{self.content_object}：{self.tag}"


class Topic(Addressed):
    name = LineField("トピック名", max_length=40, unique=True)
    slug = models.SlugField("URLの名前", max_length=60, unique=True)
    description = ProseField("説明", max_length=600, blank=True)
    key_points = ProseField(
        "要点",
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        help_text="これまでの経過など。一行に一つ書きます。",
    )
    is_active = models.BooleanField("表示する", default=True)
    order = models.PositiveIntegerField("並び順", default=0, db_index=True)
    articles = models.ManyToManyField(
        "articles.Article",
        through="articles.TopicTeaser",
        related_name="topics",
        verbose_name="記事",
    )

    class Meta:
        verbose_name = "トピック"
        verbose_name_plural = "トピック"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.slug])

    @property
    def points(self) -> list[str]:
        """The key points, one a line."""
        return [line.strip() for line in self.key_points.splitlines() if line.strip()]


class TopicTeaserQuerySet(models.QuerySet["TopicTeaser"]):
    def active(self, at: datetime | Expression | None = None) -> TopicTeaserQuerySet:
        """Teasers of active topics inside their own time window; the article's is not asked."""
        at = at or timezone.now()
        return self.filter(
            Q(starts_at=None) | Q(starts_at__lte=at),
            Q(ends_at=None) | Q(ends_at__gt=at),
            topic__is_active=True,
        )


class TopicTeaser(models.Model):
    """One article in one topic, with its own words there and its own time."""

    topic = models.ForeignKey(Topic, models.CASCADE, "teasers", verbose_name="トピック")
    article = models.ForeignKey("articles.Article", models.CASCADE, "teasers", verbose_name="記事")
    headline = LineField(
        "見出し", max_length=60, blank=True, help_text="空欄なら記事の見出しを使います。"
    )
    headline_phrases = models.CharField(max_length=120, blank=True, editable=False)
    teaser = LineField(
        "紹介文", max_length=160, blank=True, help_text="空欄なら記事のリードを使います。"
    )
    is_pinned = models.BooleanField("先頭に固定", default=False)
    # Of pinned ones alone: the others stand by the time of their articles.
    order = models.PositiveIntegerField(
        "固定の順", default=0, db_default=0, help_text="固定した記事は、小さい数から並びます。"
    )
    starts_at = models.DateTimeField("掲載開始", null=True, blank=True)
    ends_at = models.DateTimeField("掲載終了", null=True, blank=True)

    objects = TopicTeaserQuerySet.as_manager()

    class Meta:
        verbose_name = "トピックの紹介"
        verbose_name_plural = "トピックの紹介"
        ordering = ["-is_pinned", "order", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "article"],
                name="teaser_once_per_topic",
                violation_error_message="この記事はすでにこのトピックに入っています。",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="teaser_ends_after_start",
                violation_error_message="掲載終了は掲載開始より後にしてください。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}：{self.shown_headline}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.headline_phrases = mark_phrases(self.headline)
        if not self.is_pinned:
            self.order = 0
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def shown_headline(self) -> str:
        return self.headline or self.article.headline

    @property
    def headline_html(self) -> SafeString:
        """The headline that readers see here, with its line-break marks."""
        if self.headline_phrases:
            return mark_safe(phrases_html(self.headline_phrases))  # noqa: S308 (escaped there)
        return self.article.headline_html

    @property
    def shown_teaser(self) -> str:
        return self.teaser or self.article.teaser
