from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rankings.ranking import rebuild
from rankings.rebuilding import disagreements
from rankings.turns import epoch_hour


class Command(BaseCommand):
    help = "Makes days, windows, totals and rankings anew from the hours, and proves them equal."

    def handle(self, *args: Any, **options: Any) -> str:
        now = timezone.now()
        report = rebuild(now)
        found = disagreements(epoch_hour(now.timestamp()))
        if found:
            raise CommandError("作り直しましたが、まだ合いません。" + "".join(found))
        return f"時間ごとの閲覧から日・期間・累計を作り直し、一致を確かめました。{report}"
