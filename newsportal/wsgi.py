"""The site as one WSGI application, its outermost layers first."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
_django = get_wsgi_application()

# These read models, which are there only once Django is set up.
from django.conf import settings  # noqa: E402

from newsportal.maintenance import MaintenanceLayer  # noqa: E402
from newsportal.nginx import NginxPages  # noqa: E402
from newsportal.pagecache.layer import PageCacheLayer  # noqa: E402
from newsportal.watching import WatchLayer, count_beacon  # noqa: E402
from rankings.beacon import BeaconLayer  # noqa: E402

if settings.PAGE_CACHE_PAGES:
    _nginx = NginxPages(settings.NGINX_CACHE_DIR) if settings.NGINX_CACHE_DIR else None
    _pages = PageCacheLayer(
        _django,
        most=settings.PAGE_CACHE_PAGES,
        on_change=_nginx.drop if _nginx else None,
        handoff=settings.PAGE_CACHE_HANDOFF,
    )
    if _nginx:
        # What changed while no process of this host ran is not known; from now on it is.
        _pages.outbox.start()
        _nginx.drop()
    _open = BeaconLayer(WatchLayer(_pages), tell=count_beacon)
else:
    _open = BeaconLayer(WatchLayer(_django), tell=count_beacon)
application = MaintenanceLayer(_open, _django)
