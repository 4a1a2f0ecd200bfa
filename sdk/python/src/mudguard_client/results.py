"""What every result has in common: typed fields, whatever else the answer held, and the answer itself."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar, dataclass_transform

_T = TypeVar("_T")
_OWN = ("raw", "extra")
_Reader = Callable[[Any], Any]
_Plan = dict[str, tuple[tuple[str, ...], _Reader, Any]]
_PLANS: dict[type, _Plan] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(dataclasses.field,))
def result(cls: type[_T]) -> type[_T]:
    """Make a class of results. Its constructor is that of `Result`: to generate one for each class takes time."""
    return dataclasses.dataclass(init=False, frozen=True, kw_only=True, repr=False, eq=False)(cls)


def hidden() -> Any:
    """A field that no `repr` shows."""
    return dataclasses.field(repr=False)


def hidden_or_none() -> Any:
    """A field that no `repr` shows, and that may be absent."""
    return dataclasses.field(default=None, repr=False)


@result
class Result:
    """An answer of the server.

    A field that the answer lacks, or that is of another type than promised, raises an `AttributeError` that says so.
    Two results are equal if their answers are.
    """

    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    """The answer as it came."""
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    """What the answer held beyond the fields that this version knows."""

    def __init__(self, **values: Any) -> None:
        defaults: dict[str, Any] = {"raw": {}, "extra": {}}
        for field in dataclasses.fields(self):
            if field.default is not dataclasses.MISSING:
                defaults[field.name] = field.default
            elif field.name not in values and field.name not in defaults:
                raise TypeError(f"{type(self).__name__} needs {field.name!r}")
        if unknown := values.keys() - {field.name for field in dataclasses.fields(self)}:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        self.__dict__.update(defaults | values)  # frozen to everyone else

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """The result that an answer holds."""
        made = object.__new__(cls)
        values = made.__dict__
        known = set()
        for name, (keys, reader, default) in _plan(cls).items():
            key = next((key for key in keys if key in raw), None)
            if key is None:
                if default is not dataclasses.MISSING:
                    values[name] = default
                continue
            known.add(key)
            try:
                values[name] = reader(raw[key])
            except (TypeError, ValueError, OverflowError):
                continue
        values["raw"] = types.MappingProxyType(raw)
        values["extra"] = types.MappingProxyType({key: value for key, value in raw.items() if key not in known})
        return made

    def __getattr__(self, name: str) -> Any:
        if name in type(self).__dataclass_fields__:
            raise AttributeError(f"the answer holds no valid {name!r} (see .raw)", name=name, obj=self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __repr__(self) -> str:
        shown = [field.name for field in dataclasses.fields(self) if field.repr and field.name in self.__dict__]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it holds mappings

    def __getstate__(self) -> dict[str, Any]:
        return {name: dict(value) if name in _OWN else value for name, value in vars(self).items()}


def _plan(cls: type[Result]) -> _Plan:
    """Of each field: its names in an answer, what reads it, and what it is when it is absent."""
    if cls in _PLANS:
        return _PLANS[cls]
    hints = typing.get_type_hints(cls)
    _PLANS[cls] = {
        field.name: (
            ("_id", "id") if field.name == "id" else (camel_case(field.name),),
            _reader(hints[field.name]),
            field.default,
        )
        for field in dataclasses.fields(cls)
        if field.name not in _OWN
    }
    return _PLANS[cls]


def camel_case(name: str) -> str:
    """A name as the server spells it: `firstName` for `first_name`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _reader(hint: Any) -> _Reader:
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        inner = _reader(next(one for one in typing.get_args(hint) if one is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        each = _reader(typing.get_args(hint)[0])
        return lambda value: tuple(each(one) for one in _checked(value, list))
    if origin is not None:
        return lambda value: _checked(value, dict)
    if issubclass(hint, Result):
        return lambda value: hint.read(_checked(value, dict))
    if hint is datetime:
        return lambda value: datetime.fromisoformat(_checked(value, str))
    if hint is float:
        return lambda value: float(_checked(value, (int, float)))
    return lambda value: _checked(value, hint)


def _checked(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError
    return value
