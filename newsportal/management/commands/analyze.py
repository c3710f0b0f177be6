"""Lets the database count anew what its tables hold, so that it looks things up the right way."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

# Rows of an index that SQLite looks at: the time is the same in any archive.
LOOKED_AT = 1000


class Command(BaseCommand):
    help = (
        "Has the database count anew what its tables hold. Without that SQLite takes every "
        "index for equally good, and a list of drafts reads the whole archive. The worker does "
        "it every night."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA analysis_limit={LOOKED_AT}")
            cursor.execute("ANALYZE")
