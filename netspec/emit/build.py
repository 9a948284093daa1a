"""Walks a net and gathers, layer by layer, what a backend prints as a class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from netspec.arrays.vocabulary import Vocabulary
from netspec.diagnostics import Diagnostic, SpecError
from netspec.emit.blocks.outline import Outline
from netspec.emit.code import Code
from netspec.emit.formula import traced
from netspec.emit.learning import Learning, learning
from netspec.emit.named_sizes import Symbols, sources
from netspec.emit.names import Namespace, class_name
from netspec.emit.parts import (
    PLAIN,
    Definition,
    Gathered,
    Loop,
    Member,
    Slot,
    Spelling,
    Statement,
    Step,
    Unshared,
    Unsupported,
    joined,
)
from netspec.emit.place import Emitter, Lend, Place, sharers
from netspec.emit.preprocess import Preprocess, preprocesses
from netspec.emit.stubs import Stub
from netspec.layers.base import Formula, Layer, Refusal
from netspec.layers.data_layer import DataLayer
from netspec.layers.filler import UNMEANT
from netspec.layers.unknown import Unknown
from netspec.net import Layout, Net, Node, Value
from netspec.net.asking import rule_failure
from netspec.plugins import emitters, holds, owner
from netspec.problems.backends import NoMeaning, UnknownSize, UnsharedParameter
from netspec.shapes import Shape, determined, expressed, known, show


@dataclass(frozen=True)
class Target:
    """What the walk needs to know of a backend."""

    name: str  # as commands and plugins have it: "torch"
    title: str  # as people write it: "PyTorch"
    words: Callable[[Place], Vocabulary[Code]]  # the vocabulary, for a layer at its place
    emitters: Mapping[type[Layer], Emitter]
    reserved: frozenset[str]  # names that emitted code uses itself
    spelling: Spelling = PLAIN
    lend: Lend | None = None  # makes a sub-module read views of others' parameters, for a backend that can


@dataclass(frozen=True)
class Feed:
    """An argument of the forward function. Its sizes are numbers, or have names: then any will do that fit these."""

    blob: str
    variable: str
    shape: Shape


@dataclass(frozen=True)
class Body:
    """A net as a class to be printed: its name, arguments, what its layers leave, in their order, and what its forward
    function returns (blob, variable). `slots` is keyed as `Param.key`. sizes: what binds the names of sizes, before all
    else. variables: what each variable holds in the end. stubs: classes to be filled in, which it uses. outline: how it
    is printed where the spec has blocks."""

    class_name: str
    feeds: tuple[Feed, ...]
    sizes: tuple[Statement, ...]
    steps: tuple[Step, ...]
    variables: Mapping[str, Value]
    results: tuple[tuple[str, str], ...]
    slots: Mapping[tuple[int, int], Slot]
    helpers: tuple[str, ...]
    functions: Mapping[str, Definition]  # by name, each before its users
    preprocesses: tuple[Preprocess, ...] = ()
    learning: Learning = field(default_factory=Learning)
    stubs: tuple[Stub, ...] = ()
    outline: Outline | None = None

    @cached_property
    def members(self) -> tuple[Member, ...]:
        return tuple(member for step in self.steps for member in step.members)

    @property
    def placed(self) -> tuple[Member, ...]:
        """All modules and parameters of layers under the paths at which they are."""
        return self.outline.placed(self.members) if self.outline else self.members

    @property
    def top(self) -> tuple[tuple[Member, ...], tuple[Statement | Loop, ...]]:
        """The members of the net's own class, and the statements of its forward function."""
        return (self.outline.members, self.outline.statements) if self.outline else (self.members, self.statements)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Those of the forward function."""
        return joined((*self.sizes, *(statement for step in self.steps for statement in step.statements)))

    @property
    def codes(self) -> list[Code]:
        """All that its functions compute."""
        inner = [code for definition in self.functions.values() for code in definition.codes]
        own = self.outline.codes if self.outline else (statement.value for statement in self.statements)
        return [*inner, *own]


def measured(net: Net, target: Target) -> Net:
    """The net, of which all sizes are known that do not differ from run to run, as passes and emitters need it.

    Raises SpecError (NS402).
    """
    if problems := unknown_sizes(net, f"write {target.title} code"):
        raise SpecError(problems)
    return net


def build(net: Net, target: Target, outputs: tuple[str, ...]) -> Body:
    """Raises SpecError with one diagnostic for each layer that the backend cannot express."""
    problems: list[Diagnostic] = []
    if net.plugins:
        target = replace(target, emitters={**target.emitters, **emitters(net.plugins, target.name)})
    classes, members = Namespace(target.reserved), Namespace(target.reserved)
    name, gathered = classes.fresh(class_name(net.name)), Gathered(classes=classes)
    names = Variables(net, outputs, target.reserved | {"self"})
    feeds: dict[str, Feed] = {}
    steps: list[Step] = []
    symbols = Symbols(sources(net), names.space)
    uses = sharers(net)
    for index, node in enumerate(net.layers):
        if isinstance(node.params, DataLayer):
            for blob, value in zip(node.tops, node.outputs, strict=True):
                feeds[blob] = Feed(blob, names.fresh(value, blob), net.shapes[value] or ())
            continue
        place = Place(
            node,
            net.phase,
            net.site(node),
            tuple(Code(names[v]) for v in node.inputs),
            tuple(net.shapes[v] or () for v in node.inputs),
            tuple(net.shapes[v] or () for v in node.outputs),
            gathered,
            members,
            names.space,
            symbols,
            target.words,
            uses,
            target.lend,
            target.spelling,
            fast=net.plain is not None,
        )
        first, begin = len(gathered.statements), len(gathered.members)
        results = _results(place if net.force_backward else _cut(place, target), target, net, problems)
        if len(results) == 1 and len(node.outputs) > 1:
            bound = ", ".join(names.bind(value, node, index, None) for value in node.outputs)
            gathered.statements.append(Statement(bound, results[0]))
        else:
            for value, result in zip(node.outputs, results, strict=True):
                bound = names.bind(value, node, index, result)
                if result.text != bound:
                    shape = net.shapes[value]
                    same = node.inputs and shape == net.shapes[node.inputs[0]]
                    comment = "" if same else show(shape) if shape else "scalar"
                    others = [other for other in results if other is not result]
                    gathered.bind(Statement(bound, result, comment, "; ".join(place.remarks)), first, others)
        steps.append(Step(node, tuple(gathered.members[begin:]), tuple(gathered.statements[first:])))
    if problems:
        raise SpecError(problems)
    return Body(
        name,
        tuple(feeds[blob] for blob in net.inputs),
        tuple(symbols.statements({blob: feed.variable for blob, feed in feeds.items()}, target.spelling.dimension)),
        tuple(steps),
        names.values,
        tuple((blob, names[returned(net, blob)]) for blob in outputs),
        gathered.slots,
        tuple(gathered.helpers),
        {name: definition for (_, definition), name in gathered.functions.items()},
        preprocesses(net, members),
        learning(net, gathered.slots),
        tuple(gathered.stubs.values()),
    )


def _results(place: Place, target: Target, net: Net, problems: list[Diagnostic]) -> tuple[Code, ...]:
    """The code of a layer's tops. Where there is none, something in its place, and in `problems` why."""
    node = place.node
    try:
        return emit_layer(place, target)
    except (Unsupported, Refusal) as unsupported:
        problems.append(no_meaning(node, target.title, str(unsupported) or without_emitter(net, node, target.name)))
    except Unshared as unshared:
        message = f"{target.title} code cannot keep one parameter for both: {unshared}"
        problems.append(UnsharedParameter(message, node.origin.labels(f'layer "{node.name}"')))
    except BaseException as error:
        problems.append(rule_failure(net, node, f"write {target.title} code", error))
    place.gathered.slots.update({param.key: Slot("", None, (), param.blob) for param in node.blobs})
    return tuple(Code("None") for _ in node.outputs)


