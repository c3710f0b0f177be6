"""What the desk puts on the front page by hand, over the automatic lists."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Expression, F, Q
from django.utils import timezone

from articles.models.fields import LineField
from articles.text import mark_phrases


class FrontSlotQuerySet(models.QuerySet["FrontSlot"]):
    def active(self, at: datetime | Expression | None = None) -> FrontSlotQuerySet:
        """Slots inside their own time; the article's is not asked."""
        at = at or timezone.now()
        return self.filter(
            Q(starts_at=None) | Q(starts_at__lte=at), Q(ends_at=None) | Q(ends_at__gt=at)
        )


class FrontSlot(models.Model):
    """One article in one place of the front page, for a time.

    Several may wait for the same place: the one that began last stands there.
    """

    class Area(models.TextChoices):
        LEAD = "lead", "トップ"
        MAIN = "main", "主なニュース"

    area = models.CharField("場所", max_length=8, choices=Area, default=Area.LEAD)
    # From 1, in its area.
    place = models.PositiveSmallIntegerField("順番", default=1)
    article = models.ForeignKey(
        "articles.Article", models.CASCADE, "front_slots", verbose_name="記事"
    )
    headline = LineField(
        "見出し", max_length=60, blank=True, help_text="空欄なら記事の見出しを使います。"
    )
    headline_phrases = models.CharField(max_length=120, blank=True, editable=False)
    starts_at = models.DateTimeField("掲載開始", null=True, blank=True, db_index=True)
    ends_at = models.DateTimeField("掲載終了", null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("置いた日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="置いた人",
    )

    objects = FrontSlotQuerySet.as_manager()

    class Meta:
        verbose_name = "トップ面の枠"
        verbose_name_plural = "トップ面"
        ordering = ["area", "place", "id"]
        # Slots are not edited one by one: who may arrange the page may do all of it.
        default_permissions = ()
        permissions = [("curate_front", "トップ面を組める")]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="slot_ends_after_start",
                violation_error_message="掲載終了は掲載開始より後にしてください。",
            ),
            models.CheckConstraint(condition=Q(place__gte=1), name="slot_place_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.place_name}：{self.headline or self.article.headline}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.prepare()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "掲載終了は掲載開始より後にしてください。"})

    def prepare(self) -> None:
        """Fills the column that follows from another."""
        self.headline_phrases = mark_phrases(self.headline)

    @property
    def place_name(self) -> str:
        name = str(self.get_area_display())
        return name if self.area == self.Area.LEAD else f"{name}{self.place}"

    def is_active(self, at: datetime) -> bool:
        """The row's side of `active()`."""
        begun = self.starts_at is None or self.starts_at <= at
        return begun and (self.ends_at is None or self.ends_at > at)


class FrontArrangement(models.Model):
    """One row: which version of the front page's slots stands, and who made it when."""

    version = models.PositiveIntegerField("版", default=0)
    saved_at = models.DateTimeField("保存日時", null=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="保存した人",
    )

    class Meta:
        verbose_name = "トップ面の版"
        verbose_name_plural = "トップ面の版"
        default_permissions = ()

    def __str__(self) -> str:
        return f"トップ面 第{self.version}版"
