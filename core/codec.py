"""Frozen dataclasses <-> plain JSON values, driven by their type hints.

For what is stored and sent between processes: facts, plans, references. Understands dataclasses, str, int, float, bool,
None, datetime, date, enums, Literals, tuples (of any length or fixed), frozensets, mappings and unions. In a union of
several dataclasses each is marked by a "type" key that holds its class name. Unknown keys are passed over and missing
ones take the field's default, so that a row written by an older or newer version still loads. Knows no file and no
database; everything that does not fit raises CodecError (data) or TypeError (a hint this module does not know).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
T = TypeVar("T")
Step: TypeAlias = Callable[[Any], Any]

TAG = "type"
_PLAIN: tuple[type, ...] = (str, int, float, bool, NoneType)


class CodecError(ValueError):
    """Stored data does not fit the type it is read as; the message names the place, e.g. `parts[2].size`."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what, self.where = what, where

    def inside(self, place: str) -> CodecError:
        """The same error, seen from one level further out."""
        joint = "" if not self.where or self.where.startswith("[") else "."
        return CodecError(self.what, f"{place}{joint}{self.where}")


def encode(value: object) -> dict[str, Json]:
    """The JSON object for a dataclass instance. Raises TypeError for anything else."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a dataclass instance: {type(value).__name__}")
    return cast("dict[str, Json]", encode_as(type(value), value))


def decode(kind: type[T], data: object) -> T:
    """The value of dataclass `kind` that `data` (from `json.loads`) describes. Raises CodecError."""
    return cast("T", decode_as(kind, data))


def encode_as(kind: Any, value: object) -> Json:
    """Like `encode`, for any type hint: `encode_as(tuple[FileRef, ...], refs)`."""
    return cast("Json", _encoder(kind)(value))


def decode_as(kind: Any, data: object) -> Any:
    """Like `decode`, for any type hint. Raises CodecError."""
    return _decoder(kind)(data)


def digest(value: object) -> str:
    """SHA-256 (hex) over a dataclass instance's content: equal values have equal digests, in every process. Fields that
    have their default do not count, so that a field added later changes no digest of before."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a dataclass instance: {type(value).__name__}")
    kind: Any = type(value)
    text = json.dumps(_encoder(kind, sparse=True)(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _same(value: Any) -> Any:
    return value


def _members(kind: Any) -> tuple[Any, ...] | None:
    """The members of a union hint, None for any other hint."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else None


def _any_json(members: tuple[Any, ...]) -> bool:
    """Whether this is the union `Json` itself: what it holds is JSON already."""
    return set(_PLAIN) <= set(members) and {get_origin(member) for member in members} >= {list, dict}


def _check_union(members: tuple[Any, ...]) -> None:
    """Refuse unions whose JSON would not tell which member it was."""
    others = [member for member in members if member not in _PLAIN and not is_dataclass(member)]
    if others and len([member for member in members if member is not NoneType]) > 1:
        raise TypeError(f"ambiguous union: {members}")


@cache
def _hints(cls: type) -> tuple[tuple[Field[Any], Any], ...]:
    """Each field with its type hint. Resolved at first use, so that a type may refer to itself."""
    hints = get_type_hints(cls)
    return tuple((item, hints[item.name]) for item in fields(cls) if item.init)


@cache
def _writers(cls: type, *, sparse: bool) -> tuple[tuple[str, Step, Field[Any]], ...]:
    return tuple((item.name, _encoder(hint, sparse=sparse), item) for item, hint in _hints(cls))


@cache
def _readers(cls: type) -> tuple[tuple[str, Step, bool], ...]:
    """(name, decoder, whether the field must be given)."""
    return tuple(
        (item.name, _decoder(hint), item.default is MISSING and item.default_factory is MISSING)
        for item, hint in _hints(cls)
    )


def _is_default(item: Field[Any], value: Any) -> bool:
    if item.default is not MISSING:
        return bool(item.default == value)
    return item.default_factory is not MISSING and bool(item.default_factory() == value)


def _write(cls: type, value: Any, *, sparse: bool) -> dict[str, Any]:
    """A dataclass instance as an object, without the fields that have their default if `sparse`."""
    writers = _writers(cls, sparse=sparse)
    if not sparse:
        return {name: step(getattr(value, name)) for name, step, _ in writers}
    return {
        name: step(getattr(value, name)) for name, step, item in writers if not _is_default(item, getattr(value, name))
    }


@cache
def _encoder(kind: Any, *, sparse: bool = False) -> Step:
    if kind in _PLAIN or kind is Any or get_origin(kind) is Literal:
        return _same
    if isinstance(kind, type) and is_dataclass(kind):
        return lambda value: _write(kind, value, sparse=sparse)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: value.value
    if kind in (datetime, date):
        return lambda value: value.isoformat()
    members = _members(kind)
    if members is not None and _any_json(members):
        return _same
    if members is not None:
        return _union_encoder(members, sparse=sparse)
    return _container_encoder(kind, sparse=sparse)


def _container_encoder(kind: Any, *, sparse: bool) -> Step:
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        step = _encoder(args[0], sparse=sparse)
        return lambda value: [step(member) for member in value]
    if origin is tuple:
        steps = tuple(_encoder(arg, sparse=sparse) for arg in args)
        return lambda value: [step(member) for step, member in zip(steps, value, strict=True)]
    if origin is frozenset:
        step = _encoder(args[0], sparse=sparse)
        return lambda value: sorted(step(member) for member in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, step = _encoder(args[0]), _encoder(args[1], sparse=sparse)
        return lambda value: {str(key(name)): step(member) for name, member in value.items()}
    raise TypeError(f"core.codec knows no JSON for {kind!r}")


def _union_encoder(members: tuple[Any, ...], *, sparse: bool) -> Step:
    _check_union(members)
    classes = [member for member in members if is_dataclass(member)]
    others = [member for member in members if member not in _PLAIN]
    if not classes and others:
        step = _encoder(others[0], sparse=sparse)
        return lambda value: None if value is None else step(value)

    def run(value: Any) -> Any:
        if not is_dataclass(value):
            return value
        cls: Any = type(value)
        data = _write(cls, value, sparse=sparse)
        return {TAG: cls.__name__, **data} if len(classes) > 1 else data

    return run


@cache
def _decoder(kind: Any) -> Step:
    if kind is Any:
        return _same
    if kind in _PLAIN:
        return _plain_decoder(kind)
    if get_origin(kind) is Literal:
        return _choice_decoder(get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return lambda data: _build(kind, data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda data: _attempt(kind, data)
    if kind in (datetime, date):
        return lambda data: _attempt(kind.fromisoformat, data)
    members = _members(kind)
    if members is not None and _any_json(members):
        return _same
    if members is not None:
        return _union_decoder(members)
    return _container_decoder(kind)


def _attempt(make: Callable[[Any], Any], data: Any) -> Any:
    try:
        return make(data)
    except (TypeError, ValueError) as error:
        raise CodecError(str(error)) from None


def _plain_decoder(kind: type) -> Step:
    def run(data: Any) -> Any:
        if kind is float and type(data) is int:
            return float(data)
        if type(data) is not kind:
            raise CodecError(f"{kind.__name__} expected, found {type(data).__name__}")
        return data

    return run


def _choice_decoder(choices: tuple[Any, ...]) -> Step:
    def run(data: Any) -> Any:
        for choice in choices:
            if type(choice) is type(data) and choice == data:
                return choice
        raise CodecError(f"{data!r} is none of {', '.join(map(repr, choices))}")

    return run


def _build(cls: Any, data: Any) -> Any:
    if not isinstance(data, dict):
        raise CodecError(f"an object for {cls.__name__} expected, found {type(data).__name__}")
    values: dict[str, Any] = {}
    for name, step, needed in _readers(cls):
        if name in data:
            try:
                values[name] = step(data[name])
            except CodecError as error:
                raise error.inside(name) from None
        elif needed:
            raise CodecError(f"{cls.__name__} without {name}")
    return _attempt(lambda given: cls(**given), values)


def _each(step: Step, data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise CodecError(f"a list expected, found {type(data).__name__}")
    values = []
    for index, member in enumerate(data):
        try:
            values.append(step(member))
        except CodecError as error:
            raise error.inside(f"[{index}]") from None
    return values


def _container_decoder(kind: Any) -> Step:
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        step = _decoder(args[0])
        return lambda data: tuple(_each(step, data))
    if origin is tuple:
        return _fixed_decoder(tuple(_decoder(arg) for arg in args))
    if origin is frozenset:
        step = _decoder(args[0])
        return lambda data: frozenset(_each(step, data))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_decoder(args[0], _decoder(args[1]))
    raise TypeError(f"core.codec knows no JSON for {kind!r}")


def _fixed_decoder(steps: tuple[Step, ...]) -> Step:
    def run(data: Any) -> Any:
        if not isinstance(data, list) or len(data) != len(steps):
            raise CodecError(f"a list of {len(steps)} expected")
        return tuple(step(member) for step, member in zip(steps, data, strict=True))

    return run


def _mapping_decoder(key: Any, step: Step) -> Step:
    """Keys are strings in JSON: int keys are turned back, enums and Literals looked up."""
    key_step: Step = (lambda name: _attempt(int, name)) if key is int else _decoder(key)

    def run(data: Any) -> Any:
        if not isinstance(data, dict):
            raise CodecError(f"an object expected, found {type(data).__name__}")
        values = {}
        for name, member in data.items():
            try:
                values[key_step(name)] = step(member)
            except CodecError as error:
                raise error.inside(str(name)) from None
        return values

    return run


def _union_decoder(members: tuple[Any, ...]) -> Step:
    _check_union(members)
    plain = tuple(member for member in members if member in _PLAIN)
    found: list[Any] = [member for member in members if is_dataclass(member)]
    classes = {member.__name__: member for member in found}
    rest = [member for member in members if member not in _PLAIN and not is_dataclass(member)]

    def run(data: Any) -> Any:
        if type(data) in plain:
            return data
        if float in plain and type(data) is int:
            return float(data)
        if rest:
            return _decoder(rest[0])(data)
        if isinstance(data, dict) and len(classes) == 1:
            return _build(next(iter(classes.values())), data)
        if isinstance(data, dict) and data.get(TAG) in classes:
            return _build(classes[data[TAG]], data)
        raise CodecError(f"{type(data).__name__} fits none of {', '.join(str(member) for member in members)}")

    return run
