"""From the grammar's reductions to the nodes of a document. Each method is named for a rule or alias of `net.lark`."""

from functools import lru_cache
from sys import intern
from typing import Any, NamedTuple, cast

from netspec.syntax.document import (
    Argument,
    Binding,
    Block,
    Branch,
    Call,
    Expect,
    Expression,
    Field,
    If,
    Import,
    InputShape,
    Items,
    Kind,
    Let,
    Message,
    Operation,
    Parameter,
    Pipe,
    Repeat,
    Scalar,
    Stage,
)
from netspec.syntax.tokens import Token

# Making named tuples through `tuple.__new__` takes half the time that their own constructors do; a net has thousands.
_new: Any = tuple[Any, ...].__new__
_STRING, _NUMBER, _NAME = Kind.STRING, Kind.NUMBER, Kind.NAME
_KIND = {"'": _STRING, '"': _STRING, **dict.fromkeys("-.0123456789", _NUMBER)}


class ShortField(NamedTuple):
    """What a FIELD token holds, `name: value` with at most blanks around the colon. offset: of the value in it."""

    name: str
    kind: Kind
    value: str
    offset: int


@lru_cache(4096)  # a net has few texts of fields, over and over
def short_field(text: str) -> ShortField:
    name, _, value = text.partition(":")
    value = value.lstrip(" \t")
    return ShortField(intern(name.rstrip(" \t")), _KIND.get(value[0], _NAME), value, len(text) - len(value))


def _short_field(token: Token) -> Field:
    name, kind, value, offset = short_field(token.text)
    return _new(Field, (name, _new(Scalar, (kind, value, token.start + offset, -1)), token.start))


