"""Keeps the groups of the desk and their permissions true."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsportal import roles


class Command(BaseCommand):
    help = "Makes the groups 記者, 編集者, 公開責任者, 管理者 and their permissions true."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = roles.set_up()
        except LookupError as error:
            raise CommandError(f"{error}. Run migrate first.") from error
        self.stdout.write(f"{len(roles.Role)} roles, {changed} made or mended.")
