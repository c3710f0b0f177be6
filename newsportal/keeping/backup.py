"""Makes a backup in a folder while the site runs.

The database and the views in the spool belong together: the database says how far each spool file
is counted. Both are taken at one moment, so no view is lost or counted twice when both come back.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from articles.models import Photo, Rendition
from newsportal.keeping import databases, folder
from newsportal.keeping.folder import KeepingError, Manifest
from rankings import records, spool
from rankings.models import SourcePosition


def back_up(target: Path, at: datetime, *, with_media: bool = False) -> Manifest:
    """Writes a backup into a new or empty folder. Raises KeepingError."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise KeepingError(f"{target} は空のフォルダーではありません。")
    try:
        # It holds the hashes of passwords and the key of the site.
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _fill(target, at, with_media=with_media)
    except OSError as error:
        raise KeepingError(f"{target} に書き込めません：{error}") from error


def _fill(target: Path, at: datetime, *, with_media: bool) -> Manifest:
    with databases.frozen(lambda: _copy_spool(target / folder.SPOOL)) as (moment, waiting):
        moment.copy(target / folder.DATABASE)
        counts = {table: moment.count(table) for table in databases.tables()}
    key = settings.VAR_DIR / "secret_key"
    if key.exists():
        shutil.copy2(key, target / folder.KEY)
    media = _list_media(target / folder.MEDIA_LIST)
    if with_media:
        _copy_media(target)
    applied = MigrationRecorder(connection).applied_migrations()
    manifest = Manifest(
        made_at=at.isoformat(),
        database=connection.vendor,
        versions={"django": django.get_version(), "python": platform.python_version()},
        migrations=sorted(f"{app}.{name}" for app, name in applied),
        tables=counts,
        waiting_views=waiting,
        media=media,
        has_media=with_media,
        files={
            str(path.relative_to(target)): folder.sha256(path)
            for path in folder.files_below(target)
        },
    )
    manifest.write(target)
    return manifest


def _copy_spool(target: Path) -> int:
    """Copies what is not counted yet, with the files' names: positions go by them."""
    target.mkdir()
    positions = dict(SourcePosition.objects.values_list("source", "position"))
    waiting = 0
    for path in spool.spool_files(Path(settings.SPOOL_DIR)):
        # One that was counted to its end may go while we look.
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            # A record that is being written belongs to the next backup.
            whole = len(data) - len(data) % records.SIZE
            (target / path.name).write_bytes(data[:whole])
            waiting += max(0, whole - int(positions.get(path.name, 0))) // records.SIZE
    return waiting


def _list_media(target: Path) -> dict[str, int]:
    """Writes a line for each stored picture file; how many on each shelf."""
    numbers = {}
    with target.open("w", encoding="utf-8") as file:
        for shelf in folder.SHELVES:
            numbers[shelf] = 0
            for line in _shelf(shelf):
                numbers[shelf] += 1
                file.write(json.dumps({"shelf": shelf, **line}, ensure_ascii=False) + "\n")
    return numbers


def _shelf(shelf: str) -> Iterator[dict[str, object]]:
    storage = storages[shelf]
    if isinstance(storage, FileSystemStorage):
        root = Path(storage.location)
        for path in folder.files_below(root):
            name = str(path.relative_to(root))
            yield {"name": name, "bytes": path.stat().st_size, "sha256": folder.sha256(path)}
        return
    # To read a bucket whole costs money and hours: what the database says it holds.
    rows: Iterable[tuple[str, str]]
    if shelf == "originals":
        rows = Photo.objects.order_by("pk").values_list("original", "sha256").iterator()
        yield from ({"name": name, "sha256": digest} for name, digest in rows)
    else:
        names = Rendition.objects.order_by("pk").values_list("file", flat=True).iterator()
        yield from ({"name": name} for name in names)


def _copy_media(target: Path) -> None:
    for shelf in folder.SHELVES:
        storage = storages[shelf]
        if not isinstance(storage, FileSystemStorage):
            raise KeepingError("写真はバケットにあります。--with-media は要りません。")
        if Path(storage.location).is_dir():
            shutil.copytree(storage.location, target / "media" / shelf)


def thin_out(parent: Path, *, keep: int) -> int:
    """Deletes all but the newest backups below a folder; returns how many."""
    made = sorted(path.parent for path in parent.glob(f"*/{folder.MANIFEST}"))
    for old in made[:-keep]:
        shutil.rmtree(old)
    return len(made[:-keep])
