"""The command and the jobs that make renditions: what is missing, one at a time, after a kill."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from PIL import Image

from articles import renditions
from articles.locking import one_at_a_time
from articles.models import Photo, Rendition
from tests.articles.pictures import jpeg, make_photo
from tests.portal import ROOT, scratch_database

pytestmark = pytest.mark.django_db


def command(capsys, *options):
    call_command("make_renditions", *options)
    return capsys.readouterr().out


def names(photo, crop=None, format_=None):
    return {
        entry["name"]
        for entry in photo.ladder
        if crop in {None, entry["crop"]} and format_ in {None, entry["format"]}
    }


def test_the_first_job_makes_what_pages_need_and_orders_the_rest(monkeypatch):
    photo = make_photo()
    ordered = []
    monkeypatch.setattr(
        "articles.renditions.make_later", type("Job", (), {"enqueue": ordered.append})
    )
    renditions.make_renditions.func(photo.pk)
    photo.refresh_from_db()
    assert {entry["format"] for entry in photo.ladder} == {"webp", "jpeg"}
    assert ordered == [photo.pk]


def test_a_save_is_none_the_worse_where_jobs_cannot_be_queued(
    monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def fail(pk):
        raise ConnectionError("Redis is away")

    photo = make_photo()
    monkeypatch.setattr("articles.renditions.make_renditions", SimpleNamespace(enqueue=fail))
    with django_capture_on_commit_callbacks(execute=True):
        renditions.order_renditions(photo)
    assert "Redis is away" in caplog.text


def test_the_second_job_adds_avif_and_touches_nothing_else():
    photo = make_photo()
    renditions.make_all(photo, renditions.AT_ONCE)
    before = names(photo)
    renditions.make_later.func(photo.pk)
    photo.refresh_from_db()
    assert before < names(photo)
    assert names(photo, format_="avif") == names(photo) - before
    assert renditions.is_complete(photo)


def test_a_moved_focal_point_makes_the_crops_anew_and_nothing_else(capsys):
    image = Image.effect_mandelbrot((960, 640), (-2, -1.5, 1, 1.5), 30).convert("RGB")
    out = BytesIO()
    image.save(out, "JPEG")
    photo = make_photo(out.getvalue())
    renditions.make_all(photo)
    whole, cut = names(photo, "free"), names(photo, "1x1")
    photo.focal_x = 0.1
    photo.save()
    assert not renditions.is_complete(photo)
    assert "写真1枚" in command(capsys)
    photo.refresh_from_db()
    assert names(photo, "free") == whole
    assert names(photo, "1x1").isdisjoint(cut)


@pytest.mark.parametrize("field", ["credit", "copyright"])
def test_a_mended_credit_is_written_into_every_file(capsys, field):
    photo = make_photo()
    renditions.make_all(photo)
    before = names(photo)
    setattr(photo, field, "新しい名前")
    photo.save()
    assert "写真1枚" in command(capsys)
    photo.refresh_from_db()
    assert names(photo).isdisjoint(before)
    assert "写真0枚" in command(capsys)


def test_rows_and_ladder_say_the_same():
    photo = make_photo()
    renditions.make_all(photo)
    photo.focal_x = 0.2
    photo.save()
    renditions.make_all(photo)
    rows = photo.renditions.values_list("crop", "format", "width", "height", "bytes", "file")
    assert sorted(rows) == sorted(
        tuple(entry[key] for key in ("crop", "format", "width", "height", "bytes", "name"))
        for entry in photo.ladder
    )
    for entry in photo.ladder:
        assert storages["default"].size(entry["name"]) == entry["bytes"]


def test_half_a_file_of_a_killed_process_is_written_again():
    photo = make_photo()
    renditions.make_all(photo)
    Rendition.objects.all().delete()
    Photo.objects.update(ladder=[])
    for entry in photo.ladder:
        os.truncate(storages["default"].path(entry["name"]), entry["bytes"] // 2)
    renditions.make_all(photo)
    for entry in photo.ladder:
        assert storages["default"].size(entry["name"]) == entry["bytes"]


def test_a_photo_that_changes_while_it_is_made_is_made_again(monkeypatch):
    photo = make_photo(jpeg((700, 500)))
    encoded = renditions._encoded
    moves = iter([0.9])

    def move_once(*args):
        for focal_x in moves:
            Photo.objects.filter(pk=photo.pk).update(focal_x=focal_x)
        return encoded(*args)

    record, listed = renditions._record, []

    def noted(*args):
        listed.append(record(*args))
        return listed[-1]

    monkeypatch.setattr(renditions, "_encoded", move_once)
    monkeypatch.setattr(renditions, "_record", noted)
    renditions.make_all(photo)
    photo.refresh_from_db()
    assert photo.focal_x == 0.9
    # What was made for the old point never stood on a page.
    assert listed == [False, True]
    assert renditions.is_complete(photo)


@pytest.mark.parametrize("workers", ["0", "33"])
def test_a_senseless_number_of_workers_is_refused(workers):
    with pytest.raises(CommandError, match="1から32"):
        call_command("make_renditions", "--workers", workers)


def test_old_photos_may_be_left_out(capsys):
    photo = make_photo()
    Photo.objects.filter(pk=photo.pk).update(created_at="2020-01-01T00:00Z")
    assert "写真0枚" in command(capsys, "--since", "24")
    assert "写真1枚" in command(capsys)


def test_a_run_may_be_short(capsys):
    make_photo()
    assert "残りは次回" in command(capsys, "--minutes", "0.0000001")
    assert "写真1枚" in command(capsys, "--minutes", "10")


@pytest.mark.django_db(transaction=True)
def test_one_at_a_time():
    inside, seen = [], []

    def work():
        with one_at_a_time("photo-1"):
            inside.append(1)
            seen.append(len(inside))
            threading.Event().wait(0.02)
            inside.pop()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert seen == [1] * 5


FILL = """
from io import BytesIO
from PIL import Image
from django.core.files.base import ContentFile
from articles.models import Photo
for number in range({number}):
    image = Image.effect_noise((1400, 900), 60 + number).convert("RGB")
    out = BytesIO()
    image.save(out, "JPEG")
    photo = Photo(alt="写真", credit="高井")
    photo.original.save("p.jpg", ContentFile(out.getvalue(), name="p.jpg"))
