from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rankings.counting import drain


class Command(BaseCommand):
    help = "Counts the views that wait in the spool and the stream."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(drain()))
