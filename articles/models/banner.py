"""速報: a line of its own above every page of readers, for a time."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Expression, F, Q
from django.utils import timezone

from articles.models.fields import LineField


class BannerQuerySet(models.QuerySet["Banner"]):
    def shown(self, at: datetime | Expression | None = None) -> BannerQuerySet:
        """What stands above the pages; of several the one that began last comes first."""
        at = at or timezone.now()
        return self.filter(starts_at__lte=at, ends_at__gt=at).order_by("-starts_at", "-id")


class Banner(models.Model):
    text = LineField("文", max_length=60, help_text="全角40字ほどまで。「速報」の字は付きます。")
    article = models.ForeignKey(
        "articles.Article",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="記事",
        help_text="公開されている間だけ、文がこの記事へのリンクになります。",
    )
    url = models.URLField(
        "ほかのアドレス",
        blank=True,
        max_length=300,
        help_text="記事がまだないとき。https:// から書きます。",
    )
    starts_at = models.DateTimeField("掲載開始", default=timezone.now)
    ends_at = models.DateTimeField("掲載終了")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="作った人",
    )

    objects = BannerQuerySet.as_manager()

    class Meta:
        verbose_name = "速報"
        verbose_name_plural = "速報"
        ordering = ["-starts_at", "-id"]
        indexes = [
            models.Index(fields=["starts_at"], name="banner_starts"),
            models.Index(fields=["ends_at"], name="banner_ends"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="banner_ends_after_start",
                violation_error_message="掲載終了は掲載開始より後にしてください。",
            )
        ]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        if self.article_id and self.url:
            raise ValidationError({"url": "記事かアドレスの、どちらか一つにしてください。"})
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ValidationError({"url": "https:// から書いてください。"})

    @property
    def state(self) -> str:
        now = timezone.now()
        if self.starts_at > now:
            return "これから"
        return "掲載中" if self.ends_at > now else "終了"
