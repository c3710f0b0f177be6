"""Figures for a monitoring system, asked from the database and the spool at each reading.

Sums are of today in Japan: they begin anew at midnight, so they are gauges and not counters.
What a process counts by itself (newsportal/counters.py) carries its number as `process`: of
several on a host each reading finds one, and what is added up or rated over time comes out right.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from huey.contrib.djhuey import HUEY
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from articles.models import Article
from newsportal import counters, health
from newsportal.pagecache.layer import PageCacheLayer
from rankings import records, spool
from rankings.health import oldest_undrained, snapshot_age
from rankings.models import DayBucket, RefusedViews, SourcePosition
from rankings.turns import epoch_hour, japanese_day

# A Japanese day begins nine hours before the UTC day of the same number.
_JST_HOURS = 9


def text(pages: PageCacheLayer | None = None) -> bytes:
    """All figures in Prometheus' text format; of the page cache of this process if it has one."""
    registry = CollectorRegistry()
    registry.register(_Figures(timezone.now()))
    registry.register(_Process(pages))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[Metric]:
        day = japanese_day(epoch_hour(self.at.timestamp()))
        yield _gauge("articles_public", "Articles that readers may see", self._public())
        yield from _views(day)
        yield _refused(day)
        yield _gauge("views_waiting", "Records in this host's spool, not drained", _waiting())
        # Zero when nothing waits: a missing series would not raise an alarm.
        lag = oldest_undrained(self.at) or 0
        yield _gauge("views_lag_seconds", "Age of the oldest view that is not drained", lag)
        age = snapshot_age(self.at)
        if age is not None:
            yield _gauge("snapshot_age_seconds", "Age of the rankings", age)
        beat = health.last_beat(self.at)
        if beat is not None:
            yield _gauge("worker_age_seconds", "Since any worker last gave a sign of life", beat)
        yield from _queue()

    def _public(self) -> int:
        return Article.objects.public(self.at).count()


class _Process(Collector):
    """What this process has counted, and what it keeps."""

    def __init__(self, pages: PageCacheLayer | None) -> None:
        self.pages = pages

    def collect(self) -> Iterator[Metric]:
        process = {"process": str(os.getpid())}
        for metric in [*counters.PROCESS.collect(), *self._kept()]:
            metric.samples = [
                sample._replace(labels=sample.labels | process) for sample in metric.samples
            ]
            yield metric

    def _kept(self) -> Iterator[Metric]:
        if self.pages is None:
            return
        number, size = self.pages.size
        yield _gauge("page_cache_pages", "Finished pages in this process's memory", number)
        yield _gauge("page_cache_bytes", "Their bodies, in every coding", size)
        lag = self.pages.outbox.lag
        yield _gauge("outbox_lag_seconds", "Since this process last read what changed", lag)


def _queue() -> Iterator[Metric]:
    try:
        waiting, later = HUEY.pending_count(), HUEY.scheduled_count()
    except (OSError, RedisError, sqlite3.Error):
        # The other figures are asked for most when something is broken.
        return
    yield _gauge("jobs_waiting", "Jobs that no worker has taken yet", waiting)
    yield _gauge("jobs_scheduled", "Jobs for a later moment, retries included", later)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"newsportal_{name}", help_text, value=value)


def _views(day: int) -> Iterator[Metric]:
    drained = DayBucket.objects.filter(day=day).aggregate(raw=Sum("raw"), views=Sum("views"))
    raw, views = drained["raw"] or 0, drained["views"] or 0
    yield _gauge("views_appended_today", "Views acknowledged today", raw + _waiting())
    yield _gauge("views_drained_today", "Views drained into the buckets today", raw)
    yield _gauge("views_counted_today", "Views that rank today", views)


def _refused(day: int) -> Metric:
    metric = GaugeMetricFamily(
        "newsportal_views_refused_today", "Views not counted today, by reason", labels=["reason"]
    )
    first = day * 24 - _JST_HOURS
    rows = (
        RefusedViews.objects.filter(hour__gte=first, hour__lt=first + 24)
        .values("reason")
        .annotate(number=Sum("count"))
        .order_by("reason")
        .values_list("reason", "number")
    )
    numbers = dict(rows)
    for reason in RefusedViews.Reason.values:
        metric.add_metric([reason], numbers.get(reason, 0))
    return metric


def _waiting() -> int:
    positions = dict(SourcePosition.objects.values_list("source", "position"))
    waiting = 0
    for path in spool.spool_files(Path(settings.SPOOL_DIR)):
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            continue
        waiting += size - int(positions.get(path.name, 0))
    return waiting // records.SIZE
