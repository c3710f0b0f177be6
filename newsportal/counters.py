"""What this process has counted since it started; /metrics tells it with the process's number.

In memory alone: files that processes share would be mapped, and on a full disk a mapped file ends
the process that writes to it.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]
PROCESS = CollectorRegistry()

# From a warm article to what readers give up on, in seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

requests = Counter(
    "newsportal_requests",
    "Answers by view and by what the page cache had: hit, stale, miss, pass (not asked)",
    ["view", "cache"],
    registry=PROCESS,
)
beacons = Counter(
    "newsportal_beacons",
    "Beacons by what became of them at the door: stored, or why not",
    ["outcome"],
    registry=PROCESS,
)
render_seconds = Histogram(
    "newsportal_render_seconds",
    "Time that Django took for an answer, those for the page cache included",
    ["view"],
    buckets=_SECONDS,
    registry=PROCESS,
)
asides = Counter(
    "newsportal_asides_renewed",
    "Kept pages that got new sidebars and were not made anew",
    registry=PROCESS,
)
visible_seconds = Histogram(
    "newsportal_publish_to_visible_seconds",
    "From a change's row in the outbox to the drop of its pages in this process",
    buckets=_SECONDS,
    registry=PROCESS,
)
