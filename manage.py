#!/usr/bin/env python
"""Django's command line for newsportal."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
    if "runserver" in sys.argv[1:2]:
        # Django's development server expects DEBUG; everything else starts with it off.
        os.environ.setdefault("DEBUG", "1")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
