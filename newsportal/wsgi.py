"""The site as one WSGI application, its outermost layers first."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
_django = get_wsgi_application()

# These read models, which are there only once Django is set up.
from django.conf import settings  # noqa: E402

from newsportal.pagecache.layer import PageCacheLayer  # noqa: E402
from rankings.beacon import BeaconLayer  # noqa: E402

if settings.PAGE_CACHE_PAGES:
    _pages = PageCacheLayer(_django, most=settings.PAGE_CACHE_PAGES)
    application = BeaconLayer(_pages)
else:
    application = BeaconLayer(_django)
