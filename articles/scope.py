"""Who may do what to an article: the permission of the role, and the sections of the person."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from articles.models import SectionScope

_KEPT = "_section_scope"


def sections_of(user: Any) -> frozenset[int] | None:
    """The sections to which somebody is limited; None for all of them.

    Asked once for each user object, so once a request.
    """
    if user is None or user.is_superuser:
        return None
    if not hasattr(user, _KEPT):
        rows = SectionScope.objects.filter(user=user.pk, sections__isnull=False)
        setattr(user, _KEPT, frozenset(rows.values_list("sections", flat=True)) or None)
    found: frozenset[int] | None = getattr(user, _KEPT)
    return found


def is_in_scope(user: Any, *sections: int | None) -> bool:
    """Whether all of the sections are somebody's to work in. No user is an operator's command."""
    mine = sections_of(user)
    return mine is None or all(section in mine for section in sections if section is not None)


def require(user: Any, permission: str, *sections: int | None) -> None:
    """Raises PermissionDenied without the permission, or outside the person's sections."""
    if user is not None and not user.has_perm(permission):
        raise PermissionDenied("この操作をする権限がありません。")
    if not is_in_scope(user, *sections):
        raise PermissionDenied("担当ではない分野の記事です。")
