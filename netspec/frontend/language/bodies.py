"""What stands in a message, with its expressions evaluated and its conditions decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netspec.diagnostics.source import Span, Use
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import literal
from netspec.frontend.expressions.values import Faulty, Frame, List, Word, Wrong
from netspec.frontend.language.repetition import turns
from netspec.problems.language import Misplaced
from netspec.syntax.document import (
    Binding,
    Call,
    Field,
    If,
    Items,
    Kind,
    Message,
    Operation,
    Repeat,
    Scalar,
    Statement,
    statements,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine


def evaluated(fields: Sequence[Statement], frame: Frame, machine: Machine) -> list[Field]:
    """Plain fields, at their places in this use. What is wrong is reported and left out."""
    made: list[Field] = []
    if fields:
        frame.spend(len(fields), fields[0])
    for field in fields:
        try:
            match field:
                case Field():
                    value = _value(field.value, frame, machine)
                    if value is not None:
                        made.append(field.__class__(field.name, value, field.start + frame.shift))
                case If():
                    machine.step(frame, field)
                    if (branch := machine.branch(field, frame)) is not None:
                        with machine.deeper(frame.span(branch.span)):
                            made += evaluated(statements(branch), frame, machine)
                case Repeat():
                    made += _repeated(field, frame, machine)
                case _:
                    raise _misplaced(field, frame)
        except Wrong as fault:
            machine.tell(fault)
    return made


def _repeated(node: Repeat, frame: Frame, machine: Machine) -> list[Field]:
    made: list[Field] = []
    for values in turns(node, frame, machine).values:
        machine.step(frame, node)
        frame.names.update((name.text, value) for name, value in zip(node.names, values, strict=True))
        use = Use(frame.source, Span(node.start, node.over.span.end), "repeated here")
        inner = machine.inserted(frame, node.body, use, frame.turn)
        with machine.deeper(frame.span(node.over.span)):
            made += evaluated(statements(node.body), inner, machine)
    return made


def _value(value: Any, frame: Frame, machine: Machine) -> Scalar | Message | Items | None:
    """None for what rests on something that has been reported."""
    match value:
        case Scalar():
            return _scalar(value, frame)
        case Message():
            place = frame.span(value.span)
            with machine.deeper(place):
                return Message(tuple(evaluated(statements(value), frame, machine)), *place)
        case Items(values) if any(isinstance(item, Message) for item in values) or all(map(_plain, values)):
            frame.spend(len(values), value)
            made = [_value(item, frame, machine) for item in values]
            return Items(tuple(item for item in made if item is not None), *frame.span(value.span))
        case _:
            place = frame.span(value.span)
            result = Evaluator(frame).value(value)
            if isinstance(result, Faulty):
                return None
            if isinstance(value, Operation | Call) and isinstance(result, Word):
                raise Evaluator(frame).unknown(result.text, place)
            return _literal(result, value, frame)


def _plain(item: Any) -> bool:
    """Whether it stands for itself, as prototxt reads it: 010 is 8 there, and no number in an expression."""
    return isinstance(item, Scalar) and item.kind in (Kind.NUMBER, Kind.STRING)


def _scalar(value: Scalar, frame: Frame) -> Scalar | Items | None:
    """A literal as it is; a name that stands for a constant, a template or a quantity as what it comes to."""
    kind = value.kind
    if kind is Kind.STRING or kind is Kind.NUMBER:
        return value if not frame.shift else value._replace(start=value.start + frame.shift)
    result = Evaluator(frame).scalar(value)
    if isinstance(result, Faulty):
        return None
    if isinstance(result, Word | bool) or (isinstance(result, float) and kind is Kind.NAME and result - result != 0):
        known = kind is Kind.NAME and frame.look(value.text.lstrip("- ")) is not None
        if not known:  # as it stands, a value of an enum, true or inf
            return value._replace(start=value.start + frame.shift)
    return _literal(result, value, frame)


def _literal(result: Any, node: Any, frame: Frame) -> Scalar | Items:
    if isinstance(result, List):
        frame.spend(result.size, node)
    return literal(result, frame.span(node.span))


def _misplaced(node: Statement, frame: Frame) -> Wrong:
    """What no message holds."""
    place = frame.span(node.span)
    if isinstance(node, Binding) and len(node.targets) == 1 and node.targets[0].kind is Kind.NAME:
        name = node.targets[0].text
        if isinstance(node.value, Scalar):
            help = f"a field takes a colon: {name}: {node.value.text}"
        else:
            help = "a field takes a colon, and layers stand outside of each other's braces"
        return Wrong(Misplaced, f'"=" sets no field: "{name}" stands among the fields of a message', place, help=help)
    what = node.__class__.__name__.lower()
    return Wrong(Misplaced, f"fields stand here, not {_WORDS.get(what, what)}", place)


_WORDS = {
    "let": "a constant (set it before the layer)",
    "block": "a block",
    "stage": "a stage (rules of a layer are include { stage: … })",
    "inputshape": "an input",
    "expect": "an expectation",
    "import": "an import",
    "binding": "a call",
}
