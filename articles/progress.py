"""A progress bar for commands: one line on a terminal, silent elsewhere."""

from __future__ import annotations

import time
from typing import Protocol


class _Stream(Protocol):
    def write(self, text: str) -> object: ...

    def isatty(self) -> bool: ...


class ProgressBar:
    WIDTH = 30

    def __init__(self, stream: _Stream, what: str) -> None:
        self.stream = stream
        self.what = what
        self.began = time.monotonic()
        self.shown = 0.0

    def show(self, done: int, total: int) -> None:
        """Draws the state, at most ten times a second and always at the end."""
        now = time.monotonic()
        if not self.stream.isatty() or (now - self.shown < 0.1 and done < total):
            return
        self.shown = now
        filled = self.WIDTH * done // max(total, 1)
        bar = "#" * filled + "." * (self.WIDTH - filled)
        end = "\n" if done >= total else ""
        self.stream.write(
            f"\r{self.what:<10} [{bar}] {done:,}/{total:,}  {now - self.began:5.0f} s{end}"
        )
