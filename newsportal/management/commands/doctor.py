from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from articles import indexing
from newsportal.health import checks
from rankings.health import problems


class Command(BaseCommand):
    help = "Says what is late, stuck or missing, and exits with 1 when anything is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--quick",
            action="store_true",
            help="do not compare totals with buckets and the index of search with the articles",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        now = timezone.now()
        thorough = not options["quick"]
        found = [check.problem for check in checks(now) if not check.is_ok]
        found += problems(now, sums=thorough)
        found += indexing.problems(thorough=thorough)
        if found:
            raise CommandError("\n".join(found))
        return "異常はありません。"