def emit_layer(place: Place, target: Target) -> tuple[Code, ...]:
    """The code of a layer's tops: from the backend's own emitter where it has one, else from the layer's formula."""
    layer = place.node.params
    if reason := next((UNMEANT[p.blob.filler.type] for p in place.node.blobs if p.blob.filler.type in UNMEANT), None):
        raise Unsupported(reason)
    if emitter := target.emitters.get(layer.base_type()):
        if reason := layer.lacks(place.site):
            raise Unsupported(reason)
        result = emitter(layer, place)
        results = result if isinstance(result, tuple) else (result,)
        if len(results) not in (1, len(place.node.outputs)) or not holds(results, _is_code):
            raise TypeError(f"the emitter of {place.node.type} gave {result!r:.80}, not a Code for each top")
        return results
    if not isinstance(layer, Formula):
        raise Unsupported("")
    if reason := layer.lacks(place.site):
        raise Unsupported(reason)
    return traced(layer, place)


def _is_code(value: object) -> bool:
    return isinstance(value, Code)


def _cut(place: Place, target: Target) -> Place:
    """Without gradients to the inputs that `propagate_down` excepts."""
    flags = place.node.propagate_down
    if all(flags):
        return place
    words = target.words(place)
    inputs = (x if flag else words.stop_gradient(x) for x, flag in zip(place.inputs, flags, strict=True))
    return replace(place, inputs=tuple(inputs))


def unknown_sizes(net: Net, purpose: str) -> list[Diagnostic]:
    """One diagnostic for each input whose shape must be given for a purpose, such as to `write PyTorch code`."""
    found: list[Diagnostic] = []
    for node in net.layers:
        for blob, value in zip(node.tops, node.outputs, strict=False):
            if isinstance(node.params, DataLayer) and not expressed(net.shapes[value]):
                shape = net.shapes[value]
                said, form = (show(shape), show(shape, ",")) if shape else ("nothing", "N,C,H,W")
                found.append(
                    UnknownSize(
                        f'the shape of input "{blob}" must be known to {purpose}; the spec says {said}',
                        node.origin.labels(f'"{blob}" comes from outside the spec'),
                        f"give it: --input {blob}={form} with numbers for what is unknown",
                    )
                )
    return found or list(_unsaid(net, purpose)) or list(islice(_unsettled(net, purpose), 1))


