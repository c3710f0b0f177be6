"""Addresses that stay: what a section, topic, tag or author was called leads to what it is called.

A former name points at the row and not at its next name, so however often a row is renamed,
every one of its old addresses is one step from the present one.
"""

from __future__ import annotations

from typing import Any

from django.db import models, transaction


class FormerSlugQuerySet(models.QuerySet["FormerSlug"]):
    def of(self, row: models.Model) -> FormerSlugQuerySet:
        return self.filter(kind=row._meta.model_name, target_id=row.pk)

    def remember(self, row: models.Model, slug: str) -> None:
        """From now on `slug` leads to this row. Call it in the transaction that renames."""
        self.update_or_create(kind=row._meta.model_name, slug=slug, defaults={"target_id": row.pk})


class FormerSlug(models.Model):
    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=100)
    # Not a foreign key: four kinds of rows have addresses.
    target_id = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FormerSlugQuerySet.as_manager()

    class Meta:
        verbose_name = "以前のアドレス"
        verbose_name_plural = "以前のアドレス"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="former_slug_leads_to_one"),
        ]
        indexes = [models.Index(fields=["kind", "target_id"], name="former_slug_target")]

    def __str__(self) -> str:
        return f"{self.kind}：{self.slug}"


class Addressed(models.Model):
    """A row with a slug in its address. Renaming it keeps the old address alive."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            rows: Any = type(self)._default_manager.filter(pk=self.pk)
            former = rows.values_list("slug", flat=True).first() if self.pk else None
            super().save(*args, **kwargs)
            if former is not None and former != self.slug:  # type: ignore[attr-defined]
                FormerSlug.objects.remember(self, former)

    def take_over(self, other: Addressed) -> None:
        """All addresses of `other`, which is about to be merged into this row, lead here."""
        FormerSlug.objects.of(other).update(target_id=self.pk)
        FormerSlug.objects.remember(self, other.slug)  # type: ignore[attr-defined]
