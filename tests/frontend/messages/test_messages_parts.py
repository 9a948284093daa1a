"""What two layers have in common, whatever they are called."""

from __future__ import annotations

import pytest

from netspec.diagnostics.source import Source
from netspec.frontend.language import expand
from netspec.frontend.messages.parts import LONGEST, Parts, Unwritten, parts_of
from netspec.syntax.document import Message
from netspec.syntax.parser import quick


def parts(fields: str) -> Parts | None:
    document = quick(Source("", f"layer {{ {fields} }}"))
    assert document is not None
    (layer,) = document.fields
    assert isinstance(layer.value, Message)
    return parts_of(layer.value)


def test_names_are_taken_apart() -> None:
    found = parts('name: "a" type: "Eltwise" bottom: "x" bottom: "y" top: "z" eltwise_param { operation: MAX }')
    assert found is not None
    assert found[:4] == ("a", "Eltwise", ("x", "y"), ("z",))


# The fields of two layers, and whether they say the same.
PAIRS = [
    ("relu_param { negative_slope: 1 }", "relu_param{negative_slope:1}", True),
    ("relu_param { negative_slope: 1 }", "relu_param { negative_slope: 1.0 }", False),
    ("relu_param { negative_slope: 1 }", "relu_param { negative_slope: 1 } relu_param { }", False),
    ("a { b: 1 } c: 2", "a { b: 1 c: 2 }", False),
    ("a: [1, 2]", "a: 1 a: 2", False),
    ("a: [1] a: 2", "a: [1, 2]", False),
    ('a: "x"', "a: x", False),
    ('a: "1"', "a: 1", False),
    ("lr: 5", "decay: 5", False),
]


@pytest.mark.parametrize(("one", "other", "same"), PAIRS)
def test_said(one: str, other: str, same: bool) -> None:
    first, second = parts(f'type: "A" {one}'), parts(f'type: "A" {other} name: "b"')
    assert first is not None and second is not None
    assert (first.said == second.said) is same


@pytest.mark.parametrize(
    "fields",
    [
        'name: "a" name: "b" type: "A"',
        'name: "a"',
        'type: "A" type: "A"',
        "type: A",
        'type: "A" bottom: ["x", "y"]',
        'type: "A" top: { }',
        r'type: "A" top: "\777"',
        'type: "A" ' + "a: 1 " * LONGEST,
    ],
)
def test_what_is_not_compared(fields: str) -> None:
    assert parts(fields) is None


def test_what_is_not_written_is_like_what_is() -> None:
    text = 'input data: [1, 2]\ny = Python(data) { module: "m" layer: "l" }'
    document = quick(Source("", text))
    assert document is not None
    body = expand(document).document.fields[-1].value
    assert isinstance(body, Unwritten)
    fields, start, end = body
    assert [field.name for field in body.fields] == ["name", "type", "bottom", "top", "python_param"]
    assert (fields, start, end) == (body.fields, body.start, body.end)
    shorter = body._replace(fields=body.fields[:2])
    assert type(shorter) is Message
    assert shorter == Message(body.fields[:2], start, end)
    assert body._replace(end=9) == Message(body.fields, start, 9)
