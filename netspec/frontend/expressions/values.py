"""What names stand for while a document is expanded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeAlias

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.fix import Fix
from netspec.diagnostics.source import Source, Span, Turn, Use
from netspec.shapes import Size
from netspec.syntax.document import Block, Document, Field, Statement, statements


class Wrong(Exception):
    """A statement cannot be carried out; the arguments are those of `Findings.add`."""

    def __init__(
        self,
        problem: type[Diagnostic],
        message: str,
        *places: Span | tuple[Span, str],
        help: str | None = None,
        fix: Fix | None = None,
    ):
        super().__init__(message)
        self.problem, self.message, self.places, self.help, self.fix = problem, message, places, help, fix


NOWHERE = Span(0, 0)


class Stop(Exception):
    """A bound is passed: what has been expanded so far is all. Without a message that has been said."""

    def __init__(self, message: str = "", place: Span = NOWHERE, help: str | None = None):
        super().__init__(message)
        self.message, self.place, self.help = message, place, help


MAX_STEPS = 300_000
LAYER = 30  # steps for each layer that somebody allows
MORE = "--max-layers N lets it expand further"


@dataclass(eq=False, slots=True)
class Budget:
    """How much work there may be, and has been, in steps of a microsecond or two: a statement, a field, an item of a
    list and `TEXT` characters are one each, a turn of a repetition or a use of a block is `TURN`."""

    limit: int = field(default_factory=lambda: MAX_STEPS)
    spent: int = 0

    @classmethod
    def of(cls, max_layers: int | None) -> "Budget":
        """Of a spec that may have so many layers; None: as many as is usual."""
        return cls() if max_layers is None else cls(max(MAX_STEPS, LAYER * max_layers))

    def spend(self, steps: int, place: Span) -> None:
        """Raises Stop where there is nothing left."""
        self.spent += steps
        if self.spent > self.limit:
            raise self.exceeded(place)

    def exceeded(self, place: Span) -> Stop:
        return Stop(f"the spec takes more than {self.limit:,} steps to expand", place, MORE)


TEXT, TURN = 32, 5


class Word(NamedTuple):
    """A name that nothing has set: the value of an enum, or a size that is not a number yet."""

    text: str


class List(tuple[Any, ...]):
    """A list. depth: of lists within it, itself included; size: how many values it holds in all; blobs: whether there
    are blobs among them."""

    depth: int
    size: int
    blobs: bool

    @classmethod
    def of(cls, items: Iterable[Any]) -> "List":
        made = cls(items)
        made.depth = 1 + max((item.depth for item in made if isinstance(item, List)), default=0)
        made.size = sum(item.size if isinstance(item, List) else 1 for item in made)
        made.blobs = any(item.blobs if isinstance(item, List) else isinstance(item, BlobName) for item in made)
        return made


class Faulty:
    """What a statement would have set, had it not been wrong. What it touches stays silent."""


@dataclass(eq=False, slots=True)
class Instance:
    """A use of a block, or what stands in none (a `netspec.diagnostics.source.BlockUse`). `outer` is the use that it
    stands in, `parent` perhaps a turn of a repetition there. `name` is what its braces say (None: nothing), `wanted`
    what it is called otherwise. values: of its parameters; the first `passed` of them are what it was given. place:
    where it stands in the net. shares: the use whose parameters are its own, too.
    """

    outer: "Instance | None"
    wanted: str = ""
    name: str | None = None
    prefix: str | None = None  # once it is known; it ends in "/" unless it is empty
    definition: "Definition | None" = None
    parent: "Instance | Turn | None" = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    passed: int = 0
    place: Span = NOWHERE
    shares: "Instance | None" = None

    @property
    def block(self) -> str:
        return self.definition.block.name.text if self.definition else ""

    @property
    def arguments(self) -> tuple[tuple[str, Any], ...]:
        values = self.values
        return tuple((name, values[name]) for name, _ in self.defaults if name in values)

    @property
    def given(self) -> frozenset[str]:
        return frozenset(islice(self.values, self.passed))

    @property
    def defaults(self) -> tuple[tuple[str, str | None], ...]:
        return self.definition.defaults if self.definition else ()

    @property
    def own_name(self) -> str:
        """What stands before its names, behind what stands there anyway; "" for nothing of its own."""
        outer = (self.outer.prefix if self.outer else None) or ""
        return "" if self.prefix in (None, outer) else (self.prefix or "").rstrip("/")

    def within(self, other: "Instance") -> bool:
        """Whether it is another use, or one that that use makes."""
        at: Instance | None = self
        while at is not None and at is not other:
            at = at.outer
        return at is not None


@dataclass(eq=False, slots=True)
class BlobName:
    """What a layer writes. `exact`: under the name wanted, and no other. `share`: under the name of another blob.

    readers: how many bottoms read it. weighed: whether it may count in the loss.
    """

    wanted: str
    instance: Instance
    exact: bool = False
    share: "BlobName | None" = None
    readers: int = 0
    weighed: bool = False
    name: str = ""


@dataclass(eq=False, slots=True)
class Module:
    """A file: its blocks, and what its top level has set. Blocks see the constants of that."""

    source: Source
    document: Document
    blocks: "dict[str, Definition]" = field(default_factory=dict[str, "Definition"])
    names: dict[str, Any] = field(default_factory=dict[str, Any])
    budget: Budget = field(default_factory=Budget)
    sizes: set[str] = field(default_factory=set[str])  # the names of sizes, as N in `input data: [N, 3, 224, 224]`


@dataclass(frozen=True, eq=False)
class Definition:
    """A block, and the file it stands in, whose constants and blocks it may use.

    names: the fields of its body that say what its uses are called; body: all else.
    """

    block: Block
    module: Module
    names: tuple[Field, ...]
    body: tuple[Statement, ...]

    @classmethod
    def of(cls, block: Block, module: Module) -> "Definition":
        body = statements(block.body)
        names = tuple(s for s in body if isinstance(s, Field) and s.name == "name")
        return cls(block, module, names, tuple(s for s in body if s not in names) if names else tuple(body))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(parameter.name.text for parameter in self.block.parameters)

    @cached_property
    def required(self) -> frozenset[str]:
        """The parameters without defaults."""
        return frozenset(p.name.text for p in self.block.parameters if p.default is None)

    @cached_property
    def defaults(self) -> tuple[tuple[str, str | None], ...]:
        """The parameters with their defaults as written."""
        text = self.module.source.text
        spans = ((p.name.text, p.default and p.default.span) for p in self.block.parameters)
        return tuple((name, text[span.start : span.end] if span else None) for name, span in spans)


class Spanned(Protocol):
    """A piece of a text, which knows its place."""

    @property
    def span(self) -> Span: ...


Constant: TypeAlias = "bool | int | float | str | Word | List"
Value: TypeAlias = "Constant | BlobName | Faulty"


@dataclass(eq=False, slots=True)
class Frame:
    """Where statements are carried out: a file's top level, or one use of a block.

    `shift` leads from the offsets of the text to those of this use of it (`netspec.diagnostics.source.Atlas`). turn: of
    a repetition, if they stand in one there.
    """

    module: Module
    instance: Instance
    names: dict[str, Value]
    shift: int = 0
    uses: tuple[Use, ...] = ()
    turn: Turn | None = None

    @property
    def scope(self) -> Instance | Turn:
        """What stands around them."""
        return self.turn or self.instance

    @property
    def source(self) -> Source:
        return self.module.source

    @property
    def top(self) -> bool:
        return self.names is self.module.names

    def span(self, span: Span) -> Span:
        return Span(span.start + self.shift, span.end + self.shift)

    def look(self, name: "str") -> "Value | None":
        """What a name stands for; of the blobs of the file, a block sees none."""
        value = self.names.get(name)
        if value is None and not self.top:
            value = self.module.names.get(name)
            return None if holds_blobs(value) else value
        return value

    def spend(self, steps: int, piece: Spanned) -> None:
        """Accounts for work that a piece of the text asks for. Raises Stop."""
        budget = self.module.budget
        budget.spent += steps
        if budget.spent > budget.limit:
            raise budget.exceeded(self.span(piece.span))


def holds_blobs(value: Any) -> bool:
    """Whether it is a blob, or a list with blobs in it."""
    return isinstance(value, BlobName) or (isinstance(value, List) and value.blobs)


def described(value: Any) -> str:
    """A value in a sentence."""
    match value:
        case bool():
            return f'"{str(value).lower()}"'
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{value}"' if len(value) <= 40 else f'the text "{value[:39]}…"'
        case Word(text):
            return f'the name "{text}"'
        case BlobName():
            return f'the blob "{value.wanted}"'
        case Size():
            return f"the size {value}"
        case _:
            return f"a list of {len(value)}"


def shown(uses: tuple[Use, ...]) -> tuple[Use, ...]:
    """Those that a person can follow: the nearest ones, and the outermost."""
    if len(uses) > 2 or (len(uses) == 2 and uses[0] == uses[1]):
        uses = (*dict.fromkeys(uses),)
    return uses if len(uses) <= 3 else (*uses[:2], uses[-1])
