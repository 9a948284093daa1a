"""What an emitter sees of a layer, and what it leaves behind.

An emitter is a function `(layer, place) -> Code | tuple[Code, ...]`: one result for each top, or one for several that
is a tuple of them. It reads shapes and operands from the `Place`, and asks it for whatever the code needs beside the
results: a sub-module, a parameter, a temporary, a helper. It never writes text around them; a backend prints the class
from the `Gathered` in the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from netspec.emit.code import Code
from netspec.emit.names import Namespace
from netspec.emit.parts import PLAIN, Gathered, Module, Parameter, Slot, Spelling, Statement, Tie, Unshared, Without
from netspec.emit.parts import Unsupported as Unsupported  # plugins import it from here
from netspec.emit.views import Step, steps
from netspec.layers.base import Blob, CallSite, Phase, Role
from netspec.net import Layout, Net, Node
from netspec.shapes import Dim, Shape, show

if TYPE_CHECKING:
    from netspec.arrays.vocabulary import Vocabulary
    from netspec.emit.named_sizes import Symbols


@dataclass(frozen=True)
class Place:
    """One layer at its place in the emitted code. Shapes are in the layer's layout; a size that is no number varies,
    or has names in it."""

    node: Node
    net_phase: Phase
    site: CallSite  # shapes as Caffe has them, whatever the layout
    inputs: tuple[Code, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    gathered: Gathered
    members: Namespace  # names below `self`
    locals: Namespace  # names in the forward function
    symbols: Symbols
    words: Callable[[Place], Vocabulary[Code]]  # of the backend
    sharers: Mapping[tuple[int, int], Sequence[Use]]  # of the net
    lend: Lend | None = None  # of the backend; None where a sub-module reads no parameters but its own
    spelling: Spelling = PLAIN
    temporaries: set[str] = field(default_factory=set[str])  # those of this layer
    kept: dict[str, Code] = field(default_factory=dict[str, Code])  # those that are made once, likewise
    remarks: list[str] = field(default_factory=list[str])  # on its result
    fast: bool = False  # whether the net is one that `-O` has made
    forward: Namespace | None = None  # where it is in a function that the layer calls: names in the forward function

    @property
    def layout(self) -> Layout:
        return self.node.layout

    @property
    def space(self) -> slice:
        """Which entries of an image's shape are its spatial sizes."""
        return slice(1, -1) if self.layout is Layout.CHANNELS_LAST else slice(2, None)

    def module(
        self,
        construct: Code,
        *parameters: str,
        first: int = 0,
        stateful: bool = False,
        row: tuple[int, ...] | None = None,
        order: tuple[int, ...] | None = None,
    ) -> Code:
        """`self.conv1`, constructed so; `parameters` names the attribute of each parameter blob from `first` on, in
        Caffe's layout; where there is a `row`, all but a factor have its shape, and an `order` is that of the axes of
        the first. A factor without a name is not kept.
        A layer that shares all parameters with an earlier one of the same construction shares its sub-module, unless
        that is `stateful`: keeps from one pass to the next what is no parameter."""
        if not stateful and (twin := self.twin(construct, *parameters, first=first)):
            return twin
        name = self.members.fresh(self.node.name)
        self.gathered.members.append(Module(name, construct))
        self.gathered.modules[name] = construct
        lent: dict[str, Code] = {}
        for i, attribute in enumerate(parameters, first):
            path, owner, blob = _path(name, attribute), self._owner(i), self.node.blobs[i].blob
            shape = row if row and blob.role is not Role.FACTOR else self._integers(blob.shape)
            if owner and self._steps(owner, shape, None):
                lent[attribute] = self._lent(owner, i)
                self.gathered.members.append(Without(path))
            elif owner and path:
                self.gathered.members.append(Tie(path, owner.path))
            axes = order if i == first else None
            stored = tuple(shape[axis] for axis in axes) if axes else shape
            slot = replace(owner, blob=blob) if owner else Slot(path, axes, stored, blob)
            self.gathered.slots[self.node.blobs[i].key] = slot
        module = Code(f"self.{name}")
        return self.lend(self, module, lent) if self.lend and lent else module

    def without(self, module: Code, attribute: str) -> None:
        """The sub-module that `module` has just made gets no such parameter."""
        self.gathered.members.append(Without(f"{module.text.removeprefix('self.')}.{attribute}"))

    def unkept(self, i: int) -> None:
        """The module keeps no place for parameter blob i, a factor: what it would divide is kept divided."""
        param = self.node.blobs[i]
        self.gathered.slots[param.key] = Slot("", None, (), param.blob)

    def shared_alike(self, count: int) -> bool:
        """Whether the layers that have one of the first `count` parameter blobs have all of these, and are alike."""
        uses = [self.sharers[param.owner] for param in self.node.blobs[:count]]
        layers, alike = [use.layer for use in uses[0]], uses[0][0].alike
        return all(
            [use.layer for use in found] == layers and all((use.blob, use.alike) == (i, alike) for use in found)
            for i, found in enumerate(uses)
        )

    def reads_view(self, i: int) -> bool:
        """Whether parameter blob i is another blob, kept in another shape or order: a sub-module cannot have it as its
        own then, and `parameter` gives the view."""
        shape = self._integers(self.node.blobs[i].blob.shape)
        if owner := self._owner(i):
            return bool(self._steps(owner, shape, None))
        within = self._within(i)
        return within is not None and self._integers(within.shape) != shape

    def parameter(self, i: int, order: tuple[int, ...] | None = None, name: str = "") -> Code:
        """`self.conv1_kernel`: parameter blob i, of the module itself, its axes in another order if need be. One that
        is shared with an earlier layer is that layer's, in the shape and order of this one."""
        blob = self.node.blobs[i].blob
        shape = self._integers(blob.shape)
        owner = self._owner(i) or self.gathered.slots.get(self.node.blobs[i].key)
        if owner:
            self.gathered.slots[self.node.blobs[i].key] = replace(owner, blob=blob)
            return self._view(owner, shape, order)
        stored = tuple(shape[k] for k in order) if order else shape
        slot = Slot(self.members.fresh(f"{self.node.name}_{name or blob.name}"), order, stored, blob)
        self.gathered.members.append(Parameter(slot))
        self.gathered.slots[self.node.blobs[i].key] = slot
        return Code(f"self.{slot.path}")

    @property
    def model(self) -> Code:
        """The first input says in which precision the model runs."""
        return self.inputs[0]

    def let(self, name: str, value: Code, note: str = "") -> Code:
        """A temporary: `name = value` before the layer's results."""
        target = self.fresh(name)
        self.gathered.statements.append(Statement(target, value, note=note))
        return Code(target)

    def fresh(self, name: str) -> str:
        """The name of a temporary; where a layer before this one has it, that of this layer comes before it."""
        free = (key for i in count(1) if (key := name if i == 1 else f"{name}_{i}") not in self.temporaries)
        self.temporaries.add(key := next(free))
        target = self.locals.fresh(f"{self.node.name}_{key}" if key in self.gathered.temporaries else key)
        self.gathered.temporaries.add(key)
        return target

    def once(self, name: str, value: Code, note: str = "") -> Code:
        """As `let`, and the same temporary whenever the layer asks for it again."""
        if name not in self.kept:
            self.kept[name] = self.let(name, value, note)
        return self.kept[name]

    def remark(self, text: str) -> None:
        """A note on what binds the layer's result."""
        self.remarks.append(text)

    def size(self, size: Dim) -> int | Code:
        """A number, or code where a size has names in it. Raises Unsupported for one that only a run knows."""
        return self.symbols.code(size)

    def sizes(self, shape: Shape) -> tuple[int | Code, ...]:
        """As `size`, for each of several."""
        return tuple(self.size(size) for size in shape)

    def helper(self, name: str) -> str:
        """The name of a helper of the backend, whose definition the emitted file then carries."""
        self.gathered.helpers[name] = None
        return name

    def inside(self, model: Code, names: Namespace, symbols: Symbols) -> Place:
        """A place in a function of its own, that is called here."""
        gathered = Gathered(helpers=self.gathered.helpers, functions=self.gathered.functions)
        return replace(
            self,
            inputs=(model,),
            gathered=gathered,
            locals=names,
            symbols=symbols,
            temporaries=set[str](),
            kept=dict[str, Code](),
            forward=self.forward or self.locals,
        )

    def twin(self, construct: Code, *parameters: str, first: int = 0) -> Code | None:
        """The sub-module of an earlier layer that is constructed alike and owns all parameters of this one."""
        mine = self.node.blobs[first : first + len(parameters)]
        owners = [owner for i in range(first, first + len(mine)) if (owner := self._owner(i))]
        names = {owner.path.rpartition(".")[0] for owner in owners if owner.path}
        if len(owners) != len(parameters) or len(names) != 1:
            return None
        (name,) = names
        paths = [_path(name, attribute) for attribute in parameters]
        if self.gathered.modules.get(name) != construct or [owner.path for owner in owners] != paths:
            return None
        shared = zip(mine, owners, strict=True)
        self.gathered.slots.update({param.key: replace(owner, blob=param.blob) for param, owner in shared})
        return Code(f"self.{name}")

    def _within(self, i: int) -> Blob | None:
        """The blob of this very layer that owns parameter blob i."""
        param = self.node.blobs[i]
        return next((p.blob for p in self.node.blobs if p.key == param.owner != param.key), None)

    def _owner(self, i: int) -> Slot | None:
        """Where parameter blob i lives already, if another blob owns it. Raises Unshared."""
        param = self.node.blobs[i]
        if param.owner == param.key:
            return None
        owner = self.gathered.slots.get(param.owner)
        blob = owner.blob if owner else self._within(i)
        if blob and blob.learnable != param.blob.learnable and (owner is None or owner.path):
            kept, learned = (param.blob, blob) if blob.learnable else (blob, param.blob)
            raise Unshared(
                f'"{param.name}" is a {kept.name} that its layer keeps itself, and a {learned.name} to learn'
            )
        return owner

    def _steps(self, owner: Slot, shape: tuple[int, ...], order: tuple[int, ...] | None) -> tuple[Step, ...]:
        return steps(owner.shape, owner.order, shape, order) if owner.path else ()

    def _view(self, owner: Slot, shape: tuple[int, ...], order: tuple[int, ...] | None) -> Code:
        """What an owner stores, as a blob of this shape, its axes in this order."""
        view, words = Code(f"self.{owner.path}"), self.words(self)
        for step in self._steps(owner, shape, order):
            match step.word:
                case "reshape":
                    view = words.reshape(view, shape=step.to)
                case "transpose":
                    view = words.transpose(view, order=step.to)
        return view

    def _lent(self, owner: Slot, i: int) -> Code:
        """A view for a sub-module to read in the place of a parameter of its own. Raises Unshared."""
        param = self.node.blobs[i]
        sizes = show(owner.blob.shape), show(param.blob.shape)
        if not param.blob.learnable:
            raise Unshared(f'"{param.name}" is {sizes[0]} there and {sizes[1]} here, where the layer writes to it')
        if self.lend is None:
            raise Unshared(f'"{param.name}" is {sizes[0]} there and {sizes[1]} here, where a module has it as its own')
        return self._view(owner, self._integers(param.blob.shape), None)

    def _integers(self, shape: Shape) -> tuple[int, ...]:
        return tuple(d for d in shape if isinstance(d, int))


def _path(module: str, attribute: str) -> str:
    return attribute and f"{module}.{attribute}"


class Use(NamedTuple):
    """That a layer, by its index in the net, has a parameter as its blob of this number. Of layers that are written
    alike `alike` is equal."""

    layer: int
    blob: int
    alike: tuple[object, ...]


def sharers(net: Net) -> Mapping[tuple[int, int], Sequence[Use]]:
    """Who has each parameter, by the key of its owner."""
    found: defaultdict[tuple[int, int], list[Use]] = defaultdict(list)
    for index, node in enumerate(net.layers):
        ranks = tuple(len(net.shapes[value] or ()) for value in node.inputs)
        for i, param in enumerate(node.blobs):
            found[param.owner].append(Use(index, i, (node.params, node.phase, node.layout, ranks)))
    return found


Lend: TypeAlias = Callable[[Place, Code, Mapping[str, Code]], Code]  # a sub-module that reads these as its parameters
Emitter: TypeAlias = Callable[[Any, Place], Code | tuple[Code, ...]]
