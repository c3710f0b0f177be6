"""The process environment of the tests: a folder of their own, no server but the one asked for.

A plugin of pytest (see addopts), because pytest-django reads the settings before any
conftest.py is imported.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Nothing that a test writes may land in the developer's var/.
_scratch = tempfile.mkdtemp(prefix="newsportal-test-")
os.environ["VAR_DIR"] = _scratch
os.environ["SECRET_KEY"] = "a key for tests only, of more than thirty-two characters"
os.environ["DEBUG"] = "0"
os.environ.pop("REDIS_URL", None)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or (
    f"sqlite:///{Path(_scratch) / 'test.sqlite3'}"
)
