"""What an emitter sees of a layer, and what it leaves behind.

An emitter is a function `(layer, place) -> Code | tuple[Code, ...]`, one result for each top. It reads shapes and operands
from the `Place`, and asks it for whatever the code needs beside the results: a sub-module, a parameter, a temporary, a
helper. It never writes text around them; a backend prints the class from the `Record` in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from netspec.emit.code import Code
from netspec.emit.names import Namespace
from netspec.layers.base import Blob, Site
from netspec.net import Layout, Node
from netspec.shapes import Shape


class Unsupported(Exception):
    """A backend cannot express a layer; the message says what of it. Becomes `NS401`."""


@dataclass(frozen=True)
class Slot:
    """Where a parameter blob lives in the emitted module.

    path: dotted, below the module (`conv1.weight`). order: the axes of Caffe's blob in the order in which the framework
    keeps them (stored = blob.transpose(order)); None where they are the same. shape: of what is stored.
    """

    path: str
    order: tuple[int, ...] | None
    shape: tuple[int, ...]
    blob: Blob


@dataclass(frozen=True)
class Module:
    """`self.name = construct`: a sub-module with its own parameters."""

    name: str
    construct: Code
    comment: str = ""


@dataclass(frozen=True)
class Parameter:
    """A parameter that the emitted module declares itself."""

    slot: Slot


@dataclass(frozen=True)
class Tie:
    """`self.path = self.owner`: a sub-module's parameter is another's."""

    path: str
    owner: str


Member: TypeAlias = Module | Parameter | Tie


@dataclass(frozen=True)
class Statement:
    """`target = value  # comment`."""

    target: str
    value: Code
    comment: str = ""


@dataclass
class Record:
    """What the emission of a net has gathered so far; local to one emission."""

    members: list[Member] = field(default_factory=list[Member])
    statements: list[Statement] = field(default_factory=list[Statement])
    slots: dict[tuple[int, int], Slot] = field(default_factory=dict[tuple[int, int], Slot])
    helpers: dict[str, None] = field(default_factory=dict[str, None])  # in order of first use
    temporaries: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Place:
    """One layer at its place in the emitted code. Shapes are in the layer's layout, sizes all known."""

    node: Node
    site: Site  # shapes as Caffe has them, whatever the layout
    inputs: tuple[Code, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    record: Record
    members: Namespace  # names below `self`
    locals: Namespace  # names in the forward function

    @property
    def layout(self) -> Layout:
        return self.node.layout

    def module(self, construct: Code, *parameters: str) -> Code:
        """`self.conv1`, constructed so; `parameters` names the attribute of each parameter blob, in Caffe's order and layout."""
        name = self.members.fresh(self.node.name)
        self.record.members.append(Module(name, construct))
        for i, attribute in enumerate(parameters):
            path, owner = f"{name}.{attribute}", self._owner(i)
            slot = Slot(path, None, self._integers(self.node.blobs[i].blob.shape), self.node.blobs[i].blob)
            if owner:
                self._same(owner, slot)
                self.record.members.append(Tie(path, owner.path))
            self.record.slots[self.node.blobs[i].key] = owner or slot
        return Code(f"self.{name}")

    def parameter(self, i: int, order: tuple[int, ...] | None = None, name: str = "") -> Code:
        """`self.conv1_kernel`: parameter blob i, declared by the module itself, its axes in another order if need be."""
        blob = self.node.blobs[i].blob
        shape = self._integers(blob.shape)
        stored = tuple(shape[k] for k in order) if order else shape
        owner = self._owner(i)
        if owner:
            self._same(owner, Slot(owner.path, order, stored, blob))
            slot = owner
        else:
            slot = Slot(self.members.fresh(f"{self.node.name}_{name or blob.name}"), order, stored, blob)
            self.record.members.append(Parameter(slot))
        self.record.slots[self.node.blobs[i].key] = slot
        return Code(f"self.{slot.path}")

    def let(self, name: str, value: Code) -> Code:
        """A temporary: `name = value` before the layer's results. Layers may use the same name one after another."""
        if name not in self.record.temporaries:
            self.record.temporaries[name] = self.locals.fresh(name)
        target = self.record.temporaries[name]
        self.record.statements.append(Statement(target, value))
        return Code(target)

    def helper(self, name: str) -> str:
        """The name of a helper of the backend, whose definition the emitted file then carries."""
        self.record.helpers[name] = None
        return name

    def _owner(self, i: int) -> Slot | None:
        param = self.node.blobs[i]
        return None if param.owner == param.key else self.record.slots[param.owner]

    def _same(self, owner: Slot, mine: Slot) -> None:
        if (owner.order, owner.shape) != (mine.order, mine.shape):
            raise Unsupported(f"parameter {mine.blob.name} shared with {owner.path}, which is kept in another shape")

    def _integers(self, shape: Shape) -> tuple[int, ...]:
        return tuple(d for d in shape if isinstance(d, int))


Emitter: TypeAlias = Callable[[Any, Place], Code | tuple[Code, ...]]
