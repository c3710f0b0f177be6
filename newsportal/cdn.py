"""Tells a CDN which pages changed, again and again until it confirms.

A CDN keeps pages by their Cache-Control alone, 40 seconds at most; told of a change it drops them
at once, by the keys that each page carries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import httpx
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from articles.caching import DUE, SITE, article_key
from articles.models import Article, Invalidation
from newsportal.models import Purge

# By then no host and no nginx has the old page any more: a CDN told earlier could fetch it again.
SETTLED = timedelta(seconds=2)
# Older changes are not looked for: whatever a CDN kept of them it has long dropped.
LOOKED_BACK = timedelta(hours=1)
LATE_AFTER = timedelta(minutes=1)
# Of more than so many late changes the calendar names the first.
MOST_LATE = 200
# While one worker asks, no other does.
CLAIMED = timedelta(seconds=30)
LONGEST_REST = 60
KEPT = timedelta(days=7)
TIMEOUT = 10.0


class PurgeError(Exception):
    """The CDN did not confirm; the message says what came instead."""


class Adapter(NamedTuple):
    api_url: str
    # The most keys of one request.
    most: int
    send: Callable[[httpx.Client, str, list[str]], None]


def _fastly(client: httpx.Client, api_url: str, keys: list[str]) -> None:
    """https://www.fastly.com/documentation/reference/api/purging/ (several keys at once)."""
    response = client.post(
        f"{api_url}/service/{settings.CDN_SERVICE}/purge",
        headers={
            "Fastly-Key": settings.CDN_TOKEN,
            "Surrogate-Key": " ".join(keys),
            "Accept": "application/json",
        },
    )
    confirmed = _json(response)
    missing = [key for key in keys if not confirmed.get(key)]
    if missing:
        raise PurgeError(f"not confirmed: {' '.join(missing)}")


def _cloudflare(client: httpx.Client, api_url: str, keys: list[str]) -> None:
    """https://developers.cloudflare.com/api/resources/cache/methods/purge/ (by tags)."""
    response = client.post(
        f"{api_url}/zones/{settings.CDN_SERVICE}/purge_cache",
        headers={"Authorization": f"Bearer {settings.CDN_TOKEN}"},
        json={"tags": keys},
    )
    if _json(response).get("success") is not True:
        raise PurgeError(f"not confirmed: {response.text[:200]}")


ADAPTERS = {
    "fastly": Adapter("https://api.fastly.com", 256, _fastly),
    "cloudflare": Adapter("https://api.cloudflare.com/client/v4", 30, _cloudflare),
}


def _json(response: httpx.Response) -> dict[str, object]:
    if response.status_code != 200:
        raise PurgeError(f"{response.status_code} {response.text[:200]}")
    try:
        found = response.json()
    except ValueError:
        raise PurgeError(f"no JSON: {response.text[:200]}") from None
    if not isinstance(found, dict):
        raise PurgeError(f"no object: {response.text[:200]}")
    return found


# --- what is to be said


def is_due(at: datetime) -> bool:
    """Whether there is something to tell the CDN at this moment."""
    return _due(at).exists() or _unwritten(at).exists()


def purge(at: datetime) -> tuple[int, str]:
    """Tells the CDN what changed; the number of changes that it confirmed, and what went wrong."""
    _write_down(at)
    rows = list(_due(at).order_by("pk"))
    if not rows:
        return 0, ""
    claimed = Purge.objects.filter(pk__in=[row.pk for row in rows])
    claimed.update(next_try_at=at + CLAIMED, attempts=F("attempts") + 1)
    keys = {key for row in rows for key in row.keys.split()}
    try:
        send(sorted(keys))
    except PurgeError as error:
        # Each in its own rhythm: 2, 4, 8 seconds, at last once a minute.
        for row in rows:
            row.error = str(error)[:500]
            row.attempts += 1
            rest = min(2**row.attempts, LONGEST_REST)
            row.next_try_at = at + timedelta(seconds=rest)
        Purge.objects.bulk_update(rows, ["error", "next_try_at"])
        return 0, str(error)
    claimed.update(confirmed_at=at, error="")
    return len(rows), ""


def send(keys: list[str]) -> None:
    """Has the CDN drop every page under any of the keys. Raises PurgeError."""
    if SITE in keys:
        # It stands on every page.
        keys = [SITE]
    adapter = ADAPTERS[settings.CDN]
    api_url = settings.CDN_API_URL or adapter.api_url
    try:
        with httpx.Client(timeout=TIMEOUT) as client:
            for start in range(0, len(keys), adapter.most):
                adapter.send(client, api_url, keys[start : start + adapter.most])
    except httpx.HTTPError as error:
        raise PurgeError(f"{type(error).__name__}: {error}") from error


def problems(at: datetime) -> list[str]:
    """What the CDN did not confirm within a minute, in sentences for an operator."""
    if not settings.CDN:
        return []
    late = Purge.objects.filter(confirmed_at=None, changed_at__lt=at - LATE_AFTER)
    unwritten = _unwritten(at - LATE_AFTER)
    count = late.count() + unwritten.count()
    if not count:
        return []
    last = late.exclude(error="").order_by("-pk").values_list("error", flat=True).first()
    cause = f"最後の応答：{last}" if last else "worker（または purge_cdn）が動いていません。"
    late_changes = f"CDNが1分たっても確認していない変更が{count}件あります。"
    return [f"{late_changes}取り下げた記事が見えたままかもしれません。{cause}"]


def prune(at: datetime) -> int:
    """Deletes what was confirmed long ago; returns how many."""
    return Purge.objects.filter(confirmed_at__lt=at - KEPT).delete()[0]


def _due(at: datetime) -> QuerySet[Purge]:
    return Purge.objects.filter(confirmed_at=None, next_try_at__lte=at)


def _unwritten(at: datetime) -> QuerySet[Invalidation]:
    """Changes without a row of ours, whatever their ids: these commit out of order."""
    written = Purge.objects.filter(invalidation=OuterRef("pk"))
    return Invalidation.objects.filter(
        ~Q(keys__startswith=DUE),
        ~Exists(written),
        created_at__gt=at - LOOKED_BACK,
        created_at__lte=at - SETTLED,
    )


def _write_down(at: datetime) -> None:
    Purge.objects.bulk_create(
        [
            Purge(
                invalidation=row.pk,
                # What is merely due to be made anew may grow old at the CDN as well.
                keys=" ".join(key for key in row.keys.split() if not key.startswith(DUE)),
                changed_at=row.created_at,
                next_try_at=at,
            )
            for row in _unwritten(at)
        ],
        ignore_conflicts=True,
    )


def cache_tags(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: the keys of a page in the field that Cloudflare reads."""

    def tagged(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if keys := response.headers.get("Surrogate-Key"):
            response.headers["Cache-Tag"] = keys.replace(" ", ",")
        return response

    return tagged


def unconfirmed(articles: Sequence[Article]) -> dict[int, list[str]]:
    """For the desk's calendar: whose change the CDN has not confirmed in time."""
    if not settings.CDN:
        return {}
    late = Purge.objects.filter(
        confirmed_at=None, changed_at__lt=timezone.now() - LATE_AFTER
    ).values_list("keys", flat=True)
    keys = {key for row in late[:MOST_LATE] for key in row.split()}
    said = "CDNが変更をまだ確かめていません"
    return {article.pk: [said] for article in articles if article_key(article.pk) in keys}
