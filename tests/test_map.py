"""docs/map.md is true: its tables are what bin/map writes, its journeys name what exists."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_tables_are_true():
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin/map"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_map_names_nothing_that_is_gone():
    named = re.findall(r"`([\w.]+/[\w./-]*|\.ci/run)`", (ROOT / "docs/map.md").read_text("utf-8"))
    assert len(named) > 60
    gone = [name for name in named if not (ROOT / name).exists() and name != "var/"]
    assert gone == []
