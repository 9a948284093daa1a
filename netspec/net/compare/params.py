"""What differs between the parameters of two layers, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from netspec.layers.base import Layer, Message
from netspec.layers.shared_names import BY_TYPE
from netspec.layers.unknown import Unknown
from netspec.net.compare.equality import alike


@dataclass(frozen=True)
class Change:
    """A value that differs.

    what: a field as a spec has it, `num_output` or `weight_filler.std`; or `type`, `bottom`, …
    old, new: None where there is none. defaults: which of the two the spec does not give.
    """

    what: str
    old: Any
    new: Any
    defaults: tuple[bool, bool] = (False, False)

    def mirrored(self) -> Change:
        return Change(self.what, self.new, self.old, (self.defaults[1], self.defaults[0]))


def changes(old: Layer, new: Layer) -> Iterator[Change]:
    """The fields that differ in value. Whether a spec gives a default or leaves it out is no difference.

    Of layers of different types, what each of them is given.
    """
    if old is new:
        return
    other = _type(old) != _type(new)
    if other:
        yield Change("type", _named(old, new), _named(new, old))
    if other or isinstance(old, Unknown):
        before, after = dict(_given(old)), dict(_given(new))
        pairs = ((name, before.get(name), after.get(name)) for name in sorted(before | after))
        yield from (Change(*pair) for pair in pairs if other or not alike(*pair[1:]))
    else:
        yield from _differing(old, new, "")


def _type(layer: Layer) -> tuple[str, str]:
    """Not the class: one that a plugin defines is another each time that the plugin's file has changed."""
    return layer.type_name(), layer.called()


def _named(layer: Layer, other: Layer) -> str:
    name = layer.called()
    own = BY_TYPE.get(layer.type_name())
    return f"{name} of {own.fork}" if own and name == other.called() else name


def _given(layer: Layer) -> Iterator[tuple[str, Any]]:
    if isinstance(layer, Unknown):
        yield from layer.values.items()
        return
    given, values = layer.model_fields_set, vars(layer)
    for name, info in type(layer).model_fields.items():
        if name in given:
            yield info.alias or name, values[name]


def _differing(old: Message, new: Message, path: str) -> Iterator[Change]:
    telling = {name for name in old.explicit_presence | new.explicit_presence if old.has(name) != new.has(name)}
    for name, info in (type(old).model_fields | type(new).model_fields).items():
        before, after = (getattr(layer, name, info.default) for layer in (old, new))
        what = f"{path}{info.alias or name}"
        if before is after and not telling:
            continue
        defaults = not old.has(name), not new.has(name)
        if name in old.repeated_defaults:
            before, after = _said(before, old.repeated_defaults[name]), _said(after, old.repeated_defaults[name])
        if isinstance(before, Message) and isinstance(after, Message):
            yield from _differing(before, after, f"{what}.")
        elif messages := _messages(before, after):
            for i, (one, other) in enumerate(messages):
                yield from _differing(one, other, f"{what}[{i}].")
        elif not alike(before, after) or name in telling:
            yield Change(what, before, after, defaults)


def _said(value: tuple[Any, ...] | None, unsaid: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list with what it stands for where it is empty, and as one element where all are the same."""
    value = value or unsaid
    return value[:1] if len(set(value)) == 1 else value


def _messages(before: Any, after: Any) -> list[tuple[Message, Message]]:
    """The elements of two repeated messages of one length, in pairs."""
    if not (isinstance(before, tuple) and isinstance(after, tuple)):
        return []
    pairs = list(zip(cast("tuple[Any, ...]", before), cast("tuple[Any, ...]", after), strict=False))
    alike = len(cast("tuple[Any, ...]", before)) == len(cast("tuple[Any, ...]", after))
    return pairs if alike and all(isinstance(x, Message) and isinstance(y, Message) for x, y in pairs) else []
