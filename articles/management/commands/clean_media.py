"""Finds and deletes stored picture files that nothing needs any more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from articles.retiring import Shelf, count_due, delete_orphan, orphans, purge_retired


class Command(BaseCommand):
    help = "使われていない画像ファイルを探します。--delete で削除します。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="見つけたものを削除します。")
        parser.add_argument(
            "--retired",
            action="store_true",
            help="差し替えて30日たったものだけ。保存先の一覧を取らないので軽い処理です。",
        )
        parser.add_argument(
            "--limit", type=int, default=100_000, help="一度に扱う孤立ファイルの数。"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        deletes = options["delete"]
        retired = purge_retired() if deletes else count_due()
        number, size = (
            (0, 0) if options["retired"] else self._orphans(options["limit"], deletes=deletes)
        )
        done = "削除しました" if deletes else "削除できます（--delete で削除します）"
        self.stdout.write(
            f"差し替えて30日たったファイル{retired}件、"
            f"どこからも使われていないファイル{number}件（{filesizeformat(size)}）を{done}。"
        )

    def _orphans(self, limit: int, *, deletes: bool) -> tuple[int, int]:
        number = size = 0
        for shelf in Shelf.values:
            for orphan in orphans(shelf):
                if number >= limit:
                    return number, size
                if deletes and not delete_orphan(orphan):
                    continue
                number, size = number + 1, size + orphan.bytes
                if not deletes:
                    self.stdout.write(f"{Shelf(shelf).label}：{orphan.name}")
        return number, size