def _done(value: Any) -> Any:
    return Pipe(value.first, tuple(value.stages)) if isinstance(value, Pipe) else value


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

    def empty_field(self, children: list[Any]) -> Field:
        """`name []`: a list needs its colon only before scalars, and an empty one holds none."""
        name, opening, closing = children[:3]
        return _new(Field, (intern(name.text), Items((), opening.start, closing.end), name.start))

    def short_message_field(self, children: list[Any]) -> Field:
        _, text, start = children[0]
        fields, close = (children[1], children[2]) if children[1].__class__ is list else ((), children[1])
        message = _new(Message, (tuple(fields), start + len(text) - 1, close[2] + 1))
        return _new(Field, (intern(text.rstrip(" \t:{")), message, start))

    def body(self, children: list[Any]) -> Message:
        opening, closing = children[0], children[-1]
        fields = children[1] if children[1].__class__ is list else ()
        return _new(Message, (tuple(fields), opening.start, closing.end))

    def items(self, children: list[Any]) -> Items:
        values = tuple(child for child in children if child.__class__ is not Token)
        return _new(Items, (values, children[0].start, children[-1].end))

    def string(self, children: list[Any]) -> Scalar:
        return _new(Scalar, (_STRING, children[0].text, children[0].start, -1))

    def number(self, children: list[Any]) -> Scalar:
        return _new(Scalar, (_NUMBER, children[0].text, children[0].start, -1))

    def name(self, children: list[Any]) -> Scalar:
        return _new(Scalar, (_NAME, intern(children[0].text), children[0].start, -1))

    def keyword(self, children: list[Any]) -> Token:
        return children[0]

    def quantity(self, children: list[Any]) -> Scalar:
        return Scalar(Kind.QUANTITY, children[0].text, children[0].start)

    def template(self, children: list[Any]) -> Scalar:
        return Scalar(Kind.TEMPLATE, children[0].text, children[0].start)

    # Expressions.

    def negative(self, children: list[Any]) -> Scalar | Operation:
        """A sign and a scalar are one literal, as protobuf has it: blanks stand for whatever is between, so that the
        text is as long as its span."""
        sign, value = children
        if isinstance(value, Scalar) and value.kind in (_NUMBER, _NAME):
            return Scalar(value.kind, "-".ljust(value.start - sign.start) + value.text, sign.start)
        return Operation("-", (value,), sign.start, value.span.end)

    def operation(self, children: list[Any]) -> Operation:
        left, operator, right = children
        return Operation(operator.text, (left, right), left.span.start, right.span.end)

    def comparison(self, children: list[Any]) -> Operation:
        return self.operation(children)

    def relation(self, children: list[Any]) -> Token:
        return children[0]

    def negated(self, children: list[Any]) -> Operation:
        return Operation("not", (children[1],), children[0].start, children[1].span.end)

    def group(self, children: list[Any]) -> Operation:
        return Operation("(", (children[1],), children[0].start, children[2].end)

    def range(self, children: list[Any]) -> Expression:
        if len(children) == 1:
            return children[0]
        return Operation("..", (children[0], children[2]), children[0].span.start, children[2].span.end)

    def call(self, children: list[Any]) -> Call:
        arguments = tuple(child for child in children if child.__class__ is Argument)
        return Call(intern(children[0].text), arguments, None, children[0].start, children[-1].end)

    def bare_call(self, children: list[Any]) -> Call:
        return Call(intern(children[0].text), (), None, children[0].start, children[0].end)

    def configured(self, children: list[Any]) -> Call:
        called, body = children
        call = self.bare_call([called]) if called.__class__ is Token else called
        return call._replace(body=body, end=body.end)

    def piped(self, children: list[Any]) -> Pipe:
        """A list of stages, so that a pipe takes time by its length, not by the square of it; `_done` ends it."""
        first, _, stage = children
        if isinstance(first, Pipe):
            cast("list[Call]", first.stages).append(stage)
            return first
        if first.__class__ is Token:
            first = self.template([first]) if first.type == "TEMPLATE" else self.name([first])
        return Pipe(first, cast("Any", [stage]))

    def positional(self, children: list[Any]) -> Argument:
        value = _done(children[0])
        return Argument(None, value, value.span.start)

    def keyword_argument(self, children: list[Any]) -> Argument:
        return Argument(intern(children[0].text), children[2], children[0].start)

    # Statements.

    def binding(self, children: list[Any]) -> Binding:
        targets = tuple(child for child in children[:-1] if child.__class__ is Scalar)
        return Binding(targets, _done(children[-1]), targets[0].start)

    def execution(self, children: list[Any]) -> Binding:
        call = children[0] if len(children) == 1 else self.configured(children)
        return Binding((), call, call.start)

    def let(self, children: list[Any]) -> Let:
        return Let(self.name(children[1:]), children[3], children[0].start)

    def block(self, children: list[Any]) -> Block:
        start, name, parameters, *results, body = children
        named = tuple(child for child in results if child.__class__ is Scalar)
        return Block(self.name([name]), parameters, named, body, start.start)

    def parameters(self, children: list[Any]) -> tuple[Parameter, ...]:
        return tuple(child for child in children if child.__class__ is Parameter)

    def parameter(self, children: list[Any]) -> Parameter:
        return Parameter(self.name(children), children[2] if len(children) > 1 else None)

    def repeat(self, children: list[Any]) -> Repeat:
        *names, over, body = children
        return Repeat(tuple(self.name([n]) for n in names if n.type == "NAME"), over, body, names[0].start)

    def first_branch(self, children: list[Any]) -> list[Branch]:
        return [Branch(children[1], children[2], children[0].start)]

    def next_branch(self, children: list[Any]) -> list[Branch]:
        children[0].append(Branch(children[3], children[4], children[1].start))
        return children[0]

    def conditional(self, children: list[Any]) -> If:
        branches = tuple(children[0])
        if len(children) > 1:
            branches += (Branch(None, children[2], children[1].start),)
        return If(branches)

    def stage(self, children: list[Any]) -> Stage:
        return Stage(len(children) > 3, self.string(children[-2:-1]), children[-1], children[0].start)

    def input(self, children: list[Any]) -> InputShape:
        return InputShape(children[1], children[3], children[0].start)

    def expect_shape(self, children: list[Any]) -> Expect:
        return Expect(children[1], children[3], children[0].start)

    def expect_relation(self, children: list[Any]) -> Expect:
        return Expect(None, self.operation(children[1:]), children[0].start)

    def import_all(self, children: list[Any]) -> Import:
        return Import((), self.string(children[1:]), children[0].start)

    def import_names(self, children: list[Any]) -> Import:
        names = tuple(self.name([child]) for child in children[1:-2] if child.type == "NAME")
        return Import(names, self.string(children[-1:]), children[0].start)