def _unsaid(net: Net, purpose: str) -> Iterator[Diagnostic]:
    """What layers of unknown types write, where nobody has said its shape."""
    for node in (node for node in net.layers if isinstance(node.params, Unknown)):
        for value in (value for value in node.outputs if not determined(net.shapes[value])):
            where = node.origin.labels(f"netspec does not know what {node.type} makes of its inputs")
            message = f'the shape of "{value.blob}" must be known to {purpose}'
            help = f"give it: --shape {value.blob}=N,C,H,W with numbers; --same-shape is that of the first input"
            yield UnknownSize(message, where, help)


def _unsettled(net: Net, purpose: str) -> Iterator[Diagnostic]:
    """What has sizes that are not known, and that no input could tell."""
    for node in net.layers:
        unsaid = (
            node.params.unsupported
            or "only layers whose output shape follows from their inputs compile; a plugin can say that shape"
        )
        for value in node.outputs:
            if not determined(shape := net.shapes[value]):
                where = node.origin.labels(f"{node.type} leaves {show(shape)}")
                yield UnknownSize(f'the shape of "{value.blob}" must be known to {purpose}', where, unsaid)
        for param in node.blobs:
            if not known(shape := param.blob.shape):
                where = node.origin.labels(f"{param.blob.name} has the shape {show(shape)}")
                if expressed(shape):
                    message = f"parameters have sizes that are numbers; {param.blob.name} would be {show(shape)}"
                    help = "give numbers for these sizes with --input, or let a layer before this one fix them"
                else:
                    message = f"the number of parameters must be known to {purpose}; this one depends on the data"
                    help = "let the axis whose size differs from run to run be the batch"
                yield UnknownSize(message, where, help)


def no_meaning(node: Node, title: str, reason: str) -> Diagnostic:
    message = f"no {title} meaning yet for {node.type}" + (f": {reason}" if reason else "")
    return NoMeaning(message, node.origin.labels(f'layer "{node.name}"'))


def without_emitter(net: Net, node: Node, backend: str) -> str:
    """Why a native layer has no meaning, as far as its type says it or a plugin lacks it."""
    plugin = owner(net.plugins, type(node.params))
    return f'EMITTERS["{backend}"] of plugin {plugin.name} does not have it' if plugin else node.params.unsupported


class Variables:
    """The variable of each value in the forward function."""

    def __init__(self, net: Net, outputs: tuple[str, ...], reserved: frozenset[str]) -> None:
        self.space = Namespace(reserved)
        self._names: dict[Value, str] = {}
        self._shapes = net.shapes
        self._last = {value: index for index, node in enumerate(net.layers) for value in node.inputs}
        self._last |= {returned(net, blob): len(net.layers) for blob in outputs}
        self._needed: dict[str, int] = {}  # the last layer that reads a variable, under whatever value

    def __getitem__(self, value: Value) -> str:
        return self._names[value]

    @property
    def values(self) -> dict[str, Value]:
        """What each variable holds in the end."""
        return {name: value for value, name in self._names.items()}

    def fresh(self, value: Value, name: str) -> str:
        return self._name(value, self.space.fresh(name))

    def bind(self, value: Value, node: Node, index: int, code: Code | None) -> str:
        """The variable that holds `code`: the one that it is already, where it is that of an input; for a layer that
        works in place, that of the input overwritten, if nothing reads it later; else a new one."""
        name = next((self[v] for v in node.inputs if code and self[v] == code.text), None)
        overwritten = [self[v] for v in node.inputs if value.blob and (v.blob, v.layout) == (value.blob, value.layout)]
        if not name and len(node.outputs) == 1 and overwritten and self._needed[overwritten[0]] <= index:
            name = overwritten[0]
        return self._name(value, name) if name else self.fresh(value, (value.blob or node.name) + self._suffix(value))

    def _suffix(self, value: Value) -> str:
        """`_nhwc` for a value that already has a variable in the other order of axes; nothing for most."""
        if not any(value._replace(layout=layout) in self._names for layout in Layout):
            return ""
        space = "dhw"[-(len(self._shapes[value] or ()) - 2) :]
        return f"_n{space}c" if value.layout is Layout.CHANNELS_LAST else f"_nc{space}"

    def _name(self, value: Value, name: str) -> str:
        self._names[value] = name
        self._needed[name] = max(self._needed.get(name, -1), self._last.get(value, -1))
        return name


def returned(net: Net, blob: str) -> Value:
    """The value that an emitted module returns for a blob."""
    return net.latest[blob]._replace(layout=Layout.CHANNELS_FIRST)
