"""Photos as the newsroom keeps them, as an article shows them, and as files for readers."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from articles.models.fields import LineField, ProseField
from articles.models.people import Agency
from articles.text import fold

# The desk is told so long ahead that a photo's term ends.
ENDS_SOON = timedelta(days=30)


def originals() -> Storage:
    return storages["originals"]


def original_path(photo: Photo, filename: str) -> str:
    """A name that cannot be guessed; the photographer's own file name is not kept."""
    suffix = PurePath(filename).suffix.lower()
    return f"{timezone.localdate():%Y/%m}/{secrets.token_hex(16)}{suffix}"


class PhotoQuerySet(models.QuerySet["Photo"]):
    def showable(self) -> PhotoQuerySet:
        """Photos whose rights allow them on the web now."""
        return self.filter(
            Q(rights_until=None) | Q(rights_until__gt=timezone.now()), rights_web=True
        )

    def unused(self) -> PhotoQuerySet:
        """Photos that no article shows, drafts included."""
        return self.filter(~Exists(ArticlePhoto.objects.filter(photo=OuterRef("pk"))))

    def used(self) -> PhotoQuerySet:
        return self.filter(Exists(ArticlePhoto.objects.filter(photo=OuterRef("pk"))))

    def ending_soon(self) -> PhotoQuerySet:
        """Photos on the web whose term ends within ENDS_SOON, the nearest first."""
        now = timezone.now()
        return self.filter(
            rights_web=True, rights_until__gt=now, rights_until__lte=now + ENDS_SOON
        ).order_by("rights_until", "id")


class Photo(models.Model):
    original = models.ImageField(
        "ファイル",
        upload_to=original_path,
        storage=originals,
        width_field="width",
        height_field="height",
        max_length=200,
    )
    width = models.PositiveIntegerField("幅", default=0, editable=False)
    height = models.PositiveIntegerField("高さ", default=0, editable=False)
    focal_x = models.FloatField(
        "焦点（横）",
        default=0.5,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="0が左端、1が右端。",
    )
    focal_y = models.FloatField(
        "焦点（縦）",
        default=0.5,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="0が上端、1が下端。",
    )
    sha256 = models.CharField(max_length=64, db_index=True, editable=False)
    # What the picture looks like, in 16 hexadecimal digits; see `articles.likeness`. Empty until
    # a first file was made of it.
    phash = models.CharField(max_length=16, blank=True, editable=False)
    color = models.CharField("代表色", max_length=7, blank=True, editable=False)
    # What a page needs of the renditions that exist: crop, format, width, height, bytes, name of
    # the file and recipe. Written by `articles.renditions` together with the Rendition rows.
    ladder = models.JSONField(default=list, editable=False)
    alt = LineField(
        "代替テキスト", max_length=200, help_text="写真が見えない人に、写っているものを伝えます。"
    )
    caption = ProseField("説明", max_length=400, blank=True)
    credit = LineField("撮影者・提供", max_length=80, blank=True)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name="配信元"
    )
    copyright = LineField(
        "著作権表示",
        max_length=120,
        blank=True,
        help_text="例：「(c)2026 AFP」。配信用の画像ファイルに書き込みます。",
    )
    taken_on = models.DateField("撮影日", null=True, blank=True)
    place = LineField("撮影地", max_length=80, blank=True)
    rights_web = models.BooleanField("ウェブ掲載可", default=True)
    rights_syndication = models.BooleanField("外部配信可", default=False)
    rights_social = models.BooleanField("SNS掲載可", default=False)
    rights_until = models.DateTimeField("利用期限", null=True, blank=True)
    # When the minute clock gave the places of a photo whose term ended to others.
    taken_off_at = models.DateTimeField(null=True, editable=False)
    # Caption, alternative text, credit, copyright and place, folded like an article's text. The
    # agency is searched by its own row, which may be renamed.
    search_text = models.TextField(editable=False, default="")
    created_at = models.DateTimeField("登録日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="登録した人",
    )

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = "写真"
        verbose_name_plural = "写真"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-created_at"], name="photo_added"),
            models.Index(fields=["-taken_on"], name="photo_taken"),
            models.Index(
                fields=["rights_until"],
                name="photo_ends",
                condition=Q(rights_until__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(focal_x__range=(0, 1), focal_y__range=(0, 1)),
                name="focal_point_inside",
                violation_error_message="焦点は写真の中（0から1）に置いてください。",
            )
        ]

    def __str__(self) -> str:
        return self.caption[:40] or self.alt[:40] or f"写真 {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.prepare()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)

    def prepare(self) -> None:
        """Fills the columns that follow from others; bulk writers call it themselves."""
        self.search_text = fold(
            "\n".join([self.caption, self.alt, self.credit, self.copyright, self.place])
        )

    @property
    def credit_line(self) -> str:
        """The credit as printed: the agency's form, else the photographer, else the paper."""
        if self.agency:
            return self.agency.credit_line(self.credit)
        return f"／{self.credit or settings.SITE_NAME}"

    @property
    def has_full_credit(self) -> bool:
        """False while the agency's form asks for a photographer who is not named."""
        if self.agency is None:
            return True
        needs_name = "{credit}" in self.agency.credit_pattern
        return bool(self.credit_line) and not (needs_name and not self.credit)

    def largest_jpeg(self, crop: str) -> dict[str, Any] | None:
        """The ladder's widest file of a crop in the format that every program reads."""
        entries = [
            entry
            for entry in self.ladder
            if entry["crop"] == crop and entry["format"] == Rendition.Format.JPEG
        ]
        return max(entries, key=lambda entry: entry["width"], default=None)

    @property
    def is_showable(self) -> bool:
        """The row's side of `PhotoQuerySet.showable()`, for rows that are loaded already."""
        return self.is_showable_at(timezone.now())

    def is_showable_at(self, at: datetime) -> bool:
        """Do its rights allow it on the web at that time?"""
        return self.rights_web and (self.rights_until is None or self.rights_until > at)

    @property
    def is_syndicable(self) -> bool:
        """May the photo go into feeds and other deliveries now?"""
        return self.rights_syndication and not self.is_over

    @property
    def is_sharable(self) -> bool:
        """May social networks show the photo now (og:image and the like)?"""
        return self.rights_social and not self.is_over

    @property
    def is_over(self) -> bool:
        """Has the term of use ended?"""
        return self.rights_until is not None and self.rights_until <= timezone.now()


