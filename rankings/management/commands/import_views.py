from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rankings.importing import import_views
from rankings.ranking import compute


class Command(BaseCommand):
    help = "Takes over views from a CSV file: article (number or old address), hour or day, views."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> str:
        path: Path = options["file"]
        try:
            # What cannot be decoded is in a bad line, which is reported like any other.
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                report = import_views(file)
        except OSError as error:
            raise CommandError(f"{path} を読めません（{error.strerror}）。") from error
        for problem in report.bad:
            self.stderr.write(problem)
        compute()
        return str(report)
