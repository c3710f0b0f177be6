from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsportal import cdn
from rankings import health


class Command(BaseCommand):
    help = "Says what is late, stuck or missing, and exits with 1 when anything is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--quick", action="store_true", help="do not compare buckets and totals"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        now = timezone.now()
        found = [*health.problems(now, sums=not options["quick"]), *cdn.problems(now)]
        if found:
            raise CommandError("\n".join(found))
        return "異常はありません。"
