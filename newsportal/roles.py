"""Who may do what at the desk: four groups, declared here and kept true by `setup_roles`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from articles.auditing import record_change, values_of

_ALL = ("view", "add", "change", "delete")
_NO_DELETE = ("view", "add", "change")


class Role(Enum):
    WRITER = "writer"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


GROUP_NAMES = {
    Role.WRITER: "記者",
    Role.EDITOR: "編集者",
    Role.PUBLISHER: "公開責任者",
    Role.ADMINISTRATOR: "管理者",
}


def _on(models: str, verbs: Iterable[str]) -> set[str]:
    """Permissions on models of articles, as `app.codename`."""
    return {f"articles.{verb}_{model}" for model in models.split() for verb in verbs}


# A writer's inlines: what hangs on an article of the writer's and is gone with it.
_PARTS = "articleauthor articlephoto relatedarticle topicteaser taggedarticle"
_WRITER = (
    _on("article photo", _NO_DELETE)
    | _on(_PARTS, _ALL)
    | _on("article", ("delete",))
    | _on("tag", ("view", "add"))
    | _on("section author agency topic correction revision aboutpage banner", ("view",))
    | _on("articletemplate duty dictionaryentry checkrule", ("view",))
    | _on("shiftnote", _NO_DELETE)
)
_EDITOR = (
    _WRITER
    | {f"articles.{verb}_article" for verb in ("publish", "withdraw", "approve", "take_over")}
    | {"articles.curate_front"}
    | _on("reviewlink", _NO_DELETE)
    | _on("articletemplate banner", _ALL)
    | _on("topic tag duty dictionaryentry", _ALL)
    | _on("shiftnote", ("delete",))
    | _on("photo", ("delete",))
    | _on("correction", ("add",))
    | _on("auditentry", ("view",))
    | {"rankings.view_rankingrule", "rankings.view_snapshot"}
)
_PUBLISHER = (
    _EDITOR
    | {"articles.publish_urgently"}
    | _on("section author agency aboutpage checkrule", _ALL)
    | _on("correction", ("change",))
    | {f"rankings.{verb}_rankingrule" for verb in _ALL}
)
PERMISSIONS = {Role.WRITER: _WRITER, Role.EDITOR: _EDITOR, Role.PUBLISHER: _PUBLISHER}


def group_name(role: Role) -> str:
    """The name of the role's group, in the newsroom's words."""
    return GROUP_NAMES[role]


@transaction.atomic
def set_up() -> int:
    """Makes the groups and gives each exactly its permissions; how many were made or mended.

    Other groups and the people in the groups are left alone. Raises LookupError when the
    table names a permission that the database does not have.
    """
    return sum(_set_up(role) for role in Role)


def _set_up(role: Role) -> bool:
    group, made = Group.objects.get_or_create(name=group_name(role))
    wanted = set(_permissions(role))
    if made or set(group.permissions.all()) != wanted:
        old = values_of(group)
        group.permissions.set(wanted)
        if not made:
            record_change(group, by=None, old=old, new=values_of(group))
        return True
    return False


def _permissions(role: Role) -> list[Permission]:
    if role is Role.ADMINISTRATOR:
        return list(Permission.objects.all())
    names = PERMISSIONS[role]
    chosen = Q(pk__in=[])
    for name in names:
        app, codename = name.split(".")
        chosen |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(chosen).select_related("content_type"))
    missing = names - {f"{p.content_type.app_label}.{p.codename}" for p in found}
    if missing:
        raise LookupError(f"No such permission: {', '.join(sorted(missing))}")
    return found
