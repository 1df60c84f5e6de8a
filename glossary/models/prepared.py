"""Prepared statements: queries whose SQL Django writes once a connection and not for each page.

Writing it takes Django several times as long as the database takes to answer.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, Value


class Parameter(Value):
    """A placeholder in the SQL for the argument with this number."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class _Statement:
    def __init__(self, query: QuerySet[Any, Any], connection: Any) -> None:
        compiler: Any = query.query.get_compiler(connection=connection)
        self._sql, self._parameters = compiler.as_sql()
        converters = compiler.get_converters([each for each, *_ in compiler.select])
        # What a QuerySet calls to run a query finds all written.
        compiler.as_sql = lambda: (self._sql, [*map(self._filled, self._parameters)])
        compiler.get_converters = lambda _: converters
        query.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        self._query, self._adapt = query, connection.ops.adapt_unknown_value
        self._arguments: tuple[Any, ...] = ()

    def rows(self, *arguments: Any) -> Any:
        self._arguments = arguments
        run: Any = self._query._iterable_class
        return [*run(self._query)]

    def _filled(self, parameter: Any) -> Any:
        is_place = isinstance(parameter, Parameter)
        return self._adapt(self._arguments[parameter.value]) if is_place else parameter


def prepared[Row](query: Callable[..., QuerySet[Any, Row]]) -> Callable[..., list[Row]]:
    """Turn a function that makes a query from its arguments into one that returns the rows.

    The arguments are numbers, texts, days or times that the query compares with, never None. All
    else in it is constant: the query is made once a thread for each number of arguments.
    """

    @wraps(query)
    def rows(*arguments: Any) -> list[Row]:
        connection: Any = connections[DEFAULT_DB_ALIAS]  # each thread has its own
        known = connection.__dict__.setdefault("prepared_statements", {})
        key = query, len(arguments)
        try:
            if key not in known:
                known[key] = _Statement(query(*map(Parameter, range(len(arguments)))), connection)
        except EmptyResultSet:  # such as "in" without values
            return []
        found: list[Row] = known[key].rows(*arguments)
        return found

    return rows
