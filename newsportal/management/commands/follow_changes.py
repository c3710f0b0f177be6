"""Drops the pages of an nginx on a host that runs no web process."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsportal.nginx import NginxPages
from newsportal.pagecache.outbox import Outbox


class Command(BaseCommand):
    help = "Drops nginx's pages whenever something changes, until it is ended (SIGTERM)."

    def handle(self, *args: Any, **options: Any) -> str:
        if settings.NGINX_CACHE_DIR is None:
            raise CommandError("NGINX_CACHE_DIR を設定してください。")
        pages = NginxPages(settings.NGINX_CACHE_DIR)
        ended = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())

        def changed(wrong: set[str], due: set[str]) -> None:
            if wrong:
                pages.drop()

        outbox = Outbox(changed)
        pages.drop()
        outbox.start()
        ended.wait()
        return "終わりました。"
