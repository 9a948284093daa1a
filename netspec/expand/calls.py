"""Layers and uses of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, cast

from netspec import layers
from netspec.expand.evaluate import FUNCTIONS, Evaluator
from netspec.expand.fields import evaluated
from netspec.expand.literals import literal, text_of
from netspec.expand.records import Record
from netspec.expand.values import TURN, Blob, Definition, Faulty, Frame, Instance, List, Word, Wrong, described, shown
from netspec.layers.base import Layer
from netspec.lower.entry import LayerParameter
from netspec.lower.rewrite import values
from netspec.lower.schema import beside, schema
from netspec.lower.suggest import did_you_mean, one_of
from netspec.problems.fields import IncludeAndExclude
from netspec.problems.language import BadArguments, Misplaced, NeverPart, UnevenBinding, UnknownName, WrongUse
from netspec.source import Span, Use
from netspec.syntax.document import (
    Argument,
    Binding,
    Call,
    Field,
    InputShape,
    Items,
    Kind,
    Made,
    Message,
    Pipe,
    Scalar,
    statements,
)

if TYPE_CHECKING:
    from netspec.expand.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)


class Piped(IntEnum):
    """Whether a call is a stage of a pipe; after a name, whose value stays as it is, or after a call."""

    NO = 0
    YES = 1
    AFTER_NAME = 2


class Calls:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    # What is set.

    def results(self, node: Binding, targets: Sequence[str], frame: Frame) -> Sequence[Any]:
        """The values of the targets of a binding. Raises Wrong."""
        value = node.value
        if isinstance(value, Call) and not self._function(value, frame):
            return self._counted(self.call(value, (), targets, node, frame), node, frame)
        if isinstance(value, Pipe):
            return self._counted(self.pipe(value, targets, node, frame), node, frame)
        result = self.machine.value(value, frame)
        if isinstance(value, Scalar) and value.kind in TEXTS and isinstance(result, str):
            named = frame.look(result)
            result = named if isinstance(named, Blob | Faulty) else result
        if isinstance(result, Faulty):
            return (result,) * len(targets)
        place = frame.span(value.span)
        if isinstance(result, Word):
            raise Evaluator(frame).unknown(result.text, place)
        if not isinstance(result, Blob):
            help = f"let {targets[0]} = {value.text if isinstance(value, Scalar) else '…'}" if targets else None
            raise Wrong(WrongUse, f"{described(result)} is no blob; a constant is set with let", place, help=help)
        return self._counted((result,), node, frame)

    def _counted(self, results: Sequence[Any], node: Binding, frame: Frame) -> Sequence[Any]:
        count = len(node.targets)
        if not count or len(results) == count:
            return results[:count]
        if results and all(isinstance(result, Faulty) for result in results):
            return (results[0],) * count
        message = f"{count} name{'s' * (count != 1)} for {len(results)} value{'s' * (len(results) != 1)}"
        called = node.value.stages[-1] if isinstance(node.value, Pipe) else node.value
        definition = frame.module.blocks.get(called.name) if isinstance(called, Call) else None
        help = None
        if definition is not None:
            given = [result.text for result in definition.block.results]
            help = f"{definition.block.name.text} gives {one_of(given).replace(' or ', ' and ') or 'nothing'}"
        raise Wrong(UnevenBinding, message, frame.span(Span(node.start, node.targets[-1].span.end)), help=help)

    def single(self, node: Call | Pipe, frame: Frame) -> Any:
        """The one result of a call within an expression. Raises Wrong."""
        with self.machine.deeper(frame.span(node.span)):
            results = (
                self.pipe(node, (), None, frame) if isinstance(node, Pipe) else self.call(node, (), (), None, frame)
            )
        if len(results) != 1:
            message = f"one value belongs here, not {len(results)}"
            raise Wrong(UnevenBinding, message, frame.span(node.span))
        return results[0]

    def _function(self, node: Call, frame: Frame) -> bool:
        return node.name in FUNCTIONS and node.name not in frame.module.blocks

    # Calls.

    def pipe(self, node: Pipe, targets: Sequence[str], binding: Binding | None, frame: Frame) -> Sequence[Any]:
        """The results of the last stage; the first takes the target's name."""
        first = node.first
        if isinstance(first, Call):
            results = self.call(first, (), targets[:1], binding, frame)
        else:
            results = (self._bottom(Argument(None, first, first.start), frame),)
        anchor = targets[0] if targets else (first.name if isinstance(first, Call) else first.text.strip("\"'")).lower()
        kept = not isinstance(first, Call) and first.text.strip("\"'") not in targets
        for i, stage in enumerate(node.stages):
            if len(results) != 1:
                message = f"a stage reads one blob; the one before it gives {len(results)}"
                raise Wrong(UnevenBinding, message, frame.span(stage.name_span))
            if isinstance(results[0], Faulty):
                return results
            last = i == len(node.stages) - 1
            wanted = [f"{anchor}/{stage.name.lower()}"]
            if last and len(targets) > 1:
                wanted = list(targets)
            results = self.call(
                stage, results, wanted, binding, frame, Piped.AFTER_NAME if kept and not i else Piped.YES
            )
        return results

    def call(
        self,
        node: Call,
        piped_in: Sequence[Any],
        targets: Sequence[str],
        binding: Binding | None,
        frame: Frame,
        piped: Piped = Piped.NO,
    ) -> Sequence[Any]:
        """The results of a layer or of a block. Raises Wrong."""
        self.machine.step(frame, node)
        definition = frame.module.blocks.get(node.name)
        if definition is not None:
            return self.use(definition, node, piped_in, targets, frame)
        if len(targets) != len(set(targets)):
            twice = next(name for name in targets if targets.count(name) > 1)
            message = f'"{twice}" is set twice at once'
            raise Wrong(UnevenBinding, message, frame.span(node.name_span))
        return self.layer(node, piped_in, targets, binding, frame, piped)

    # Blocks.

    def use(
        self, definition: Definition, node: Call, piped_in: Sequence[Any], targets: Sequence[str], frame: Frame
    ) -> Sequence[Any]:
        block, module = definition.block, definition.module
        name = block.name.text
        instance = Instance(frame.instance, targets[0] if targets else name.lower(), self._instance_name(node, frame))
        frame.spend(TURN, node.name_span)
        use = Use(frame.source, node.name_span, f"in this use of {name}")
        uses = (use, *frame.uses)
        shift = self.machine.atlas.add(module.source, block.span, shown(uses))
        inner = Frame(module, instance, {}, shift, uses)
        help = "a block that uses itself has to end: if depth > 0 { … }"
        with self.machine.deeper(frame.span(node.name_span), help):
            given = self._given(definition, node, piped_in, frame)
            for parameter in block.parameters:
                key = parameter.name.text
                if key in given:
                    inner.names[key] = given[key]
                elif parameter.default is not None:
                    inner.names[key] = self.machine.constant(parameter.default, inner)
            self.machine.carry_out(statements(block.body), inner)
        results: list[Any] = []
        for result in block.results:
            value = inner.names.get(result.text)
            if value is None:
                message = f'the block {name} never sets its result "{result.text}"'
                help = did_you_mean(result.text, inner.names)
                self.machine.tell(Wrong(UnknownName, message, inner.span(result.span), help=help))
                value = Faulty()
            results.append(value)
        return results

    def _instance_name(self, node: Call, frame: Frame) -> str | None:
        """What the braces behind the use of a block say: its name, and nothing else."""
        if node.body is None:
            return None
        name: str | None = None
        for field in evaluated(statements(node.body), frame, self.machine):
            if field.name == "name" and isinstance(field.value, Scalar) and field.value.kind is Kind.STRING:
                name = text_of(field.value, field.value.span)
            else:
                help = "a block takes its arguments in parentheses: " + f"{node.name}(…, {field.name} = …)"
                message = "the braces behind a block hold a name alone"
                self.machine.tell(Wrong(Misplaced, message, field.name_span, help=help))
        return name

    def _given(self, definition: Definition, node: Call, piped_in: Sequence[Any], frame: Frame) -> dict[str, Any]:
        """The arguments by parameter. Raises Wrong."""
        block = definition.block
        names = [parameter.name.text for parameter in block.parameters]
        title = f"{node.name}({', '.join(self._shown(definition))})"
        given: dict[str, Any] = dict(zip(names, piped_in, strict=False))
        place = len(piped_in)
        for argument in node.arguments:
            where = frame.span(argument.span)
            if argument.name is None:
                if place >= len(names):
                    count = len(names)
                    message = f"{node.name} takes {count} argument{'s' * (count != 1)}, and this is one more"
                    raise Wrong(BadArguments, message, where, help=title)
                name, place = names[place], place + 1
            else:
                name = argument.name
                if name not in names:
                    help = did_you_mean(name, names) or title
                    raise Wrong(BadArguments, f'{node.name} has no parameter "{name}"', where, help=help)
            if name in given:
                raise Wrong(BadArguments, f'"{name}" is given twice', where, help=title)
            value = self.machine.value(argument.value, frame)
            if isinstance(value, Word) and not value.text.isupper():  # not a value of an enum, such as MAX
                raise Evaluator(frame).unknown(value.text, frame.span(argument.value.span))
            given[name] = value
        missing = [p.name.text for p in block.parameters if p.default is None and p.name.text not in given]
        if missing:
            message = f"{node.name} needs {one_of(missing).replace(' or ', ' and ')}"
            place_ = frame.span(node.name_span)
            raise Wrong(BadArguments, message, place_, help=title)
        return given

    def _shown(self, definition: Definition) -> Iterable[str]:
        text = definition.module.source.text
        return (text[p.span.start : p.span.end] for p in definition.block.parameters)

    # Layers.

    def layer(
        self,
        node: Call,
        piped_in: Sequence[Any],
        targets: Sequence[str],
        binding: Binding | None,
        frame: Frame,
        piped: Piped,
    ) -> Sequence[Any]:
        machine = self.machine
        head = frame.span(node.name_span)
        if binding is not None and binding.targets and not piped:
            head = frame.span(Span(binding.start, binding.targets[-1].span.end))
        self._check_type(node, frame)
        record = Record(head, frame.instance, node.name, frame.span(node.name_span), end=node.end + frame.shift)
        if binding is not None and binding.targets and not piped:
            record.name_span = head
        bottoms = [(blob, frame.span(node.name_span)) for blob in piped_in]
        for argument in _each(node.arguments):
            where = frame.span(argument.value.span)
            value = self._bottom(argument, frame)
            if isinstance(value, List):
                frame.spend(len(value), argument.span)
            bottoms += [(one, where) for one in (value if isinstance(value, List) else (value,))]
        names = list(targets) or ([] if binding is not None and not piped else [node.name.lower()])
        errors = machine.report.errors
        self._fill(record, node, frame)
        if machine.report.errors > errors or any(isinstance(blob, Faulty) for blob, _ in bottoms):
            return [Faulty() for _ in names]
        record.bottoms = bottoms
        if names:
            record.wanted = names[0] if piped else f"{names[0]}/{node.name.lower()}"
        weighed = any(field.name == "loss_weight" for field in record.fields)
        for i, name in enumerate(names):
            place = frame.span(binding.targets[i].span) if binding and not piped and binding.targets else head
            blob = Blob(name, frame.instance)
            named = binding is not None and not piped
            blob.share = machine.shares(name, frame) if named else None
            blob.weighed = weighed or self._is_loss(node.name, i)
            former = frame.names.get(name) if named else None
            if piped_in and i == 0 and piped is Piped.YES:
                former = piped_in[0]
            record.tops.append((blob, place))
            record.over.append(former if isinstance(former, Blob) else None)
        machine.add(record, head)
        return [blob for blob, _ in record.tops]

    def _is_loss(self, type_name: str, top: int) -> bool:
        """Whether a top counts in the loss unless something else is said."""
        layer = self.machine.registry.find(type_name)
        return layer is not None and layer.loss and top == 0

    def _check_type(self, node: Call, frame: Frame) -> None:
        """A type that is nowhere is for lowering to tell, unless a block was meant."""
        if self.machine.registry.find(node.name) or node.name in layers.NAMESAKES:
            return
        help = did_you_mean(node.name, frame.module.blocks)
        if help or (node.name.islower() and not self.machine.registry.allow_unknown):
            message = f'there is no block and no layer type "{node.name}"'
            help = help or did_you_mean(node.name, [*frame.module.blocks, *self.machine.registry.names])
            raise Wrong(UnknownName, message, frame.span(node.name_span), help=help)

    def _bottom(self, argument: Argument, frame: Frame) -> Any:
        """A blob, a list of blobs, or the name of one in the text. Raises Wrong."""
        where, node = frame.span(argument.span), argument.value
        if argument.name is not None:
            help = f"fields stand in braces: {{ {argument.name}: … }}"
            raise Wrong(BadArguments, "the parentheses of a layer hold the blobs that it reads", where, help=help)
        if isinstance(node, Scalar) and node.kind in TEXTS:
            name = Evaluator(frame).value(node)
            found = frame.look(name) if isinstance(name, str) else name
            if found is None:
                if frame.top:
                    return str(name)
                raise Evaluator(frame).unknown(str(name), where)
            value = found
        else:
            value = self.machine.value(node, frame)
        items = value if isinstance(value, List) else (value,)
        for item in items:
            if isinstance(item, Word):
                raise Evaluator(frame).unknown(item.text, where)
            if not isinstance(item, Blob | Faulty):
                help = None
                if isinstance(item, int | float) and not isinstance(item, bool):
                    help = f"fields stand in braces: {{ num_output: {item} }}"
                elif isinstance(item, str) and isinstance(node, Scalar):
                    help = f'the blob of that name is read as f"{{{node.text}}}"'
                raise Wrong(WrongUse, f"a layer reads blobs, and {described(item)} is none", where, help=help)
        return next((item for item in items if isinstance(item, Faulty)), value)

    def _fill(self, record: Record, node: Call, frame: Frame) -> None:
        """The fields in the braces: those of the type's own message, and those of any layer."""
        made = evaluated(statements(node.body), frame, self.machine) if node.body else []
        record.message, own = self._own(node.name, made)
        for field in made:
            if field.name == "name" and record.name is None:
                if not isinstance(field.value, Scalar) or field.value.kind is not Kind.STRING:
                    found = field.value.text if isinstance(field.value, Scalar) else "a list"
                    raise Wrong(WrongUse, f"a layer's name is a text, not {found}", field.value.span)
                record.name = text_of(field.value, field.value.span)
                record.name_span = field.span
            elif field.name in ("type", "bottom", "top") and field.name not in own:
                message = f"the {field.name} of a layer stands in the line itself"
                raise Wrong(Misplaced, message, field.name_span, help="tops = Type(bottoms) { fields }")
            elif field.name == record.message and isinstance(field.value, Message):
                record.own += field.value.fields
            elif field.name in own or (field.name not in _GENERAL and not field.name.endswith("_param")):
                record.own.append(field)
            else:
                record.fields.append(field)
        if record.own and record.message is None:  # a type without a message, or one that is nowhere
            record.fields, record.own = [*record.own, *record.fields], []
        record.fields = self.ruled(record.fields, node.span.start + frame.shift)

    def _own(self, type_name: str, fields: Sequence[Field]) -> tuple[str | None, frozenset[str]]:
        """The type's own message, and its fields. Of types that share a name, the one that has most of the fields."""
        layer = self.machine.registry.find(type_name)
        candidates: Iterable[type[Layer]] = [layer] if layer else layers.namesakes(type_name)
        best: tuple[str | None, frozenset[str]] = (None, frozenset())
        score = -1
        for candidate in candidates:
            own = frozenset(name for name in schema(candidate) if name not in beside(candidate))
            fits = sum(field.name in own for field in fields)
            if fits > score:
                best, score = (candidate.message, own), fits
        return best

    def ruled(self, fields: Sequence[Field], start: int) -> list[Field]:
        """With the conditions that hold where the layer stands. Raises Wrong."""
        conditions = self.machine.conditions
        if not conditions:
            return list(fields)
        made = [
            Made(kind, Scalar(Kind.NAME if kind == "phase" else Kind.STRING, text, start, start), start)
            for kind, value in conditions
            for text in (value if kind == "phase" else str(literal(value, Span(0, 0)).text),)  # type: ignore[union-attr]
        ]
        if exclude := next((field for field in fields if field.name == "exclude"), None):
            message = "exclude rules cannot stand within train, test or stage"
            raise Wrong(IncludeAndExclude, message, exclude.name_span, help="say with include when it is part")
        result: list[Field] = []
        for field in fields:
            if field.name == "include" and isinstance(field.value, Message):
                self._possible(field.value)
                there = {part.name for part in field.value.fields if part.name == "phase"}
                more = [part for part in made if part.name not in there]
                field = field._replace(value=field.value._replace(fields=(*field.value.fields, *more)))
            result.append(field)
        if not any(field.name == "include" for field in fields):
            result.append(Made("include", Message(tuple(made), start, start), start))
        return result

    def _possible(self, rule: Message) -> None:
        """Raises Wrong where a layer's own rule contradicts the conditions around it."""
        conditions = self.machine.conditions
        phase = next((value for kind, value in conditions if kind == "phase"), None)
        for part in rule.fields:
            text = part.value.text if isinstance(part.value, Scalar) else ""
            opposite = {"stage": "not_stage", "not_stage": "stage"}.get(part.name)
            other = part.name == "phase" and phase is not None and text in PHASES and text != phase
            if other or (opposite, _string(part)) in conditions:
                raise Wrong(NeverPart, "no state of the net holds what stands here", part.span)

    # Other ways to write a layer.

    def input(self, node: InputShape, name: str, sizes: tuple[Any, ...], frame: Frame) -> None:
        """`input data: [1, 3, 224, 224]`."""
        from netspec.layers.input import Input

        place = frame.span(node.name.span)
        record = Record(place, self.machine.top, Input.type_name(), frame.span(Span(node.start, node.start + 5)))
        record.name, record.name_span, record.message = name, place, Input.message
        record.end = node.shape.end + frame.shift
        blob = Blob(name, self.machine.top, exact=True)
        record.tops, record.over = [(blob, place)], [None]
        if all(isinstance(size, int) for size in sizes):
            dims = tuple(
                Made("dim", literal(size, frame.span(written.span)), written.span.start + frame.shift)
                for size, written in zip(sizes, node.shape.values, strict=True)
            )
            where = frame.span(node.shape.span)
            record.own = [Made("shape", Message(dims, *where), where.start)]
        else:
            self.machine.sizes[name] = sizes
        record.fields = self.ruled((), place.start)
        frame.names[name] = blob
        self.machine.add(record, place)

    def full_layer(self, node: Field, body: Message, frame: Frame) -> None:
        """`layer { … }`: its bottoms mean what their names are set to, its tops set names."""
        machine = self.machine
        errors = machine.report.errors
        made = evaluated(statements(body), frame, machine)
        record = Record(frame.span(node.name_span), frame.instance, end=body.end + frame.shift)
        record.written, record.wanted = [], "layer"
        for field in made:
            if field.name in ("bottom", "top") and not isinstance(field.value, Scalar):
                parts = [Field(field.name, value, field.start) for value in values(field)]
            else:
                parts = [field]
            for part in parts:
                record.written.append((part, self._wire(record, part, frame)))
        rest = [f for f, _ in record.written if f.name in ("include", "exclude")]
        record.written = [f for f in record.written if f[0].name not in ("include", "exclude")]
        try:
            record.fields = self.ruled(rest, node.start + frame.shift)
        except Wrong as fault:
            machine.tell(fault)
        weighed = any(field.name == "loss_weight" for field in made)
        faulty = machine.report.errors > errors or any(isinstance(blob, Faulty) for blob, _ in record.bottoms)
        for i, (blob, _) in enumerate(record.tops):
            blob.weighed = weighed or self._is_loss(record.type_name, i)
            former = frame.names.get(blob.wanted)
            if isinstance(former, Blob):
                same = former.wanted == blob.wanted and former.instance is blob.instance
                blob.share = former if same or any(former is read for read, _ in record.bottoms) else None
            frame.names[blob.wanted] = Faulty() if faulty else blob
        if not faulty:
            machine.add(record, record.head)

    def _wire(self, record: Record, field: Field, frame: Frame) -> bool:
        """Whether a field of a layer in full form names it or a blob of it, and was understood."""
        text = _string(field)
        if text is None:
            return False
        if field.name == "type":
            record.type_name = text
        elif field.name == "name" and record.name is None:
            record.name, record.name_span = text, field.span
            return True
        elif field.name == "bottom":
            found = frame.look(text)
            if found is None and not frame.top:
                self.machine.tell(Evaluator(frame).unknown(text, field.span))
                found = Faulty()
            record.bottoms.append((cast("Any", found) if isinstance(found, Blob | Faulty) else text, field.span))
            return True
        elif field.name == "top":
            record.tops.append((Blob(text, frame.instance, exact=True), field.span))
            return True
        return False


def _each(arguments: Iterable[Argument]) -> Iterator[Argument]:
    """With each item of a list in the text as an argument of its own."""
    for argument in arguments:
        if isinstance(argument.value, Items) and argument.name is None:
            yield from (Argument(None, item, item.span.start) for item in argument.value.values)
        else:
            yield argument


def _string(field: Field) -> str | None:
    """The text of a field that holds one."""
    value = field.value
    if not isinstance(value, Scalar) or value.kind is not Kind.STRING:
        return None
    try:
        return text_of(value, value.span)
    except Wrong:
        return None


_GENERAL: Mapping[str, object] = schema(LayerParameter)
PHASES = ("TRAIN", "TEST")
