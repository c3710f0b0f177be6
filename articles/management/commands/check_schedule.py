from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from articles.holding import hold_coming


class Command(BaseCommand):
    help = "Holds what is scheduled for the next two days and may not go out as it is."

    def handle(self, *args: Any, **options: Any) -> str:
        return f"{hold_coming()} held."
