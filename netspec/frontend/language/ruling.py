"""What `train`, `test` and `stage` say of the layers within them, as rules of each layer."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.frontend.expressions.literals import quote
from netspec.frontend.expressions.values import Wrong
from netspec.frontend.language.drafts import text_in
from netspec.problems.fields import IncludeAndExclude
from netspec.problems.language import NeverPart
from netspec.syntax.document import Field, Kind, Made, Message, Scalar

PHASES = ("TRAIN", "TEST")
OPPOSITE = {"stage": "not_stage", "not_stage": "stage"}
Conditions = tuple[tuple[str, str], ...]  # fields of a rule and their values


def ruled(conditions: Conditions, fields: Sequence[Field], start: int) -> list[Field]:
    """The fields of a layer with the conditions that hold where it stands. Raises Wrong."""
    if not conditions:
        return list(fields)
    made = [Made(kind, _literal(kind, value, start), start) for kind, value in conditions]
    if exclude := next((field for field in fields if field.name == "exclude"), None):
        message = "exclude rules cannot stand within train, test or stage"
        raise Wrong(IncludeAndExclude, message, exclude.name_span, help="say with include when it is part")
    result: list[Field] = []
    for field in fields:
        if field.name == "include" and isinstance(field.value, Message):
            _check_possible(conditions, field.value)
            there = {part.name for part in field.value.fields if part.name == "phase"}
            more = [part for part in made if part.name not in there]
            field = field._replace(value=field.value._replace(fields=(*field.value.fields, *more)))
        result.append(field)
    if not any(field.name == "include" for field in fields):
        result.append(Made("include", Message(tuple(made), start, start), start))
    return result


def _literal(kind: str, value: str, start: int) -> Scalar:
    return Scalar(*((Kind.NAME, value) if kind == "phase" else (Kind.STRING, quote(value))), start, start)


def _check_possible(conditions: Conditions, rule: Message) -> None:
    """Raises Wrong where a layer's own rule contradicts the conditions around it."""
    phase = next((value for kind, value in conditions if kind == "phase"), None)
    for part in rule.fields:
        text = part.value.text if isinstance(part.value, Scalar) else ""
        other = part.name == "phase" and phase is not None and text in PHASES and text != phase
        if other or (OPPOSITE.get(part.name), text_in(part)) in conditions:
            raise Wrong(NeverPart, "no state of the net holds what stands here", part.span)
