"""The minute clock: what the worker does by itself. Every job is also a command.

Several workers at once are harmless: each job takes its turn in the database, or can be done
twice.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task, on_shutdown

from articles.library import expire_photos
from newsportal import cdn
from rankings import ranking
from rankings.counting import drain
from rankings.windows import roll_windows

log = logging.getLogger(__name__)

DRAIN_EVERY = 1.0
COMPUTE_EVERY = 30.0
# The loop ends this long before the minute does: the next minute's job is then queued.
SPARE = 4.0

_stopping = threading.Event()
_one_clock = threading.Lock()


@on_shutdown()  # type: ignore[untyped-decorator]
def stop() -> None:
    _stopping.set()


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def every_minute() -> None:
    """Views into counts once a second, counts into rankings and ended terms twice a minute."""
    if not _one_clock.acquire(blocking=False):
        return
    try:
        run_clock(_stopping, until=(time.time() // 60 + 1) * 60 - SPARE)
    finally:
        _one_clock.release()


def run_clock(stopping: threading.Event, *, until: float) -> None:
    """Drains and computes until an epoch second, at least once."""
    next_compute = time.time()
    counted = 1
    while True:
        began = time.time()
        counted += _drain()
        _tell_cdn()
        if began >= next_compute:
            if counted:
                _compute()
            # By the clock alone lists change slowly: the start of each minute is enough.
            counted = 0
            next_compute += COMPUTE_EVERY
            _expire_photos()
        if stopping.wait(max(0.0, DRAIN_EVERY - (time.time() - began))):
            return
        if time.time() >= until:
            return


@db_task()  # type: ignore[untyped-decorator]
def tell_cdn() -> None:
    """A job of its own: a CDN that does not answer must not hold up the counting."""
    _, error = cdn.purge(timezone.now())
    if error:
        log.warning("the CDN does not confirm: %s", error)


@db_periodic_task(crontab(hour="4", minute="17"))  # type: ignore[untyped-decorator]
def every_night() -> None:
    _command("prune_views")
    _command("prune_rankings")
    _command("prune_invalidations")
    _command("clean_media", delete=True, retired=True)
    # What another agency form or a new version of the ladder asks for, a night at a time.
    _command("make_renditions", minutes=60)
    cdn.prune(timezone.now())


@db_periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def every_ten_minutes() -> None:
    _command("fetch_weather")
    # A worker that was killed took its jobs with it; without one this does nothing.
    _command("make_renditions", since=24, minutes=5)


def _drain() -> int:
    try:
        return drain().counted
    except (DatabaseError, OSError):
        # What was not counted stays in the spool; the next second tries again.
        log.exception("the drain failed")
        return 0


def _tell_cdn() -> None:
    try:
        if settings.CDN and cdn.is_due(timezone.now()):
            tell_cdn()
    except DatabaseError:
        log.exception("what a CDN should be told could not be read")


def _compute() -> None:
    try:
        # Does nothing but once an hour: before the lists, which read the windows.
        roll_windows()
        ranking.compute()
    except DatabaseError:
        log.exception("the rankings were not computed")


def _expire_photos() -> None:
    try:
        expire_photos()
    except DatabaseError:
        log.exception("photos whose term ended were not taken off")


def _command(name: str, **options: Any) -> None:
    """Runs a command. What it could not do is a warning: it is tried again at its next time."""
    try:
        call_command(name, **options)
    except CommandError as error:
        log.warning("%s: %s", name, error)
