"""html-validate, run once over many pages."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).parent
PROGRAM = FOLDER / "node_modules/html-validate/bin/html-validate.mjs"
AXE = FOLDER / "node_modules/axe-core/axe.min.js"


def is_installed():
    return PROGRAM.exists() and AXE.exists()


def validate(pages, folder):
    """Name to faults, for a dictionary of names and HTML."""
    names = {}
    for number, (name, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_text(html, "utf-8")
        names[str(path)] = name
    config, report = FOLDER / ".htmlvalidate.json", folder / "report.json"
    done = subprocess.run(
        ["node", str(PROGRAM), "--config", str(config), "-f", f"json={report}", *names],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert report.exists(), done.stdout + done.stderr
    found = defaultdict(list)
    for each in json.loads(report.read_text("utf-8")):
        for message in each["messages"]:
            line = f"{message['ruleId']}: {message['message']} (line {message['line']})"
            found[names[each["filePath"]]].append(line)
    return found
