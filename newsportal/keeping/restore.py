"""Puts a backup back: checked first, into an empty place, and counted afterwards."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection

from newsportal.keeping import databases, folder
from newsportal.keeping.folder import KeepingError, Manifest
from rankings.spool import spool_files


def restore(source: Path, *, force: bool = False) -> tuple[Manifest, list[str]]:
    """What was restored, and which picture files are missing. Raises KeepingError.

    Nothing is touched before the whole backup has proved intact and the place empty.
    """
    manifest = Manifest.read(source)
    folder.check(source, manifest)
    if manifest.database != connection.vendor:
        raise KeepingError(
            f"{manifest.database} のバックアップは {connection.vendor} には戻せません。"
        )
    if not force and not databases.is_empty():
        raise KeepingError("データベースが空ではありません。中身を捨てて戻すには --force。")
    if not force and any(spool_files(Path(settings.SPOOL_DIR))):
        raise KeepingError("集計前の閲覧が残っています。それも数えるには --force。")
    try:
        _put_back_files(source, manifest)
        databases.put_back(source / folder.DATABASE)
    except OSError as error:
        raise KeepingError(f"書き込めません：{error}") from error
    _count(manifest)
    return manifest, list(_missing(source))


def _put_back_files(source: Path, manifest: Manifest) -> None:
    spool = Path(settings.SPOOL_DIR)
    spool.mkdir(parents=True, exist_ok=True)
    for path in (source / folder.SPOOL).iterdir():
        there = spool / path.name
        # The same file grown longer: what was added since the backup is not counted in it either.
        if not there.exists() or there.stat().st_size < path.stat().st_size:
            _copy(path, there)
    key = settings.VAR_DIR / "secret_key"
    if (source / folder.KEY).exists() and not os.environ.get("SECRET_KEY"):
        _copy(source / folder.KEY, key)
        key.chmod(0o600)
    if not manifest.has_media:
        return
    for shelf in folder.SHELVES:
        root, kept = _local(shelf), source / "media" / shelf
        if root is None:
            raise KeepingError("写真の置き場がバケットです。写しはそこへ手で戻してください。")
        for path in folder.files_below(kept):
            _copy(path, root / path.relative_to(kept))


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all: a restore that is stopped is begun anew."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copy2(source, part)
    part.replace(target)


def _local(shelf: str) -> Path | None:
    storage = storages[shelf]
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def _count(manifest: Manifest) -> None:
    """Raises KeepingError when a table has not the rows that it had."""
    wrong = [table for table, rows in manifest.tables.items() if databases.count_now(table) != rows]
    if wrong:
        raise KeepingError(f"行の数が合わない表があります：{'、'.join(wrong)}")


def _missing(source: Path) -> Iterator[str]:
    """Listed picture files that are not there, or not as they were."""
    with (source / folder.MEDIA_LIST).open(encoding="utf-8") as lines:
        for text in lines:
            line: dict[str, Any] = json.loads(text)
            root = _local(line["shelf"])
            if root is None or "bytes" not in line:
                # A bucket is asked by who keeps it.
                continue
            path = root / line["name"]
            if not path.is_file() or folder.sha256(path) != line["sha256"]:
                yield f"{line['shelf']}/{line['name']}"
