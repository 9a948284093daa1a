"""Python layers for which netspec or a plugin has types: `python_param { module layer param_str }` as such a layer.

From document to document, as the upgrades of old formats: what `param_str` holds becomes fields, with their places.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import isfinite

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Span
from netspec.frontend.messages.decode import decode
from netspec.frontend.messages.locate import find, find_all
from netspec.frontend.messages.rewrite import quoted
from netspec.frontend.messages.schema import beside, message_of, schema
from netspec.layers import FAMILY
from netspec.layers.base import Layer
from netspec.layers.caffe.data import Python, PythonData, PythonSink
from netspec.layers.extensions import with_bottoms
from netspec.plugins.registry import Registry
from netspec.problems.fields import InvalidValue, UnmeasuredLayer
from netspec.syntax import scalars
from netspec.syntax.document import Field, Items, Kind, Message, Scalar, Value
from netspec.syntax.origin import Origin

PARAM = "python_param"
TEXT = "param_str"
LONGEST = 10_000  # characters of a param_str that are read as fields; what is longer is data
TAG = "!!python/tuple"  # what YAML has before a tuple
_CHARACTER = re.compile(r"\\[abfnrtv\\?'\"]|[^\\]", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?", re.ASCII | re.IGNORECASE)
_WORDS = {"true": True, "false": False, "null": None}


class _NotFlat(Exception):
    """A text is no dictionary of plain values and lists of them."""


def python_layer(origin: Origin, registry: Registry, faults: Findings) -> tuple[type[Layer], Message]:
    """The type of a Python layer and its fields: those of a plugin's type, else as they are.

    With a warning, unless it has no bottoms: what makes data is an input of the compiled model.
    """
    body = origin.body
    assert body is not None
    scratch = Findings(origin.source)
    written = tuple(field for field in body.fields if field.name == PARAM)
    values = decode({PARAM: message_of(Python, PARAM)}, written, "a layer", scratch).get(PARAM, {})
    module, name = str(values.get("module", "")), str(values.get("layer", ""))
    if scratch.errors:  # which the layer has whatever its type
        return Python, body
    layer = registry.python(module, name)
    own: tuple[Field, ...] = ()
    unlike, where = "", None
    if layer is not None:
        layer = with_bottoms(layer, len(find_all(origin, ("bottom",))))
        read = Findings(origin.source) if layer.type_name() in FAMILY else faults
        own = tuple(_own_fields(layer, written, origin, read))
        if read is not faults:  # another project may have a layer of that name
            unlike, where = _unlike(layer, own, origin, read)
    if layer is not None and not unlike:
        return layer, body._replace(fields=tuple(_as_type(layer, field, own) for field in body.fields))
    if not any(field.name == "bottom" for field in body.fields):
        return PythonData, body
    place = where or find(origin, (PARAM, "layer")) or origin.span("type")
    if not any(field.name == "top" for field in body.fields):
        message = f"the Python layer {module}.{name} is not known; it writes no blob, and compiled code leaves it out"
        faults.add(UnmeasuredLayer, message, place)
        return PythonSink, body
    message = f"the Python layer {module}.{name} is not known: the shapes of its tops are not, either"
    if unlike:
        message = f"this Python layer {module}.{name} is not the one that is known: {unlike}"
    help = f'a plugin can say the shapes of its tops, with python = ("{module}", "{name}")'
    faults.add(UnmeasuredLayer, message, place, help=help)
    return Python, body


def _unlike(layer: type[Layer], own: Sequence[Field], origin: Origin, read: Findings) -> tuple[str, Span | None]:
    """What tells a layer from the one of the same module and name that netspec has a type for, and where; "" for
    nothing."""
    for field, count in (("bottom", layer.bottoms), ("top", layer.tops)):
        written = find_all(origin, (field,))
        if not count.holds(len(written)):
            return f"that takes {count} {field}s, not {len(written)}", written[-1] if written else None
    if read.errors:
        return f"its {TEXT} is no flat dictionary", read.found[0].labels[0].span
    known = schema(layer)
    strange = next((field for field in own if field.name not in known), None)
    return (f"its {TEXT} has no {strange.name}", strange.name_span) if strange else ("", None)


def _as_type(layer: type[Layer], field: Field, own: tuple[Field, ...]) -> Field:
    if field.name == "type" and isinstance(field.value, Scalar):
        return field._replace(value=quoted(layer.type_name(), field.value))
    if field.name == PARAM and isinstance(field.value, Message) and layer.message:
        return Field(layer.message, field.value._replace(fields=own), field.start)
    return field


def _own_fields(layer: type[Layer], written: Sequence[Field], origin: Origin, faults: Findings) -> Iterator[Field]:
    """What `param_str` says: a dictionary by its keys; anything else, for a type that takes it so, as it is."""
    values = [field.value for field in written if isinstance(field.value, Message)]
    given = next((f for value in values for f in value.fields if f.name == TEXT), None)
    if given is None or not isinstance(given.value, Scalar):
        return
    takes_text = TEXT in layer.model_fields
    if takes_text and len(layer.model_fields) == 1 + len(beside(layer)):
        yield given
        return
    try:
        yield from list(_dictionary(given.value, layer))
    except _NotFlat:
        if takes_text:
            yield given
        else:
            message = f"{TEXT} is no flat dictionary, as the fields of {layer.type_name()} need it"
            place = find(origin, (PARAM, TEXT)) or origin.span("name")
            faults.add(InvalidValue, message, place, help="write it as \"{'key': 1, 'other': [2, 3]}\"")


def _dictionary(literal: Scalar, layer: type[Layer]) -> Iterator[Field]:
    """The items of a dictionary in the style of Python, JSON, or YAML, which needs no braces, and no quotes at keys."""
    text = scalars.string(literal)
    if len(text) > LONGEST:
        raise _NotFlat
    plain = text.replace(TAG, " " * len(TAG))
    forms = (f"({plain}\n)", f"{{{plain}\n}}", f"{{{plain.replace(chr(10), ',')}\n}}")
    form, tree = next(((form, tree) for form in forms if (tree := _parsed(form))), ("", None))
    if tree is None:
        raise _NotFlat
    places = _Places(literal, text, form)
    for key, node in zip(tree.keys, tree.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else key.id if isinstance(key, ast.Name) else None
        if not isinstance(name, str) or key is None:
            raise _NotFlat
        value = _value(node, name, layer, places)
        if value is not None:
            yield Field(name, value, places.of(key) + isinstance(key, ast.Constant))


def _parsed(text: str) -> ast.Dict | None:
    try:
        with warnings.catch_warnings():  # about escapes in strings, say
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return tree if isinstance(tree, ast.Dict) else None


class _Places:
    """Where in the spec the nodes stand of a `param_str` that was parsed behind one bracket, as `form`."""

    def __init__(self, literal: Scalar, text: str, form: str) -> None:
        starts = [match.start() for match in _CHARACTER.finditer(literal.text, 1, len(literal.text) - 1)]
        known = len(starts) == len(text)  # with adjacent strings, or rare escapes, only the whole has a place
        self.starts = [literal.start + start for start in starts] if known else []
        self.whole = literal.start
        self.lines = [line.encode() for line in form.splitlines(keepends=True)]
        self.before = [0, *accumulate(map(len, form.splitlines(keepends=True)))]

    def of(self, node: ast.expr) -> int:
        column = len(self.lines[node.lineno - 1][: node.col_offset].decode(errors="replace"))
        offset = self.before[node.lineno - 1] + column - 1
        return self.starts[offset] if 0 <= offset < len(self.starts) else self.whole


def _value(node: ast.expr, name: str, layer: type[Layer], places: _Places) -> Value | None:
    """None where the text says None, which stands for the default."""
    start = places.of(node)
    if isinstance(node, ast.List | ast.Tuple):
        items = [_scalar(item, name, layer, places.of(item)) for item in node.elts]
        values = tuple(item for item in items if item is not None)
        return Items(values, start, values[-1].span.end if values else start + 1)
    return _scalar(node, name, layer, start)


def _scalar(node: ast.expr, name: str, layer: type[Layer], start: int) -> Scalar | None:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return _number(-value, start)
        case ast.Constant(value=bool() | None as value):
            return None if value is None else Scalar(Kind.NAME, str(value).lower(), start)
        case ast.Constant(value=int() | float() as value):
            return _number(value, start)
        case ast.Constant(value=str() as value):
            return _word(value, name, layer, start)
        case ast.Name(id=word):
            value = _WORDS.get(word, word)
            return _scalar(ast.Constant(value), name, layer, start)
        case _:
            raise _NotFlat


def _number(value: int | float, start: int) -> Scalar:
    try:
        return Scalar(Kind.NUMBER if isfinite(value) else Kind.NAME, repr(value), start)
    except (OverflowError, ValueError):  # an integer of hundreds of digits
        raise _NotFlat from None


def _word(text: str, name: str, layer: type[Layer], start: int) -> Scalar:
    """A string, or where the field is none the name of an enum's value, or a number in quotes, for Python's float()."""
    spec = schema(layer).get(name)
    if spec is not None and spec.scalar is not scalars.string and _NUMBER.fullmatch(text):
        return Scalar(Kind.NUMBER, text, start)
    if spec is not None and spec.scalar is not scalars.string and text.isidentifier():
        return Scalar(Kind.NAME, text, start)
    return Scalar(Kind.STRING, json.dumps(text, ensure_ascii=False), start)
