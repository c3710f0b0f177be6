"""Deletes the marks of changed pages that every process has long read."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from articles.caching import prune


class Command(BaseCommand):
    help = "Deletes invalidations that are older than two days."

    def handle(self, *args: Any, **options: Any) -> str:
        return f"変更の知らせを{prune(timezone.now()):,}件消しました。"
