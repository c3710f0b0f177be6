"""Readers: each opens pages and sends the view of what was opened, and remembers every answer."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import NamedTuple

import httpx

from tests.rankings.beacons import PHONE

# Nobody waits longer for a page, and no answer may take so long.
PATIENCE = 20
_TOKEN = re.compile(r'data-view-token="([^"]+)"')


class Answer(NamedTuple):
    """What one reader got. `status` 0: the connection was cut or refused."""

    path: str
    status: int
    cache: str
    seconds: float

    @property
    def is_rendered(self):
        """Whether Django made this page for this very request."""
        return "fwd=uri-miss" in self.cache and "collapsed" not in self.cache


class Load:
    """A crowd of readers over some articles."""

    def __init__(self, url, articles):
        self.url = url
        self.articles = articles
        # By article: what was acknowledged, and what nobody was told of.
        self.acknowledged = Counter()
        self.unsure = Counter()
        self.pages = []
        self.views = []
        self._tokens = {}
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._failures = []
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            for article in articles:
                self._open(client, article)
        assert len(self._tokens) == len(articles), self.pages
        self.forget()

    @contextmanager
    def running(self, readers=4):
        threads = [threading.Thread(target=self._read, args=(seed,)) for seed in range(readers)]
        for thread in threads:
            thread.start()
        try:
            self.wait_for(20)
            yield self
        finally:
            self._ending.set()
            for thread in threads:
                thread.join(2 * PATIENCE)
            self._ending.clear()
        assert not self._failures, self._failures[0]
        assert not any(thread.is_alive() for thread in threads), "a reader hangs"

    def forget(self):
        """Begins a new part of the story; what was acknowledged stays."""
        with self._lock:
            self.pages, self.views = [], []

    def wait_for(self, number, timeout=60):
        """Returns once so many more views have got an answer."""
        until, wanted = time.monotonic() + timeout, len(self.views) + number
        while len(self.views) < wanted:
            assert time.monotonic() < until, f"{len(self.views)} of {wanted} answers"
            time.sleep(0.01)

    @property
    def cut(self):
        """How many requests got no answer."""
        return sum(answer.status == 0 for answer in [*self.pages, *self.views])

    def statuses(self):
        """Of pages and of views: all but those without an answer."""
        return [
            {answer.status for answer in answers if answer.status}
            for answers in (self.pages, self.views)
        ]

    def longest(self):
        return max(answer.seconds for answer in [*self.pages, *self.views])

    # --- a reader

    def _read(self, seed):
        chance = random.Random(seed)  # noqa: S311 (who reads what, no secret)
        client = httpx.Client(base_url=self.url, timeout=PATIENCE)
        try:
            while not self._ending.wait(0.005):
                article = chance.choice(self.articles)
                self._open_home(client)
                self._open(client, article)
                self._view(client, article, chance)
        except BaseException as failure:
            self._failures.append(failure)
            raise
        finally:
            client.close()

    def _open_home(self, client):
        status, response, seconds = self._ask(client, "GET", "/")
        cache = "" if response is None else response.headers.get("cache-status", "")
        self._note(self.pages, Answer("/", status, cache, seconds))

    def _open(self, client, article):
        path = f"/articles/{article}/"
        status, response, seconds = self._ask(client, "GET", path)
        cache = "" if response is None else response.headers.get("cache-status", "")
        if status == 200:
            assert f'data-article-id="{article}"' in response.text, response.text
            self._tokens[article] = _TOKEN.search(response.text)[1]
        self._note(self.pages, Answer(path, status, cache, seconds))

    def _view(self, client, article, chance):
        # A reader of his own, in a network of his own: every view counts.
        address = ".".join(str(chance.randrange(1, 224)) for _ in range(4))
        status, _, seconds = self._ask(
            client,
            "POST",
            "/v/",
            data={"a": article, "t": self._tokens[article]},
            headers={"User-Agent": PHONE, "X-Forwarded-For": address},
        )
        with self._lock:
            self.acknowledged[article] += status == 204
            self.unsure[article] += status == 0
        self._note(self.views, Answer("/v/", status, "", seconds))

    def _ask(self, client, method, path, **request):
        begun = time.monotonic()
        try:
            response = client.request(method, path, **request)
        except httpx.TransportError:
            response = None
        status = 0 if response is None else response.status_code
        return status, response, time.monotonic() - begun

    def _note(self, answers, answer):
        with self._lock:
            answers.append(answer)
