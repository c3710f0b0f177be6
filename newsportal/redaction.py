"""What reports of faults leave out: more than Django's own list of names."""

from __future__ import annotations

import re

from django.views.debug import SafeExceptionReporterFilter


class ReportFilter(SafeExceptionReporterFilter):
    """Addresses of servers hold their passwords."""

    hidden_settings = re.compile(
        rf"{SafeExceptionReporterFilter.hidden_settings.pattern}|DATABASE_URL|REDIS_URL",
        re.IGNORECASE,
    )
