"""Swaps in the working copies whose time has come; the worker does so every second."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from articles.working_copies import apply_due_swaps, late_swaps


class Command(BaseCommand):
    help = "Swaps in the working copies whose time has come."

    def handle(self, *args: Any, **options: Any) -> str:
        done = apply_due_swaps()
        late = late_swaps(timezone.now())
        if late:
            raise CommandError("\n".join([f"{done}件を差し替えました。", *late]))
        return f"{done}件を差し替えました。"
