"""Layers of types that are nowhere, in specs that are allowed such. Nothing is known of what they compute."""

from typing import Any, ClassVar, NamedTuple

from netspec.layers.base import ANY_NUMBER, NONE, CallSite, Count, Layer
from netspec.layers.data_layer import DataLayer


class Said(NamedTuple):
    """What a spec says of a parameter blob, by `param`. None: not said."""

    name: str = ""
    lr_mult: float | None = None
    decay_mult: float | None = None


class Unknown(Layer):
    """A layer of a type that is nowhere.

    values: what the spec says to it, by field: numbers, texts, tuples of those, and a dictionary for a message.
    same_shape: whether its tops have the shape of its first bottom, where nothing says another. said: what holds of its
    parameter blobs, which a file of weights has.
    """

    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = ANY_NUMBER

    kind: str
    values: dict[str, Any]
    same_shape: bool
    said: tuple[Said, ...] = ()

    def called(self) -> str:
        return self.kind

    @property
    def class_name(self) -> str:
        """What its author calls it: a layer written in Python has a class."""
        return str(self.values.get("layer", self.kind)) if self.kind == "Python" else self.kind

    def infer(self, site: CallSite) -> tuple[None, ...]:
        return (None,) * site.tops


class UnknownData(DataLayer, Unknown):
    """One without bottoms, which makes data: an input of the compiled model."""


class UnknownSink(Unknown):
    """One without tops, which shows or keeps what it reads: compiled code leaves it out."""

    bottoms: ClassVar = Count(0, None)
    tops: ClassVar = NONE
    is_metric: ClassVar = True