class ArticlePhoto(models.Model):
    """A photo in an article: the first in order is the lead photo."""

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="article_photos", verbose_name="記事"
    )
    photo = models.ForeignKey(
        Photo, models.PROTECT, related_name="article_photos", verbose_name="写真"
    )
    order = models.PositiveIntegerField("並び順", default=0, db_index=True)
    after_paragraph = models.PositiveSmallIntegerField(
        "本文中の位置",
        null=True,
        blank=True,
        help_text="この番号の段落の後に入れます。空欄なら本文の後。先頭の写真は本文の前です。",
    )
    in_gallery = models.BooleanField(
        "ギャラリーに並べる",
        default=False,
        help_text="同じ位置の写真と、小さく並べて見せます。押すと一枚ずつのページが開きます。",
    )
    caption = ProseField(
        "この記事での説明", max_length=400, blank=True, help_text="空欄なら写真の説明を使います。"
    )

    class Meta:
        verbose_name = "記事の写真"
        verbose_name_plural = "記事の写真"
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "photo"],
                name="photo_once_per_article",
                violation_error_message="同じ写真が二度入っています。",
            )
        ]

    def __str__(self) -> str:
        return str(self.photo)

    @property
    def shown_caption(self) -> str:
        return self.caption or self.photo.caption

    @property
    def differs(self) -> bool:
        """Does this use say something else than the library does?"""
        return bool(self.caption) and self.caption != self.photo.caption


class Rendition(models.Model):
    """A file made from a photo that exists and that readers may load."""

    class Crop(models.TextChoices):
        FREE = "free", "全体"
        WIDE = "16x9", "16:9"
        STANDARD = "4x3", "4:3"
        SQUARE = "1x1", "1:1"
        # Large, for search engines; no page shows them.
        STANDARD_FOR_OTHERS = "4x3-big", "4:3（大）"
        SQUARE_FOR_OTHERS = "1x1-big", "1:1（大）"

    class Format(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        WEBP = "webp", "WebP"
        AVIF = "avif", "AVIF"

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="renditions")
    crop = models.CharField(max_length=8, choices=Crop)
    format = models.CharField(max_length=8, choices=Format)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    file = models.FileField(max_length=200, db_index=True)
    # What the file was made from and how; another recipe asks for another file.
    recipe = models.CharField(max_length=12, default="")

    class Meta:
        verbose_name = "配信用の画像"
        verbose_name_plural = "配信用の画像"
        ordering = ["photo", "crop", "format", "width"]
        constraints = [
            models.UniqueConstraint(
                fields=["photo", "crop", "format", "width"], name="rendition_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.photo_id} {self.crop} {self.width} {self.format}"


class PhotoLikeness(models.Model):
    """A quarter of a photo's perceptual hash, so that like pictures are found by an index.

    `part` is the number of the quarter (0 to 3) times 65536 plus its 16 bits.
    """

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="likenesses")
    part = models.PositiveIntegerField(db_index=True)

    class Meta:
        verbose_name = "写真の似かた"
        verbose_name_plural = "写真の似かた"
        constraints = [
            models.UniqueConstraint(fields=["photo", "part"], name="likeness_once"),
        ]

    def __str__(self) -> str:
        return f"{self.photo_id} {self.part:x}"


class RetiredFile(models.Model):
    """A file that nothing points to any more but that pages in caches may still ask for."""

    class Shelf(models.TextChoices):
        RENDITIONS = "default", "配信用の画像"
        ORIGINALS = "originals", "原本"

    shelf = models.CharField(max_length=10, choices=Shelf)
    name = models.CharField(max_length=200)
    retired_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "使わなくなったファイル"
        verbose_name_plural = "使わなくなったファイル"
        constraints = [models.UniqueConstraint(fields=["shelf", "name"], name="retired_once")]

    def __str__(self) -> str:
        return self.name
