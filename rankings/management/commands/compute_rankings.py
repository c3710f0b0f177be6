from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rankings.ranking import compute


class Command(BaseCommand):
    help = "Makes every ranking and the list of topics anew from the counts."

    def handle(self, *args: Any, **options: Any) -> str:
        return str(compute())
