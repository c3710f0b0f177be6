"""Deletes for good what has lain in the trash for thirty days."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from articles.trash import empty_trash


class Command(BaseCommand):
    help = "Deletes for good the drafts that have lain in the trash for thirty days."

    def handle(self, *args: Any, **options: Any) -> str:
        return f"ごみ箱の記事を{empty_trash():,}件消しました。"
