"""From decoded values to a layer's validated parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.frontend.lower.failing import failed
from netspec.frontend.messages.locate import find, name_span, own_path
from netspec.layers.base import Layer, PythonLayer
from netspec.plugins import Plugin
from netspec.problems.fields import InvalidValue, MissingField
from netspec.syntax.document import Made
from netspec.syntax.origin import Origin

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# How pydantic's kinds of error read in a sentence that begins with the field's name.
_WORDS = {
    "greater_than": "must be greater than {gt}, is {input}",
    "greater_than_equal": "must be at least {ge}, is {input}",
    "less_than": "must be less than {lt}, is {input}",
    "less_than_equal": "must be at most {le}, is {input}",
    "multiple_of": "must be a multiple of {multiple_of}, is {input}",
    "finite_number": "must be a finite number, is {input}",
    "too_short": "needs at least {min_length} values, has {actual_length}",
    "too_long": "takes at most {max_length} values, has {actual_length}",
}


def validate(
    layer: type[Layer],
    values: dict[str, Any],
    origin: Origin,
    complete: bool,
    report: Findings,
    plugins: Sequence[Plugin] = (),
) -> Layer | None:
    """The parameters of a layer, or None with what is wrong with them in the report.

    `complete` is False where some fields could not be read: then what seems to be missing may not be.
    """
    try:
        return _made(layer, values)
    except BaseException as error:
        from netspec.layers.judging import faults

        if (found := faults(error)) is None:
            report.put(failed(plugins, layer, "read its parameters", error, report.source, name_span(origin)))
        for fault in found or ():
            if complete or (fault["type"] != "missing" and fault["loc"]):
                _explain(layer, fault, origin, report)
    return None


def _made(layer: type[Layer], values: dict[str, Any]) -> Layer:
    """A layer is frozen: those with equal values are one."""
    try:
        key = layer, _key(values)
        if (known := _known.get(key)) is not None:
            return known
    except TypeError:  # a value that cannot be hashed, or is too long to be kept
        key = None
    made = _layer(layer.model_validate(values).canonical())
    if key is not None:
        if len(_known) >= MOST:
            _known.clear()
        _known[key] = made
    return made


MOST, LONGEST = 4096, 100  # layers that are kept, and values of a field of each
_known: dict[Any, Layer] = {}


def _key(value: Any) -> Any:
    """What is equal for equal values alone: −0 is not 0."""
    if isinstance(value, dict):
        return tuple([(name, _key(held)) for name, held in cast("dict[str, Any]", value).items()])
    if isinstance(value, tuple):
        if len(cast("tuple[Any, ...]", value)) > LONGEST:
            raise TypeError
        return tuple([_key(held) for held in cast("tuple[Any, ...]", value)])
    return value if value.__class__ is not float else (value, repr(value)) if value == 0 else value


def _layer(answer: object) -> Layer:
    if not isinstance(answer, Layer):  # a plugin may say anything
        raise TypeError(f"canonical gave {answer!r:.80}, not a layer")
    return answer


def _explain(layer: type[Layer], fault: ErrorDetails, origin: Origin, report: Findings) -> None:
    loc = fault["loc"]
    names = [step for step in loc if isinstance(step, str)]
    field = names[-1] if names else layer.type_name()
    if fault["type"] == "missing":
        path = own_path(layer, ".".join(names))
        place = find(origin, path[:-1]) if len(path) > 1 else None
        written = " { ".join((*path[:-1], f"{field}: …")) + " }" * (len(path) - 1)
        if issubclass(layer, PythonLayer) and path[:1] == ("python_param",):
            written = f"param_str: \"{{'{field}': …}}\""
        elif origin.body and any(isinstance(part, Made) for part in origin.body.fields):  # in braces of its own
            written = " { ".join((*path[1:-1], f"{field}: …")) + " }" * (len(path) - 2)
        report.add(
            MissingField, f"{layer.type_name()} needs {field}", place or name_span(origin), help=f"give {written}"
        )
        return
    message = said(fault, field)
    report.add(InvalidValue, message, _place(layer, loc, message, origin))


def said(fault: ErrorDetails, field: str) -> str:
    """What pydantic finds wrong with the value of a field, in the words of specs."""
    context = fault.get("ctx", {})
    if fault["type"] in _WORDS:
        return f"{field} {_WORDS[fault['type']].format(**context, input=fault['input'])}"
    return str(context.get("error", fault["msg"]))


def _place(layer: type[Layer], loc: Sequence[str | int], message: str, origin: Origin) -> Span:
    """The field at fault; where a rule concerns several, the first written one that its message names."""
    if loc:
        first = own_path(layer, str(loc[0]))
        return find(origin, (*first, *loc[1:])) or find(origin, first) or name_span(origin)
    own = find(origin, own_path(layer, "")[:-1]) if layer.message else None
    words = [word.strip(",.:;\"'`") for word in message.split()]
    named = (find(origin, own_path(layer, word)) for word in words if word in layer.model_fields)
    return next((span for span in named if span), own or name_span(origin))
