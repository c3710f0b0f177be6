"""The article, its window of publication, and the one door to what readers may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Expression, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from taggit.managers import TaggableManager

from articles.markup import clean_html, plain_text
from articles.models.fields import BodyField, LineField
from articles.models.people import Agency, Author
from articles.models.photo import Photo
from articles.models.search_entry import SearchEntry
from articles.models.taxonomy import Section, TaggedArticle
from articles.text import fold, mark_phrases, phrases_html, reading_minutes


class ArticleQuerySet(models.QuerySet["Article"]):
    def public(self, at: datetime | Expression | None = None) -> ArticleQuerySet:
        """What readers may see at a time (default: now). Every reader's query begins here."""
        at = at or timezone.now()
        return self.filter(
            Q(unpublish_at=None) | Q(unpublish_at__gt=at),
            Q(embargo_until=None) | Q(embargo_until__lte=at),
            status=Article.Status.PUBLISHED,
            publish_at__lte=at,
            replaces=None,
        )

    def live(self) -> ArticleQuerySet:
        """Articles proper, without working copies and the trash: what the desk lists."""
        return self.filter(replaces=None, trashed_at=None)

    def unpublished(self, *states: str) -> ArticleQuerySet:
        """In one of these states, none of which is published: few, in the largest archive."""
        # The first half says what the second implies: by it the index is found.
        return self.filter(~Q(status=Article.Status.PUBLISHED), status__in=states)

    def working_copies(self) -> ArticleQuerySet:
        """Texts that wait to take the place of an article."""
        return self.filter(replaces__isnull=False, trashed_at=None)

    def trashed(self) -> ArticleQuerySet:
        """Deleted drafts that can still be brought back."""
        return self.filter(trashed_at__isnull=False)

    def newest(self) -> ArticleQuerySet:
        return self.order_by("-publish_at", "-id")

    def for_lists(self) -> ArticleQuerySet:
        """With what a list item shows (section, lead photo), without what only the page needs."""
        return self.select_related("section", "lead_photo").defer("body", "search_text")

    def among(self, *candidates: ArticleQuerySet) -> ArticleQuerySet:
        """Those of the articles that any of the candidates holds; candidates may be sliced.

        One query. Each candidate stays a subquery of its own, because an OR of them keeps
        PostgreSQL from its indexes and SQLite takes no LIMIT in a UNION.
        """
        arms = [
            self.model._base_manager.filter(pk__in=candidate.values("pk")).values("pk").order_by()
            for candidate in candidates
        ]
        return self.filter(pk__in=arms[0].union(*arms[1:])) if arms else self.none()

    def formerly_public(self) -> ArticleQuerySet:
        """Articles that readers once saw and the desk took away: 410, not 404."""
        return self.filter(
            Q(embargo_until=None) | Q(embargo_until__lte=F("withdrawn_at")),
            status=Article.Status.WITHDRAWN,
            publish_at__lte=F("withdrawn_at"),
            replaces=None,
        )


