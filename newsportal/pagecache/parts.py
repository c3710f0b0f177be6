"""Parts of pages in the memory of one process: what stays when the rest is made anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from django.db import close_old_connections

from articles.caching import HasKeys
from newsportal.pagecache.outbox import Outbox

log = logging.getLogger(__name__)

# New articles come under 関連記事 after so long; what is wrong goes at once. Less than the outbox
# remembers.
KEPT_SECONDS = 300.0
# Pages that are asked for again and again; a part is a few kilobytes.
MOST = 1000


class _Kept(NamedTuple):
    part: Any
    begun: float
    make: Callable[[], Any]


class Parts:
    """Hands a part out only while nothing that it shows was invalidated since it was begun."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._kept: dict[Hashable, _Kept] = {}

    def get(self, name: Hashable) -> Any:
        kept = self._kept.get(name)
        if (
            kept is None
            or self._outbox.is_blind
            or time.monotonic() - kept.begun > KEPT_SECONDS
            or self._outbox.touched_since(kept.part.keys, kept.begun)
        ):
            return None
        return kept.part

    def put(self, name: Hashable, part: HasKeys, begun: float, make: Callable[[], HasKeys]) -> None:
        """Keeps a part that was begun at this moment of time.monotonic(), and how it is made."""
        self._kept.pop(name, None)
        if len(self._kept) >= MOST:
            # The one that was made longest ago; another thread may have been quicker.
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[name] = _Kept(part, begun, make)

    def renewed(self, name: Hashable) -> Any:
        """The part as it is now, made anew where that must be; None where it cannot be made."""
        part, kept = self.get(name), self._kept.get(name)
        if part is not None or kept is None:
            return part
        begun = time.monotonic()
        close_old_connections()
        try:
            part = kept.make()
        except Exception:
            # Whoever asks for the whole page is told what is wrong.
            log.warning("the part %s cannot be made", name, exc_info=True)
            return None
        finally:
            close_old_connections()
        self.put(name, part, begun, kept.make)
        return part
