"""bin/serve as an operator meets it: first start, second start, Ctrl-C, and what goes wrong."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.portal import ROOT, Portal, first_start

SPAWNED = ("granian", "run_huey")


def get(url):
    return httpx.get(url, timeout=20, follow_redirects=True).status_code


def processes_of(portal):
    """Command lines of running processes that belong to this portal, by its port and folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes()
            command = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        mine = f"VAR_DIR={portal.folder}\0".encode() in environment + b"\0"
        if mine and any(name in command for name in SPAWNED):
            found.append(command)
    return found


def refused(tmp_path, **environment):
    done = subprocess.run(
        [sys.executable, str(ROOT / "bin/serve")],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.slow
def test_first_start_second_start_and_ctrl_c(tmp_path):
    with first_start(tmp_path) as portal:
        assert re.findall(r"^\[(\d)/6\]", portal.output(), re.MULTILINE)[-1] == "6"
        assert portal.url in portal.output()
        accounts = portal.accounts()
        assert set(accounts) == {"admin", "publisher", "editor", "writer"}
        assert all(password in portal.output() for password in accounts.values())
        assert stat.S_IMODE((tmp_path / "demo-accounts.txt").stat().st_mode) == 0o600
        assert get(f"{portal.url}/") == 200
        assert get(f"{portal.url}/admin/") == 200
        code = "import json; from articles.models import Article; "
        code += "print(json.dumps(list(Article.objects.values_list('pk', flat=True))))"
        numbers = json.loads(portal.manage("shell", "-v0", "-c", code).strip().splitlines()[-1])
        assert len(numbers) == 48
        assert {get(f"{portal.url}/articles/{number}/") for number in numbers} == {200}
        assert processes_of(portal)

        assert portal.stop() == 0
        assert processes_of(portal) == []

        # The second worker makes the pictures that the first had not come to: rows of renditions
        # and invalidations may be new, all that people made must be the same.
        portal.manage("make_renditions")
        derived = ["--exclude=articles.rendition", "--exclude=articles.invalidation"]
        dump = ["dumpdata", "articles", "auth.user", *derived]
        before = portal.manage(*dump)
        portal.start()
        assert "static files are up to date" in portal.output()
        assert "demo newsroom is not needed" in portal.output()
        after = portal.manage(*dump)
        assert after == before
        assert portal.accounts() == accounts


def test_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = refused(tmp_path, PORT=str(port))
    assert f"cannot listen on 127.0.0.1 port {port}" in message
    assert f"PORT={port + 1}" in message


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none(tmp_path, port):
    assert "PORT must be a whole number" in refused(tmp_path, PORT=port)


def test_a_database_file_that_is_none(tmp_path):
    (tmp_path / "newsportal.sqlite3").write_text("this is no database at all " * 100)
    message = refused(tmp_path, PORT=str(Portal(tmp_path, "").port))
    assert "newsportal.sqlite3 is not a usable database" in message


def test_a_var_folder_that_is_a_file(tmp_path):
    (tmp_path / "var").write_text("")
    message = refused(tmp_path / "var", PORT=str(Portal(tmp_path, "").port))
    assert "cannot be written" in message
