"""The worker's clock and its jobs: what happens by itself. Every job is also a command.

Several workers at once are harmless: each job takes its turn in the database, or can be done
twice.
"""

from __future__ import annotations

import logging
import threading
import time
from contextvars import ContextVar
from itertools import cycle
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task, on_shutdown, on_startup, signal
from huey.signals import (
    SIGNAL_CANCELED,
    SIGNAL_COMPLETE,
    SIGNAL_ERROR,
    SIGNAL_EXECUTING,
    SIGNAL_INTERRUPTED,
)

from articles.holding import AT_LAST, hold_coming
from articles.library import expire_photos
from articles.working_copies import apply_due_swaps
from newsportal import cdn, health
from newsportal.logs import work_id
from rankings import ranking
from rankings.counting import drain
from rankings.windows import roll_windows

log = logging.getLogger(__name__)
jobs = logging.getLogger("newsportal.jobs")

DRAIN_EVERY = 1.0
COMPUTE_EVERY = 30.0
# How long the end of the worker waits for the clock's turn.
PATIENCE = 20.0

_stopping = threading.Event()
_starting = threading.Lock()
_clock: threading.Thread | None = None


@on_startup()  # type: ignore[untyped-decorator]
def start_clock() -> None:
    """Begins as soon as a worker does, once for each process.

    A thread and no job: jobs stand still while Redis does, and views lie in the spool then.
    """
    global _clock  # noqa: PLW0603 (one for each process)
    with _starting:
        if _clock is None or not _clock.is_alive():
            _clock = threading.Thread(
                target=run_clock, args=(_stopping,), name="clock", daemon=True
            )
            _clock.start()


# The kinds of ends that a job can have.
_ENDS = (SIGNAL_COMPLETE, SIGNAL_ERROR, SIGNAL_CANCELED, SIGNAL_INTERRUPTED)
_began: ContextVar[float] = ContextVar("began", default=0.0)


@signal(SIGNAL_EXECUTING)  # type: ignore[untyped-decorator]
def job_begins(name: str, job: Any) -> None:
    """From here on the lines of this thread carry the job's number."""
    work_id.set(str(job.id))
    _began.set(time.monotonic())


@signal(*_ENDS)  # type: ignore[untyped-decorator]
def job_ends(name: str, job: Any, error: object = None) -> None:
    ms = round((time.monotonic() - _began.get()) * 1000, 1)
    # What the apps enqueue runs under one name; its own path is the first argument.
    job_name = job.args[0] if job.name == "djtasks.run" else job.name
    fields = {"job": job_name, "end": name, "ms": ms}
    jobs.info("%s %s %s ms", job_name, name, ms, extra={"fields": fields})
    work_id.set("")


@on_shutdown()  # type: ignore[untyped-decorator]
def stop() -> None:
    _stopping.set()
    if _clock is not None:
        _clock.join(PATIENCE)


def run_clock(stopping: threading.Event) -> None:
    """Views into counts and due swaps once a second, counts into rankings twice a minute.

    By a clock that nobody sets: one that is set back an hour must not cost an hour.
    """
    next_compute = time.monotonic()
    # By the clock alone lists change slowly: once a minute is enough.
    is_time = cycle((True, False))
    counted = 0
    while True:
        began = time.monotonic()
        # The database may have been away.
        close_old_connections()
        try:
            counted += _drain()
            _apply_swaps()
            _tell_cdn()
            if began >= next_compute:
                next_compute = began + COMPUTE_EVERY
                _beat()
                if next(is_time) or counted:
                    _compute()
                counted = 0
                _expire_photos()
                _hold_unfit()
        except Exception:
            # A thread that died would leave views lying for good.
            log.exception("a turn of the clock failed")
        if stopping.wait(max(0.0, DRAIN_EVERY - (time.monotonic() - began))):
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
    _command("prune_autosaves")
    _command("prune_revisions")
    _command("empty_trash")
    _command("clean_media", delete=True, retired=True)
    # What another agency form or a new version of the ladder asks for, a night at a time.
    _command("make_renditions", minutes=60)
    _command("analyze")
    cdn.prune(timezone.now())


@db_periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def every_ten_minutes() -> None:
    _command("fetch_weather")
    _command("check_schedule")
    # A worker that was killed took its jobs with it; without one this does nothing.
    _command("make_renditions", since=24, minutes=5)


def _drain() -> int:
    try:
        return drain().counted
    except (DatabaseError, OSError):
        # What was not counted stays in the spool; the next second tries again.
        log.exception("the drain failed")
        return 0


def _apply_swaps() -> None:
    try:
        apply_due_swaps()
    except DatabaseError:
        # The next second tries again, in the same order.
        log.exception("working copies were not swapped in")


def _beat() -> None:
    try:
        health.beat(timezone.now())
    except DatabaseError:
        log.exception("the sign of life could not be left")


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


def _hold_unfit() -> None:
    try:
        hold_coming(ahead=AT_LAST)
    except DatabaseError:
        log.exception("what is to be published was not looked at")


def _command(name: str, **options: Any) -> None:
    """Runs a command. What it could not do is a warning: it is tried again at its next time."""
    try:
        call_command(name, **options)
    except CommandError as error:
        log.warning("%s: %s", name, error)
