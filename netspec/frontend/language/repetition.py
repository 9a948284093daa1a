"""How often the body of a repetition counts, and with what values."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from netspec.diagnostics.source import Span
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import literal
from netspec.frontend.expressions.values import MORE, TURN, BlobName, Faulty, Frame, List, Word, Wrong, described
from netspec.problems.language import BadRepeat
from netspec.syntax.document import Items, Operation, Repeat, Scalar

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine


class Turns(NamedTuple):
    """How often the body counts, and the values of the names each time."""

    times: int
    values: Iterable[tuple[Any, ...]]


NONE = Turns(0, ())


def turns(node: Repeat, frame: Frame, machine: "Machine") -> Turns:
    """Raises Wrong."""
    place = frame.span(node.over.span)
    over = node.over
    if isinstance(over, Operation) and over.operator == "..":
        ends = [machine.constant(end, frame) for end in over.operands]
        if any(isinstance(end, Faulty) for end in ends):
            return NONE
        for end, operand in zip(ends, over.operands, strict=True):
            if isinstance(end, Word):
                raise Evaluator(frame).unknown(end.text, frame.span(operand.span))
            if not isinstance(end, int) or isinstance(end, bool):
                raise Wrong(BadRepeat, f"a range counts integers, not {described(end)}", frame.span(operand.span))
        if len(node.names) > 1:
            raise Wrong(BadRepeat, f"a range gives one value, not {len(node.names)}", place)
        first, last = ends
        most = frame.module.budget.limit // TURN
        if last - first >= most:
            machine.stop(f"{last - first + 1:,} times are more than the {most:,} that a spec may take", place, MORE)
        return Turns(max(0, last - first + 1), ((i,) for i in range(first, last + 1)))
    items = machine.constant(over, frame)
    if isinstance(items, Faulty):
        return NONE
    if isinstance(items, Word):
        raise Evaluator(frame).unknown(items.text, place)
    if not isinstance(items, List):
        help = "1..3 counts from 1 to 3" if isinstance(items, int) else None
        raise Wrong(BadRepeat, f"repeat takes a range or a list, not {described(items)}", place, help=help)
    if len(node.names) == 1:
        return Turns(len(items), ((item,) for item in items))
    for i, item in enumerate(items):
        count = len(item) if isinstance(item, List) else 1
        if count != len(node.names):
            if isinstance(over, Items):
                place = frame.span(over.values[i].span)
            message = f"item {i + 1} of the list has {count} value{'s' * (count != 1)} for {len(node.names)} names"
            raise Wrong(BadRepeat, message, place)
    return Turns(len(items), cast("Iterable[tuple[Any, ...]]", items))


def said(node: Repeat, values: Sequence[Any]) -> str:
    """The names of a repetition with their values in one turn: `i = 1`."""
    return ", ".join(f"{name.text} = {_brief(value)}" for name, value in zip(node.names, values, strict=True))


def _brief(value: Any) -> str:
    made = literal(value, Span(0, 0)) if not isinstance(value, BlobName | List) else None
    text = made.text if isinstance(made, Scalar) else "…"
    return text if len(text) <= 30 else f"{text[:29]}…"
