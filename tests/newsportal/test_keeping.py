"""Backup and restore, as an operator does them: commands, from one place into another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.hosts import Host
from tests.portal import ROOT, scratch_database

SERVERS = [
    "sqlite",
    pytest.param(
        "postgres",
        marks=[
            pytest.mark.skipif(not shutil.which("pg_dump"), reason="no pg_dump in PATH"),
            pytest.mark.skipif(
                "TEST_POSTGRES_URL" not in os.environ, reason="TEST_POSTGRES_URL not set"
            ),
        ],
    ),
]
# Some forty processes.
pytestmark = pytest.mark.slow
# Evaluated on a host: every row of every table, and views as readers send them.
ROWS = (
    "(lambda c: {t: sorted(map(str, (c.execute(f'SELECT * FROM \"{t}\"'), c.fetchall())[1])) "
    "for t in __import__('django.db').db.connection.introspection.table_names()})"
    "(__import__('django.db').db.connection.cursor())"
)
# A few articles of the demo with their pictures, and a row in every table that has none then.
NEWSROOM = (
    "from tests.newsportal.every_table import fill; from newsportal.demo import newsroom; "
    "from django.core.management import call_command; all_of_it = newsroom.read_articles; "
    "newsroom.read_articles = lambda: all_of_it()[:4]; call_command('loaddemo', '-v0', days=2); "
    "fill()"
)
DOOR = "globals().update(door=__import__('tests.rankings.beacons').rankings.beacons.Door()) or 1"
COUNTED = "HourBucket.objects.aggregate(n=Sum('raw'))['n'] or 0"


def view(desk, first, last):
    """Views of one article, each from an address of its own."""
    addresses = f"['192.0.{{}}.{{}}'.format(n // 200, n % 200 + 1) for n in range({first}, {last})]"
    article = "Article.objects.public().order_by('pk').first()"
    done = desk(f"[door.view({article}, address=a) for a in {addresses}]")
    assert set(done) == {204}


@contextmanager
def place(folder, server, **environment):
    """A host with an empty database."""
    folder.mkdir(exist_ok=True)
    url = os.environ["TEST_POSTGRES_URL"] if server == "postgres" else ""
    with scratch_database(folder, server=url) as database:
        yield Host(folder, DATABASE_URL=database, **environment)


def refused(host, *arguments):
    """What a command says when it does not do it."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=host.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("server", SERVERS)
def test_the_rehearsal(tmp_path, server):
    """A newsroom with pictures and views under way, put back elsewhere, is the same newsroom."""
    kept = tmp_path / "backup"
    with place(tmp_path / "old", server) as old, place(tmp_path / "new", server) as new:
        old.manage("migrate", "--noinput", "-v0")
        old.manage("shell", "-v0", "-c", NEWSROOM)
        with old.desk() as desk:
            desk(DOOR)
            before = desk(COUNTED)
            view(desk, 0, 30)
            desk("drain().counted")
            # The same file goes on: part of it is counted, part of it is not.
            view(desk, 30, 47)
            said = old.manage("backup", str(kept), "--with-media")
            assert "集計前の閲覧17件" in said
            rows = desk(ROWS)
            view(desk, 47, 50)
            desk("drain().counted")
            assert desk(COUNTED) == before + 50
        said = new.manage("restore", str(kept))
        assert "足りません" not in said
        assert "次にすること" in said
        for shelf in ("media", "originals"):
            assert pictures(new.folder / shelf) == pictures(old.folder / shelf) != {}
        with new.desk() as desk:
            restored = desk(ROWS)
            assert sorted(restored) == sorted(rows)
            assert [table for table in rows if restored[table] != rows[table]] == []
            assert [table for table in rows if not rows[table]] == []
            # What came after the backup is gone; nothing before it is lost or counted twice.
            desk("drain().counted")
            assert desk(COUNTED) == before + 47
            desk("drain().counted")
            assert desk(COUNTED) == before + 47
        assert list((new.folder / "spool").glob("*.v1")) == []
        new.manage("migrate", "--noinput", "-v0")
        new.manage("compute_rankings")
        assert "異常はありません" in new.manage("doctor")


