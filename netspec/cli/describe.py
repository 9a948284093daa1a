"""Documentation of layer types, read from the classes themselves: nothing is written down a second time."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeAlias, cast, get_args, get_origin

from netspec.frontend.lower.old_types import older_names
from netspec.layers import FAMILY
from netspec.layers.base import Count, Layer, Message, PythonLayer
from netspec.layers.data_layer import DataLayer
from netspec.layers.editions import EDITIONS, edition_of, extended_by
from netspec.layers.extensions import held
from netspec.layers.fields import FieldInfo, Limit, Unsigned
from netspec.layers.literal import literal, number
from netspec.layers.message import enums
from netspec.layers.shared_names import BY_TYPE

_SCALARS: Mapping[Any, str] = MappingProxyType({int: "int", float: "float", bool: "bool", str: "string"})
_RELATIONS = MappingProxyType({"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "multiple_of": "a multiple of"})


@dataclass(frozen=True)
class FieldDoc:
    """A field of a message, in the words of a prototxt.

    default: "" where the field has none. constraint: `> 0`, `> 0, < 1` or "". message: the kind's own fields, for a
    field that holds a message."""

    name: str
    kind: str
    required: bool
    default: str
    constraint: str
    text: str
    message: type[Message] | None = None


Table: TypeAlias = tuple[str, tuple[FieldDoc, ...]]  # a message, and its fields


@dataclass(frozen=True)
class ForkDoc:
    """The fields that a fork gives a type of Caffe. ignored: those without effect."""

    edition: str
    text: str
    table: Table
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class TypeDoc:
    """A layer type. `messages` are those that its fields lie in: its own, then those beside it. nested: those that
    fields of these hold. forks: the fields that forks give it."""

    name: str
    family: str
    summary: str
    text: str
    facts: tuple[tuple[str, str], ...]
    messages: tuple[Table, ...]
    nested: tuple[Table, ...]
    forks: tuple[ForkDoc, ...] = ()


def summary(layer: type[Layer]) -> str:
    """The first paragraph of the documentation, as one line."""
    return " ".join(_documentation(layer).split("\n\n")[0].split())


def describe(layer: type[Layer], family: str | None = None) -> TypeDoc:
    """All that `netspec layers TYPE` prints. `family` is that of a type which is not netspec's own."""
    fields = [_field(info.alias or name, info) for name, info in layer.model_fields.items()]
    beside = [field for field in fields if field.message and field.name.endswith("_param")]
    own = tuple(sorted((field for field in fields if field not in beside), key=lambda field: not field.required))
    messages = [(layer.message, own)] if layer.message else []
    messages += [(field.name, fields_of(field.message)) for field in beside if field.message]
    return TypeDoc(
        layer.type_name(),
        family or FAMILY[layer.type_name()].rpartition(".")[2],
        summary(layer),
        _documentation(layer),
        _facts(layer),
        tuple(messages),
        tuple(_nested(messages).items()),
        tuple(_forks(layer)),
    )


def _forks(layer: type[Layer]) -> Iterator[ForkDoc]:
    """What forks give a type, by edition."""
    for key, groups in extended_by(layer).items():
        for group in groups:
            known = layer.model_fields
            told = {name: info for name, info in group.model_fields.items() if _differs(info, known.get(name))}
            fields = tuple(field for name, info in told.items() for field in _told(name, info, layer))
            own = {name: kind for name, kind in group.without_effect().items() if name not in layer.without_effect()}
            ignored = (*own, *(name for field, info in told.items() if field in known for name in _ignored(info)))
            table = (layer.message or next(iter(told), ""), fields)
            yield ForkDoc(EDITIONS[key], _documentation(group), table, ignored)


def _differs(info: FieldInfo, other: FieldInfo | None) -> bool:
    return other is None or info.annotation != other.annotation


def _told(name: str, info: FieldInfo, layer: type[Layer]) -> Iterator[FieldDoc]:
    """A field that is new; of one whose message has more fields, these."""
    inner, other = held(info.annotation), layer.model_fields.get(name)
    before = held(other.annotation) if other else None
    if inner is None or before is None:
        yield _field(info.alias or name, info)
        return
    known = before.model_fields
    yield from (field for field in fields_of(inner) if field.name not in known)


