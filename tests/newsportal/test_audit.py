"""bin/audit: known holes and requirements that pin nothing, found without any network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date

import pytest
from packaging.specifiers import SpecifierSet

from tests.portal import ROOT

LIST = json.loads((ROOT / "deploy" / "advisories.json").read_text())


def audit(*arguments):
    done = subprocess.run(
        [sys.executable, "bin/audit", "--offline", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_what_is_pinned_and_installed_has_no_known_hole():
    code, said = audit()
    assert code == 0, said
    # It never passes for more than it is.
    assert re.search(
        rf"^note: no index was asked; the list of {LIST['date']} knows", said, re.MULTILINE
    )


def test_a_planted_hole_is_found(tmp_path):
    (tmp_path / "planted.txt").write_text("# old\nDjango==5.2.5\npillow==13.0.0\n")
    code, said = audit(tmp_path / "planted.txt")
    assert code == 1
    assert "Django 5.2.5: CVE-2025-57833, SQL injection" in said
    assert "pillow" not in said
    assert re.search(r"in 2 packages found [1-9]", said)


@pytest.mark.parametrize("line", ["django", "django>=5.2", "django==5.2.*", "django~=5.2", "./own"])
def test_what_is_not_pinned_is_found(tmp_path, line):
    (tmp_path / "loose.txt").write_text(f"pillow==13.0.0\n{line}\n")
    code, said = audit(tmp_path / "loose.txt")
    assert code == 1
    assert f"not pinned: loose.txt: {line}" in said


def test_the_list_can_be_read_by_others():
    assert date.fromisoformat(LIST["date"]) >= date(2026, 11, 23)
    for hole in LIST["advisories"]:
        assert SpecifierSet(hole["versions"])
        assert hole["package"] == hole["package"].lower()
        assert re.fullmatch(r"(CVE|GHSA|PYSEC)-\S+", hole["id"])
    assert all(LIST["accepted"].values()), "a hole is accepted for a reason"


def test_the_checks_run_it():
    assert '"bin/audit"' in (ROOT / "bin" / "check").read_text()
