"""Layers that say the same are read once, and are as if each had been read by itself."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Source
from netspec.frontend.language import expand
from netspec.frontend.lower.alike import LayerReader
from netspec.frontend.lower.read import read_layer
from netspec.frontend.lower.upgrade import upgrade
from netspec.frontend.messages.entry import Entry
from netspec.plugins.registry import registry
from netspec.syntax.document import Field, Message
from netspec.syntax.parser import quick
from tests.frontend.pieces import check_source, layer

SPECS = sorted(path.name for path in files("netspec.specs").iterdir() if path.name.endswith(".net"))
SOME = ["alexnet.net", "googlenet.net", "resnet50.net"]
RELU = layer("ReLU", rest="relu_param { negative_slope: 0.5 }")
FAULTY = layer("Pooling", rest="pooling_param { kernel_size: two }")
V1 = 'layers { name: "a" type: INNER_PRODUCT bottom: "x" top: "y" inner_product_param { num_output: 2 } '
OLD = f"{V1} blobs_lr: 5 }} {V1} weight_decay: 5 }} {V1} blobs_lr: 5 }} {V1} weight_decay: 5 }}"
TEXTS = {
    "alike": RELU + layer("ReLU", "y", "z", rest="relu_param { negative_slope: 0.5 }") + layer("ReLU"),
    "rules": layer("ReLU", rest="include { phase: TEST }") * 2 + layer("ReLU", rest="exclude { phase: TEST }") * 2,
    "bottoms": layer("Eltwise", "a b") * 2 + layer("Eltwise", "a b c") * 2 + layer("InnerProduct", "a b") * 2,
    "faults": FAULTY * 2 + layer("Pooling", rest="pooling_param { kernel_size: 0 }") * 2 + layer("Nothing") * 2,
    "python": layer("Python", rest='python_param { module: "m" layer: "L" }') * 2,
    "old": OLD,
    "weights": layer("InnerProduct", rest="inner_product_param { num_output: 2 } blobs { data: 1 }") * 2,
    **{name: (Path(str(files("netspec.specs"))) / name).read_text(encoding="utf-8") for name in SOME},
}


def entry(found: Entry) -> tuple[object, ...]:
    body = found.origin.body
    return found.layer, found.fields, found.rules, found.params, found.faults, found.damaged, body and body.fields


@pytest.mark.parametrize("name", TEXTS)
def test_each_is_as_if_read_by_itself(name: str) -> None:
    document = quick(Source(name, TEXTS[name]))
    assert document is not None
    document = expand(document).document
    one, other, types = Findings(document.source), Findings(document.source), registry(())
    reader = LayerReader(one, types)
    layers = [field for field in upgrade(document.fields, Findings(document.source)) if field.name == "layer"]
    for field in layers:
        assert isinstance(field.value, Message)
        plain = Field("layer", Message(field.value.fields, *field.value.span), field.start)
        known, alone = entry(reader.read(field)), entry(read_layer(plain, other, registry=types))
        assert known == alone
    assert layers
    assert one.found == other.found


def test_a_fault_is_told_of_each() -> None:
    found = check_source(Source("a.prototxt", FAULTY.replace('"y"', '"a"') + FAULTY))
    assert len({d.labels[0].span for d in found if d.code == "NS204"}) == 2, [d.code for d in found]