def _ignored(info: FieldInfo) -> tuple[str, ...]:
    inner = held(info.annotation)
    return tuple(inner.without_effect()) if inner else ()


def _documentation(layer: type[Layer]) -> str:
    """Its own, not what it would inherit."""
    return inspect.cleandoc(layer.__doc__ or "")


def fields_of(message: type[Message]) -> tuple[FieldDoc, ...]:
    return tuple(_field(info.alias or name, info) for name, info in message.model_fields.items())


def _nested(messages: list[tuple[str, tuple[FieldDoc, ...]]]) -> dict[str, tuple[FieldDoc, ...]]:
    """The messages that fields hold, by the name of their kind, each once."""
    found: dict[str, tuple[FieldDoc, ...]] = {}
    waiting = [field for _, fields in messages for field in fields]
    while waiting:
        field = waiting.pop(0)
        if field.message and (name := field.message.__name__) not in found:
            found[name] = fields_of(field.message)
            waiting += found[name]
    return found


def _facts(layer: type[Layer]) -> tuple[tuple[str, str], ...]:
    edition = edition_of(layer)
    facts = [("edition", EDITIONS[edition])] if edition else []
    facts += [
        ("bottoms", _count(layer.bottoms)),
        ("tops", "as many as bottoms" if layer.same_count else _count(layer.tops)),
    ]
    if issubclass(layer, DataLayer):
        facts.append(("compiled", "its tops are inputs of the model"))
    elif layer.bottoms.least:
        garbled = f"Caffe lets it, but {layer.garbled}" if layer.garbled else "yes"
        facts.append(("in place", garbled if layer.in_place else "no"))
    if own := BY_TYPE.get(layer.type_name()):
        facts.insert(0, ("in specs", f'type: "{own.name}", as {own.fork} has it'))
    if layer.loss:
        facts.append(("loss weight", "1 unless given"))
    if issubclass(layer, PythonLayer):
        facts.append(("Python layer", ".".join(layer.python)))
    if ignored := layer.without_effect():
        facts.append(("without effect", ", ".join(ignored)))
    older = older_names(layer)
    return (*facts, ("older names", ", ".join(older))) if older else tuple(facts)


def _count(count: Count) -> str:
    return "none" if count == Count(0, 0) else "any number" if count == Count(0, None) else str(count)


def _field(name: str, info: FieldInfo) -> FieldDoc:
    shape = _unwrap(info.annotation)
    rules = [*info.metadata, *shape.metadata]
    message = cast(type[Message], shape.base) if _holds(shape.base, Message) else None
    unsigned = any(isinstance(rule, Unsigned) for rule in rules)
    kind = message.__name__ if message else "uint" if unsigned else _kind(shape.base)
    value = None if info.is_required() else info.default
    return FieldDoc(
        name,
        f"repeated {kind}" if shape.repeated else kind,
        info.is_required(),
        "" if value is None else literal(value),
        ", ".join(dict.fromkeys(text for rule in rules for text in _constraints(rule))),
        info.description or "",
        message,
    )


class _Shape(NamedTuple):
    """An annotation taken apart: `tuple[Annotated[int, …], ...]` is a repeated int with metadata."""

    base: Any
    repeated: bool
    metadata: list[Any]


def _unwrap(annotation: Any) -> _Shape:
    repeated, metadata = False, list[Any]()
    while (origin := get_origin(annotation)) and not enums(annotation):
        args = [arg for arg in get_args(annotation) if arg is not type(None)]
        repeated = repeated or origin is tuple
        metadata += args[1:] if origin is Annotated else []
        annotation = args[0]
    return _Shape(annotation, repeated, metadata)


def _kind(base: Any) -> str:
    return " | ".join(name for kind in enums(base) for name in kind.__members__) or _SCALARS[base]


def _holds(base: Any, kind: type) -> bool:
    return isinstance(base, type) and issubclass(base, kind)


def _constraints(rule: Any) -> Iterator[str]:
    """`> 0` from gt=0, and so on; what pydantic alone has a meaning for has an attribute of the name."""
    for item in rule.metadata if isinstance(rule, FieldInfo) else [rule]:
        bounds = {item.name: item.bound} if isinstance(item, Limit) else {n: getattr(item, n, None) for n in _RELATIONS}
        yield from (f"{_RELATIONS[n]} {number(b)}" for n, b in bounds.items() if n in _RELATIONS and b is not None)
