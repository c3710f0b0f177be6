"""Addresses and moments as they leave the site: absolute, and with Japan's offset."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.encoding import iri_to_uri


def absolute(address: str) -> str:
    """An address of this site (or of the host of its files) with scheme and host."""
    if address.startswith("/") and not address.startswith("//"):
        address = f"{settings.SITE_URL}{address}"
    return iri_to_uri(address)


def tag_uri(at: datetime, name: str) -> str:
    """A name that stays whatever becomes of the address (RFC 4151): tag:host,2026-11-23:name."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"tag:{host},{timezone.localdate(at).isoformat()}:{name}"


def local_second(at: datetime) -> datetime:
    """In Japan's time, without the fraction that programs have no use for."""
    return timezone.localtime(at).replace(microsecond=0)


def moment(at: datetime | None) -> str:
    """As `<time>` says it: 2026-11-23T06:00:00+09:00. Nothing for no time."""
    return local_second(at).isoformat() if at else ""


def to_share(url: str, words: str) -> list[tuple[str, str]]:
    """Where readers pass a page on: names and addresses, without a script of anybody."""
    return [
        ("X", f"https://x.com/intent/post?{urlencode({'text': words, 'url': url})}"),
        ("LINE", f"https://social-plugins.line.me/lineit/share?{urlencode({'url': url})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': url})}"),
        (
            "はてなブックマーク",
            f"https://b.hatena.ne.jp/add?{urlencode({'mode': 'confirm', 'url': url})}",
        ),
    ]