def pictures(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module", params=SERVERS)
def backed_up(request, tmp_path_factory):
    """A small site, its backup, and which database it has."""
    folder = tmp_path_factory.mktemp("keeping")
    with place(folder / "site", request.param, SECRET_KEY="") as site:
        site.manage("migrate", "--noinput", "-v0")
        (site.folder / "originals").mkdir()
        (site.folder / "originals" / "a.jpg").write_bytes(b"a picture")
        with site.desk() as desk:
            desk(
                "publishing.invalidate(['home']) or str(Article.objects.create(headline='港', "
                "section=__import__('articles.models').models.Section.objects.create(name='社会', "
                "slug='society'), status='published', publish_at=publishing.timezone.now()))"
            )
            desk(DOOR)
            view(desk, 0, 5)
        site.manage("backup", str(folder / "kept"))
        yield site, folder / "kept", request.param


@pytest.fixture
def copy(backed_up, tmp_path):
    """A copy of the backup that a test may damage."""
    return shutil.copytree(backed_up[1], tmp_path / "copy")


@pytest.fixture
def empty(backed_up, tmp_path):
    with place(tmp_path / "empty", backed_up[2]) as host:
        yield host


def test_the_manifest_says_what_is_in_it(backed_up):
    _, kept, _ = backed_up
    manifest = json.loads((kept / "manifest.json").read_text())
    assert manifest["tables"]["articles_article"] == 1
    assert manifest["waiting_views"] == 5
    assert manifest["media"] == {"default": 0, "originals": 1}
    assert "newsportal.0001_initial" in manifest["migrations"]
    assert {"django", "python"} == set(manifest["versions"])
    listed = {str(p.relative_to(kept)) for p in kept.rglob("*") if p.is_file()}
    assert set(manifest["files"]) | {"manifest.json"} == listed
    (line,) = (kept / "media.jsonl").read_text().splitlines()
    assert json.loads(line)["name"] == "a.jpg"


def test_others_may_not_read_a_backup(backed_up):
    assert backed_up[1].stat().st_mode & 0o077 == 0


def test_a_place_that_is_not_empty_is_refused_without_force(backed_up, copy):
    site, _, _ = backed_up
    assert "空ではありません" in refused(site, "restore", str(copy))


def test_with_force_what_was_there_goes(backed_up, copy, empty):
    empty.manage("migrate", "--noinput", "-v0")
    with empty.desk() as desk:
        desk("publishing.invalidate(['before']) or 1")
        desk(
            "__import__('django.db').db.connection.cursor()"
            ".execute('CREATE TABLE stray (n int)') and 1"
        )
    said = empty.manage("restore", str(copy), "--force")
    # Without copies in the backup the pictures are the operator's: what lacks is named.
    assert "画像ファイルが1件足りません" in said
    assert "originals/a.jpg" in said
    with empty.desk() as desk:
        assert desk(
            "list(__import__('articles.models').models.Invalidation.objects"
            ".values_list('keys', flat=True))"
        ) == ["home"]
        assert "stray" not in desk(ROWS)


@pytest.mark.parametrize("name", ["database", "spool", "media.jsonl"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(copy, empty, name):
    damaged = copy / name
    if damaged.is_dir():
        (damaged,) = damaged.iterdir()
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    assert "壊れているか、足りない" in refused(empty, "restore", str(copy))
    with empty.desk() as desk:
        assert desk(ROWS) == {}
    damaged.unlink()
    assert "足りないファイルが1件" in refused(empty, "restore", str(copy))


def test_what_is_no_backup_is_refused(empty, tmp_path):
    assert "バックアップではありません" in refused(empty, "restore", str(tmp_path))
    (tmp_path / "manifest.json").write_text("{}")
    assert "バックアップではありません" in refused(empty, "restore", str(tmp_path))


def test_another_kind_of_database_is_refused(copy, empty):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["database"] = "oracle"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert "戻せません" in refused(empty, "restore", str(copy))


def test_a_folder_with_something_in_it_is_not_written_to(backed_up, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_text("mine")
    assert "空のフォルダーではありません" in refused(backed_up[0], "backup", str(tmp_path / "mine"))
    assert "空のフォルダーではありません" in refused(
        backed_up[0], "backup", str(tmp_path / "mine" / "notes")
    )


def test_the_key_of_the_site_comes_back(backed_up, copy, tmp_path):
    site, _, server = backed_up
    with place(tmp_path / "keyless", server, SECRET_KEY="") as new:
        new.manage("restore", str(copy))
        key = new.folder / "secret_key"
        assert key.read_bytes() == (site.folder / "secret_key").read_bytes() != b""
        assert key.stat().st_mode & 0o777 == 0o600
        # What was signed before is true after.
        with new.desk() as there, site.desk() as here:
            assert there("view_token(1)") == here("view_token(1)")


def test_a_key_of_the_settings_is_not_joined_by_another(copy, empty):
    empty.manage("restore", str(copy))
    assert not (empty.folder / "secret_key").exists()


def test_the_newest_are_kept(backed_up, tmp_path):
    site, folder = backed_up[0], tmp_path / "dated"
    for name in ("20200101-000000", "20200102-000000"):
        (folder / name).mkdir(parents=True)
        (folder / name / "manifest.json").write_text("{}")
    (folder / "not-a-backup").mkdir()
    assert "1個消しました" in site.manage("backup", str(folder), "--keep", "2")
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "20200102-000000"
    assert len(names) == 3
    assert "1以上" in refused(site, "backup", str(folder), "--keep", "0")


def test_views_in_the_place_are_not_thrown_away_unasked(copy, empty):
    (empty.folder / "spool").mkdir()
    (empty.folder / "spool" / "1-a.v1").write_bytes(b"x" * 64)
    assert "集計前の閲覧が残っています" in refused(empty, "restore", str(copy))
