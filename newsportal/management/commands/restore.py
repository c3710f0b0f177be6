"""Puts a backup back into an empty place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsportal.keeping.folder import KeepingError
from newsportal.keeping.restore import restore

SHOWN = 10


class Command(BaseCommand):
    help = "Puts a backup back. Stop web and worker first."
    # What would be checked first is what is about to be restored.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--force", action="store_true", help="throw away what is there now")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            made, missing = restore(options["folder"], force=options["force"])
        except KeepingError as error:
            raise CommandError(str(error)) from error
        rows = sum(made.tables.values())
        lines = [
            f"{made.made_at} のバックアップを戻しました。",
            f"{len(made.tables)}表{rows:,}行、集計前の閲覧{made.waiting_views:,}件。",
        ]
        if missing:
            lines.append(f"画像ファイルが{len(missing):,}件足りません：")
            lines += [f"  {name}" for name in missing[:SHOWN]]
        lines += [
            "次にすること：",
            "  1. manage.py migrate --noinput（プログラムのほうが新しいとき）",
            "  2. manage.py setup_roles と collectstatic --noinput",
            "  3. manage.py drain_views と compute_rankings、続けて doctor",
            "  4. web と worker を起動",
        ]
        return "\n".join(lines)
