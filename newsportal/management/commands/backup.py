"""Backs up database, uncounted views, the list of pictures and the key, while the site runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsportal.keeping import backup
from newsportal.keeping.folder import KeepingError


class Command(BaseCommand):
    help = "Backs up the database, the views that are not counted yet and the list of pictures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or empty folder")
        parser.add_argument("--with-media", action="store_true", help="copy local pictures too")
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="make a folder named by the time in it, and keep the newest N",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        now, target, keep = timezone.now(), options["folder"], options["keep"]
        if keep is not None and keep < 1:
            raise CommandError("--keep は1以上にしてください。")
        if keep:
            target /= timezone.localtime(now).strftime("%Y%m%d-%H%M%S")
        try:
            made = backup.back_up(target, now, with_media=options["with_media"])
        except KeepingError as error:
            raise CommandError(str(error)) from error
        gone = backup.thin_out(options["folder"], keep=keep) if keep else 0
        rows, pictures = sum(made.tables.values()), sum(made.media.values())
        return (
            f"{target} に、{len(made.tables)}表{rows:,}行、集計前の閲覧{made.waiting_views:,}件、"
            f"画像ファイル{pictures:,}件の{'写し' if made.has_media else '一覧'}を保存しました。"
            + (f"古いバックアップを{gone}個消しました。" if gone else "")
        )
