"""The hypotheses under which a net is measured again: for each, nets where it is kept and nets where it is not."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.frontend.lower import measure
from netspec.frontend.lower.guesses import table
from netspec.frontend.lower.guesses.case import Case, Hypothesis, Measures
from netspec.frontend.lower.guesses.table import HYPOTHESES
from tests.frontend.lower.guesses.nets import (
    BOXES,
    BOXES_OF_REGIONS,
    FEED,
    LABEL,
    MAPS,
    REGIONS,
    SHORTCUT,
    SUM,
    conv,
    fc,
)
from tests.frontend.pieces import layer

PAIRS = """
layer { name: "d" type: "Data" top: "pairs" data_param { batch_size: 8 } transform_param { crop_size: 6 } }
layer { name: "s" type: "Slice" bottom: "pairs" top: "a" top: "b" slice_param { slice_point: 1 } }
"""
SIAMESE = "".join(
    layer("InnerProduct", x, f"{x}_", "inner_product_param { num_output: 4 } param { name: 'w' }") for x in "ab"
)
TARGETS = layer("SmoothL1Loss", "fc targets inside outside", "loss")
LABELS = """layer {
  name: "d" type: "Data" top: "data" top: "label" data_param { batch_size: 8 }
  transform_param { crop_size: 6 force_color: true }
}
"""
PARTS = layer("Slice", "label", "a b", "slice_param { slice_point: 3 }") + layer("EuclideanLoss", "fc b", "loss")
LOSS = layer("SoftmaxWithLoss", "c label", "loss")
STORED = """layer { name: "h" type: "HDF5Data" top: "h" hdf5_data_param { source: "h" batch_size: 3 } }
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 3 dim: 7 } } }
"""
BESIDE = STORED + layer("EuclideanLoss", "x h", "distance")

# A net, and the hypotheses that are kept.
KEPT: list[tuple[str, list[str]]] = [
    (PAIRS + SIAMESE, ["any channels"]),
    (PAIRS.replace("slice_point: 1", "slice_point: [1, 2]").replace('"b"', '"b" top: "c"') + SIAMESE, []),
    (SHORTCUT.format(side=8, last=SUM), ["a fork's reading"]),
    (SHORTCUT.format(side=7, last=SUM), []),
    (REGIONS + BOXES_OF_REGIONS + TARGETS, ["other shapes of data"]),
    (REGIONS + BOXES_OF_REGIONS.replace(": 8", ": 84") + TARGETS, []),
    (REGIONS + BOXES_OF_REGIONS + TARGETS + BESIDE, ["other shapes of data", "implied sizes"]),
    (LABELS + fc(4) + PARTS, ["other shapes of data", "implied sizes"]),
    (FEED + LABEL + layer("SoftmaxWithLoss", "x label", "loss"), ["implied sizes"]),
    (FEED + LABEL + layer("InnerProduct", "label", "y", "inner_product_param { num_output: 7 }"), []),
    (BOXES + conv(5), ["sizes of a kind of data"]),
    (BOXES + layer("Slice", "label", "a b c", "slice_param { axis: 2 }"), []),
    (MAPS + conv(5) + LOSS, ["common sides"]),
    (MAPS + conv(5) + fc(2, "c"), []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), KEPT)
def test_what_is_kept(text: str, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    under = table.under

    def listed(hypothesis: Hypothesis, case: Case, best: Measures) -> Measures:
        after = under(hypothesis, case, best)
        kept.extend([hypothesis.name] * (after is not best))
        return after

    monkeypatch.setattr(table, "under", listed)
    check_source(Source("test.net", text), "TEST")
    assert kept == names


def test_every_hypothesis_has_a_name_of_its_own_a_reason_and_a_net() -> None:
    names = [hypothesis.name for hypothesis in HYPOTHESES]
    assert len(set(names)) == len(names)
    assert all(hypothesis.reason.endswith(".") for hypothesis in HYPOTHESES)
    assert {name for _, kept in KEPT for name in kept} == set(names)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (FEED + layer("ReLU", "x", "y"), 1),  # nothing is open
        (SHORTCUT.format(side=7, last=SUM), 1),  # Caffe's reading fits
        (FEED + LABEL + layer("SoftmaxWithLoss", "x label", "loss"), 2),
        (FEED + layer("Concat", "x x", "y", "concat_param { axis: 3 }"), 1),  # wrong, and nothing is open
    ],
)
def test_how_often_a_net_is_measured(text: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[object] = []
    inference = measure.Inference

    def counted(*args: object) -> object:
        measured.append(args)
        return inference(*args)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(measure, "Inference", counted)
    check_source(Source("test.net", text), "TEST")
    assert len(measured) == times


def test_what_was_kept_stays_when_more_is_found() -> None:
    """Targets that all classes share, and what is compared with a blob of known size."""
    net = netspec.load_text(REGIONS + BOXES_OF_REGIONS + TARGETS + BESIDE)
    assert (net.blobs["targets"], net.blobs["h"]) == ((128, 8, 1, 1), (3, 7))
