"""A backup on disk: a folder of files and a manifest that is written last and names them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, SPOOL, MEDIA_LIST, KEY = "database", "spool", "media.jsonl", "secret_key"
# The shelves of pictures, in settings.STORAGES and in a backup with media.
SHELVES = ("default", "originals")


class KeepingError(Exception):
    """Cannot be backed up or restored; the message is for the operator."""


@dataclass
class Manifest:
    """What a backup holds and what it was made from."""

    made_at: str
    # sqlite or postgresql: neither can be restored into the other.
    database: str
    versions: dict[str, str]
    # Applied migrations, so that it is known which program fits.
    migrations: list[str]
    # Rows of every table, and views in the spool that were not counted yet.
    tables: dict[str, int]
    waiting_views: int
    # Listed files by shelf, and whether the folder holds them too.
    media: dict[str, int]
    has_media: bool
    # Path in the folder to SHA-256.
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / MANIFEST).write_text(text + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises KeepingError: without a whole manifest a folder is no backup."""
        try:
            values: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
            manifest = cls(**values)
        except (OSError, ValueError, TypeError):
            raise KeepingError(f"{folder} はバックアップではありません。") from None
        if manifest.format != FORMAT:
            raise KeepingError(f"{folder} は別の形式（{manifest.format}）のバックアップです。")
        return manifest


def check(folder: Path, manifest: Manifest) -> None:
    """Raises KeepingError when a file is missing or is not what was written."""
    wrong = [
        name
        for name, digest in manifest.files.items()
        if not (folder / name).is_file() or sha256(folder / name) != digest
    ]
    if wrong:
        names = "、".join(wrong[:5])
        raise KeepingError(f"壊れているか、足りないファイルが{len(wrong)}件あります：{names}")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in a steady order; none when there is no such folder."""
    return iter(sorted(path for path in folder.rglob("*") if path.is_file()))
