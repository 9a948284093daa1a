"""Carries out the statements of a document, in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.grouping import once
from netspec.diagnostics.source import Atlas, Repetition, Source, Span, Turn, Use
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import text_of
from netspec.frontend.expressions.sizes import ANY, size_of
from netspec.frontend.expressions.values import (
    MORE,
    TURN,
    BlobName,
    Budget,
    Definition,
    Faulty,
    Frame,
    Instance,
    Module,
    Stop,
    Wrong,
    described,
    shown,
)
from netspec.frontend.language.bodies import evaluated
from netspec.frontend.language.calls import Calls
from netspec.frontend.language.drafts import Draft, settle
from netspec.frontend.language.expectations import Expectation, expectation
from netspec.frontend.language.full import FullLayers
from netspec.frontend.language.imports import Imports
from netspec.frontend.language.library import Library
from netspec.frontend.language.repetition import said, turns
from netspec.frontend.language.shared_weights import Sharer, misplaced, shared_layers
from netspec.frontend.messages.entry import SharedLayer
from netspec.frontend.messages.rewrite import strings
from netspec.frontend.messages.rewrite import values as values_of
from netspec.plugins.registry import Registry
from netspec.problems.language import (
    Misplaced,
    NeverPart,
    TooMuch,
    UnknownName,
    WrongUse,
)
from netspec.shapes import Size
from netspec.syntax.document import (
    Binding,
    Block,
    Call,
    Document,
    Expect,
    Expression,
    Field,
    If,
    Import,
    InputShape,
    Kind,
    Let,
    Message,
    Pipe,
    Repeat,
    Scalar,
    Stage,
    Statement,
    statements,
)

MAX_LAYERS = 100_000
MAX_DEPTH = 100
MAX_PROBLEMS = 100
MAX_REPEATED = 300  # faults in all, those that have been reported already among them
PHASES = {"train": "TRAIN", "test": "TEST"}
INPUTS = ("input", "input_dim", "input_shape")


class Machine:
    """The state of an expansion: what has been made so far, and the conditions that hold where it stands."""

    def __init__(
        self,
        atlas: Atlas,
        document: Document,
        registry: Registry,
        library: Library,
        doubtful: bool,
        max_layers: int | None = None,
    ) -> None:
        self.max_layers = MAX_LAYERS if max_layers is None else max_layers
        self.atlas, self.registry, self.library, self.doubtful = atlas, registry, library, doubtful
        self.report = Findings(atlas)
        self.module = Module(document.source, document, budget=Budget.of(max_layers))
        self.top = Instance(None)
        self.drafts: list[Draft | Field] = []
        self.sizes: dict[str, tuple[Any, ...]] = {}
        self.expectations: list[Expectation] = []
        self.depth = self.layers = self.told = 0
        self.conditions: tuple[tuple[str, str], ...] = ()
        self.before: tuple[Frame, frozenset[str]] | None = None  # the names that were set before a phase began
        self.calls, self.full_layers = Calls(self), FullLayers(self)
        self.imports = Imports(self)
        self.sharers: list[Sharer] = []
        self.shared: Mapping[int, SharedLayer] = {}
        self.taken: set[str] = set()  # names of blobs that no layer here has made
        self._seen: set[tuple[str, Source, Span]] = set()

    @property
    def found(self) -> list[Diagnostic]:
        return [*self.library.faults, *once(self.report.found, self.told > MAX_REPEATED)]

    def run(self) -> tuple[Field, ...]:
        """The fields of the net, layers among them."""
        frame = Frame(self.module, self.top, self.module.names)
        try:
            self.imports.read_module(self.module, None, 0)
            self.carry_out(statements(self.module.document), frame)
        except Stop as stop:
            if stop.message:
                self.report.add(TooMuch, stop.message, stop.place, help=stop.help)
            self.drafts.clear()  # what is there would take its time, and the spec is refused anyway
            self.expectations.clear()
            self.sharers.clear()
        fields = settle(self.drafts, self.registry.find, self.taken, self._literal(), self._tell_last)
        if self.sharers and not self.report.errors:
            layers = self.sharers, self.drafts, self.registry.find, self.atlas.trace
            try:
                self.shared = shared_layers(*layers, self._tell_last, self.module.budget.spend)
            except Stop as stop:
                self.report.add(TooMuch, stop.message, stop.place, help=stop.help)
        return fields

    def _literal(self) -> Iterable[str]:
        """Names of blobs that layers read as they stand in the text."""
        for draft in self.drafts:
            if isinstance(draft, Draft):
                yield from (blob for blob, _ in draft.bottoms if isinstance(blob, str))
            elif isinstance(draft.value, Message):
                yield from strings(draft.value, "bottom")

    def _tell_last(self, fault: Wrong) -> None:
        with suppress(Stop):
            self.tell(fault)

    # What holds for every statement.

    def carry_out(self, body: Sequence[Statement], frame: Frame) -> None:
        for statement in body:
            self.step(frame, statement)
            try:
                _STATEMENTS[statement.__class__](self, statement, frame)
            except Wrong as fault:
                self.tell(fault)

    def step(self, frame: Frame, statement: Statement | Call) -> None:
        frame.spend(1, statement)

    def stop(self, message: str, place: Span, help: str | None = None) -> None:
        raise Stop(message, place, help)

    def tell(self, fault: Wrong) -> None:
        """Reports a fault; it counts once for each place in the text and for each way in which it is wrong."""
        self.told += 1
        if self.told > MAX_REPEATED:
            raise Stop
        if self.doubtful and fault.problem is UnknownName:
            return
        first = fault.places[0]
        trace = self.atlas.trace(first if isinstance(first, Span) else first[0])
        key = f"{fault.problem.code} {fault.message}", trace.source, trace.span
        self.report.add(fault.problem, fault.message, *fault.places, help=fault.help, fix=fault.fix)
        if key not in self._seen:
            self._seen.add(key)
            if len(self._seen) >= MAX_PROBLEMS:
                raise Stop

    def allows(self, depth: int) -> bool:
        """Whether so many more bodies may stand in each other."""
        return self.depth + depth <= MAX_DEPTH

    @contextmanager
    def deeper(self, place: Span, help: str | None = None) -> Generator[None]:
        """Within another block or body. Raises Stop where they stand too deep."""
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH:
                self.stop(f"blocks, bodies and calls stand more than {MAX_DEPTH} deep", place, help)
            yield
        finally:
            self.depth -= 1

    def value(self, node: Expression, frame: Frame) -> Any:
        """Of an expression that may hold layers and blocks."""
        return Evaluator(frame, self.calls.single).value(node)

    def constant(self, node: Expression, frame: Frame) -> Any:
        return Evaluator(frame).value(node)

    def count_layer(self, place: Span) -> None:
        self.layers += 1
        if self.layers > self.max_layers:
            self.stop(f"the spec expands to more than {self.max_layers:,} layers", place, MORE)

    def add(self, draft: Draft, place: Span) -> None:
        self.count_layer(place)
        for blob, _ in draft.bottoms:
            if isinstance(blob, BlobName):
                blob.readers += 1
        self.drafts.append(draft)

    def inserted(self, frame: Frame, body: Message, use: Use, turn: Turn | None) -> Frame:
        """A frame of the same names, for one more turn of a repetition."""
        uses = (use, *frame.uses)
        frame.spend(TURN, body)
        shift = self.atlas.add(frame.source, body.span, shown(uses), turn or frame.instance)
        return Frame(frame.module, frame.instance, frame.names, shift, uses, turn)

    # Statements.

    def binding(self, node: Binding, frame: Frame) -> None:
        targets = [self.target(target, frame) for target in node.targets]
        try:
            results = self.calls.results(node, targets, frame)
        except Wrong:
            for name in targets:
                frame.names[name] = Faulty()
            raise
        for name, value in zip(targets, results, strict=True):
            frame.names[name] = value

    def target(self, node: Scalar, frame: Frame) -> str:
        """The name that a target sets."""
        if node.kind is Kind.NAME:
            return node.text
        if node.kind is Kind.STRING:
            name = text_of(node, frame.shift)
        else:
            made = Evaluator(frame).template(node)
            name = "?" if isinstance(made, Faulty) else made
        if not name:
            raise Wrong(WrongUse, "a name is not empty", frame.span(node.span))
        return name

    def let(self, node: Let, frame: Frame) -> None:
        try:
            value = self.constant(node.value, frame)
            if isinstance(value, BlobName):
                said = node.value.text if isinstance(node.value, Scalar) else "…"
                help = f"another name for a blob is set without let: {node.name.text} = {said}"
                message = f"let names constants, and {described(value)} is none"
                raise Wrong(WrongUse, message, frame.span(node.value.span), help=help)
        except Wrong:
            frame.names[node.name.text] = Faulty()
            raise
        frame.names[node.name.text] = value

    def block(self, node: Block, frame: Frame) -> None:
        """At the top of a file blocks are known before anything is carried out; none stand elsewhere."""
        if not frame.top or self.depth:
            frame.module.blocks.setdefault(node.name.text, Definition.of(node, frame.module))
            message = f'the block "{node.name.text}" does not stand at the top level of the file'
            raise Wrong(Misplaced, message, frame.span(node.name.span), help="blocks may use each other in any order")

    def repeat(self, node: Repeat, frame: Frame) -> None:
        place = frame.source, Span(node.start, node.over.span.end)
        times, each = turns(node, frame, self)
        repetition = Repetition(*place, tuple(name.text for name in node.names), times)
        for number, values in enumerate(each):
            turn = Turn(frame.scope, repetition, number, values)
            inner = self.inserted(frame, node.body, Use(*place, f"with {said(node, values)}"), turn)
            frame.names.update((name.text, value) for name, value in zip(node.names, values, strict=True))
            with self.deeper(frame.span(node.over.span)):
                self.carry_out(statements(node.body), inner)

    def conditional(self, node: If, frame: Frame) -> None:
        if branch := self.branch(node, frame):
            with self.deeper(frame.span(branch.span)):
                self.carry_out(statements(branch), frame)

    def branch(self, node: If, frame: Frame) -> Message | None:
        """The body whose condition holds. Raises Wrong."""
        for branch in node.branches:
            if branch.condition is None:
                return branch.body
            value = self.constant(branch.condition, frame)
            if isinstance(value, Faulty):
                return None
            if Evaluator(frame).truth(value, branch.condition.span):
                return branch.body
        return None

    def stage(self, node: Stage, frame: Frame) -> None:
        name = text_of(node.name, frame.shift)
        self.under("not_stage" if node.negated else "stage", name, node.body, frame, frame.span(node.name.span))

    def under(self, kind: str, value: str, body: Message, frame: Frame, place: Span) -> None:
        """What is part of the net in some states alone. A name set before keeps its blob's name: outside of these
        states the former blob is what the name means."""
        opposite = {"stage": "not_stage", "not_stage": "stage"}.get(kind)
        clash = any((k == "phase" == kind and v != value) or (k == opposite and v == value) for k, v in self.conditions)
        if clash:
            raise Wrong(NeverPart, "no state of the net holds what stands here", place)
        before, conditions = self.before, self.conditions
        self.conditions = conditions if (kind, value) in conditions else (*conditions, (kind, value))
        if before is None or before[0].names is not frame.names:
            self.before = frame, frozenset(frame.names)
        try:
            with self.deeper(place):
                self.carry_out(statements(body), frame)
        finally:
            self.before, self.conditions = before, conditions

    def shares(self, name: str, frame: Frame) -> BlobName | None:
        """The blob whose name is kept where a name is set in some states alone."""
        if self.before is None or self.before[0].names is not frame.names or name not in self.before[1]:
            return None
        former = frame.names.get(name)
        return former if isinstance(former, BlobName) else None

    def input(self, node: InputShape, frame: Frame) -> None:
        if not frame.top:
            frame.names[self.target(node.name, frame)] = Faulty()
            raise Wrong(Misplaced, "a block has no inputs of its own: they are its parameters", frame.span(node.span))
        name = self.target(node.name, frame)
        sizes = tuple(size_of(value, frame, self.symbol) for value in node.shape.values)
        for size, written in zip(sizes, node.shape.values, strict=True):
            if size == ANY:
                help = "a name, such as N, stands for a size that is not known yet"
                raise Wrong(
                    WrongUse, "an input has a size on each axis, and _ is none", frame.span(written.span), help=help
                )
        if any(isinstance(size, Faulty) for size in sizes):
            frame.names[name] = Faulty()
            return
        self.full_layers.input(node, name, sizes, frame)

    def expect(self, node: Expect, frame: Frame) -> None:
        if not frame.top:
            help = "expect it at the top level, of what the block gives"
            raise Wrong(Misplaced, "an expectation stands at the top level of a file", frame.span(node.span), help=help)
        if (made := expectation(node, frame, self.conditions, self.symbol)) is not None:
            self.expectations.append(made)

    def symbol(self, name: str) -> Size:
        """The size that a name stands for, the same one wherever it is met."""
        from netspec.shapes.symbols import symbol

        self.module.sizes.add(name)
        return symbol(name)

    def imported(self, node: Import, frame: Frame) -> None:
        """Has been done before anything else, where it stands at the top level."""
        if not frame.top or self.depth:
            raise Wrong(Misplaced, "an import stands at the top level of a file", frame.span(node.span))

    # Fields of the net.

    def field(self, node: Field, frame: Frame) -> None:
        name, value = node.name, node.value
        if isinstance(value, Call | Pipe) and not self.calls.is_function(value, frame):
            frame.names[name] = Faulty()
            called = value.name if isinstance(value, Call) else value.stages[-1].name
            help = f'what a layer writes is set with "=": {name} = {called}(…)'
            message = f'":" sets a field, and {called}(…) is a layer'
            raise Wrong(WrongUse, message, frame.span(node.span), help=help)
        if name in PHASES and isinstance(value, Message):
            self.under("phase", PHASES[name], value, frame, frame.span(node.name_span))
        elif name == "layer" and isinstance(value, Message):
            self.full_layers.full_layer(node, value, frame)
        elif fault := misplaced(node, frame):
            raise fault
        elif not frame.top and name == "name":
            message = "the name of a block stands directly in its braces, not in those of if or repeat"
            raise Wrong(Misplaced, message, frame.span(node.name_span))
        elif not frame.top:
            message = f'"{name}" is a field of the net, and stands in a block'
            raise Wrong(Misplaced, message, frame.span(node.name_span), help="a block holds layers")
        else:
            for made in evaluated((node,), frame, self):
                self.count_layer(made.name_span)
                self.drafts.append(made)
                self._outside(made, frame)

    def _outside(self, made: Field, frame: Frame) -> None:
        """Blobs of fields that are passed on as they are: inputs and layers of older formats."""
        names: list[str] = []
        if made.name == "input":
            names = [text_of(v) for v in values_of(made) if isinstance(v, Scalar) and v.kind is Kind.STRING]
        elif isinstance(made.value, Message):
            names = strings(made.value, "top")
        self.taken.update(names)
        for name in names:
            frame.names[name] = BlobName(name, self.top, exact=True, name=name)


_STATEMENTS: Mapping[type, Callable[[Machine, Any, Frame], None]] = {
    Field: Machine.field,
    Binding: Machine.binding,
    Let: Machine.let,
    Block: Machine.block,
    Repeat: Machine.repeat,
    If: Machine.conditional,
    Stage: Machine.stage,
    InputShape: Machine.input,
    Expect: Machine.expect,
    Import: Machine.imported,
}
