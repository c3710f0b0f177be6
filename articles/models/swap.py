"""When, and over which version, a working copy takes the place of its article."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from articles.models.article import Article
from articles.models.fields import LineField, ProseField


class Swap(models.Model):
    """What is known of a working copy beside its text; there is one for each.

    `at` is empty while nobody has set a time. A swap that was refused at its time keeps the
    time and says in `problem` why.
    """

    copy = models.OneToOneField(
        Article, models.CASCADE, related_name="swap", verbose_name="差し替え稿"
    )
    base_version = models.PositiveIntegerField("もとにした版")
    at = models.DateTimeField("差し替え日時", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="差し替えを決めた人",
    )
    is_material = models.BooleanField("更新日時を進める", default=False)
    correction = ProseField("訂正", max_length=1000, blank=True, default="")
    reason = LineField("保存の理由", max_length=200, blank=True, default="")
    problem = models.TextField("差し替えられなかったわけ", blank=True, default="")

    class Meta:
        verbose_name = "差し替え"
        verbose_name_plural = "差し替え"
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["at", "id"], name="swap_due", condition=models.Q(at__isnull=False))
        ]

    def __str__(self) -> str:
        return str(self.copy)
