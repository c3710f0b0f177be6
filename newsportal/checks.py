"""System checks on the settings of the site, each with a hint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

LOCAL = {"localhost", "127.0.0.1", "[::1]", "::1"}


@register
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_var_dir(), *_site_url(), *_proxies(), *_debug(), *_nginx()]


def _var_dir() -> Iterator[CheckMessage]:
    if settings.VAR_DIR.exists() and not os.access(settings.VAR_DIR, os.W_OK | os.X_OK):
        yield Error(
            f"VAR_DIR {settings.VAR_DIR} cannot be written.",
            hint="Give the user that runs newsportal the folder, or set VAR_DIR to another one.",
            id="newsportal.E001",
        )


def _site_url() -> Iterator[CheckMessage]:
    public_hosts = set(settings.ALLOWED_HOSTS) - LOCAL - {"testserver"}
    if urlsplit(settings.SITE_URL).hostname in LOCAL and public_hosts and not settings.DEBUG:
        yield Warning(
            "SITE_URL points to this machine, so feeds and canonical links lead nowhere.",
            hint=f"Set SITE_URL, for example to https://{min(public_hosts).lstrip('.*')}.",
            id="newsportal.W001",
        )


def _proxies() -> Iterator[CheckMessage]:
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        yield Warning(
            "SITE_URL is https but TRUSTED_PROXIES is 0: behind a proxy every reader would have "
            "the proxy's address, and their views would count as one visitor's.",
            hint="Set TRUSTED_PROXIES to the number of proxies in front (nginx alone: 1).",
            id="newsportal.W002",
        )


def _debug() -> Iterator[CheckMessage]:
    if settings.DEBUG and set(settings.ALLOWED_HOSTS) - LOCAL - {"testserver"}:
        yield Warning(
            "DEBUG is on for a site with a public host name; error pages show its inside.",
            hint="Unset DEBUG.",
            id="newsportal.W003",
        )


def _nginx() -> Iterator[CheckMessage]:
    if settings.NGINX_CACHE_DIR and not settings.PAGE_CACHE_PAGES:
        yield Error(
            "NGINX_CACHE_DIR is set but PAGE_CACHE_PAGES is 0: nobody would drop what changed.",
            hint="Unset one of the two.",
            id="newsportal.E002",
        )
