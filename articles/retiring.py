"""Picture files that nothing needs any more: kept for pages in caches, then deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from articles.models import Photo, Rendition, RetiredFile

Shelf = RetiredFile.Shelf
# Readers' pages live for seconds. What other sites and feed readers took from them asks for the
# old files for weeks.
KEPT = timedelta(days=30)
# A file younger than this may belong to a row that is just being written.
SETTLED = timedelta(hours=24)
_BATCH = 500
# What this application names so is all that it may call an orphan: others may use the bucket too.
_OURS = {
    Shelf.RENDITIONS: re.compile(r"photos/[0-9a-f]{2}/[0-9a-f]{24}-\d+\.(jpg|webp|avif)"),
    Shelf.ORIGINALS: re.compile(r"\d{4}/\d{2}/[0-9a-f]{32}(_\w+)?\.\w+"),
}
_MOST_AT_ONCE = 10_000


class Orphan(NamedTuple):
    """A stored file without a row; `bytes` is what deleting it frees."""

    shelf: str
    name: str
    bytes: int


def retire(shelf: str, names: Iterable[str]) -> None:
    """Notes that nothing points to these files from now on."""
    now = timezone.now()
    RetiredFile.objects.bulk_create(
        (RetiredFile(shelf=shelf, name=name, retired_at=now) for name in sorted(set(names))),
        update_conflicts=True,
        unique_fields=["shelf", "name"],
        update_fields=["retired_at"],
    )


def bring_back(shelf: str, names: Iterable[str]) -> None:
    """Notes that these files are about to be used again; call it before writing them."""
    RetiredFile.objects.filter(shelf=shelf, name__in=list(names)).delete()


def count_due() -> int:
    """How many files were retired long enough ago to be deleted."""
    return _due().count()


def purge_retired() -> int:
    """Deletes the files that were retired long enough ago, ten thousand in one call at most.

    How many it deleted.
    """
    deleted = 0
    for pk in list(_due().order_by("pk").values_list("pk", flat=True)[:_MOST_AT_ONCE]):
        with transaction.atomic():
            # Whoever uses the file again takes the row away first; then it is left alone.
            row = RetiredFile.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            if not _in_use(row.shelf, [row.name]):
                storages[row.shelf].delete(row.name)
                deleted += 1
            row.delete()
    return deleted


def orphans(shelf: str) -> Iterator[Orphan]:
    """Stored files of our making that no row names and that nobody has retired.

    Reads one folder's names at a time, of which there are 256 for renditions and one a month
    for originals.
    """
    storage = storages[shelf]
    settled = timezone.now() - SETTLED
    for names in _listed(storage, ""):
        ours = [name for name in names if _OURS[Shelf(shelf)].fullmatch(name)]
        for start in range(0, len(ours), _BATCH):
            part = ours[start : start + _BATCH]
            known = _in_use(shelf, part) | _retired(shelf, part)
            for name in sorted(set(part) - known):
                # Asked last: in a bucket each of these is a request of its own.
                if storage.get_modified_time(name) < settled:
                    yield Orphan(shelf, name, storage.size(name))


def delete_orphan(orphan: Orphan) -> bool:
    """Deletes the file unless it came into use since it was found."""
    with transaction.atomic():
        if _in_use(orphan.shelf, [orphan.name]):
            return False
        storages[orphan.shelf].delete(orphan.name)
    return True


def _due() -> QuerySet[RetiredFile]:
    return RetiredFile.objects.filter(retired_at__lte=timezone.now() - KEPT)


def _listed(storage: Storage, folder: str) -> Iterator[list[str]]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    if names:
        yield [f"{folder}{name}" for name in sorted(names) if name]
    for inner in sorted(folders):
        yield from _listed(storage, f"{folder}{inner}/")


def _in_use(shelf: str, names: list[str]) -> set[str]:
    if shelf == Shelf.RENDITIONS:
        return set(Rendition.objects.filter(file__in=names).values_list("file", flat=True))
    return set(Photo.objects.filter(original__in=names).values_list("original", flat=True))


def _retired(shelf: str, names: list[str]) -> set[str]:
    rows = RetiredFile.objects.filter(shelf=shelf, name__in=names)
    return set(rows.values_list("name", flat=True))
