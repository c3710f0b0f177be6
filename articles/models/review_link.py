"""Links by which somebody without an account reads one article before it is published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from articles.models.fields import LineField


class ReviewLinkQuerySet(models.QuerySet["ReviewLink"]):
    def end(self) -> int:
        """From now on these show nothing; how many were open until now. There is no way back."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())


class ReviewLink(models.Model):
    """For one person, one article, and a time. The address itself is not kept, only its hash."""

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="review_links", verbose_name="記事"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    recipient = LineField("見てもらう人", max_length=60)
    email = models.EmailField("メールアドレス", blank=True, help_text="控えです。送信はしません。")
    # None: the newest text, whatever it is; else the revision of this version.
    version = models.PositiveIntegerField("版", null=True, blank=True)
    expires_at = models.DateTimeField("期限")
    created_at = models.DateTimeField("作成日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="作った人",
    )
    revoked_at = models.DateTimeField("無効にした日時", null=True, blank=True)

    objects = ReviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "確認用リンク"
        verbose_name_plural = "確認用リンク"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.recipient}（記事{self.article_id}）"

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def state(self) -> str:
        if self.revoked_at is not None:
            return "無効"
        return "有効" if self.is_open else "期限切れ"


class ReviewOpening(models.Model):
    """The link was opened. Of who opened it nothing is kept: neither address nor browser."""

    link = models.ForeignKey(ReviewLink, models.CASCADE, related_name="openings")
    at = models.DateTimeField("日時", auto_now_add=True)

    class Meta:
        verbose_name = "確認用リンクの閲覧"
        verbose_name_plural = "確認用リンクの閲覧"
        ordering = ["-id"]
        indexes = [models.Index(fields=["link", "-at"], name="opening_of_link")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.at:%Y-%m-%d %H:%M}"
