"""What a net is built for where nobody says it: the phase that has data, and batches of one size."""

from __future__ import annotations

import pytest

import netspec
from netspec.backend.door import emit
from netspec.diagnostics import errors
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.layers.base import Phase
from netspec.problems.assumptions import UnfedState
from netspec.shapes import show

REST = """
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


def data(rule: str, batch: int = 100) -> str:
    return f"""
    layer {{
      name: "data" type: "Data" top: "data" top: "label" data_param {{ batch_size: {batch} source: "x" }} {rule}
    }}
    """


TRAIN, TEST, STAGE = "include { phase: TRAIN }", "include { phase: TEST }", 'include { phase: TEST stage: "s" }'


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        (data("") + REST, Phase.TEST),
        (data(TRAIN) + data(TEST) + REST, Phase.TEST),
        (data(TRAIN) + REST, Phase.TRAIN),
        (data("exclude { phase: TEST }") + REST, Phase.TRAIN),
        (data(STAGE) + REST, Phase.TEST),
        (data(TRAIN) + data(STAGE) + REST, Phase.TRAIN),
    ],
)
def test_the_phase_is_one_that_has_data(text: str, phase: Phase) -> None:
    assert netspec.load_text(text).phase is phase


ACCURACY = 'layer { name: "acc" type: "Accuracy" bottom: "ip" bottom: "label" top: "acc" include { phase: TEST } }'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (data(TRAIN) + REST + ACCURACY, ["nothing is fed to the net in TEST: only TRAIN is checked"]),
        (data("exclude { phase: TEST }") + REST, ["nothing is fed to the net in TEST: only TRAIN is checked"]),
        (data(TEST) + REST, []),
        (data(TRAIN) + data(TEST) + REST + ACCURACY, []),
        (data(TRAIN) + data(STAGE) + REST + ACCURACY, []),
    ],
)
def test_a_phase_without_data_is_told(text: str, said: list[str]) -> None:
    found = check_source(Source("test.net", text))
    assert [d.message for d in found if isinstance(d, UnfedState)] == said
    assert not errors(found)
    assert not [d for d in check_source(Source("test.net", text), "TRAIN") if isinstance(d, UnfedState)]


def test_a_phase_that_is_asked_for_is_taken() -> None:
    with pytest.raises(netspec.SpecError, match="NS209"):
        netspec.load_text(data(TRAIN) + REST, phase="TEST")


def test_what_is_wrong_in_every_phase_is_said_of_test() -> None:
    text = data(TRAIN) + data(TEST) + REST.replace('bottom: "ip"', 'bottom: "pi"')
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(text)
    assert [d.code for d in caught.value.diagnostics if d.severity == "error"] == ["NS209"]


@pytest.mark.parametrize(
    ("inputs", "shapes"),
    [
        ({}, ("100×3×?×?", "100")),
        ({"data": (2, 3, 8, 8)}, ("2×3×8×8", "2")),
        ({"label": (5,)}, ("5×3×?×?", "5")),
        ({"data": (2, 3, 8, 8), "label": (2, 1)}, ("2×3×8×8", "2×1")),
    ],
)
def test_labels_are_as_many_as_images(inputs: dict[str, tuple[int, ...]], shapes: tuple[str, str]) -> None:
    net = netspec.load_text(data(""), inputs=inputs)
    assert (show(net.blobs["data"]), show(net.blobs["label"])) == shapes


@pytest.mark.parametrize(
    ("filler", "inputs"), [("", ()), ('type: "constant" value: 2', ()), ('type: "gaussian"', ("x",))]
)
def test_made_up_data_that_chance_draws_is_given(filler: str, inputs: tuple[str, ...]) -> None:
    text = f"""
    layer {{
      name: "d" type: "DummyData" top: "x" dummy_data_param {{ shape {{ dim: 2 }} data_filler {{ {filler} }} }}
    }}
    """
    net = netspec.load_text(text + 'layer { name: "r" type: "ReLU" bottom: "x" top: "y" }')
    assert (net.inputs, net.layers[0].type, net.blobs["x"]) == (inputs, "DummyData", (2,))
    assert "def forward" in emit(net)
