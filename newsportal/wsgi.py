"""The site as one WSGI application, its outermost layers first."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
_django = get_wsgi_application()

# These read models, which are there only once Django is set up.
from django.conf import settings  # noqa: E402

from newsportal.nginx import NginxPages  # noqa: E402
from newsportal.pagecache.layer import PageCacheLayer  # noqa: E402
from rankings.beacon import BeaconLayer  # noqa: E402

if settings.PAGE_CACHE_PAGES and settings.NGINX_CACHE_DIR:
    _nginx = NginxPages(settings.NGINX_CACHE_DIR)
    _pages = PageCacheLayer(_django, most=settings.PAGE_CACHE_PAGES, on_change=_nginx.drop)
    # What changed while no process of this host ran is not known; from now on it is.
    _pages.outbox.start()
    _nginx.drop()
    application = BeaconLayer(_pages)
elif settings.PAGE_CACHE_PAGES:
    application = BeaconLayer(PageCacheLayer(_django, most=settings.PAGE_CACHE_PAGES))
else:
    application = BeaconLayer(_django)
