"""Specs that mean harm: nothing crashes, and nothing takes more time than the text is long."""

from __future__ import annotations

import pytest

from tests.frontend.pieces import codes, data, layer, load

LONG = "n" * 200_000
MANY = 5_000

# A spec, and the codes of what is found, each once.
CASES: dict[str, tuple[str, set[str]]] = {
    "nothing": ("", {"NS224"}),
    "a comment": ("# nothing", {"NS224"}),
    "a layer of nothing": ("layer { }", {"NS208"}),
    "no type": ('layer { name: "a" top: "a" }', {"NS208"}),
    "an empty type": ('layer { name: "a" type: "" top: "a" }', {"NS208"}),
    "no name": (data(1) + 'layer { type: "ReLU" bottom: "data" top: "y" }', set()),
    "no entries": ("layer: 1 layers: 2 input: 3 input_dim: 'x' state: 4", {"NS203", "NS204", "NS214", "NS218"}),
    "empty lists": ("layer: [] input: [] input_dim: []", {"NS224"}),
    "huge sizes": (data(2**63 - 1, 2**63 - 1), {"NS309"}),
    "many huge sizes": (data(*[2**63 - 1] * 32), {"NS309"}),
    "just too large": (data(2**16, 2**15), {"NS309"}),
    "many axes": (data(*[1] * 33), {"NS304"}),
    "most axes": (data(*[1] * 32), set()),
    "negative sizes": (data(-1, -1), {"NS302"}),
    "sizes of 0": (data(0, 3, 4, 4) + layer("ReLU"), set()),
    "a size too large": (data(2**63), {"NS204"}),
    "large parameters": (
        data(1, 3, 4, 4)
        + layer("Convolution", rest=f"convolution_param {{ num_output: {2**32 - 1} kernel_size: {2**32 - 1} }}"),
        {"NS302"},
    ),
    "a data layer without tops": (layer("Data", "", "", "data_param { source: 'x' batch_size: 2 }"), {"NS212"}),
    "one beside another": (
        layer("Data", "", "x", "data_param { source: 'x' batch_size: 2 } transform_param { crop_size: 8 }")
        + layer("Data", "", "", "data_param { source: 'x' batch_size: 2 }")
        + layer("Convolution", "x", "y", "convolution_param { num_output: 4 kernel_size: 9 }"),
        {"NS212", "NS223", "NS302"},
    ),
    "a parameter that does not stretch": (
        data(16, 1) + layer("Mul", rest="mul_param { mul_shape: [5, 1] }"),
        {"NS301"},
    ),
    "many bottoms": (data(1, 2) + layer("Concat", "data " * MANY), set()),
    "many missing bottoms": (layer("Concat", " ".join(f"b{i}" for i in range(MANY))), {"NS209"}),
    "many tops": (data(1, 2) + layer("Slice", tops=" ".join(f"t{i}" for i in range(MANY))), {"NS305"}),
    "one top many times": (data(1, 2) + layer("Split", tops="t " * MANY), {"NS210"}),
    "a field many times": ("layer { " + 'type: "ReLU" ' * MANY + "}", {"NS202", "NS212"}),
    "many unknown fields": ("".join(f"field{i}: 1 " for i in range(MANY)), {"NS201"}),
    "many unknown types": ("".join(layer(f"Type{i}", "", f"t{i}") for i in range(MANY // 5)), {"NS208"}),
    "many unknown blobs": ("".join(layer("ReLU", f"b{i}", f"t{i}") for i in range(MANY // 5)), {"NS209"}),
    "long names": (data(1) + layer(LONG, LONG, LONG), {"NS208", "NS209"}),
    "a long field": (f"{LONG}: 1", {"NS201"}),
    "names in any script": (data(1, name="层\u202e") + layer("ReLU", "层\u202e", "\\'\\n\u0000"), set()),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_hostile(text: str, expected: set[str]) -> None:
    assert set(codes(text)) == expected


def test_a_long_chain() -> None:
    """Nothing recurses over the net."""
    depth = 3_000
    links = (f'layer {{ name: "r{i}" type: "ReLU" bottom: "data" top: "data" }}' for i in range(depth))
    net = load(data(1, 2), *links)
    assert len(net.layers) == depth + 1
    assert net.latest["data"].version == depth
