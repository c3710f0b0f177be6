"""The outbox of surrogate keys, written in the transaction that changes what readers see."""

from __future__ import annotations

from django.db import models


class Invalidation(models.Model):
    """Pages under any of `keys` are out of date since `created_at`.

    Ids commit out of order on PostgreSQL: a reader of this table takes a window of time
    and remembers what it has seen; it never trusts "id greater than the last one".
    """

    # Separated by spaces: one row a change, however many pages it touches.
    keys = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "無効にするページ"
        verbose_name_plural = "無効にするページ"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.keys
