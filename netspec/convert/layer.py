"""What a full layer says, as far as short form can say it."""

from __future__ import annotations

import re
from typing import NamedTuple

from netspec.frontend.messages.entry import GENERAL_FIELDS
from netspec.frontend.messages.rewrite import values
from netspec.frontend.messages.schema import message_of
from netspec.layers import NAMESAKES
from netspec.layers.base import Layer
from netspec.plugins.registry import Registry
from netspec.syntax.document import Field, Kind, Message, Scalar
from netspec.syntax.scalars import BadScalar, string

HEAD = ("name", "type", "bottom", "top")
# Words of the language: a blob that is called so is put in quotes.
WORDS = frozenset(
    ["and", "block", "else", "expect", "from", "if", "import", "in", "input", "let", "not", "or", "repeat", "stage"]
) | {"train", "test", "true", "false", "inf", "infinity", "nan", "min", "max", "len", "f", "_"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
_SIZE = re.compile(r"[1-9][0-9]*")


class Short(NamedTuple):
    """A layer that may be written as `tops = type(bottoms) { fields }`.

    group: what it is included for: `train`, `test`, `stage "x"`; "" for always. rest: the fields that go into the
    braces; own: that one of them whose own fields take its place there.
    """

    kind: type[Layer] | None
    type: str
    name: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    group: str
    rest: tuple[Field, ...]
    own: Field | None

    @property
    def in_place(self) -> bool:
        return bool(set(self.tops) & set(self.bottoms))

    @property
    def default_name(self) -> str:
        if not self.tops:
            return self.type.lower()
        return f"{self.tops[0]}/{self.type.lower()}" if self.in_place else self.tops[0]


def read_short(field: Field, registry: Registry) -> Short | None:
    """None for a layer that has no short form, whatever stands around it."""
    body = field.value
    if not isinstance(body, Message):
        return None
    names, types, bottoms, tops = (texts(body, name) for name in HEAD)
    if len(names) != 1 or len(types) != 1 or not (tops or bottoms) or not _IDENTIFIER.fullmatch(types[0]):
        return None
    if len(tops) != len(set(tops)) or not all(_PLAIN.fullmatch(text) for text in (*names, *bottoms, *tops)):
        return None
    kind = registry.find(types[0])
    if types[0] in WORDS or (kind is None and types[0] not in NAMESAKES and types[0].islower()):
        return None  # it would be taken for a block
    group, rest = _group(tuple(f for f in body.fields if f.name not in HEAD))
    own_fields = message_of(kind, kind.message).message or {} if kind is not None and kind.message else {}
    own = _own(kind, rest)
    if own is not None and not all(f.name in own_fields and f.name not in HEAD for f in _inside(own)):
        own = None
    if own is not None and not _inside(own) and kind is not None and _told_by_message(kind, len(bottoms)):
        own = None  # in the braces nothing would stand for it
    if any(f.name in own_fields or not _general(f.name) for f in rest if f is not own):
        return None  # in the braces it would be read as one of the own message
    if kind is not None and sum(f.name == kind.message for f in rest) > 1:
        return None  # which the braces would join
    short = Short(kind, types[0], names[0], bottoms, tops, group, rest, own)
    if short.in_place:
        alone = len(tops) == 1 and bottoms[0] == tops[0] and tops[0] not in bottoms[1:]
        return short if alone and kind is not None and kind.in_place and kind.overwrites else None
    return short


def texts(body: Message, name: str) -> tuple[str, ...]:
    """The values of a field; "" for one that is no string."""
    return tuple(_text(value) for f in body.fields if f.name == name for value in values(f))


def _text(value: object) -> str:
    try:
        return string(value) if isinstance(value, Scalar) else ""
    except BadScalar:
        return ""


def _group(fields: tuple[Field, ...]) -> tuple[str, tuple[Field, ...]]:
    """What one simple include rule says, and the fields without it."""
    rules = [f for f in fields if f.name in ("include", "exclude")]
    if len(rules) != 1 or rules[0].name != "include" or len(_inside(rules[0])) != 1:
        return "", fields
    condition = _inside(rules[0])[0]
    if not isinstance(condition.value, Scalar):
        return "", fields
    rest, text = tuple(f for f in fields if f is not rules[0]), _text(condition.value)
    if condition.name == "phase" and condition.value.text in ("TRAIN", "TEST"):
        return condition.value.text.lower(), rest
    if condition.name in ("stage", "not_stage") and _PLAIN.fullmatch(text):
        return f'stage {"not " * (condition.name == "not_stage")}"{text}"', rest
    return "", fields


def _own(kind: type[Layer] | None, fields: tuple[Field, ...]) -> Field | None:
    """The own message, where it is given once."""
    found = [f for f in fields if kind is not None and f.name == kind.message]
    return found[0] if len(found) == 1 and isinstance(found[0].value, Message) else None


def _told_by_message(kind: type[Layer], bottoms: int) -> bool:
    """Whether a layer of so many bottoms means something else with its message than without, though that be empty."""
    return kind.weightless(bottoms, True) != kind.weightless(bottoms, False)


def _general(name: str) -> bool:
    """Whether it is a field that any layer may have."""
    return name in GENERAL_FIELDS or name.endswith("_param")


def _inside(field: Field) -> tuple[Field, ...]:
    return field.value.fields if isinstance(field.value, Message) else ()


def blob_text(name: str) -> str:
    """The name of a blob, in quotes where it is no identifier or a word of the language."""
    return name if _IDENTIFIER.fullmatch(name) and name not in WORDS else f'"{name}"'


def input_sizes(short: Short) -> str | None:
    """The list of sizes if `input name: [sizes]` can stand for the layer."""
    if short.type != "Input" or short.own is None or len(short.rest) > 1 or short.tops != (short.name,):
        return None
    if short.bottoms or short.group or len(_inside(short.own)) != 1:
        return None
    return sizes(_inside(short.own)[0])


def sizes(shape: Field) -> str | None:
    """`[2, 3]` for `shape { dim: 2 dim: 3 }`; None for anything less simple."""
    if shape.name != "shape" or any(f.name != "dim" for f in _inside(shape)):
        return None
    found = [value for f in _inside(shape) for value in values(f)]
    plain = [v.text for v in found if isinstance(v, Scalar) and v.kind is Kind.NUMBER and _SIZE.fullmatch(v.text)]
    return f"[{', '.join(plain)}]" if plain and len(plain) == len(found) else None
