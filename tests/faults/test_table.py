"""docs/faults.md and the tests of faults speak of the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.portal import ROOT

TABLE = (ROOT / "docs" / "faults.md").read_text("utf-8")
ROWS = [line.strip("| \n").split(" | ") for line in TABLE.splitlines() if line.startswith("| ")]


def functions_in(path):
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return {
        node.name
        for node in found
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_fault_in_the_table_has_its_test_and_every_test_its_fault():
    folder = Path(__file__).parent
    modules = [path for path in folder.glob("test_*.py") if path != Path(__file__)]
    tests = {f"{path.stem}::{name}" for path in modules for name in functions_in(path)}
    named = re.findall(r"`(test_\w+::test_\w+)`", TABLE)
    assert sorted(named) == sorted(tests), "each once"


def test_no_cell_of_the_table_is_left_empty():
    assert len(ROWS) > 10
    assert {len(row) for row in ROWS} == {5}
    assert all(cell.strip() for row in ROWS for cell in row)


def test_operators_find_the_table():
    assert "(faults.md)" in (ROOT / "docs" / "operations.md").read_text("utf-8")
