"""Statements that every request runs: compiled once, then handed to the driver as they are (ADR 24)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

Values = Mapping[str, object]
Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one driver: how it takes its values, and which it gives in another type."""

    sql: str
    parameters: Callable[[Values], Any]
    results: tuple[tuple[int, _Convert], ...]

    def converted(self, row: Row) -> Row:
        """`row` with the types that its columns have."""
        if not self.results:
            return row
        values = list(row)
        for place, convert in self.results:
            values[place] = convert(values[place])
        return tuple(values)


class Prepared:
    """A statement of SQLAlchemy Core. It says the same as if it were executed, at a third of the cost."""

    def __init__(self, statement: ClauseElement | Mapping[str, ClauseElement]) -> None:
        """`statement` is one for all dialects, or one for each by its name."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def one(self, connection: Connection, values: Values) -> Row | None:
        """The row that it finds, or None. More than one is a mistake that nobody notices: ask by a key."""
        compiled = self._for(connection.dialect)
        cursor = _executed(connection, compiled.sql, compiled.parameters(values))
        row: Row | None = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.converted(row)

    def all(self, connection: Connection, values: Values) -> list[Row]:
        """Every row that it finds."""
        compiled = self._for(connection.dialect)
        cursor = _executed(connection, compiled.sql, compiled.parameters(values))
        rows: list[Row] = cursor.fetchall()
        cursor.close()
        return [compiled.converted(row) for row in rows]

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows it wrote."""
        compiled = self._for(connection.dialect)
        cursor = _executed(connection, compiled.sql, compiled.parameters(values))
        count: int = cursor.rowcount
        cursor.close()
        return count

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement if isinstance(self._statement, ClauseElement) else self._statement[dialect.name]
            found = self._compiled[dialect.name] = _compiled(statement, dialect)
        return found


def execute(connection: Connection, sql: str) -> None:
    """Run text without parameters."""
    _executed(connection, sql, ()).close()


def _compiled(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    made: Any = statement.compile(dialect=dialect)
    written: dict[str, _Convert] = made._bind_processors  # noqa: SLF001  # what Core itself goes by
    constants = {name: value for name, value in made.params.items() if value is not None}
    if isinstance(statement, Insert):
        constants |= dict.fromkeys(column.name for column in statement.table.c if column.nullable)
    names = made.positiontup if made.positional else list(made.params)
    wanted = [(name, written.get(name)) for name in names]

    def in_order(values: Values) -> list[Any]:
        given = {**constants, **values}
        return [_plain(given[name]) if convert is None else convert(given[name]) for name, convert in wanted]

    def by_name(values: Values) -> dict[str, Any]:
        return dict(zip(names, in_order(values), strict=True))

    processors = (
        (place, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for place, column in enumerate(getattr(statement, "selected_columns", ()))
    )
    results = tuple((place, processor) for place, processor in processors if processor is not None)
    return _Compiled(str(made), in_order if made.positional else by_name, results)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value  # psycopg would write the name of the member


def _executed(connection: Connection, sql: str, parameters: Any) -> Any:
    cursor = connection.connection.cursor()
    for listener in connection.dispatch.before_cursor_execute:
        sql, parameters = listener(connection, cursor, sql, parameters, None, False)  # noqa: FBT003  # as SQLAlchemy does
    try:
        cursor.execute(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, error) from None
    return cursor


def _translated(connection: Connection, error: Any) -> BaseException:
    """The driver's error as SQLAlchemy would raise it, but for the row that PostgreSQL shows below the first line."""
    error.args = tuple(str(argument).partition("\n")[0] for argument in error.args)
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(error, connection.connection, None)
    if is_gone:
        connection.invalidate(error)
    translated: BaseException = DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=is_gone,
        dialect=dialect,
    )  # fmt: skip
    return translated
