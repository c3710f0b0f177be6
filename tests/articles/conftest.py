"""Fixtures of the tests of articles."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def assert_same_queries():
    """A page must take as many queries for twelve rows as for two, and at most `most`."""

    def check(get, make, most=30):
        def count() -> int:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert get().status_code == 200
            return len(queries)

        for number in range(2):
            make(number)
        count()  # Fills the caches of content types and permissions.
        few = count()
        for number in range(2, 12):
            make(number)
        assert count() == few <= most

    return check
