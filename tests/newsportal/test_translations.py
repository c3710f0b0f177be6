"""The compiled catalogues hold what their sources say."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "locale/ja/LC_MESSAGES"


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_catalogue_is_up_to_date(domain):
    source = (FOLDER / f"{domain}.po").read_text("utf-8")
    pairs = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"', source, re.MULTILINE))
    with (FOLDER / f"{domain}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert pairs
    assert {text: compiled.gettext(text) for text in pairs} == pairs
