"""Whatever the fields, bottoms and tops of a layer: a diagnostic or a net, and of a net code or a diagnostic."""

from __future__ import annotations

import ast
from random import Random

import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.layers import every
from netspec.layers.base import Layer
from tests.layers.odd import layers

COUNT = 16
EVERY = every()


def sound(found: list[Diagnostic], text: str) -> None:
    for diagnostic in found:
        assert diagnostic.code != "NS314", f"{diagnostic.message}\n{text}"
        for label in diagnostic.labels:
            assert 0 <= label.span.start <= label.span.end <= len(text)


@pytest.mark.parametrize("layer", EVERY, ids=[layer.type_name() for layer in EVERY])
def test_odd_fields(layer: type[Layer]) -> None:
    for text in layers(layer, Random(layer.type_name()), COUNT):
        sound(check_source(Source("odd.net", text)), text)
        try:
            net = netspec.load_text(text)
        except netspec.SpecError:
            continue
        for backend in ("torch", "tensorflow"):
            try:
                ast.parse(netspec.emit(net, backend))
            except netspec.SpecError as refused:
                sound(list(refused.diagnostics), text)
