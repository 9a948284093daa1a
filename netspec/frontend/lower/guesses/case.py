"""A net that is measured again: what may be taken for granted of it, what then comes of it, and which is better."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.conditions import Conditions
from netspec.frontend.lower.guesses.questions import Questions
from netspec.frontend.lower.wiring import Wire
from netspec.frontend.messages.entry import Entry
from netspec.layers.data_layer import DataLayer
from netspec.net import Param, Value
from netspec.shapes import Shape, known

T = TypeVar("T")
NO_SHAPES: Mapping[str, Shape] = MappingProxyType({})


class Assumptions(NamedTuple):
    """What is taken for granted.

    entries: the layers, as they are read. forks: those read as a fork does, and how, in words. three: images count as 3
    channels where nothing says it. Then shapes of inputs, by blob name: others: the second ones that layers of data may
    have; implied: by what reads them; usual: none but netspec says them.
    """

    entries: Sequence[Entry]
    forks: tuple[tuple[Entry, str], ...] = ()
    three: bool = True
    others: Mapping[str, Shape] = NO_SHAPES
    implied: Mapping[str, Shape] = NO_SHAPES
    usual: Mapping[str, Shape] = NO_SHAPES

    @property
    def shapes(self) -> dict[str, Shape]:
        return {**self.others, **self.implied, **self.usual}

    def filled(self, implied: Mapping[str, Shape] = NO_SHAPES, usual: Mapping[str, Shape] = NO_SHAPES) -> "Assumptions":
        """With more sizes of inputs."""
        return self._replace(implied={**self.implied, **implied}, usual={**self.usual, **usual})


class Measures(NamedTuple):
    """The shapes of a net's blobs, each layer's parameters, and what is wrong with them.

    overruled: a given shape is another than the spec's. conditions: what has to hold of sizes with names; None where
    none has one.
    """

    assumed: Assumptions
    shapes: dict[Value, Shape | None]
    params: list[tuple[Param, ...]]
    report: Findings
    overruled: bool
    conditions: Conditions | None

    @property
    def errors(self) -> int:
        return self.report.errors

    @property
    def entries(self) -> Sequence[Entry]:
        """The layers, which may have been read as a fork does."""
        return self.assumed.entries

    @property
    def sized(self) -> bool:
        """Whether all parameters have known shapes."""
        return all(known(param.blob.shape) for params in self.params for param in params)


class Top(NamedTuple):
    """A top that comes from outside: the i-th of its layer, whose fields are `params`."""

    entry: Entry
    params: DataLayer
    i: int
    value: Value


class Case(NamedTuple):
    """A net to be measured.

    given: shapes of inputs from outside, which count whatever is taken for granted. uncounted: the layers of data whose
    number of channels is netspec's guess. measure: takes what is taken for granted, and the shapes of inputs.
    """

    wires: Sequence[Wire]
    given: Mapping[str, Shape]
    uncounted: Sequence[Entry]
    questions: Questions
    measure: Callable[[Assumptions, Mapping[str, Shape]], Measures]

    def under(self, assumed: Assumptions) -> Measures:
        """What comes of it."""
        return self.measure(assumed, {**assumed.shapes, **self.given})

    def ask(self, entry: Entry, rule: Callable[[], T], nothing: T) -> T:
        """What a rule of a layer says; `nothing` where it refuses or fails."""
        return self.questions.ask(entry, rule, nothing)

    def inputs(self, entries: Sequence[Entry]) -> list[Top]:
        return [
            Top(entry, entry.params, i, value)
            for entry, connection in zip(entries, self.wires, strict=True)
            if isinstance(entry.params, DataLayer)
            for i, value in enumerate(connection.outputs)
        ]


def fewer_errors(tried: Measures, best: Measures) -> bool:
    return tried.errors < best.errors


def no_more_errors(tried: Measures, best: Measures) -> bool:
    return tried.errors <= best.errors


class Proposal(NamedTuple):
    """What may be taken for granted instead. kept: whether that is better, from what came of it and the best so far."""

    assumed: Assumptions
    kept: Callable[[Measures, Measures], bool]


class Hypothesis(NamedTuple):
    """A reason for taking something for granted.

    propose: what exactly, one after another, from the best so far. rounds: how often, while one of them is kept.
    """

    name: str
    reason: str
    propose: Callable[[Case, Measures], Iterable[Proposal]]
    rounds: int = 1


def more_known(new: Shape | None, shape: Shape | None) -> bool:
    """Whether a shape has more numbers than another."""
    return new is not None and shape is not None and _numbers(new) > _numbers(shape)


def _numbers(shape: Shape) -> int:
    return sum(isinstance(dim, int) for dim in shape)
