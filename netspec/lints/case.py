"""What lints look at: a spec, and the nets that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from netspec.diagnostics.source import Span
from netspec.frontend.messages.locate import find, find_all, name_span, own_path
from netspec.layers.base import CallSite, Phase
from netspec.layers.data_layer import DataLayer
from netspec.net import Net, Node, Value
from netspec.syntax.document import Document


class View:
    """A net, with what lints ask of it."""

    def __init__(self, net: Net) -> None:
        self.net = net

    @cached_property
    def readers(self) -> Mapping[Value, list[Node]]:
        """The layers that read a value, for every value that is read."""
        found: dict[Value, list[Node]] = {}
        for node in self.net.layers:
            for value in node.inputs:
                found.setdefault(value, []).append(node)
        return found

    @cached_property
    def writers(self) -> Mapping[Value, Node]:
        """The layer that writes a value."""
        return {value: node for node in self.net.layers for value in node.outputs}

    @cached_property
    def learns(self) -> bool:
        """Whether there is a loss that counts."""
        return any(map(counts, self.net.layers))

    @cached_property
    def judges(self) -> bool:
        """Whether something in it says how good it is: a loss, or a metric."""
        return any(map(judge, self.net.layers))

    @cached_property
    def deployed(self) -> bool:
        """Whether it is fed by its callers alone, and judges nothing: it gives results."""
        data = [node.params for node in self.net.layers if isinstance(node.params, DataLayer)]
        fed = bool(data) and all(layer.from_caller for layer in data)
        return fed and self.net.phase is Phase.TEST and not self.judges

    def site(self, node: Node) -> CallSite | None:
        """What a layer is asked with; None where not all shapes are known that it reads."""
        site = self.net.site(node)
        return site if len(site.bottoms) == len(node.inputs) else None

    def of(self, *types: str) -> Iterator[Node]:
        """The layers of types, given the names of their classes."""
        return (node for node in self.net.layers if kind(node) in types)


class Case:
    """A spec without errors.

    document: as written. nets: of its states. every: whether these are all that its rules tell apart. library: whether
    it has blocks and no layers. imported: the blocks that an import makes known, by where it begins.
    """

    def __init__(
        self,
        document: Document,
        nets: tuple[Net, ...],
        every: bool = True,
        library: bool = False,
        imported: Mapping[int, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.document, self.nets, self.every = document, nets, every
        self.library, self.imported = library, imported

    @property
    def whole(self) -> bool:
        """Whether all is known that could need a layer."""
        return self.every and bool(self.nets)

    @property
    def more(self) -> bool:
        """Whether the text is more than prototxt."""
        return not self.document.plain

    @property
    def plain(self) -> bool:
        """Whether the text is prototxt."""
        return self.document.plain

    @property
    def learns(self) -> bool:
        """Whether a loss counts in some state."""
        return any(view.learns for view in self.views)

    @property
    def deployed(self) -> bool:
        """Whether the net gives results in some state."""
        return any(view.deployed for view in self.views)

    @property
    def open(self) -> bool:
        """Whether its layers may still be others: a prototxt that learns nothing goes with weights."""
        return self.more or self.learns

    @property
    def phases(self) -> bool:
        """Whether training and use can be compared."""
        return self.every and len({net.phase for net in self.nets}) > 1

    @cached_property
    def views(self) -> tuple[View, ...]:
        return tuple(map(View, self.nets))

    @cached_property
    def types(self) -> frozenset[str]:
        """The classes of all layers, by name."""
        classes = {type(node.params) for net in self.nets for node in net.layers}
        return frozenset(layer.base_type().__name__ for layer in classes)


class Ends:
    """Where tops and bottoms stand. A layer may have thousands, so their places are looked up together."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], list[Span]] = {}

    def place(self, node: Node, field: str, i: int) -> Span:
        """Of the i-th value of `top` or `bottom`."""
        key = id(node), field
        if key not in self.found:
            self.found[key] = find_all(node.origin, (field,))
        places = self.found[key]
        return places[i] if i < len(places) else place(node)


def kind(node: Node) -> str:
    """The class of a layer, by name: Caffe's, where forks have given it more fields."""
    return node.params.base_type().__name__


def counts(node: Node) -> bool:
    """Whether it is a loss that counts."""
    return any(node.loss_weights)


def judge(node: Node) -> bool:
    """Whether it says how good the net is."""
    return counts(node) or node.params.loss or "Accuracy" in kind(node)


def place(node: Node) -> Span:
    """What stands for a layer."""
    return name_span(node.origin)


def own_field(node: Node, *names: str) -> Span:
    """Of the first of some of a layer's own fields that is written; else what stands for the layer."""
    found = (find(node.origin, own_path(type(node.params), name)) for name in names)
    return next((span for span in found if span), place(node))
