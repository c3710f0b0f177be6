"""Files that nothing needs: kept for a while, found, deleted, never one that is in use."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from articles import renditions
from articles.models import Photo, Rendition, RetiredFile
from articles.retiring import purge_retired, retire
from newsportal.roles import Role
from tests.articles.desk import person
from tests.articles.pictures import jpeg, make_photo

pytestmark = pytest.mark.django_db


def all_names(shelf):
    storage = storages[shelf]

    def walk(folder):
        folders, files = storage.listdir(folder)
        for inner in folders:
            yield from walk(f"{folder}{inner}/")
        yield from (f"{folder}{name}" for name in files)

    return set(walk(""))


def stray(shelf, name, *, hours_old):
    storages[shelf].save(name, ContentFile(b"left behind"))
    then = time.time() - hours_old * 3600
    os.utime(storages[shelf].path(name), (then, then))
    return name


@pytest.fixture
def photo():
    photo = make_photo()
    for shelf in ("default", "originals"):
        for name in all_names(shelf):
            os.utime(storages[shelf].path(name), (1, 1))
    return photo


def clean(capsys, *options):
    call_command("clean_media", *options)
    return capsys.readouterr().out


def test_orphans_are_named_and_stay_until_they_are_to_be_deleted(photo, capsys):
    kept = all_names("default") | all_names("originals")
    old = stray("default", f"photos/ab/{'0' * 24}-320.webp", hours_old=25)
    lost = stray("originals", f"2026/01/{'1' * 32}.jpg", hours_old=25)
    young = stray("default", f"photos/ab/{'2' * 24}-320.webp", hours_old=23)
    said = clean(capsys)
    assert old in said
    assert lost in said
    assert young not in said
    assert "2件" in said
    assert "--delete" in said
    assert all_names("default") | all_names("originals") == kept | {old, lost, young}
    assert "2件" in clean(capsys, "--delete")
    assert all_names("default") | all_names("originals") == kept | {young}
    assert "0件（0" in clean(capsys, "--delete")


@pytest.mark.parametrize(
    ("shelf", "name"),
    [
        ("default", "favicon.ico"),
        ("default", "photos/ab/logo.webp"),
        ("default", f"other/ab/{'0' * 24}-320.webp"),
        ("originals", "backup/2026.tar"),
        ("originals", "2026/01/contract.pdf"),
    ],
)
def test_what_others_keep_there_is_left_alone(photo, capsys, shelf, name):
    stray(shelf, name, hours_old=1000)
    assert "0件（0" in clean(capsys, "--delete")
    assert name in all_names(shelf)


def test_one_run_is_bounded(photo, capsys):
    for number in range(5):
        stray("default", f"photos/cd/{number:024}-320.webp", hours_old=30)
    assert "3件" in clean(capsys, "--delete", "--limit", "3")
    assert "2件" in clean(capsys, "--delete")


def test_the_files_of_a_deleted_photo_are_found(photo, capsys):
    photo.delete()
    assert "3件" in clean(capsys, "--delete")
    assert all_names("default") | all_names("originals") == set()


def test_an_empty_store_is_no_error(db, capsys):
    assert "0件" in clean(capsys)


def test_old_files_serve_old_pages_for_thirty_days(photo, capsys):
    renditions.make_all(photo)
    before = {entry["name"] for entry in photo.ladder}
    photo.focal_x = 0.1
    photo.save()
    renditions.make_all(photo)
    now = {entry["name"] for entry in photo.ladder}
    retired = set(RetiredFile.objects.values_list("name", flat=True))
    # A plain picture cut elsewhere is the same picture: nothing is retired that is still shown.
    assert retired == before - now
    photo.credit = "高井 悠人"
    photo.save()
    renditions.make_all(photo)
    retired = set(RetiredFile.objects.values_list("name", flat=True))
    assert retired == before | now
    for name in all_names("default"):
        os.utime(storages["default"].path(name), (1, 1))
    assert "0件、" in clean(capsys, "--delete")
    assert all_names("default") >= before
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29), tick=False):
        assert purge_retired() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
        assert f"ファイル{len(retired)}件、" in clean(capsys, "--retired")
        assert all_names("default") >= before
        assert f"ファイル{len(retired)}件、" in clean(capsys, "--retired", "--delete")
    assert all_names("default") == {entry["name"] for entry in Photo.objects.get().ladder}
    assert not RetiredFile.objects.exists()


def test_a_retired_file_that_is_shown_again_is_kept(photo):
    renditions.make_all(photo)
    first = {entry["name"] for entry in photo.ladder}
    for credit in ("高井 悠人", ""):
        photo.credit = credit
        photo.save()
        renditions.make_all(photo)
    assert {entry["name"] for entry in photo.ladder} == first
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
        purge_retired()
    assert all_names("default") == first


def test_a_file_retired_by_mistake_is_kept(photo):
    retire("originals", [photo.original.name])
    retire("default", [entry["name"] for entry in photo.ladder])
    kept = all_names("default") | all_names("originals")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
        assert purge_retired() == 0
    assert all_names("default") | all_names("originals") == kept
    assert not RetiredFile.objects.exists()


def test_two_photos_may_share_a_file(photo):
    other = make_photo()
    shared = {entry["name"] for entry in other.ladder}
    assert shared == {entry["name"] for entry in photo.ladder}
    photo.credit = "高井 悠人"
    photo.save()
    renditions.make_all(photo)
    assert not RetiredFile.objects.filter(name__in=shared).exists()
    assert Rendition.objects.filter(file__in=shared).count() == len(shared)


def test_a_replaced_file_leaves_the_page_at_once_and_the_store_later(photo):
    renditions.make_all(photo)
    before = {entry["name"] for entry in photo.ladder}
    photo.original.save("new.jpg", ContentFile(jpeg((640, 960), color=(9, 200, 9)), name="new.jpg"))
    renditions.make_first(photo)
    assert {entry["format"] for entry in photo.ladder} == {"jpeg"}
    assert before.isdisjoint(entry["name"] for entry in photo.ladder)
    assert (photo.width, photo.height) == (640, 960)
    assert before <= all_names("default")
    renditions.make_all(photo)
    assert renditions.is_complete(photo)


@pytest.mark.parametrize("many", [False, True])
def test_the_files_of_a_deleted_photo_go_after_a_month(photo, client, many):
    client.force_login(person(Role.EDITOR))
    files = all_names("default") | all_names("originals")
    assert files
    if many:
        data = {"action": "delete_selected", "_selected_action": photo.pk, "post": "yes"}
        client.post("/admin/articles/photo/", data)
    else:
        client.post(f"/admin/articles/photo/{photo.pk}/delete/", {"post": "yes"})
    assert not Photo.objects.exists()
    purge_retired()
    assert all_names("default") | all_names("originals") == files
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert purge_retired() == len(files)
    assert all_names("default") | all_names("originals") == set()
