"""Thins out the old versions of articles."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from articles.revising import NEWEST_KEPT, YOUNG, prune_revisions


class Command(BaseCommand):
    help = (
        f"Thins out versions older than {YOUNG.days} days. Kept are the newest of every article, "
        "the last of each day, the pinned, and whatever was public or scheduled."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--newest", type=int, default=NEWEST_KEPT, help="so many of an article always stay"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        count = prune_revisions(newest=max(1, options["newest"]))
        return f"古い版を{count:,}件消しました。"
