"""Admin classes whose rows take with them what hangs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object


class DeletesWhole(_Base):
    """Who may delete a row may delete what goes with it; the database protects what must stay.

    Django asks for a permission on every row that goes along, which nobody has for versions
    and lists, and names that before it names what is protected.
    """

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        shown, counts, refused, protected = super().get_deleted_objects(objs, request)
        return shown, counts, refused & {self.opts.verbose_name}, protected
