"""Deletes texts that were kept aside and never taken back, and forms that are long closed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from articles import autosaving, presence


class Command(BaseCommand):
    help = "Deletes autosaves that are older than two weeks."

    def handle(self, *args: Any, **options: Any) -> str:
        now = timezone.now()
        presence.prune(now)
        return f"書きかけを{autosaving.prune(now):,}件消しました。"
