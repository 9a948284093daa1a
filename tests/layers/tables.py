"""What a row of a table says of a layer. A test file has the tables of its layer file, and a line for each of them:

test_refused = each(REFUSED, is_refused)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import netspec
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.layers.base import CallSite, Formula, LayoutPreference, Phase, Refusal
from netspec.problems.backends import NoMeaning
from netspec.shapes import Shape, show
from tests.layers.numpy_words import evaluate
from tests.layers.one_layer import BACKENDS, agree, make, net_text
from tests.layers.small_nets import layer, run, text_of

Fields = Mapping[str, Any]


def each(rows: Sequence[tuple[Any, ...]], check: Callable[..., object]) -> Callable[..., None]:
    """A test of every row. A row begins with a type and its fields, which name the test."""

    @pytest.mark.parametrize("row", rows, ids=_names(rows))
    def test(row: tuple[Any, ...]) -> None:
        check(*row)

    return test


def in_backends(rows: Sequence[tuple[Any, ...]], check: Callable[..., None]) -> Callable[..., None]:
    """A test of every row in every backend."""
    return _in(BACKENDS, rows, check)


def in_frameworks(rows: Sequence[tuple[Any, ...]], check: Callable[..., None]) -> Callable[..., None]:
    """A test of every row in the backends that write code."""
    return _in(("torch", "tensorflow"), rows, check)


def _in(backends: Sequence[str], rows: Sequence[tuple[Any, ...]], check: Callable[..., None]) -> Callable[..., None]:
    @pytest.mark.parametrize("backend", backends)
    @pytest.mark.parametrize("row", rows, ids=_names(rows))
    def test(row: tuple[Any, ...], backend: str) -> None:
        check(*row, backend=backend)

    return test


def _names(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    return [" ".join(map(str, row[:2])) for row in rows]


def has_shapes(
    type_name: str,
    fields: Fields,
    bottoms: Sequence[Shape | None],
    tops: Sequence[Shape | None],
    blobs: Sequence[Shape] | None = None,
) -> None:
    """Shapes of the tops and, where a row has them, of the parameter blobs; unknown in the same places."""
    layer, site = make(type_name, **fields), CallSite(tuple(bottoms), len(tops))
    assert layer.bottoms.holds(len(bottoms))
    assert layer.tops.holds(len(tops))
    found = layer.infer(site)
    assert [show(shape) for shape in found] == [show(shape) for shape in tops]
    if blobs is not None:
        assert [show(blob.shape) for blob in layer.blobs(site)] == [show(shape) for shape in blobs]
        if isinstance(layer, Formula):
            assert [show(top.shape) for top in layer.trace(site)] == [show(shape) for shape in tops]
        layer.macs(site, tuple(shape for shape in found if shape is not None))
        layer.layout_preference(site)


def has_parameters(
    type_name: str, fields: Fields, bottoms: Sequence[Shape], blobs: Sequence[tuple[str, Shape]], macs: int
) -> None:
    """The parameter blobs in Caffe's order, by name, and what the layer costs."""
    layer, site = make(type_name, **fields), CallSite(tuple(bottoms))
    tops = layer.infer(site)
    assert [(blob.name, blob.shape) for blob in layer.blobs(site)] == blobs
    assert layer.macs(site, tuple(top for top in tops if top is not None)) == macs


def is_refused(
    type_name: str,
    fields: Fields,
    bottoms: Sequence[Shape | None],
    problem: type[Diagnostic],
    words: str | Sequence[str],
    tops: int = 1,
) -> Refusal:
    """The kind of fault, and words of its message."""
    layer = make(type_name, **fields)
    with pytest.raises(Refusal) as caught:
        layer.infer(CallSite(tuple(bottoms), tops))
    refusal = caught.value
    assert refusal.problem is problem
    for each in (words,) if isinstance(words, str) else words:
        assert each in refusal.message
    known = {info.alias or name for name, info in type(layer).model_fields.items()}
    assert {field.partition(".")[0] for field in refusal.fields} <= known | {"axis"}  # also where no field says which
    assert set(refusal.bottoms) <= set(range(len(bottoms)))
    return refusal


