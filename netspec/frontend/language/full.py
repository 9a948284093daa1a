"""Layers in full form, and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from netspec.diagnostics.source import Span
from netspec.frontend.expressions.evaluate import Evaluator
from netspec.frontend.expressions.literals import literal
from netspec.frontend.expressions.values import BlobName, Faulty, Frame, Wrong
from netspec.frontend.language.bodies import evaluated
from netspec.frontend.language.drafts import Draft, Filling, is_loss, text_in
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
        from netspec.layers.caffe.input import Input

        place = frame.span(node.name.span)
        draft = Draft(place, self.machine.top, Input.type_name(), frame.span(Span(node.start, node.start + 5)))
        draft.name, draft.name_span = name, place
        draft.end = node.shape.end + frame.shift
        blob = BlobName(name, self.machine.top, exact=True)
        draft.tops, draft.over = [(blob, place)], [None]
        own, fields = (), tuple(ruled(self.machine.conditions, (), place.start))
        if all(isinstance(size, int) for size in sizes):
            dims = tuple(
                Made("dim", literal(size, frame.span(written.span)), written.span.start + frame.shift)
                for size, written in zip(sizes, node.shape.values, strict=True)
            )
            where = frame.span(node.shape.span)
            own = (Made("shape", Message(dims, *where), where.start),)
        else:
            self.machine.sizes[name] = sizes
        draft.filling = Filling(Input.message, own, fields=fields)
        frame.names[name] = blob
        self.machine.add(draft, place)

    def full_layer(self, node: Field, body: Message, frame: Frame) -> None:
        """`layer { … }`: its bottoms mean what their names are set to, its tops set names."""
        machine = self.machine
        errors = machine.report.errors
        made = evaluated(statements(body), frame, machine)
        draft = Draft(frame.span(node.name_span), frame.instance, end=body.end + frame.shift)
        draft.written, draft.wanted = [], "layer"
        for field in made:
            if field.name in ("bottom", "top") and not isinstance(field.value, Scalar):
                parts = [Field(field.name, value, field.start) for value in values(field)]
            else:
                parts = [field]
            for part in parts:
                draft.written.append((part, self._wire(draft, part, frame)))
        rest = [f for f, _ in draft.written if f.name in ("include", "exclude")]
        draft.written = [f for f in draft.written if f[0].name not in ("include", "exclude")]
        try:
            draft.filling = Filling(fields=tuple(ruled(self.machine.conditions, rest, node.start + frame.shift)))
        except Wrong as fault:
            machine.tell(fault)
        weighed = any(field.name == "loss_weight" for field in made)
        faulty = machine.report.errors > errors or any(isinstance(blob, Faulty) for blob, _ in draft.bottoms)
        for i, (blob, _) in enumerate(draft.tops):
            blob.weighed = weighed or is_loss(self.machine.registry, draft.type_name, i)
            former = frame.names.get(blob.wanted)
            if isinstance(former, BlobName):
                same = former.wanted == blob.wanted and former.instance is blob.instance
                blob.share = former if same or any(former is read for read, _ in draft.bottoms) else None
            frame.names[blob.wanted] = Faulty() if faulty else blob
        if not faulty:
            machine.add(draft, draft.head)

    def _wire(self, draft: Draft, field: Field, frame: Frame) -> bool:
        """Whether a field of a layer in full form names it or a blob of it, and was understood."""
        text = text_in(field)
        if text is None:
            return False
        if field.name == "type":
            draft.type_name = text
        elif field.name == "name" and draft.name is None:
            draft.name, draft.name_span = text, field.span
            return True
        elif field.name == "bottom":
            found = frame.look(text)
            if found is None and not frame.top:
                self.machine.tell(Evaluator(frame).unknown(text, field.span))
                found = Faulty()
            draft.bottoms.append((cast("Any", found) if isinstance(found, BlobName | Faulty) else text, field.span))
            return True
        elif field.name == "top":
            draft.tops.append((BlobName(text, frame.instance, exact=True), field.span))
            return True
        return False
