"""The spool file of a process: whole records or none, whatever happens to it or its disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from rankings import records
from rankings.records import SIZE, VIEW, pack, unpack
from rankings.spool import (
    SpoolError,
    SpoolWriter,
    read,
    remove_if_done,
    remove_stillborn,
    spool_files,
)


@pytest.fixture
def writer(tmp_path):
    writer = SpoolWriter(tmp_path / "spool")
    yield writer
    writer.close()


def view(article=1):
    return pack(kind=VIEW, at=1_700_000_000, article=article, visitor=-5, network=7)


def files(tmp_path):
    return list(spool_files(tmp_path / "spool"))


def articles_in(path, position=0):
    data, torn = read(path, position, 1000)
    found, garbled = unpack(data)
    return [record[records.ARTICLE] for record in found], garbled, torn


def test_records_are_appended_in_order(tmp_path, writer):
    for article in (1, 2, 3):
        writer.append(view(article))
    (path,) = files(tmp_path)
    assert articles_in(path) == ([1, 2, 3], 0, 0)
    assert articles_in(path, SIZE) == ([2, 3], 0, 0)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_goes_when_its_writer_is_gone_and_all_is_counted(tmp_path, writer):
    writer.append(view())
    (path,) = files(tmp_path)
    assert not remove_if_done(path, SIZE)  # the writer lives
    writer.append(view())
    writer.close()
    assert not remove_if_done(path, SIZE)  # one is not counted
    assert remove_if_done(path, 2 * SIZE)
    assert not path.exists()


def test_every_process_has_a_file_of_its_own(tmp_path, writer):
    writer.append(view(1))
    child = os.fork()
    if child == 0:
        writer.append(view(2))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    writer.append(view(3))
    found = sorted(articles_in(path)[0] for path in files(tmp_path))
    assert found == [[1, 3], [2]]
    # The child's lock went with it, the parent's is held still.
    gone = [path for path in files(tmp_path) if remove_if_done(path, path.stat().st_size)]
    assert [path.exists() for path in gone] == [False]
    assert len(files(tmp_path)) == 1


def test_a_full_file_is_followed_by_another(tmp_path):
    writer = SpoolWriter(tmp_path / "spool", file_bytes=2 * SIZE)
    for article in range(5):
        writer.append(view(article))
    assert sorted(articles_in(path)[0] for path in files(tmp_path)) == [[0, 1], [2, 3], [4]]
    writer.close()


def test_a_deleted_file_is_replaced(tmp_path, writer):
    writer.append(view(1))
    files(tmp_path)[0].unlink()
    writer._checked_until = 0  # as if a second had passed
    writer.append(view(2))
    assert [articles_in(path)[0] for path in files(tmp_path)] == [[2]]


def test_a_disk_that_is_full_in_the_middle_of_a_record(tmp_path):
    """A short write would shift all later records: it is taken back."""
    script = f"""
import resource, signal
from pathlib import Path
from rankings.records import VIEW, pack
from rankings.spool import SpoolError, SpoolWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = SpoolWriter(Path({str(tmp_path / "spool")!r}))
def view(article):
    return pack(kind=VIEW, at=1, article=article)
writer.append(view(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
for _ in range(3):
    try:
        writer.append(view(2))
        print("stored", end=" ")
    except SpoolError:
        print("refused", end=" ")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.append(view(3))
"""
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    # The next file has room for one record, too, and then none.
    assert run.stdout.split() == ["refused", "stored", "refused"]
    found = [articles_in(path) for path in files(tmp_path)]
    assert sorted(found) == [([1], 0, 0), ([2], 0, 0), ([3], 0, 0)]


def test_a_torn_end_is_left_alone_while_its_writer_lives(tmp_path, writer):
    writer.append(view(1))
    (path,) = files(tmp_path)
    for torn in range(1, SIZE):
        with path.open("ab") as file:
            file.truncate(SIZE)
            file.write(view(2)[:torn])
        assert articles_in(path) == ([1], 0, 0)
    writer.close()
    assert articles_in(path) == ([1], 0, SIZE - 1)


def test_any_flipped_bit_garbles_one_record_only():
    sound = view(1), view(2), view(3)
    for bit in range(SIZE * 8):
        garbled = bytearray(sound[1])
        garbled[bit // 8] ^= 1 << bit % 8
        found, count = unpack(sound[0] + bytes(garbled) + sound[2])
        assert ([record[records.ARTICLE] for record in found], count) == ([1, 3], 1)


def test_blocks_of_zeros_are_no_records():
    """What a file system may leave behind after a loss of power."""
    assert unpack(bytes(SIZE * 3)) == ([], 3)


def test_an_uncertain_record_is_the_same_but_for_its_flag():
    original = view()
    (before,), _ = unpack(original)
    (after,), _ = unpack(records.uncertain(original))
    assert after[: records.FLAGS] == before[: records.FLAGS]
    assert (before[records.FLAGS], after[records.FLAGS]) == (0, records.UNCERTAIN)


def test_a_writer_killed_before_its_lock_leaves_nothing_for_ever(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "1-a.new").touch()
    remove_stillborn(folder, older_than=0)
    assert len(list(folder.iterdir())) == 1
    remove_stillborn(folder, older_than=2_000_000_000_000)
    assert list(folder.iterdir()) == []


def test_a_folder_without_permission_is_an_error_of_the_spool(tmp_path):
    (tmp_path / "spool").write_text("no folder")
    writer = SpoolWriter(tmp_path / "spool")
    with pytest.raises(SpoolError):
        writer.append(view())
