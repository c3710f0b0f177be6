"""The way of an article from draft to readers: who asked, who approved, who may touch what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.models.fields import LineField, ProseField
from articles.models.taxonomy import Section


class ReviewStep(models.Model):
    """One step between draft and publication. Written once; only 事後確認 is added to it."""

    class Kind(models.TextChoices):
        SUBMIT = "submit", "レビュー依頼"
        APPROVE = "approve", "承認"
        RETURN = "return", "差し戻し"
        TAKE_BACK = "take_back", "依頼の取り消し"
        DROP = "drop", "承認の失効"
        URGENT = "urgent", "速報で公開"
        COMMENT = "comment", "社外からの意見"
        AGREE = "agree", "社外の了承"

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="review_steps", verbose_name="記事"
    )
    kind = models.CharField("種類", max_length=12, choices=Kind)
    at = models.DateTimeField("日時", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="した人",
    )
    # Who wrote through a review link; they have no account.
    guest = LineField("社外の人", max_length=60, blank=True)
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="頼む人",
    )
    words = ProseField("ひとこと", max_length=1000, blank=True)
    version = models.PositiveIntegerField("版")
    # What exactly was approved: see `articles.approval.digest_of()`.
    digest = models.CharField(max_length=64, blank=True, editable=False)
    # Was the approver somebody else than who wrote and who changed it last?
    is_independent = models.BooleanField(default=False, editable=False)

    checked_at = models.DateTimeField("事後確認の日時", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="事後確認した人",
    )

    class Meta:
        verbose_name = "確認の記録"
        verbose_name_plural = "確認の記録"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="urgent_not_checked",
                condition=Q(kind="urgent", checked_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.get_kind_display()}"

    @property
    def who(self) -> str:
        """The name in the desk's words."""
        if self.guest:
            return f"{self.guest}（社外）"
        return name_of(self.by)


class SectionScope(models.Model):
    """To which sections a person of the desk is limited; without any, to none: all are theirs."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="section_scope",
        verbose_name="人",
    )
    sections = models.ManyToManyField(
        Section,
        blank=True,
        related_name="+",
        verbose_name="担当の分野",
        help_text="選ばなければ、すべての分野です。ほかの分野の記事は読むだけになります。",
    )

    class Meta:
        verbose_name = "担当の分野"
        verbose_name_plural = "担当の分野"

    def __str__(self) -> str:
        return str(self.user)


def name_of(user: Any) -> str:
    """A colleague's name as the desk says it; a dash for nobody."""
    if user is None:
        return "—"
    return f"{user.last_name} {user.first_name}".strip() or str(user.get_username())
