"""SIGKILL at chosen and random steps: the numbers stay exact, and two wrong drainers do not.

The same harness runs at length by hand: `python bench/kill_harness.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

HARNESS = Path(__file__).resolve().parent.parent.parent / "bench" / "kill_harness.py"


def run(*options):
    """Runs the harness; returns its result by design."""
    database = "postgres" if connection.vendor == "postgresql" else "sqlite"
    ours = {"VAR_DIR", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, str(HARNESS), "--database", database, *options],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["design"]: result for result in results}


def test_no_kill_loses_or_doubles_a_view():
    designs = "spool,crowd,worker,clear_first,sql_first"
    results = run("--kills", "30", "--control-kills", "12", "--designs", designs)
    assert results["spool"]["kills"] == results["worker"]["kills"] == 30
    assert results["spool"]["exact"], results["spool"]
    assert results["crowd"]["exact"], results["crowd"]
    assert results["worker"]["exact"], results["worker"]
    # The harness can fail: clearing before counting loses, counting before clearing doubles.
    assert results["clear_first"]["lost"] > 0
    assert results["sql_first"]["doubled"] > 0


@pytest.mark.redis
@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="TEST_REDIS_URL is not set")
@pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
def test_no_kill_of_redis_or_its_drain_loses_or_doubles_a_view():
    results = run("--kills", "30", "--designs", "stream,redis")
    assert results["stream"]["exact"], results["stream"]
    assert results["redis"]["exact"], results["redis"]
