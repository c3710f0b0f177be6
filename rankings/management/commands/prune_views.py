from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rankings.retention import prune


class Command(BaseCommand):
    help = "Deletes counts and traces of readers that are older than they may be."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(prune()))
