"""Makes the picture files that readers load, where they are missing or no longer true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from articles.models import Photo
from articles.progress import ProgressBar
from articles.renditions import UnreadablePhotoError, is_complete, make_all

_AT_A_TIME = 100


class Command(BaseCommand):
    help = "配信用の画像のうち、まだないものと古くなったものを作ります。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="あるものも作り直します。")
        parser.add_argument(
            "--workers", type=int, default=1, help="同時に作る写真の数（1から32）。"
        )
        parser.add_argument("--since", type=int, help="この時間数より前に登録した写真は見ません。")
        parser.add_argument("--minutes", type=float, help="この分数を過ぎたら、次回に回します。")

    def handle(self, *args: Any, **options: Any) -> None:
        workers = options["workers"]
        if not 1 <= workers <= 32:
            raise CommandError("--workers は1から32までです。")
        self.again = options["all"]
        self.failed: list[str] = []
        deadline = time.monotonic() + 60 * (options["minutes"] or float("inf"))
        made, put_off = 0, False
        for photos in self._photos(options["since"]):
            if time.monotonic() > deadline:
                put_off = True
                break
            made += self._make_each(photos, workers)
        self._report(made, put_off=put_off)

    def _photos(self, hours: int | None) -> Iterator[list[Photo]]:
        """Photos that lack something, in bounded handfuls, with the bar moving over all."""
        photos = Photo.objects.select_related("agency").order_by("pk")
        if hours is not None:
            photos = photos.filter(created_at__gte=timezone.now() - timedelta(hours=hours))
        bar, total, seen, last = ProgressBar(self.stderr, "写真"), photos.count(), 0, 0
        while handful := list(photos.filter(pk__gt=last)[:_AT_A_TIME]):
            last = handful[-1].pk
            yield [photo for photo in handful if self.again or not is_complete(photo)]
            seen += len(handful)
            bar.show(min(seen, total), total)

    def _make_each(self, photos: list[Photo], workers: int) -> int:
        if workers == 1:
            return sum(map(self._make, photos))
        # Pillow works outside of Python's lock: threads are enough to use every core.
        with ThreadPoolExecutor(workers) as pool:
            return sum(pool.map(self._make_in_thread, photos))

    def _make_in_thread(self, photo: Photo) -> bool:
        try:
            return self._make(photo)
        finally:
            connection.close()

    def _make(self, photo: Photo) -> bool:
        try:
            make_all(photo, again=self.again)
        except Photo.DoesNotExist:
            return False
        except UnreadablePhotoError as error:
            self.failed.append(f"写真 {photo.pk}：{error}")
            self.stderr.write(self.failed[-1])
            return False
        return True

    def _report(self, made: int, *, put_off: bool) -> None:
        rest = "残りは次回に作ります。" if put_off else ""
        if self.failed:
            raise CommandError(
                f"写真{made}枚の画像を作りました。{len(self.failed)}枚は作れませんでした。{rest}"
            )
        self.stdout.write(f"写真{made}枚の画像を作りました。{rest}")