"""
STATE = """
import json
from articles.models import Photo
from articles.renditions import is_complete
photos = list(Photo.objects.order_by("pk"))
print(json.dumps([[is_complete(photo), photo.ladder] for photo in photos]))
"""


@pytest.mark.slow
def test_killed_in_the_midst_it_goes_on_where_it_stopped(tmp_path):
    with scratch_database(tmp_path) as database:
        environment = os.environ | {"VAR_DIR": str(tmp_path), "DATABASE_URL": database}
        media = tmp_path / "media"

        def manage(*arguments, code=0):
            done = subprocess.run(
                [sys.executable, "manage.py", *arguments],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == code, done.stderr
            return done.stdout + done.stderr

        def state():
            return json.loads(manage("shell", "--verbosity", "0", "-c", STATE))

        manage("migrate", "--verbosity", "0")
        manage("shell", "--verbosity", "0", "-c", FILL.format(number=6))
        for kill, workers in enumerate(["1", "3", "2"], start=1):
            files = len(list(media.rglob("*.*"))) if media.exists() else 0
            process = subprocess.Popen(
                [sys.executable, "manage.py", "make_renditions", "--workers", workers],
                env=environment,
                cwd=ROOT,
            )
            deadline = time.monotonic() + 60
            while len(list(media.rglob("*.*"))) < files + 17 and time.monotonic() < deadline:
                assert process.poll() is None, "it was done before it could be killed"
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            assert not all(complete for complete, _ in state()), f"kill {kill} came too late"
        made = manage("make_renditions", "--workers", "2")
        assert "枚の画像を作りました" in made
        assert "写真0枚" in manage("make_renditions")
        for complete, ladder in state():
            assert complete
            for entry in ladder:
                content = (media / entry["name"]).read_bytes()
                digest = hashlib.sha256(content).hexdigest()
                assert entry["name"].startswith(f"photos/{digest[:2]}/{digest[2:26]}-")
                assert Image.open(BytesIO(content)).size == (entry["width"], entry["height"])
        # Whatever the killed ones left behind lies under a name that the last run used.
        assert len(list(media.rglob("*.*"))) == sum(len(ladder) for _, ladder in state())
        # One bad file among several workers is named, and the others are made.
        next((tmp_path / "originals").rglob("*.jpg")).unlink()
        said = manage("make_renditions", "--all", "--workers", "3", code=1)
        assert "ファイルがありません" in said
        assert "写真5枚の画像を作りました。1枚は作れませんでした。" in said
