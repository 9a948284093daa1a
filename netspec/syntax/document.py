"""A spec as written: names, values and comments, each with its place. Nothing is interpreted here.

Every node holds the offset at which its text begins; `Document.source` turns offsets into lines. Nodes are named tuples
because a large net has tens of thousands of them and they are the cheapest immutable record there is.
"""

from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, cast

from netspec.diagnostics.source import Source, Span


class Kind(StrEnum):
    """What a scalar looks like. What it means depends on the field that holds it (`netspec.syntax.scalars`)."""

    STRING = "string"
    NUMBER = "number"
    NAME = "name"  # an enum value, true, false, inf or nan; or what `let` has named
    QUANTITY = "quantity"  # 5M
    TEMPLATE = "template"  # f"conv{i}"


class Scalar(NamedTuple):
    """`text` is the literal as written: with quotes, escapes and sign, adjacent strings with what is between.

    end: for one that stands in the place of another text, where that ends.
    """

    kind: Kind
    text: str
    start: int
    end: int = -1

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text) if self.end < 0 else self.end)


class Items(NamedTuple):
    """`[a, b, c]`. The values of a field are scalars, or all messages; elsewhere they are expressions."""

    values: tuple[Any, ...]
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Message(NamedTuple):
    """`{ … }` or `< … >`; the span holds the braces."""

    fields: "tuple[Field, ...]"
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


Value: TypeAlias = Scalar | Message | Items


class Field(NamedTuple):
    """`name: value`. A field of a repeated kind appears once for each value, or once with `Items`."""

    name: str
    value: Value
    start: int

    @property
    def name_span(self) -> Span:
        return Span(self.start, self.start + len(self.name))

    @property
    def span(self) -> Span:
        return Span(self.start, self.value.span.end)


class Made(Field):
    """A field whose name is not in the text. What stands for the name ends where its message begins."""

    @property
    def name_span(self) -> Span:
        return Span(self.start, self.value.start) if isinstance(self.value, Message) else self.span


# What is more than prototxt. Expansion (`netspec.frontend.language`) replaces all of it by fields.


class Operation(NamedTuple):
    """`a + b`, `-a`, `not a`, `(a)`: the operator as written, "(" for a group, ".." for a range."""

    operator: str
    operands: "tuple[Expression, ...]"
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Argument(NamedTuple):
    """What a call is given, by place or by name."""

    name: str | None
    value: "Expression"
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.value.span.end)


class Call(NamedTuple):
    """`Type(a, b) { … }`, `block(a, size = 3)`; a stage of a pipe may go without parentheses."""

    name: str
    arguments: tuple[Argument, ...]
    body: Message | None
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def name_span(self) -> Span:
        return Span(self.start, self.start + len(self.name))


class Pipe(NamedTuple):
    """`first | Second | Third { … }`: each stage reads what the one before it writes."""

    first: Scalar | Call
    stages: tuple[Call, ...]

    @property
    def span(self) -> Span:
        return Span(self.first.start, self.stages[-1].end)


Expression: TypeAlias = Scalar | Items | Operation | Call | Pipe


class Binding(NamedTuple):
    """`a, b = …`; targets are names, strings or templates. Without any it is a call for what it does alone."""

    targets: tuple[Scalar, ...]
    value: Expression
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.value.span.end)


class Let(NamedTuple):
    """`let name = …`."""

    name: Scalar
    value: Expression
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.value.span.end)


class Parameter(NamedTuple):
    """Of a block; one without a default has to be given."""

    name: Scalar
    default: Expression | None

    @property
    def span(self) -> Span:
        return Span(self.name.start, (self.default or self.name).span.end)


class Block(NamedTuple):
    """`block name(parameters) -> results { … }`. A result is a name, a text or a template, as a target is."""

    name: Scalar
    parameters: tuple[Parameter, ...]
    results: tuple[Scalar, ...]
    body: Message
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.body.end)


class Repeat(NamedTuple):
    """`repeat a, b in … { … }`."""

    names: tuple[Scalar, ...]
    over: Expression
    body: Message
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.body.end)


class Branch(NamedTuple):
    """A condition and what holds under it; None is what is left, `else`."""

    condition: Expression | None
    body: Message
    start: int


class If(NamedTuple):
    """`if … { … } else if … { … } else { … }`."""

    branches: tuple[Branch, ...]

    @property
    def start(self) -> int:
        return self.branches[0].start

    @property
    def span(self) -> Span:
        return Span(self.start, self.branches[-1].body.end)


class Stage(NamedTuple):
    """`stage "name" { … }`: part of the net where the stage is on; with `not`, where it is off."""

    negated: bool
    name: Scalar
    body: Message
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.body.end)


class InputShape(NamedTuple):
    """`input data: [N, 3, 224, 224]`."""

    name: Scalar
    shape: Items
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.shape.end)


class Expect(NamedTuple):
    """`expect pool5: [N, 512]`, whose value is a list, or `expect parameters <= 5M`, which has no subject."""

    subject: Scalar | None
    value: Items | Operation
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.value.end)


class Import(NamedTuple):
    """`import "file"`, or `import names from "file"`."""

    names: tuple[Scalar, ...]
    path: Scalar
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.path.span.end)


Statement: TypeAlias = Field | Binding | Let | Block | Repeat | If | Stage | InputShape | Expect | Import


class Comment(NamedTuple):
    """`text` runs from the `#` to the end of the line, which is left out."""

    text: str
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text))


class Document(NamedTuple):
    """plain: it is prototxt throughout; of any other, fields and messages may hold statements and expressions, which
    only `netspec.frontend.language` and what prints documents look at."""

    source: Source
    fields: tuple[Field, ...]
    comments: tuple[Comment, ...] = ()
    plain: bool = True


def statements(holder: Document | Message) -> tuple[Statement, ...]:
    """What stands in a document or a message that may be more than prototxt."""
    return cast("tuple[Statement, ...]", holder.fields)
