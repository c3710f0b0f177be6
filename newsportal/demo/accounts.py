"""The demo newsroom's people with a key: one account a role, passwords made at random."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.db import transaction

from newsportal import roles

# User name, role, given name as the desk shows it.
PEOPLE = (
    ("admin", roles.Role.ADMINISTRATOR, "管理 太郎"),
    ("publisher", roles.Role.PUBLISHER, "速水 慎"),
    ("editor", roles.Role.EDITOR, "高井 悠人"),
    ("writer", roles.Role.WRITER, "朝倉 みのり"),
)
FILE = "demo-accounts.txt"


@transaction.atomic
def make(folder: Path) -> list[str]:
    """Makes the accounts that are missing and writes their passwords to a file for the owner.

    Returns the lines of the file. Accounts that exist keep their passwords.
    """
    roles.set_up()
    lines = [line for name, role, person in PEOPLE if (line := _make(name, role, person))]
    if lines:
        path = folder / FILE
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
        # The mode given above counts only for a new file.
        path.chmod(0o600)
    return lines


def _make(name: str, role: roles.Role, person: str) -> str:
    if User.objects.filter(username=name).exists():
        return ""
    password = secrets.token_urlsafe(12)
    family, given = person.split(" ")
    user = User.objects.create_user(
        name,
        password=password,
        last_name=family,
        first_name=given,
        is_staff=True,
        is_superuser=role is roles.Role.ADMINISTRATOR,
    )
    user.groups.add(Group.objects.get(name=roles.group_name(role)))
    return f"{name:<10} {password}   {roles.group_name(role)}"
