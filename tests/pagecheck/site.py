"""A walk through a running site: every page that links lead to, and which kind each is."""

from __future__ import annotations

import re
from collections import Counter, deque
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

from tests.pagecheck.rules import Page

# The first pattern that fits names the kind. A page that fits none is a fault: its kind is
# looked at by nobody.
KINDS = {
    "home": r"/",
    "article": r"/articles/\d+/",
    "photo": r"/articles/\d+/photos/\d+/",
    "section": r"/sections/[^/]+/",
    "topics": r"/topics/",
    "topic": r"/topics/[^/]+/",
    "tag": r"/tags/[^/]+/",
    "author": r"/authors/[^/]+/",
    "ranking": r"/ranking/",
    "ranking window": r"/ranking/[^/]+/",
    "ranking section": r"/ranking/[^/]+/[^/]+/",
    "search": r"/search/",
    "archive": r"/archive/",
    "archive year": r"/archive/\d{4}/",
    "archive month": r"/archive/\d{4}/\d\d/",
    "archive day": r"/archive/\d{4}/\d\d/\d\d/",
    "corrections": r"/corrections/",
    "saved": r"/saved/",
    "about": r"/about/",
    "about page": r"/about/[^/]+/",
}
# Not for readers' eyes: looked at elsewhere.
OTHER = re.compile(r"/(feeds/.*|media/.*|static/.*|site\.webmanifest|favicon\.ico)")
# Pages that no link leads to.
UNLINKED = {
    "search results": ("/search/?q=灯台", 200),
    "search without result": ("/search/?q=どこにもない言葉", 200),
    "not found": ("/nowhere/", 404),
}
# In a site of many thousand articles a walk this long has seen all kinds.
MOST_PAGES = 400


class Site:
    """Pages by address, and what went wrong on the way to them."""

    def __init__(self, url, *, most=MOST_PAGES):
        self.url = url
        self.pages = {}
        self.others = set()
        self.faults = []
        self._client = httpx.Client(base_url=url, timeout=30)
        self._walk(most)

    def close(self):
        self._client.close()

    def get(self, address, kind, status=200):
        """One page, whatever leads to it."""
        response = self._client.get(address)
        if response.status_code != status:
            self.faults.append(f"{address} answers {response.status_code}")
        return Page(str(response.url), kind, response.text, response.status_code, self.url)

    def examples(self):
        """One page of each kind by the kind's name."""
        found = {}
        # An article with pictures rather than one without.
        for page in sorted(self.pages.values(), key=lambda page: -page.html.count("<figure")):
            found.setdefault(page.kind, page)
        for kind, (address, status) in UNLINKED.items():
            found[kind] = self.get(address, kind, status)
        return found

    def dead_links(self, page):
        """The links of a page that lead nowhere in this site."""
        return [
            address
            for address in sorted(self._linked(page) - set(self.pages))
            if self.text(address).status_code != 200
        ]

    def text(self, address):
        return self._client.get(address)

    def _walk(self, most):
        waiting, seen = {kind_of("/"): deque(["/"])}, {"/"}
        walked = Counter()
        while any(waiting.values()) and len(self.pages) < most:
            # The kinds take turns: ten thousand articles keep no other page from being seen.
            kind = min((kind for kind in waiting if waiting[kind]), key=lambda kind: walked[kind])
            address = waiting[kind].popleft()
            walked[kind] += 1
            page = self.pages[address] = self.get(address, kind)
            found = self._linked(page) - seen
            seen |= found
            for address in sorted(found):
                if (kind := kind_of(address)) is None:
                    self.faults.append(f"{address} is of no known kind")
                else:
                    waiting.setdefault(kind, deque()).append(address)
        for address in sorted(self.others):
            if (status := self.text(address).status_code) not in (200, 301, 302):
                self.faults.append(f"{address} answers {status}")

    def _linked(self, page):
        """The addresses of readers' pages of this site that a page leads to."""
        found = set()
        for link in page.tree.xpath("//a/@href | //link[@rel='alternate']/@href"):
            target, anchor = urldefrag(urljoin(page.url, link))
            if not target.startswith(self.url + "/"):
                continue
            path = target.removeprefix(self.url)
            if OTHER.fullmatch(urlsplit(path).path):
                self.others.add(path)
            else:
                found.add(path)
            if anchor and target == page.url and not page.tree.xpath("//*[@id=$id]", id=anchor):
                self.faults.append(f"{page.url}: nothing is called #{anchor}")
        return found


def kind_of(address):
    path = urlsplit(address).path
    return next((kind for kind, form in KINDS.items() if re.fullmatch(form, path)), None)
