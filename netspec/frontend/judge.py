"""Whether a net is as its spec expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netspec.diagnostics import SpecError
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.suggest import did_you_mean
from netspec.frontend.expressions.evaluate import COMPARISONS, Evaluator
from netspec.frontend.expressions.sizes import ANY
from netspec.frontend.expressions.values import BlobName, Word, Wrong, described
from netspec.frontend.language.expectations import Expectation, names_in
from netspec.frontend.messages.rules import NetState
from netspec.net import Net, Node
from netspec.net.cost import activations, macs, parameters, total
from netspec.problems.language import UnknownName, UnmetExpectation, WrongUse
from netspec.shapes import Dim, Shape, Size, show
from netspec.syntax.document import Operation

WORDS = {
    "<=": "at most",
    ">=": "at least",
    "<": "less than",
    ">": "more than",
    "==": "equal to",
    "!=": "other than",
}
MIRRORED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "==": "==", "!=": "!="}


def judge(
    net: Net, state: NetState, expectations: Sequence[Expectation], sizes: Mapping[str, Shape], report: Findings
) -> None:
    """Reports what is not as expected. `sizes` are those of inputs as the spec declares them: they tell what the names
    in them stand for where numbers were given."""
    values = _values(net, sizes)
    counted: dict[str, Any] = {}
    for expected in expectations:
        if expected.part_of(state):
            try:
                if expected.names is None:
                    _judge_shape(net, expected, values, report)
                else:
                    asked = [name for name in names_in(expected.node.value) if name in QUANTITIES]
                    counted |= {name: QUANTITIES[name](net) for name in asked if name not in counted}
                    _judge_relation(counted, expected, report)
            except Wrong as fault:
                report.add(fault.problem, fault.message, *fault.places, help=fault.help)
            except SpecError as fault:  # a layer cannot say what it costs
                report.include(fault.diagnostics)


def expected_shapes(expectations: Sequence[Expectation], state: NetState) -> dict[str, Shape]:
    """The shapes of blobs of which every size is expected."""
    return {
        _blob(expected): expected.sizes
        for expected in expectations
        if expected.names is None and expected.part_of(state) and all(map(_is_size, expected.sizes))
    }


def _is_size(size: Any) -> bool:
    """Whether a blob may have it."""
    return size > 0 if isinstance(size, int) else isinstance(size, Size) and size.symbolic


def _blob(expected: Expectation) -> str:
    subject = expected.subject
    return subject.name if isinstance(subject, BlobName) else str(subject)


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


def _judge_shape(net: Net, expected: Expectation, values: Mapping[str, int], report: Findings) -> None:
    name = _blob(expected)
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


def _summed(cost: Callable[[Net, Node], Dim]) -> Callable[[Net], Dim]:
    return lambda net: total(cost(net, node) for node in net.layers)


# What relations may speak of.
QUANTITIES: Mapping[str, Callable[[Net], Any]] = {
    "parameters": _summed(lambda _, node: parameters(node)),
    "macs": _summed(macs),
    "memory": _summed(activations),
    "layers": lambda net: len(net.layers),
}


def _judge_relation(counted: Mapping[str, Any], expected: Expectation, report: Findings) -> None:
    node = expected.node.value
    assert isinstance(node, Operation)
    frame = replace(expected.frame, names={**counted, **(expected.names or {})})
    left, right = (Evaluator(frame).value(operand) for operand in node.operands)
    for value, operand in ((left, node.operands[0]), (right, node.operands[1])):
        if isinstance(value, Word):
            message = f'nothing is called "{value.text}"'
            help = did_you_mean(value.text, QUANTITIES) or f"quantities of a net: {', '.join(QUANTITIES)}"
            raise Wrong(UnknownName, message, frame.span(operand.span), help=help)
        if isinstance(value, bool | str | tuple | BlobName):
            message = f"quantities are numbers, not {described(value)}"
            raise Wrong(WrongUse, message, frame.span(operand.span))
    compare = COMPARISONS.get(node.operator, (lambda a, b: a == b) if node.operator == "==" else (lambda a, b: a != b))
    if compare(left, right):
        return
    operator, first = node.operator, node.operands[0]
    if not any(names_in(first)):  # 5 <= layers
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
