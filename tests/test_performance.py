"""docs/performance.md says what bench/results/ holds."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_table_is_what_was_measured():
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench/run"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
