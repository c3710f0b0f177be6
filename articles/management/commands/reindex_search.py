"""Makes the index of search anew from the articles."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from articles.indexing import reindex
from articles.progress import ProgressBar


class Command(BaseCommand):
    help = "Makes the index of search anew from the articles; readers find everything meanwhile."

    def handle(self, *args: Any, **options: Any) -> str:
        return str(reindex(ProgressBar(self.stderr, "articles").show))
