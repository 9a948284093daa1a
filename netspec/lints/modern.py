"""What turns the older formats of Caffe into today's in a text, which keeps its layout and its comments.

What each field becomes is said by `netspec.frontend.lower.upgrade`, against which the edited text is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Fix, applied
from netspec.diagnostics.source import Source, Span
from netspec.frontend.lower.old_types import V0, V1, V1_MESSAGES, of_v1
from netspec.frontend.lower.upgrade import INPUTS, MOVED, PER_BLOB, upgrade
from netspec.frontend.lower.upgrade_v0 import GENERAL, PADDING, message_of_v0, nested, v0_fields
from netspec.frontend.messages.rewrite import TRANSFORM, strings, values
from netspec.frontend.messages.schema import beside
from netspec.lints.pen import Pen, Piece, grouped
from netspec.syntax.document import Document, Field, Items, Kind, Message, Scalar, Value
from netspec.syntax.parser import quick

AXES = 4  # of an input whose sizes are `input_dim`
STEP = "  "  # how much further to the right what a message holds stands, where the text does not tell


class _Unsafe(Exception):
    """There is no one text, or none that keeps all comments."""


def modernized(document: Document) -> Fix | None:
    """The edits; None where they would not be the same net, or a comment would be lost."""
    pen = Pen(document.source.text)
    try:
        _Upgrade(document, pen).all()
    except _Unsafe:
        return None
    fix = pen.fix()
    text, made = applied(document.source.text, [fix])
    again = quick(Source(document.source.name, text)) if made else None
    if again is None or len(again.comments) != len(document.comments):
        return None
    wanted = upgrade(document.fields, Findings(document.source))
    return fix if _meaning(wanted) == _meaning(again.fields) else None


def _meaning(fields: Sequence[Field]) -> list[tuple[str, object]]:
    """Fields without their places and the order of those of different names."""
    found = [(field.name, _read(value)) for field in fields for value in values(field)]
    return sorted(found, key=lambda pair: pair[0])


def _read(value: Value) -> object:
    return _meaning(value.fields) if isinstance(value, Message) else value[:2]


class _Upgrade:
    def __init__(self, document: Document, pen: Pen) -> None:
        self.document, self.pen, self.text = document, pen, document.source.text
        self.paddings: dict[str, Message] = {}  # entries that pad, by the blob that each has written last

    def all(self) -> None:
        fields = self.document.fields
        for field in fields:
            if field.name == "layers" and not self._pads(field):
                self._layer(field)
        inputs = [field for field in fields if field.name in INPUTS]
        if inputs:
            self._inputs(inputs, next((f for f in fields if f.name in ("layer", "layers")), None))

    def _layer(self, field: Field) -> None:
        self.pen.put(field.name_span, "layer")
        inner = nested(field)
        for body in values(field):
            if not isinstance(body, Message):
                raise _Unsafe
            if inner is not None:
                self._v0(body, inner)
            else:
                self._v1(body.fields)

    def _v1(self, fields: Sequence[Field]) -> None:
        layer = None
        for field in fields:
            if field.name == "type" and isinstance(field.value, Scalar):
                if field.value.kind is Kind.STRING:
                    raise _Unsafe
                layer = of_v1(field.value.text)
                self.pen.put(field.value.span, f'"{V1.get(field.value.text, field.value.text)}"')
        for field, texts in self._params(fields):
            self.pen.put(field.span, self.pen.parted(field.start).join(texts))
        if layer is None or not layer.message:
            return
        for field in fields:
            if field.name == V1_MESSAGES.get(layer.type_name()):
                self.pen.put(field.name_span, layer.message)
        if "transform_param" in beside(layer):
            self._transform(fields, layer.message)

    def _params(self, fields: Sequence[Field]) -> list[tuple[Field, list[str]]]:
        """The fields that become `param { … }`, of one blob or of several; the others that they are made of go."""
        columns = [
            [(field, today, value) for field in fields if field.name == name for value in values(field)]
            for name, today in PER_BLOB.items()
        ]
        found: dict[int, tuple[Field, list[str]]] = {}
        for column in zip_longest(*columns):
            parts = [part for part in column if part is not None]
            first = min((part[0] for part in parts), key=lambda field: field.start)
            inside = " ".join(f"{today}: {self._of(value)}" for _, today, value in parts)
            found.setdefault(first.start, (first, []))[1].append(f"param {{ {inside} }}")
        for field in fields:
            if field.name in PER_BLOB and field.start not in found:
                self.pen.remove(field.span)
        return [*found.values()]

    def _of(self, value: Value) -> str:
        return self.text[slice(*value.span)]

    def _transform(self, fields: Sequence[Field], own: str) -> None:
        """What data layers said of images in their own message."""
        moved = [
            (field, part)
            for field in fields
            if field.name == own and isinstance(field.value, Message)
            for part in field.value.fields
            if part.name in MOVED
        ]
        if not moved:
            return
        names = {part.name for _, part in moved}
        there = next((f for f in fields if f.name == "transform_param" and isinstance(f.value, Message)), None)
        if there is not None and isinstance(there.value, Message):
            for part in there.value.fields:
                if part.name in names:
                    self.pen.remove(part.span)
        taken = [self.pen.piece(part.span) for _, part in moved]
        pieces = [piece for piece, _ in taken]
        for _, span in taken:
            self.pen.remove(span)
        holder = there or moved[-1][0]
        apart = self.pen.parted(holder.start)
        if there is not None:
            self._append(there, pieces)
            return
        long = apart != " " and "\n" in self._of(holder.value)
        step = self._step(holder)
        inside = "".join(f"{apart}{step}{p.text}{f'  {p.remark}' * bool(p.remark)}" for p in pieces)
        text = f"transform_param {{{inside}{apart}}}" if long else grouped("transform_param", pieces, apart, step)
        self.pen.before(self.pen.behind(holder.span.end) if apart != " " else holder.span.end, apart + text)

    def _append(self, holder: Field, pieces: Sequence[Piece]) -> None:
        """Pieces at the end of a message."""
        assert isinstance(holder.value, Message)
        last = holder.value.fields[-1] if holder.value.fields else None
        if last is None or any(piece.remark for piece in pieces):
            raise _Unsafe
        apart, at = self.pen.parted(last.start), last.span.end
        self.pen.before(at, "".join(apart + piece.text for piece in pieces))

    def _step(self, holder: Field) -> str:
        """How far what stands in a message stands to the right of it."""
        first = next(iter(getattr(holder.value, "fields", ())), None)
        outer, inner = self.pen.lead(holder.start), self.pen.lead(first.start) if first else None
        return inner[len(outer) :] if outer is not None and inner and inner.startswith(outer) else STEP

    def _v0(self, body: Message, inner: Message) -> None:
        """A V0 entry: the layer inside becomes the message of its type, behind what it says beside that."""
        holder = next(field for field in body.fields if field.value is inner)
        old = V0.get(next(iter(strings(inner, "type")), ""))
        if old is None or any(field.name in PER_BLOB for field in body.fields):
            raise _Unsafe
        message, renamed = message_of_v0(old), old.fields
        own = [field for field in inner.fields if field.name in renamed and field.name not in TRANSFORM]
        params = {field.start: texts for field, texts in self._params(inner.fields)}
        lines, transform, gone = list[Piece](), list[Piece](), list[Span]()
        for field in inner.fields:
            name = field.name
            if field in own:
                continue
            piece, span = self.pen.piece(field.span)
            gone.append(span)
            if name == "type":
                lines.append(piece._replace(text=f'type: "{old.today}"'))
            elif name in TRANSFORM:
                transform.append(piece._replace(text=TRANSFORM[name] + piece.text[len(name) :]))
            elif field.start in params:
                texts = params[field.start]
                lines += (*map(Piece, texts[:-1]), piece._replace(text=texts[-1]))
            elif name in PER_BLOB:
                gone[-1] = field.span  # another stands for it
            elif name in GENERAL or name not in v0_fields() or name == message:
                lines.append(piece)
            else:
                gone[-1] = field.span  # a layer of this type does not read it
        apart, step = self.pen.parted(holder.start), self._step(holder)
        if transform:
            lines.append(Piece(grouped("transform_param", transform, apart, step)))
        before = apart.join(f"{line.text}{f'  {line.remark}' * bool(line.remark)}" for line in lines)
        if own and message:
            self.pen.put(holder.name_span, f"{before}{apart}{message}")
            for field in own:
                self.pen.put(field.name_span, renamed[field.name])
            for span in gone:
                self.pen.remove(span)
        else:
            self.pen.put(holder.span, before)
        self._past_padding(body, own)

    def _pads(self, field: Field) -> bool:
        """Whether an entry only pads for the one that reads it; it goes."""
        body, inner = field.value, nested(field)
        if not isinstance(body, Message) or inner is None or strings(inner, "type") != [PADDING]:
            return False
        self.paddings |= dict.fromkeys(strings(body, "top"), body)
        self.pen.remove(field.span)
        return True

    def _past_padding(self, body: Message, own: Sequence[Field]) -> None:
        """What reads a blob that has been padded pads by itself, and reads what the other read."""
        read = [v for f in body.fields if f.name == "bottom" for v in values(f) if isinstance(v, Scalar)]
        for blob, scalar in zip(strings(body, "bottom"), read, strict=True):
            if padding := self.paddings.get(blob):
                inner = next(f.value for f in padding.fields if f.name == "layer" and isinstance(f.value, Message))
                pads = [self.text[slice(*f.span)] for f in inner.fields if f.name == "pad"]
                for field in own:
                    if field.name == "pad":
                        raise _Unsafe
                apart = self.pen.parted(own[-1].start)
                self.pen.before(own[-1].span.end, "".join(apart + pad for pad in pads))
                source = next(f.value for f in padding.fields if f.name == "bottom")
                self.pen.put(scalar.span, self._of(source))
        for blob in strings(body, "top"):
            self.paddings.pop(blob, None)

    def _inputs(self, inputs: Sequence[Field], layer: Field | None) -> None:
        """The fields of old that declare inputs, as a layer in the place of the first."""
        first, lines, shapes = inputs[0], list[Piece](), list[list[Piece]]()
        for field in inputs:
            if field.name == "input_shape" or isinstance(field.value, Items):
                piece, gone = Piece(""), field.span
            else:
                piece, gone = self.pen.piece(field.span)
            for value in values(field):
                if field.name == "input":
                    lines.append(piece._replace(text=f"top: {self._of(value)}"))
                elif field.name == "input_dim":
                    if not shapes or len(shapes[-1]) == AXES:
                        shapes.append([])
                    shapes[-1].append(piece._replace(text=f"dim: {self._of(value)}"))
                elif isinstance(value, Message):
                    shapes.append([])
                    for part in value.fields:
                        dim, _ = self.pen.piece(part.span)
                        shapes[-1] += (dim._replace(text=f"{part.name}: {self._of(v)}") for v in values(part))
            if field is not first:
                self.pen.remove(gone)
        at = first if layer is None or first.start < layer.start else layer
        apart = self.pen.newline + (self.pen.lead(at.start) or "")
        inner = apart + STEP
        remarked = any(dim.remark for shape in shapes for dim in shape)
        written = [grouped("shape", shape, inner + STEP, STEP) for shape in shapes]
        held = "".join(f"{inner}{STEP}{shape}" for shape in written) + inner if remarked else f" {' '.join(written)} "
        head = [Piece('name: "input"'), Piece('type: "Input"'), *lines, Piece(f"input_param {{{held}}}")]
        body = "".join(f"{inner}{line.text}{f'  {line.remark}' * bool(line.remark)}" for line in head)
        text = f"layer {{{body}{apart}}}"
        if at is first:
            self.pen.put(gone_of(self.pen, first), text)
        else:
            self.pen.remove(first.span)
            self.pen.before(at.start, text + apart)


def gone_of(pen: Pen, field: Field) -> Span:
    """A field with the comment that goes along."""
    return field.span if field.name == "input_shape" else pen.piece(field.span)[1]
