"""Queries whose SQL is made once and asked again and again with other values.

For what every page of readers asks: building and compiling a queryset takes Django several times
as long as the database takes to answer it (docs/decisions/0013-prepared-queries.md).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField, DateTimeField, Expression, Field, QuerySet

Row = TypeVar("Row")


class Slot(Expression):
    """Stands in a queryset for a value that is known only when it is asked."""

    def __init__(self, name: str, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


# A moment as a parameter of SQLite; PostgreSQL takes the object itself.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:")

NOW = Slot("now", DateTimeField())


class Prepared(Generic[Row]):
    """A queryset with slots. Called with a value for each slot, it returns its rows as a list.

        newest = Prepared(lambda: Article.objects.public(NOW).filter(section=Slot("section"))[:3])
        newest(now=timezone.now(), section=4)

    What decides the shape of the SQL (a limit, None or not) is not a value: make one for each.
    A slot without a value is a KeyError; a moment that would be compiled in is a ValueError.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build
        # By vendor: tests and moves ask two databases from one process.
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, **values: Any) -> list[Row]:
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        compiled = self._compiled.get(vendor)
        if compiled is None:
            compiled = self._compiled[vendor] = _Compiled(self._build())
        return compiled.ask(values)


class _Compiled:
    """A queryset after compiling. To Django's iterables it stands for queryset and query."""

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self._queryset = queryset
        self._compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._params = self._compiler.as_sql()
        if any(_is_moment(part) for part in self._params):
            raise ValueError(f"asks for the moment of compiling and not for NOW: {self._sql}")

    def ask(self, values: dict[str, Any]) -> list[Any]:
        asked = copy.copy(self)
        connection = connections[DEFAULT_DB_ALIAS]
        asked._params = tuple(
            part.output_field.get_db_prep_value(values[part.name], connection)
            if isinstance(part, Slot)
            else part
            for part in self._params
        )
        rows: Any = self._queryset._iterable_class
        return list(rows(asked))

    # --- what an iterable asks of a queryset, and of the query in it

    @property
    def query(self) -> _Compiled:
        return self

    def get_compiler(self, using: str) -> Any:
        compiler = copy.copy(self._compiler)
        # Connections belong to threads.
        compiler.connection = connections[using]
        compiler.as_sql = lambda *_, **__: (self._sql, self._params)
        return compiler

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # copy() asks for such before there is anything to ask it of.
            raise AttributeError(name)
        return getattr(self._queryset, name)


def _is_moment(part: object) -> bool:
    return isinstance(part, datetime) or (isinstance(part, str) and bool(_MOMENT.match(part)))
