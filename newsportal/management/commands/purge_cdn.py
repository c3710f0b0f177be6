"""Tells the CDN which pages changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from articles.caching import SITE
from newsportal import cdn


class Command(BaseCommand):
    help = "Tells the CDN which pages changed and were not confirmed yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="have it drop every page")

    def handle(self, *args: Any, **options: Any) -> str:
        if not settings.CDN:
            raise CommandError("CDN が設定されていません。")
        if options["all"]:
            try:
                cdn.send([SITE])
            except cdn.PurgeError as error:
                raise CommandError(f"CDNが確認しませんでした：{error}") from error
            return "CDNのすべてのページを消しました。"
        confirmed, refusal = cdn.purge(timezone.now())
        if refusal:
            raise CommandError(f"CDNが確認しませんでした：{refusal}")
        return f"CDNに{confirmed}件の変更を知らせました。"
