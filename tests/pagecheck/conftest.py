"""The demo newsroom, running, walked through once; and a Chromium to look at it.

PAGECHECK_URL checks a site that runs already, such as one of ten thousand articles.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.template.loader import render_to_string

from tests.pagecheck.rules import Page, words
from tests.pagecheck.site import Site
from tests.portal import first_start
from tests.stories.conftest import browser

__all__ = ["browser"]

# What the demo newsroom has none of: a withdrawn article, a correction, key points of a topic;
# and weather, which a site without network has not.
SET_UP = """
from django.conf import settings
from django.contrib.auth.models import User
from articles.models import Article, Correction, Topic
from articles.publishing import withdraw
from django.utils import timezone
from newsportal.models import WeatherObservation
WeatherObservation.objects.create(
    station=settings.WEATHER_STATION, place="東京", temperature="15.9", observed_at=timezone.now())
someone = User.objects.create_superuser("pagecheck")
oldest = Article.objects.public().newest().last()
withdraw(oldest, by=someone, reason="掲載の終了")
Correction.objects.create(
    article=Article.objects.public().newest().first(), text="「五十年」は「六十年」の誤りでした。")
Topic.objects.update(key_points="冬の電気と灯油の値段\\n雪の多い町の備え")
print(oldest.pk)
"""
# What the server answers when it cannot make a page: no address leads to these.
BARE = {"bad request": 400, "server error": 500, "closed": 503}


def pytest_collection_modifyitems(config, items):
    """The pages are the same whichever database they come from: one run of the suite is enough."""
    if os.environ.get("TEST_DATABASE_URL"):
        here = Path(__file__).parent
        left_out = [item for item in items if here in item.path.parents]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    if url := os.environ.get("PAGECHECK_URL"):
        found = Site(url.rstrip("/"))
        yield found
        found.close()
        return
    with first_start(tmp_path_factory.mktemp("portal")) as portal:
        withdrawn = portal.manage("shell", "-v0", "-c", SET_UP).split()[-1]
        # The worker makes them a minute later.
        portal.manage("make_renditions")
        found = Site(portal.url)
        found.withdrawn = f"/articles/{withdrawn}/"
        yield found
        found.close()


@pytest.fixture(scope="session")
def examples(site):
    """A page of each kind."""
    found = site.examples()
    # The list of what a reader keeps is looked at with something in it.
    article = found["article"]
    number = int(urlsplit(article.url).path.split("/")[2])
    found["saved"].kept = [{"id": number, "headline": words(article.tree.find(".//h1"))}]
    for kind, status in BARE.items():
        html = render_to_string(f"{status}.html")
        found[kind] = Page(f"{site.url}/", kind, html, status, site.url)
    if hasattr(site, "withdrawn"):
        found["withdrawn"] = site.get(site.withdrawn, "withdrawn", 410)
    return found
