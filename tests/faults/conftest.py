from __future__ import annotations

import os

import pytest

from tests.faults.servers import POSTGRES, REDIS
from tests.faults.site import large_site
from tests.nginx import NGINX

# These bring databases of their own, PostgreSQL and SQLite: the suite's run on PostgreSQL would
# do the same once more.
collect_ignore_glob = ["test_*.py"] if os.environ.get("TEST_DATABASE_URL") else []


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """One site for all faults, in any order: after each it must be as whole as before."""
    for name, found in (("redis-server", REDIS), ("postgres", POSTGRES), ("nginx", NGINX)):
        if found is None:
            pytest.skip(f"{name} is not installed")
    with large_site(tmp_path_factory.mktemp("faults")) as running:
        yield running
