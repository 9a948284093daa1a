"""What a spec expects of its net: noted while it is expanded, judged when the net is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netspec.diagnostics import SpecError
from netspec.diagnostics.findings import Report
from netspec.diagnostics.source import Span
from netspec.frontend.expressions.evaluate import COMPARISONS, Evaluator
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.values import Blob, Faulty, Frame, Word, Wrong, described
from netspec.frontend.messages.rules import NetState
from netspec.frontend.messages.suggest import did_you_mean
from netspec.net import Net
from netspec.net.cost import layer_cost, net_cost
from netspec.problems.language import UnknownName, UnmetExpectation, WrongUse
from netspec.shapes import Dim, Shape, Size, show
from netspec.syntax.document import Call, Expect, Expression, Items, Kind, Operation, Scalar

ANY = Word("_")
WORDS = {
    "<=": "at most",
    ">=": "at least",
    "<": "less than",
    ">": "more than",
    "==": "equal to",
    "!=": "other than",
}
MIRRORED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Expectation:
    """`subject` is the blob whose sizes are expected, None for a relation of quantities.

    names: what the names of a relation stood for where it was written. conditions: what has to hold of the state of the
    net, as pairs of a rule's field and its value.
    """

    node: Expect
    frame: Frame
    conditions: tuple[tuple[str, str], ...]
    subject: Blob | str | None = None
    sizes: tuple[Any, ...] = ()
    names: Mapping[str, Any] | None = None

    @property
    def place(self) -> Span:
        return self.frame.span(self.node.span)

    def part_of(self, state: NetState) -> bool:
        """Whether it is said of a state."""
        return all(
            state.phase == value if kind == "phase" else (value in state.stage) is (kind == "stage")
            for kind, value in self.conditions
        )


def size_of(node: Expression, frame: Frame, symbol: Callable[[str], Any]) -> Any:
    """A size: an integer, or one over names that nothing has set; `_` as it is. Raises Wrong."""
    if isinstance(node, Scalar) and node.kind is Kind.NAME and node.text == ANY.text:
        return ANY

    def named(name: str) -> Any:
        if name == ANY.text:
            raise Wrong(WrongUse, "_ is any size, and stands alone", frame.span(node.span))
        return symbol(name)

    value = Evaluator(frame, size=named).value(node)
    if isinstance(value, Word):
        value = named(value.text)
    if isinstance(value, Faulty | Size) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Wrong(WrongUse, f"a size is an integer, not {described(value)}", frame.span(node.span))


def expectation(
    node: Expect, frame: Frame, conditions: tuple[tuple[str, str], ...], symbol: Callable[[str], Any]
) -> Expectation | None:
    """What a statement expects; None if it rests on what has been reported. Raises Wrong."""
    made = Expectation(node, frame, conditions)
    if node.subject is None:
        names = {name: value for name in _names(node.value) if (value := frame.look(name)) is not None}
        return None if any(isinstance(value, Faulty) for value in names.values()) else replace(made, names=names)
    assert isinstance(node.value, Items)
    place = frame.span(node.subject.span)
    name = _subject(node.subject, frame)
    subject = frame.look(name) if name is not None else Faulty()
    if subject is None and node.subject.kind is Kind.NAME:
        raise Evaluator(frame).unknown(name or "", place)
    if not isinstance(subject, Blob | Faulty | None):
        raise Wrong(WrongUse, f"{described(subject)} has no shape", place)
    sizes = tuple(size_of(value, frame, symbol) for value in node.value.values)
    if isinstance(subject, Faulty) or any(isinstance(size, Faulty) for size in sizes):
        return None
    return replace(made, subject=subject or name, sizes=sizes)


def _subject(node: Scalar, frame: Frame) -> str | None:
    if node.kind is Kind.NAME:
        return node.text
    if node.kind is Kind.STRING:
        return text_of(node, frame.span(node.span))
    made = Evaluator(frame).template(node)
    return None if isinstance(made, Faulty) else made


def _names(node: Expression) -> Iterator[str]:
    """The names in arithmetic."""
    waiting: list[Any] = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Operation):
            waiting += node.operands
        elif isinstance(node, Items):
            waiting += node.values
        elif isinstance(node, Call):
            waiting += (argument.value for argument in node.arguments)
        elif isinstance(node, Scalar) and node.kind is Kind.NAME:
            yield node.text.lstrip("- ")


def judge(
    net: Net, state: NetState, expectations: Sequence[Expectation], sizes: Mapping[str, Shape], report: Report
) -> None:
    """Reports what is not as expected. `sizes` are those of inputs as the spec declares them: they tell what the names
    in them stand for where numbers were given."""
    values = _values(net, sizes)
    for expected in expectations:
        if expected.part_of(state):
            try:
                if expected.names is None:
                    _judge_shape(net, expected, values, report)
                else:
                    _judge_relation(net, expected, report)
            except Wrong as fault:
                report.add(fault.problem, fault.message, *fault.places, help=fault.help)
            except SpecError as fault:  # a layer cannot say what it costs
                report.include(fault.diagnostics)


def _values(net: Net, sizes: Mapping[str, Shape]) -> dict[str, int]:
    """What the names of sizes stand for in a net whose inputs have numbers."""
    values: dict[str, int] = {}
    for blob, declared in sizes.items():
        for size, actual in zip(declared, net.blobs.get(blob) or (), strict=False):
            if isinstance(size, Size) and isinstance(actual, int):
                values |= _solved(size, actual)
    return values


def _solved(size: Size, actual: int) -> dict[str, int]:
    """What the name in a size stands for, if it is one name and the size is in proportion to it."""
    from netspec.shapes.symbols import Symbolic

    if not isinstance(size, Symbolic) or len(size.symbols) != 1:
        return {}
    (name,) = size.symbols
    first = size.at({name: 1})
    step = size.at({name: 2}) - first
    value = 1 + (actual - first) // step if step else 0
    return {name: value} if value > 0 and size.at({name: value}) == actual else {}


def _judge_shape(net: Net, expected: Expectation, values: Mapping[str, int], report: Report) -> None:
    subject = expected.subject
    name = subject.name if isinstance(subject, Blob) else str(subject)
    if name not in net.latest:
        help = did_you_mean(name, net.latest)
        report.add(UnknownName, f'the net has no blob "{name}"', expected.place, help=help)
        return
    shape = net.blobs[name]
    if shape is None:
        return
    wanted = tuple(_known(size, values) for size in expected.sizes)
    if len(shape) == len(wanted) and all(map(_agree, wanted, shape)):
        return
    said = "×".join(size.text if isinstance(size, Word) else str(size) for size in wanted) or "()"
    where = next(
        (f", on axis {i}" for i, (a, b) in enumerate(zip(wanted, shape, strict=False)) if not _agree(a, b)), ""
    )
    where = where if len(shape) == len(wanted) else f": {len(shape)} axes, not {len(wanted)}"
    node = next(node for node in reversed(net.layers) if any(v.blob == name for v in node.outputs))
    message = f'"{name}" is {show(shape)}, not {said}{where}'
    report.add(UnmetExpectation, message, expected.place, (node.origin.span("name"), f"{node.type} writes it"))


def _known(size: Any, values: Mapping[str, int]) -> Any:
    """A size with the numbers that its names stand for, where all of them do."""
    if isinstance(size, Size) and size.symbolic and values:
        from netspec.shapes.symbols import Symbolic, substituted

        return substituted(size.terms, values) if isinstance(size, Symbolic) else size
    return size


def _agree(wanted: Any, actual: Dim) -> bool:
    """Whether they are equal, whatever the names in them stand for. What is not known agrees with all."""
    if wanted == ANY:
        return True
    if isinstance(actual, Size) and not actual.symbolic:
        return True
    if isinstance(wanted, Size) and isinstance(actual, Size):
        from netspec.shapes.symbols import terms_of

        return terms_of(wanted) == terms_of(actual)
    return str(wanted) == str(actual)


def quantities(net: Net) -> dict[str, Any]:
    """What relations may speak of."""
    cost = net_cost(layer_cost(net, node) for node in net.layers)
    return {
        "parameters": cost.parameters,
        "macs": cost.macs,
        "memory": cost.activations,
        "layers": len(net.layers),
    }


def _judge_relation(net: Net, expected: Expectation, report: Report) -> None:
    node = expected.node.value
    assert isinstance(node, Operation)
    known = quantities(net)
    frame = replace(expected.frame, names={**known, **(expected.names or {})})
    left, right = (Evaluator(frame).value(operand) for operand in node.operands)
    for value, operand in ((left, node.operands[0]), (right, node.operands[1])):
        if isinstance(value, Word):
            message = f'nothing is called "{value.text}"'
            help = did_you_mean(value.text, known) or f"quantities of a net: {', '.join(known)}"
            raise Wrong(UnknownName, message, frame.span(operand.span), help=help)
        if isinstance(value, bool | str | tuple | Blob):
            message = f"quantities are numbers, not {described(value)}"
            raise Wrong(WrongUse, message, frame.span(operand.span))
    compare = COMPARISONS.get(node.operator, (lambda a, b: a == b) if node.operator == "==" else (lambda a, b: a != b))
    if compare(left, right):
        return
    operator, first = node.operator, node.operands[0]
    if not any(_names(first)):  # 5 <= layers
        operator, first, left, right = MIRRORED[operator], node.operands[1], right, left
    name = " ".join(frame.source.text[first.span.start : first.span.end].split())
    name = name if len(name) <= 60 else f"{name[:59]}…"
    message = f"{name} is {_thousands(left)}, not {WORDS[operator]} {_thousands(right)}"
    sizes = [value for value in (left, right) if isinstance(value, Size)]
    help = None
    if sizes and not sizes[0].symbolic:
        return  # not known, for want of a size
    if sizes:
        message = f"{name} is {left}: whether that is {WORDS[operator]} {right} depends on the sizes"
        help = "give the inputs numbers, or expect it of the sizes' own names"
    report.add(UnmetExpectation, message, expected.place, help=help)


def _thousands(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
