"""From the grammar's reductions to the nodes of a document. Each method is named for a rule or alias of `net.lark`."""

from __future__ import annotations

from sys import intern
from typing import Any

from netspec.syntax.document import Field, Items, Kind, Message, Scalar
from netspec.syntax.tokens import Token

# Making named tuples through `tuple.__new__` takes half the time that their own constructors do; a net has thousands.
_new: Any = tuple[Any, ...].__new__
_STRING, _NUMBER, _NAME = Kind.STRING, Kind.NUMBER, Kind.NAME
_KIND = {"'": _STRING, '"': _STRING, **dict.fromkeys("-.0123456789", _NUMBER)}


def _short_field(token: Token) -> Field:
    """The field in a FIELD token, `name: value` with at most blanks around the colon."""
    _, text, start = token
    name, _, value = text.partition(":")
    value = value.lstrip()
    scalar = _new(Scalar, (_KIND.get(value[0], _NAME), value, start + len(text) - len(value)))
    return _new(Field, (intern(name.rstrip()), scalar, start))


def _scalar(kind: Kind, tokens: list[Token]) -> Scalar:
    """One token, or a sign and one: blanks stand for whatever is between, so that the text is as long as its span."""
    first, last = tokens[0], tokens[-1]
    text = last.text if first is last else first.text.ljust(last.start - first.start) + last.text
    return _new(Scalar, (kind, text, first.start))


class Builder:
    """Callbacks of the parser. Every one takes the list of what its rule holds, tokens and nodes alike."""

    def start(self, children: list[Any]) -> tuple[Field, ...]:
        return tuple(children[0]) if children else ()

    def first_short(self, children: list[Any]) -> list[Field]:
        return [_short_field(children[0])]

    def first(self, children: list[Any]) -> list[Field]:
        return children

    def next_short(self, children: list[Any]) -> list[Field]:
        children[0].append(_short_field(children[1]))
        return children[0]

    def next(self, children: list[Any]) -> list[Field]:
        children[0].append(children[1])
        return children[0]

    def value_field(self, children: list[Any]) -> Field:
        name: Token = children[0]
        value = children[2] if children[1].__class__ is Token else children[1]
        return _new(Field, (intern(name.text), value, name.start))

    def short_message_field(self, children: list[Any]) -> Field:
        _, text, start = children[0]
        fields, close = (children[1], children[2]) if children[1].__class__ is list else ((), children[1])
        message = _new(Message, (tuple(fields), start + len(text) - 1, close[2] + 1))
        return _new(Field, (intern(text.rstrip(" \t:{")), message, start))

    def message(self, children: list[Any]) -> Message:
        opening, closing = children[0], children[-1]
        fields = children[1] if children[1].__class__ is list else ()
        return _new(Message, (tuple(fields), opening.start, closing.end))

    def items(self, children: list[Any]) -> Items:
        values = tuple(child for child in children if child.__class__ is not Token)
        return _new(Items, (values, children[0].start, children[-1].end))

    def string(self, children: list[Any]) -> Scalar:
        return _scalar(_STRING, children)

    def number(self, children: list[Any]) -> Scalar:
        return _scalar(_NUMBER, children)

    def name(self, children: list[Any]) -> Scalar:
        return _scalar(_NAME, children)
