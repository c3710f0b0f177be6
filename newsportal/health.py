"""Is all well on this host? The checks behind /readyz, /metrics and `doctor`.

A fatal check is one that another host would pass: without it this host shows wrong pages or none.
The others warn, because every host fails them together (no worker, late rankings), and a site
without its ranking is better than no site.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from articles import holding
from articles.working_copies import late_swaps
from newsportal import cdn
from newsportal.models import Heartbeat
from newsportal.pagecache.layer import PageCacheLayer
from rankings.health import late_lists, late_views

# A worker leaves a sign twice a minute.
DEAD_AFTER = timedelta(minutes=3)
# A swap is a second's work of the worker.
SWAP_GRACE = timedelta(minutes=1)
# A page cache that has not read for so long hands out pages that may have been withdrawn.
DEAF_AFTER = 10.0
# Half a million views.
LEAST_FREE_BYTES = 32_000_000


class Check(NamedTuple):
    name: str
    # What is wrong, in a sentence for an operator, without paths or addresses; empty when well.
    problem: str
    is_fatal: bool = False

    @property
    def is_ok(self) -> bool:
        return not self.problem


def checks(at: datetime, pages: PageCacheLayer | None = None) -> list[Check]:
    """Everything that is quickly asked. `pages` is this process's page cache, if it has one."""
    here = [Check("spool", _spool()), Check("pages", _page_cache(pages), is_fatal=True)]
    try:
        migrations = Check("migrations", _migrations(), is_fatal=True)
    except DatabaseError:
        return [Check("database", _NO_ANSWER, is_fatal=True), *here]
    here = [Check("database", "", is_fatal=True), migrations, *here]
    if not migrations.is_ok:
        # What follows asks tables that may not be there yet.
        return here
    return [
        *here,
        Check("worker", _asked(lambda: _worker(at))),
        Check("views", _asked(lambda: _joined(late_views(at)))),
        Check("rankings", _asked(lambda: _joined(late_lists(at)))),
        Check("swaps", _asked(lambda: _joined(late_swaps(at - SWAP_GRACE)))),
        Check("cdn", _asked(lambda: _joined(cdn.problems(at)))),
        Check("schedule", _asked(lambda: _joined(holding.problems()))),
    ]


def is_ready(found: Iterable[Check]) -> bool:
    """Whether readers may be sent to this host."""
    return all(check.is_ok for check in found if check.is_fatal)


def beat(at: datetime) -> None:
    """The worker of this host is alive."""
    Heartbeat.objects.update_or_create(host=socket.gethostname()[:200], defaults={"at": at})


def last_beat(at: datetime) -> float | None:
    """Seconds since any worker was alive; None when none has ever been."""
    newest = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    return None if newest is None else (at - newest).total_seconds()


_NO_ANSWER = "データベースが応答しません。"


def _asked(question: Callable[[], str]) -> str:
    try:
        return question()
    except (DatabaseError, OSError):
        return _NO_ANSWER


def _migrations() -> str:
    """Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    try:
        _require_migrated()
    except LookupError as missing:
        return f"適用していないマイグレーションが{missing}件あります。"
    return ""


@cache
def _require_migrated() -> None:
    """Asked until it holds: migrations are not undone below a process that runs.

    More in the database than in the code is well: the next version was migrated to already.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise LookupError(len(plan))


def _spool() -> str:
    folder = settings.SPOOL_DIR
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        return "閲覧を書き留めるフォルダーに書き込めません。"
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        return f"閲覧を書き留めるディスクの空きが{free // 1_000_000}MBしかありません。"
    return ""


def _page_cache(pages: PageCacheLayer | None) -> str:
    lag = pages.outbox.lag if pages else 0
    if lag <= DEAF_AFTER:
        return ""
    return f"このプロセスは{lag:.0f}秒前から変更を読んでいません。"


def _worker(at: datetime) -> str:
    age = last_beat(at)
    if age is None or age <= DEAD_AFTER.total_seconds():
        # Where timers run the commands there is no worker.
        return ""
    return f"workerの最後の合図が{age / 60:.0f}分前です。動いているか確かめてください。"


def _joined(sentences: Iterable[str]) -> str:
    return "".join(sentences)
