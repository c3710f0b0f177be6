from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from rankings.past import prune


class Command(BaseCommand):
    help = "Thins out how the lists stood: every order for a day, hourly for 35 days."

    def handle(self, *args: Any, **options: Any) -> str:
        return f"過去のランキングを{prune(timezone.now()):,}件消しました。"