def is_explained(*row: Any) -> None:
    """As `is_refused`, with help or a label."""
    refusal = is_refused(*row)
    assert refusal.help or refusal.label


def is_invalid(type_name: str, fields: Fields, field: str) -> None:
    """The field whose value the class itself does not take."""
    with pytest.raises(ValidationError) as caught:
        make(type_name, **fields)
    assert caught.value.errors()[0]["loc"][0] == field


def lacks(type_name: str, fields: Fields, bottoms: Sequence[Shape], words: str, phase: Phase = Phase.TEST) -> None:
    """What of a layer has no meaning in any backend, though its shapes are known; "" for nothing."""
    layer, site = make(type_name, **fields), CallSite(tuple(bottoms), 1, phase)
    layer.infer(site)
    assert words in layer.lacks(site)
    assert bool(layer.lacks(site)) == bool(words)


def means(
    type_name: str,
    fields: Fields,
    inputs: Sequence[Any],
    tops: Sequence[Any],
    params: Mapping[str, Any] | None = None,
) -> None:
    """What a formula says, in numpy, against the same by hand."""
    layer = make(type_name, **fields)
    assert isinstance(layer, Formula)
    leaves = {f"x{i}": np.asarray(x, np.float64) for i, x in enumerate(inputs)}
    site = CallSite(tuple(x.shape for x in leaves.values()), len(tops))
    found = evaluate(layer.trace(site), {**leaves, **(params or {})})
    for top, wanted in zip(found, tops, strict=True):
        np.testing.assert_allclose(top, wanted, rtol=1e-12)


def computes(
    type_name: str, fields: str, inputs: Sequence[Any], value: Any, params: Sequence[Any] | None = None, *, backend: str
) -> None:
    """What a backend gives as the first top."""
    found = run(text_of(type_name, fields, tuple(inputs)), *inputs, backend=backend, params=params)
    assert np.shape(found) == np.shape(value)
    np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-15)


def agrees(
    type_name: str, fields: str, inputs: Sequence[Any], value: Any = None, params: Sequence[Any] | None = None
) -> None:
    """The backends give the same of any numbers, and the frameworks the same gradients."""
    agree(net_text(type_name, fields, [np.shape(x) for x in inputs]))


def is_read_over(type_name: str, fields: str, *bottoms: str) -> None:
    """Fields that change nothing are no fault."""
    assert check_source(Source("net.prototxt", layer(type_name, fields, *bottoms))) == []


def has_no_code(type_name: str, fields: str, bottoms: Sequence[Shape], words: str, top: Shape, *, backend: str) -> None:
    """A layer without a meaning, of whose top the shape is known all the same."""
    net = netspec.load_text(net_text(type_name, fields, bottoms))
    assert net.blobs["y0"] == top
    with pytest.raises(netspec.SpecError, match="NS401") as caught:
        netspec.emit(net, backend)
    assert words in str(caught.value)


def has_no_meaning(
    type_name: str, fields: Fields, bottoms: Sequence[Shape], wish: LayoutPreference | None = None
) -> None:
    """What is refused only where the meaning is asked for; a row may say what the layer wishes all the same."""
    layer, site = make(type_name, **fields), CallSite(tuple(bottoms))
    layer.infer(site)
    assert wish is None or layer.layout_preference(site) is wish
    assert isinstance(layer, Formula)
    with pytest.raises(Refusal) as caught:
        layer.trace(site)
    assert caught.value.problem is NoMeaning


def takes_names(type_name: str, fields: str, *bottoms: str) -> None:
    """The frameworks agree at sizes with names; a bottom is written `N,3,H,W`."""
    shapes = [[int(size) if size.isdigit() else size for size in bottom.split(",")] for bottom in bottoms]
    numbers = [[size if isinstance(size, int) else 2 for size in shape] for shape in shapes]
    inputs = {f"x{i}": tuple(shape) for i, shape in enumerate(shapes)}
    report = netspec.verify(netspec.load_text(net_text(type_name, fields, numbers), inputs=inputs), dtype="float64")
    assert report.ok, [(row.item, row.error, row.note) for row in report.rows if not row.ok]
