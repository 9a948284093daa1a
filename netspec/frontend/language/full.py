"""Layers in full form, and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from netspec.diagnostics.source import Span
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import literal
from netspec.frontend.expressions.values import Blob, Faulty, Frame, Wrong
from netspec.frontend.language.fields import evaluated
from netspec.frontend.language.records import Record, is_loss, text_in
from netspec.frontend.language.ruling import ruled
from netspec.frontend.messages.rewrite import values
from netspec.syntax.document import (
    Field,
    InputShape,
    Kind,
    Made,
    Message,
    Scalar,
    statements,
)

if TYPE_CHECKING:
    from netspec.frontend.language.machine import Machine

TEXTS = (Kind.STRING, Kind.TEMPLATE)


class FullLayers:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine

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
        record.fields = ruled(self.machine.conditions, (), place.start)
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
            record.fields = ruled(self.machine.conditions, rest, node.start + frame.shift)
        except Wrong as fault:
            machine.tell(fault)
        weighed = any(field.name == "loss_weight" for field in made)
        faulty = machine.report.errors > errors or any(isinstance(blob, Faulty) for blob, _ in record.bottoms)
        for i, (blob, _) in enumerate(record.tops):
            blob.weighed = weighed or is_loss(self.machine.registry, record.type_name, i)
            former = frame.names.get(blob.wanted)
            if isinstance(former, Blob):
                same = former.wanted == blob.wanted and former.instance is blob.instance
                blob.share = former if same or any(former is read for read, _ in record.bottoms) else None
            frame.names[blob.wanted] = Faulty() if faulty else blob
        if not faulty:
            machine.add(record, record.head)

    def _wire(self, record: Record, field: Field, frame: Frame) -> bool:
        """Whether a field of a layer in full form names it or a blob of it, and was understood."""
        text = text_in(field)
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
