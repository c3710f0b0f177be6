"""What browsers may load and do: one policy for readers' pages, one for the desk's.

Readers' pages are made once for everybody, so nothing in them may need a nonce: no inline script,
no inline style. The desk's pages are made for one person and carry one. The settings read this.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from newsportal.transmissions import declared, sources

Directives = dict[str, Any]

# The style element that the text editor (django-prose-editor 0.28) writes by itself and cannot
# give a nonce. When it brings another, a test fails and the browser's console names the hash.
EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_NO_FEATURES = (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY: dict[str, list[str]] = {name: [] for name in _NO_FEATURES}


def site_policy(*, bare_page: Path, files: Iterable[str], is_secure: bool) -> Directives:
    """The Content-Security-Policy of readers' pages, as django-csp takes it.

    `bare_page` is the one template with a style in it (it must work without static files);
    `files` are the addresses of static files and pictures, which may be on another host. Other
    hosts come from the table that readers are shown, and from nowhere else.
    """
    transmissions = declared(files)

    def allowed(directive: str) -> list[str]:
        return [SELF, *sources(transmissions, directive)]

    return {
        "default-src": [NONE],
        "script-src": allowed("script-src"),
        "style-src": [*allowed("style-src"), *style_hashes(bare_page)],
        "img-src": allowed("img-src"),
        "font-src": allowed("font-src"),
        "connect-src": allowed("connect-src"),
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": is_secure,
    }


def desk_policy(site: Directives) -> Directives:
    """The policy of the desk: the site's, with nonces and previews of uploads."""
    return {
        **site,
        "script-src": [*site["script-src"], NONCE],
        "style-src": [*site["style-src"], NONCE, EDITOR_STYLE],
        "img-src": [*site["img-src"], "data:", "blob:"],
    }


def style_hashes(template: Path) -> list[str]:
    """The sources that allow exactly the style elements of a template."""
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
        for style in _STYLE.findall(template.read_text("utf-8"))
    ]
