"""A layer taken apart: what it is called and connected to, and all else that it says.

A net says the same of many layers under other names, and what says the same means the same: it is read once
(`netspec.frontend.lower.alike`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, cast

from netspec.syntax.document import Field, Items, Message, Scalar, Value
from netspec.syntax.scalars import BadScalar, string

LONGEST = 200  # words of what is compared with others


class Parts(NamedTuple):
    """said: what it says beside its names. Where that is equal, so is what two layers of a type say; where it is not,
    nothing is known."""

    name: str
    type: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    said: Hashable


class Writer(Protocol):
    """Who knows what a layer says without a text of it."""

    @property
    def parts(self) -> Parts: ...

    def write(self) -> tuple[Field, ...]:
        """The layer as fields, as often as it is asked to."""
        ...


class Unwritten(Message):
    """The body of a layer whose fields are written when somebody asks for them: most often nobody does. What is made of
    it, by `_replace`, is a plain message."""

    __slots__ = ()

    @classmethod
    def by(cls, writer: Writer, start: int, end: int) -> Unwritten:
        return cls(cast("tuple[Field, ...]", writer), start, end)

    @property
    def writer(self) -> Writer:
        return cast("Writer", self[0])

    @property
    def fields(self) -> tuple[Field, ...]:  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen
        return self.writer.write()

    def __iter__(self) -> Iterator[Any]:
        return iter((self.fields, self.start, self.end))

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - of a tuple
        return Message._make(iterable)


def parts_of(body: Message) -> Parts | None:
    """None for a layer whose names are not plain, or that says too much to be compared."""
    if isinstance(body, Unwritten):
        return body.writer.parts
    names: dict[str, str] = {}
    bottoms, tops, rest = list[str](), list[str](), list[Field]()
    try:
        for field in body.fields:
            name, value, _ = field
            if name == "bottom":
                bottoms.append(_text(value))
            elif name == "top":
                tops.append(_text(value))
            elif name != "name" and name != "type":
                rest.append(field)
            elif name in names:
                return None
            else:
                names[name] = _text(value)
    except BadScalar:
        return None
    said = words(rest)
    if said is None or "type" not in names:
        return None
    return Parts(names.get("name", ""), names["type"], tuple(bottoms), tuple(tops), said)


def _text(value: Value) -> str:
    if not isinstance(value, Scalar):
        raise BadScalar("expected a string")
    return string(value)


def words(fields: Iterable[Field]) -> tuple[str, ...] | None:
    """What fields say, without the places where they do: the same words mean the same. None where they are too many."""
    said = list[str]()
    _say(fields, said)
    return tuple(said) if len(said) <= LONGEST else None


def _say(fields: Iterable[Field], said: list[str]) -> None:
    for name, value, _ in fields:
        said.append(name)
        _say_value(value, said)


def _say_value(value: Value, said: list[str]) -> None:
    if isinstance(value, Scalar):
        said.append(value.text)
    elif isinstance(value, Items):
        said.append("[")
        for item in value.values:
            _say_value(item, said)
        said.append("]")
    else:
        said.append("{")
        _say(value.fields, said)
        said.append("}")
