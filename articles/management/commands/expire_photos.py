from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from articles.library import expire_photos


class Command(BaseCommand):
    help = "Takes photos whose term of use has ended off every page."

    def handle(self, *args: Any, **options: Any) -> str:
        return f"利用期限の切れた写真{expire_photos()}枚をページから外しました。"
