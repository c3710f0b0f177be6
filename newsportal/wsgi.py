"""The site as one WSGI application, its outermost layers first."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
_django = get_wsgi_application()

# Its module reads models, which are there only once Django is set up.
from rankings.beacon import BeaconLayer  # noqa: E402

application = BeaconLayer(_django)
