"""What readers of feeds and their validators ask of RSS 2.0 and Atom, as a list of faults."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from lxml import etree

MOST_BYTES = 1_000_000
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
RSS_CHANNEL = {
    "title", "link", "description", "language", "copyright", "lastBuildDate", "item",
    f"{ATOM}link",
}  # fmt: skip
RSS_ITEM = {
    "title", "link", "description", "pubDate", "guid", "category",
    f"{CONTENT}encoded", f"{DC}creator", f"{MEDIA}content",
}  # fmt: skip
_ABSOLUTE = re.compile(r"https?://[!-~]+|mailto:.+|tel:.+")
_TAG_URI = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:[!-~]+")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_IN_HTML = re.compile(r'\b(?:href|src|cite)="([^"]*)"')


def faults(feed, address):
    """What is wrong with the bytes of a feed that was loaded from `address`."""
    try:
        root = etree.fromstring(feed)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    found = [] if len(feed) <= MOST_BYTES else ["larger than 1 MB"]
    check = _of_rss if root.tag == "rss" else _of_atom
    return found + list(check(root, address))


def _of_rss(root, address):
    channel = root.find("channel")
    if root.get("version") != "2.0" or channel is None:
        yield "no RSS 2.0"
        return
    yield from _once(channel, "title", "link", "description", "language", "lastBuildDate")
    yield from (f"{each.tag} in channel" for each in channel if each.tag not in RSS_CHANNEL)
    yield from _language(channel.findtext("language"))
    yield from _self(channel.findall(f"{ATOM}link"), address)
    yield from _rfc_822(channel.findtext("lastBuildDate"))
    items = channel.findall("item")
    yield from _unique([item.findtext("guid") for item in items])
    for item in items:
        yield from _once(item, "title", "link", "guid", "pubDate", "description")
        yield from (f"{each.tag} in item" for each in item if each.tag not in RSS_ITEM)
        yield from _rfc_822(item.findtext("pubDate"))
        yield from _address(item.findtext("link"))
        guid = item.find("guid")
        if guid is not None:
            is_link = guid.get("isPermaLink", "true") == "true"
            if not (_ABSOLUTE if is_link else _TAG_URI).fullmatch(guid.text or ""):
                yield f"guid {guid.text}"
        yield from _html(item.findtext("description"))
        yield from _html(item.findtext(f"{CONTENT}encoded"))
        yield from ("empty creator" for each in item.findall(f"{DC}creator") if not each.text)
        yield from _media(item)


def _of_atom(root, address):
    if root.tag != f"{ATOM}feed":
        yield "no Atom"
        return
    yield from _once(root, *(ATOM + name for name in ("id", "title", "updated")))
    yield from _language(root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    yield from _self(root.findall(f"{ATOM}link"), address)
    yield from _rfc_3339(root.findtext(f"{ATOM}updated"))
    entries = root.findall(f"{ATOM}entry")
    yield from _unique([entry.findtext(f"{ATOM}id") for entry in entries])
    for entry in entries:
        yield from _once(entry, *(ATOM + name for name in ("id", "title", "updated", "published")))
        yield from _rfc_3339(entry.findtext(f"{ATOM}updated"))
        yield from _rfc_3339(entry.findtext(f"{ATOM}published"))
        yield from _address(entry.find(f"{ATOM}link[@rel='alternate']").get("href"))
        if not (_TAG_URI.fullmatch(entry.findtext(f"{ATOM}id") or "")):
            yield f"id {entry.findtext(f'{ATOM}id')}"
        if entry.find(f"{ATOM}author") is None and root.find(f"{ATOM}author") is None:
            yield "no author"
        for name in ("summary", "content"):
            element = entry.find(ATOM + name)
            if element is not None and element.get("type") != "html":
                yield f"{name} is not html"
            yield from _html(entry.findtext(ATOM + name))
        yield from _media(entry)


def _once(parent, *names):
    for name in names:
        found = parent.findall(name)
        if len(found) != 1 or not (found[0].text or "").strip():
            yield f"{name} stands {len(found)} times or is empty"


def _unique(names):
    if len(set(names)) < len(names):
        yield "an id stands twice"


def _language(name):
    if name not in {"ja", "ja-jp"}:
        yield f"language {name}"


def _self(links, address):
    if [link.get("href") for link in links if link.get("rel") == "self"] != [address]:
        yield "no link to itself"


def _address(text):
    if not _ABSOLUTE.fullmatch(text or "") or not urlsplit(text or "").netloc:
        yield f"address {text}"


def _rfc_822(text):
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        yield f"no RFC 822 date: {text}"
        return
    # Weekday and all, and in Japan's time.
    if format_datetime(at) != text or not text.endswith("+0900"):
        yield f"date {text}"


def _rfc_3339(text):
    if not _RFC_3339.fullmatch(text or ""):
        yield f"no RFC 3339 date: {text}"
    else:
        datetime.fromisoformat(text)


def _html(text):
    for address in _IN_HTML.findall(text or ""):
        if not _ABSOLUTE.fullmatch(address):
            yield f"relative address {address}"
    if re.search(r"<(script|style|iframe|object)\b|\son\w+=", text or "", re.IGNORECASE):
        yield "markup that runs"


def _media(item):
    for media in item.findall(f"{MEDIA}content"):
        yield from _address(media.get("url"))
        if not (media.get("type") and media.get("width") and media.get("height")):
            yield "media without type and size"
        if not media.findtext(f"{MEDIA}credit"):
            yield "media without credit"
