"""SQLAlchemy Core statements, compiled once for each database and passed directly to its driver (ADR 30)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from sqlalchemy import ColumnElement, Insert, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import ClauseElement

from mudguard.store.records import Row

T = TypeVar("T")
Values = Mapping[str, object]
NO_VALUES: Values = {}

Upsert = postgresql.Insert | sqlite.Insert

_COLUMN_SETS = 64
"""How many sets of columns an `Update` keeps compiled. Features use only a few."""


_known: "WeakSet[Statement]" = WeakSet()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement for one driver: its text, how it takes values, and how its rows are converted."""

    sql: str
    parameters: Callable[[Values], Any]
    convert: Callable[[Row], Row]


class Statement:
    """A statement that a `Connection` executes. A missing value is a `KeyError`."""

    def __init__(self, statement: ClauseElement | Mapping[str, ClauseElement]) -> None:
        """`statement` is one for both databases, or one for each, by dialect name."""
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}
        _known.add(self)

    def compiled(self, dialect: Dialect) -> Compiled:
        """The statement compiled for `dialect`."""
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement if isinstance(self._statement, ClauseElement) else self._statement[dialect.name]
            found = self._compiled[dialect.name] = _compile(statement, dialect)
        return found


def compile_all(dialect: Dialect) -> None:
    """Compile every statement, so that the first requests do not have to."""
    for statement in [*_known]:
        statement.compiled(dialect)


class Query(Statement, Generic[T]):
    """A statement that finds rows. `read` converts each row."""

    def __init__(self, statement: ClauseElement, read: Callable[[Row], T]) -> None:
        super().__init__(statement)
        self.read = read


class Update:
    """An update of chosen columns. Each set of columns is compiled once.

    The parameters of `where` must not have the names of columns.
    """

    def __init__(self, table: Table, *where: ColumnElement[bool]) -> None:
        self._table = table
        self._where = where
        self._of = lru_cache(_COLUMN_SETS)(self._made)

    def of(self, columns: Iterable[str]) -> Statement:
        """The update of these columns."""
        return self._of(frozenset(columns))

    def _made(self, columns: frozenset[str]) -> Statement:
        values = {name: bindparam(name, type_=self._table.c[name].type) for name in sorted(columns)}
        return Statement(update(self._table).where(*self._where).values(values))


def upserts(table: Table, complete: Callable[[Any], Upsert]) -> dict[str, ClauseElement]:
    """Inserts into `table`, by dialect. `complete` adds what to do on conflict."""
    inserts: dict[str, Upsert] = {"sqlite": sqlite.insert(table), "postgresql": postgresql.insert(table)}
    return {name: complete(insert) for name, insert in inserts.items()}


def _compile(statement: ClauseElement, dialect: Dialect) -> Compiled:
    made: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    written: dict[str, Callable[[Any], Any]] = made._bind_processors  # noqa: SLF001  # Core itself uses it
    constants = {name: value for name, value in made.params.items() if value is not None}
    if isinstance(statement, Insert):
        constants |= dict.fromkeys(column.name for column in statement.table.c if column.nullable)
    names = made.positiontup if made.positional else list(made.params)
    wanted = [(name, written.get(name)) for name in names]

    def in_order(values: Values) -> list[Any]:
        given = {**constants, **values}
        return [given[name] if convert is None else convert(given[name]) for name, convert in wanted]

    def by_name(values: Values) -> dict[str, Any]:
        return dict(zip(names, in_order(values), strict=True))

    processors = [
        (place, processor)
        for place, column in enumerate(getattr(statement, "selected_columns", ()))
        if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]

    def converted(row: Row) -> Row:
        values = list(row)
        for place, convert in processors:
            values[place] = convert(values[place])
        return tuple(values)

    return Compiled(str(made), in_order if made.positional else by_name, converted if processors else tuple)
