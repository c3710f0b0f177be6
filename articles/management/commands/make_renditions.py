"""Makes the picture files that readers load, where they are missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from articles.models import Photo
from articles.renditions import UnreadablePhotoError, is_complete, make_all


class Command(BaseCommand):
    help = "配信用の画像のうち、まだないものを作ります。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="あるものも作り直します。")

    def handle(self, *args: Any, **options: Any) -> None:
        made, failed = 0, 0
        for pk in Photo.objects.order_by("pk").values_list("pk", flat=True):
            photo = Photo.objects.get(pk=pk)
            if not options["all"] and is_complete(photo):
                continue
            try:
                make_all(photo)
            except UnreadablePhotoError as error:
                failed += 1
                self.stderr.write(f"写真 {pk}：{error}")
            else:
                made += 1
        if failed:
            raise CommandError(f"写真{made}枚の画像を作りました。{failed}枚は作れませんでした。")
        self.stdout.write(f"写真{made}枚の画像を作りました。")
