"""Lets somebody who lost the phone in again with the password alone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsportal import second_factor


class Command(BaseCommand):
    help = "Takes away the devices and recovery codes of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> str:
        name = options["username"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"{name} というユーザーはいません。")
        if not second_factor.reset(user, None):
            raise CommandError(f"{name} は二段階認証を使っていません。")
        return f"{name} の二段階認証を解除しました。"
