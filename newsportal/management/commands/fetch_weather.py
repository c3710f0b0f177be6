"""Fetches the temperature that the masthead shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from newsportal.weather import WeatherUnavailableError, refresh


class Command(BaseCommand):
    help = "気象庁のアメダスから気温を取得します。"

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.WEATHER_ENABLED:
            self.stdout.write("気温の取得は設定で止めてあります（WEATHER_ENABLED）。")
            return
        try:
            observation = refresh()
        except WeatherUnavailableError as error:
            raise CommandError(
                f"気温を取得できませんでした：{error}。前の値を残します。"
            ) from error
        at = timezone.localtime(observation.observed_at)
        self.stdout.write(f"{observation}（{at:%m月%d日 %H時%M分}観測）を保存しました。")
