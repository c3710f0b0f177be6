"""What was taken over from another system, so that taking it over twice adds nothing."""

from __future__ import annotations

from django.db import models


class ImportedViews(models.Model):
    """The views of an article in an hour or a day that a file has brought."""

    pk = models.CompositePrimaryKey("article_id", "period")
    article_id = models.IntegerField()
    # The UTC epoch hour, or the negative number of a day in Japan.
    period = models.IntegerField()
    views = models.IntegerField("閲覧数")

    class Meta:
        verbose_name = "取り込んだ閲覧"
        verbose_name_plural = "取り込んだ閲覧"

    def __str__(self) -> str:
        return f"{self.article_id} {self.period}: {self.views}"