class Article(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "下書き"
        IN_REVIEW = "in_review", "確認待ち"
        APPROVED = "approved", "承認済み"
        PUBLISHED = "published", "公開"
        # Scheduled, but something keeps it from readers until the desk has mended it.
        HELD = "held", "予約（保留）"
        WITHDRAWN = "withdrawn", "取り下げ"

    class WithdrawnFor(models.TextChoices):
        """Why an article is gone, as far as readers are told."""

        EDITORIAL = "", "編集上の判断"
        ERROR = "error", "内容の誤り"
        RIGHTS = "rights", "著作権・肖像権など権利の都合"
        TERM = "term", "配信元との契約の期限"
        PRIVACY = "privacy", "関係する方への配慮"

    headline = LineField("見出し", max_length=120)
    headline_phrases = models.CharField(max_length=240, blank=True, editable=False)
    short_headline = LineField(
        "短い見出し", max_length=30, blank=True, help_text="全角15字ほど。狭い所に出ます。"
    )
    teaser = LineField(
        "リード", max_length=200, blank=True, help_text="40〜80字ほど。一覧とランキングに出ます。"
    )
    body = BodyField("本文", blank=True)
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="articles", verbose_name="分野"
    )
    authors = models.ManyToManyField(
        Author,
        through="articles.ArticleAuthor",
        related_name="articles",
        blank=True,
        verbose_name="筆者",
    )
    tags = TaggableManager(
        "タグ",
        through=TaggedArticle,
        blank=True,
        help_text="「、」かコンマか改行で区切ります。空白では区切りません。",
    )
    dateline = LineField("発信地", max_length=40, blank=True)
    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="articles",
        verbose_name="配信元",
    )
    related = models.ManyToManyField(
        "self",
        through="articles.RelatedArticle",
        through_fields=("article", "other"),
        symmetrical=False,
        blank=True,
        verbose_name="関連記事",
    )

    status = models.CharField("状態", max_length=12, choices=Status, default=Status.DRAFT)
    publish_at = models.DateTimeField("公開日時", null=True, blank=True)
    unpublish_at = models.DateTimeField("公開終了日時", null=True, blank=True)
    embargo_until = models.DateTimeField("解禁日時", null=True, blank=True)
    # Set by material changes only: readers see it as 更新.
    updated_at = models.DateTimeField("更新日時", null=True, blank=True)
    withdrawn_at = models.DateTimeField("取り下げ日時", null=True, blank=True, editable=False)
    withdrawn_reason = LineField("取り下げの理由", max_length=200, blank=True, editable=False)
    held_reason = LineField(
        "保留の理由", max_length=300, blank=True, default="", db_default="", editable=False
    )
    withdrawn_for = models.CharField(
        "取り下げの分類",
        max_length=12,
        choices=WithdrawnFor,
        default=WithdrawnFor.EDITORIAL,
        db_default=WithdrawnFor.EDITORIAL,
        blank=True,
        editable=False,
    )
    noindex = models.BooleanField("検索エンジンに載せない", default=False)
    is_sensitive = models.BooleanField(
        "ランキングに載せない",
        default=False,
        help_text="病死・自死など、人気として扱うべきでない記事。",
    )

    # The first of article_photos, kept here so that a list of articles is one query.
    # `publishing.save_article()` keeps it true.
    lead_photo = models.ForeignKey(
        Photo,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="主な写真",
    )
    replaces = models.OneToOneField(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="working_copy",
        verbose_name="差し替え元",
    )
    # In the trash: only what was never public gets there.
    trashed_at = models.DateTimeField("削除日時", null=True, blank=True, editable=False)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="削除した人",
    )
    version = models.PositiveIntegerField("版", default=1, editable=False)
    # The name of this article in the system that it came from; imports find it again by this.
    external_id = models.CharField(
        "外部の識別子", max_length=120, null=True, blank=True, unique=True, editable=False
    )
    search_text = models.TextField(editable=False, default="")
    created_at = models.DateTimeField("作成日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="作成した人",
    )
    saved_at = models.DateTimeField("保存日時", auto_now=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="保存した人",
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = "記事"
        verbose_name_plural = "記事"
        ordering = ["-id"]
        permissions = [
            ("publish_article", "記事を公開・予約できる"),
            ("withdraw_article", "記事を取り下げられる"),
            ("take_over_article", "ほかの人が編集中の記事を引き継げる"),
            ("approve_article", "記事を承認・差し戻しできる"),
            ("publish_urgently", "承認を待たずに速報として公開できる"),
        ]
        indexes = [
            # The newest of all, of a section; the conditions of public() are read from the row.
            models.Index(
                fields=["-publish_at", "-id"],
                name="article_newest",
                condition=Q(status="published"),
            ),
            models.Index(
                fields=["section", "-publish_at", "-id"],
                name="article_section_newest",
                condition=Q(status="published"),
            ),
            models.Index(fields=["status", "-saved_at"], name="article_desk"),
            # For unpublished().
            models.Index(
                fields=["status", "-id"],
                name="article_unpublished",
                condition=~Q(status="published"),
            ),
            # All that a sitemap asks of an article, so that a whole archive is read from here. The
            # condition's own columns stand in it too: SQLite asks the row for them otherwise.
            models.Index(
                fields=[
                    "publish_at",
                    "id",
                    "saved_at",
                    "noindex",
                    "unpublish_at",
                    "embargo_until",
                    "status",
                    "replaces",
                ],
                name="article_sitemap",
                condition=Q(status="published", replaces=None),
            ),
            # What is planned and not out: the calendar's other half.
            models.Index(
                fields=["publish_at"],
                name="article_planned",
                condition=Q(
                    status__in=["draft", "in_review", "approved", "held"], publish_at__isnull=False
                ),
            ),
            models.Index(
                fields=["-trashed_at"],
                name="article_trash",
                condition=Q(trashed_at__isnull=False),
            ),
            # When the clock changes what is public; most articles have neither.
            *(
                models.Index(
                    fields=[name],
                    name=f"article_{name}",
                    condition=Q(status="published", **{f"{name}__isnull": False}),
                )
                for name in ("unpublish_at", "embargo_until")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(publish_at__isnull=False),
                name="published_has_time",
                violation_error_message="公開する記事には公開日時が要ります。",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at=None)),
                name="withdrawn_has_time",
            ),
            models.CheckConstraint(
                condition=Q(unpublish_at=None)
                | Q(publish_at=None)
                | Q(unpublish_at__gt=F("publish_at")),
                name="window_ends_after_start",
                violation_error_message="公開終了日時は公開日時より後にしてください。",
            ),
        ]

    def __str__(self) -> str:
        return self.headline

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.prepare()
        with transaction.atomic():
            super().save(*args, **kwargs)
            SearchEntry.objects.write([self])

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.pk])

    def prepare(self) -> None:
        """Fills the columns that follow from others; bulk writers call it themselves.

        They write to the index of search too: `SearchEntry.objects.write()`.
        """
        self.body = clean_html(self.body)
        self.headline_phrases = mark_phrases(self.headline)
        self.fold_text()

    def fold_text(self) -> None:
        """Fills `search_text`: a line each, so that no word is found from one into the next."""
        parts = (self.headline, self.short_headline, self.teaser, plain_text(self.body))
        self.search_text = "\n".join(fold(part) for part in parts)

    def is_public(self, at: datetime | None = None) -> bool:
        """The row's side of `ArticleQuerySet.public()`, for rows that are loaded already."""
        at = at or timezone.now()
        return (
            self.status == self.Status.PUBLISHED
            and self.replaces_id is None
            and self.publish_at is not None
            and self.publish_at <= at
            and (self.unpublish_at is None or self.unpublish_at > at)
            and (self.embargo_until is None or self.embargo_until <= at)
        )

    @property
    def state(self) -> str:
        """The state in the desk's words, with the publish window taken into account."""
        if self.status != self.Status.PUBLISHED or self.is_public():
            return str(self.get_status_display())
        ended = self.unpublish_at is not None and self.unpublish_at <= timezone.now()
        return "公開終了" if ended else "予約"

    @property
    def body_html(self) -> SafeString:
        """The body for templates: the only HTML from an editor that is ever marked safe."""
        return mark_safe(clean_html(self.body))  # noqa: S308 (cleaned here, whatever was stored)

    @property
    def headline_html(self) -> SafeString:
        """The headline with `<wbr>` between its phrases."""
        return mark_safe(phrases_html(self.headline_phrases or self.headline))  # noqa: S308

    @property
    def reading_minutes(self) -> int:
        return reading_minutes(plain_text(self.body))

    @property
    def was_updated(self) -> bool:
        """Do readers see a 更新 beside the time of publication?"""
        return bool(self.updated_at and self.publish_at and self.updated_at > self.publish_at)

    @property
    def modified_at(self) -> datetime | None:
        """The 更新 that readers see, else the time of publication."""
        return self.updated_at if self.was_updated else self.publish_at

    @property
    def picture(self) -> Photo | None:
        """The lead photo while its rights allow it on the web."""
        photo = self.lead_photo
        return photo if photo is not None and photo.is_showable else None


class ArticleAuthor(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, "article_authors", verbose_name="記事")
    author = models.ForeignKey(Author, models.PROTECT, "+", verbose_name="筆者")
    order = models.PositiveIntegerField("並び順", default=0)

    class Meta:
        verbose_name = "記事の筆者"
        verbose_name_plural = "記事の筆者"
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "author"],
                name="author_once_per_article",
                violation_error_message="同じ筆者が二度入っています。",
            )
        ]

    def __str__(self) -> str:
        return str(self.author)


class RelatedArticle(models.Model):
    """A related article chosen by hand."""

    article = models.ForeignKey(Article, models.CASCADE, "related_items", verbose_name="記事")
    other = models.ForeignKey(Article, models.CASCADE, "+", verbose_name="関連記事")
    order = models.PositiveIntegerField("並び順", default=0)

    class Meta:
        verbose_name = "関連記事"
        verbose_name_plural = "関連記事"
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "other"],
                name="related_once",
                violation_error_message="同じ関連記事が二度入っています。",
            ),
            models.CheckConstraint(
                condition=~Q(article=F("other")),
                name="related_to_another",
                violation_error_message="記事自身は関連記事にできません。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.other)
