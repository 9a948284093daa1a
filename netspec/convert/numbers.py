"""Numbers for inputs whose sizes are names: prototxt knows no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netspec.diagnostics import Diagnostic, SpecError
from netspec.frontend.messages.rewrite import group, strings
from netspec.layers.caffe.input import Input
from netspec.problems.backends import UnknownSize
from netspec.problems.shapes import BadInputShape
from netspec.shapes import show
from netspec.syntax.document import Document, Field, Kind, Message, Scalar


def numbered(document: Document, sizes: Mapping[str, Sequence[Any]], inputs: Mapping[str, Sequence[Any]]) -> Document:
    """The document with a shape for each input of `sizes`, which an expansion has left without.

    Raises SpecError: NS402 where `inputs` does not give it, NS308 where the spec gives another one.
    """
    faults: list[Diagnostic] = []
    for name, shape in sizes.items():
        if not all(isinstance(size, int) for size in inputs.get(name, shape)):
            example = ",".join(str(size) if isinstance(size, int) else "1" for size in shape)
            message = f'the sizes of "{name}", {show(tuple(shape))}, are no numbers, and prototxt has no names for them'
            faults.append(UnknownSize(message, help=f"give numbers with --input {name}={example}"))
    for name in inputs:
        if name not in sizes:
            message = f'"{name}" is no input whose sizes are names: the spec says what they are'
            faults.append(BadInputShape(message, help="change them in the spec"))
    if faults:
        raise SpecError(faults)
    return Document(document.source, tuple(_numbered(field, sizes, inputs) for field in document.fields))


def _numbered(field: Field, sizes: Mapping[str, Sequence[Any]], inputs: Mapping[str, Sequence[Any]]) -> Field:
    body = field.value
    if field.name != "layer" or not isinstance(body, Message):
        return field
    name = next((top for top in strings(body, "top") if top in sizes), None)
    if name is None or strings(body, "type") != [Input.type_name()]:
        return field
    assert Input.message
    dims = [Field("dim", Scalar(Kind.NUMBER, str(size), field.start), field.start) for size in inputs[name]]
    shape = Field(Input.message, Message((group("shape", dims),), field.start, field.start), field.start)
    return field._replace(value=body._replace(fields=(*body.fields, shape)))
