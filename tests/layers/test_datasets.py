"""Layers of forks that read files: the shapes of what they read, as far as a spec says it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers import find
from netspec.layers.base import Fed, Refusal, Site
from netspec.problems.fields import BlobCount, InvalidValue, MissingField
from netspec.shapes import UNKNOWN, Shape, show
from tests.layers.small_nets import run

Q = UNKNOWN

# type, fields, shapes of the tops
SHAPES: list[tuple[str, dict[str, Any], tuple[Shape | None, ...]]] = [
    ("ImageLabelmapData", {"batch_size": 2}, ((2, 3, Q, Q), (2, 1, Q, Q))),
    (
        "ImageLabelmapData",
        {"batch_size": 2, "new_height": 5, "new_width": 6, "is_color": False},
        ((2, 1, 5, 6), (2, 1, 5, 6)),
    ),
    ("ImageData", {"batch_size": 2, "short_side": 9, "new_height": 5, "new_width": 5}, ((2, 3, Q, Q), (2,))),
    ("ImageData", {"short_side": 9, "transform_param": {"crop_size": 8}, "cache": True}, ((1, 3, 8, 8), (1,))),
    ("MultiLabelImageData", {"batch_size": 50, "new_height": 60, "new_width": 60}, ((50, 3, 60, 60), (50, Q))),
    ("MultiLabelImageData", {"batch_size": 50, "label_cut_start": 3, "label_cut_end": 5}, ((50, 3, Q, Q), (44, Q))),
    ("ImageSegData", {"transform_param": {"crop_size": 321}}, ((1, 3, 321, 321), (1, 1, 321, 321), (1, 1, 1, 2))),
    ("ImageSegData", {"label_type": 2}, ((1, 3, Q, Q), (1, 1, Q, Q))),
    (
        "DenseImageData",
        {"batch_size": 4, "crop_height": 3, "crop_width": 5, "new_height": 9, "new_width": 9},
        ((4, 3, 3, 5), (4, 1, 3, 5)),
    ),
    (
        "DenseImageData",
        {"batch_size": 4, "new_height": 30, "new_width": 61, "label_divide_factor": 8},
        ((4, 3, 30, 61), (4, 1, 3, 7)),
    ),
    ("DenseImageData", {"batch_size": 4}, ((4, 3, Q, Q), (4, 1, Q, Q))),
    ("CustomData", {"batch_size": 8, "slice_point": (3, 6)}, ((8, 3, Q, Q), (8, 3, Q, Q), (8, Q, Q, Q))),
    ("CustomData", {"batch_size": 8, "slice_point": (3,)}, ((8, 3, Q, Q), (8, Q, Q, Q), (8,))),
    ("CustomData", {"crop_size": 7}, ((Q, Q, 7, 7),)),
    ("NDimData", {"batch_size": 8, "shape": {"dim": (3, 4)}}, ((8, 3, 4), (8,))),
    (
        "MolGridData",
        {"batch_size": 5, "dimension": 23.5, "resolution": 0.5, "has_affinity": True},
        ((5, Q, 48, 48, 48), (5,), (5,)),
    ),
    ("MolGridData", {"dimension": 23.5, "resolution": 0.5, "has_rmsd": True}, ((1, Q, 48, 48, 48), (1,), (1,), None)),
    (
        "MolGridData",
        {"dimension": 23.5, "resolution": 0.5, "num_poses": 3, "duplicate_poses": True},
        ((3, Q, 48, 48, 48), (3,)),
    ),
    ("MolGridData", {"dimension": 23.5, "resolution": 0.5, "subgrid_dim": 3.5}, (None, None)),
]


@pytest.mark.parametrize(("type_name", "fields", "tops"), SHAPES)
def test_shapes(type_name: str, fields: dict[str, Any], tops: tuple[Shape | None, ...]) -> None:
    kind = find(type_name)
    assert kind is not None
    assert kind.fed is Fed.DATABASE
    assert kind.tops.holds(len(tops))
    found = kind.model_validate(fields).infer(Site((), tops=len(tops)))
    assert [show(shape) for shape in found] == [show(shape) for shape in tops]


REFUSED: list[tuple[str, dict[str, Any], int, type[Diagnostic], str]] = [
    ("ImageLabelmapData", {"new_height": 5}, 2, InvalidValue, "new_height 5, new_width 0"),
    (
        "DenseImageData",
        {"crop_width": 5, "crop_height": 5, "label_divide_factor": 2},
        2,
        InvalidValue,
        "cannot cut",
    ),
    ("DenseImageData", {"crop_width": 5}, 2, InvalidValue, "crop_height and crop_width together: 0 and 5"),
    ("CustomData", {"slice_point": (3, 6)}, 2, BlobCount, "writes 3 slices"),
    ("ContinuationIndicator", {"time_step": 3}, 1, MissingField, "batch_size"),
]


@pytest.mark.parametrize(("type_name", "fields", "tops", "problem", "words"), REFUSED)
def test_refused(type_name: str, fields: dict[str, Any], tops: int, problem: type[Diagnostic], words: str) -> None:
    kind = find(type_name)
    assert kind is not None
    with pytest.raises(Refusal) as caught:
        kind.model_validate(fields).infer(Site((), tops=tops))
    assert caught.value.problem is problem
    assert words in caught.value.message


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(("steps", "value"), [(3, [[0, 0], [1, 1], [1, 1]]), (1, [[0, 0]])])
def test_where_sequences_go_on(steps: int, value: Any, backend: str) -> None:
    fields = f"continuation_indicator_param {{ time_step: {steps} batch_size: 2 }}"
    text = f'layer {{ name: "go" type: "ContinuationIndicator" top: "y0" {fields} }}'
    np.testing.assert_array_equal(run(text, backend=backend), value)


def test_a_net_that_reads_pairs() -> None:
    """The sizes that a list of files has are given with `inputs`."""
    text = """
    layer { name: "data" type: "ImageLabelmapData" top: "data" top: "label" image_data_param { batch_size: 1 } }
    layer { name: "ip" type: "Convolution" bottom: "data" top: "y" convolution_param { num_output: 1 kernel_size: 1 } }
    layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "y" bottom: "label" top: "loss" }
    """
    net = netspec.load_text(text, inputs={"data": (1, 3, 5, 6), "label": (1, 1, 5, 6)})
    assert net.inputs == ("data", "label")
    assert netspec.verify(net).ok


NVIDIA = """
layer { name: "data" type: "ImageData" top: "data" top: "label" transform_param { crop_size: 8 }
  image_data_param { source: "l" batch_size: 2 cache: true precache: true threads: 6 short_side: 9 } }
layer { name: "more" type: "AnnotatedData" top: "more" transform_param { crop_size: 8 }
  data_param { source: "l" batch_size: 2 cache: true precache: true random: false } }
"""


def test_how_nvidia_reads() -> None:
    net = netspec.load_text(NVIDIA)
    assert (net.blobs["data"], net.blobs["more"]) == ((2, 3, 8, 8), (2, 3, 8, 8))


ENGINE = """
layer { name: "t" type: "TRT" bottom: "data" bottom: "label" top: "t" include { phase: TEST }
  trt_param { trt_mode: INT8 top_k: 5 deploy: "d" model: "m" deploy_outputs: "prob" calibrator: "c" } }
"""


def test_a_net_in_another_engine() -> None:
    data = 'layer { name: "data" type: "Input" top: "data" top: "label" input_param { shape { dim: 1 } } }'
    net = netspec.load_text(data + ENGINE)
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(net)
    (fault,) = caught.value.diagnostics
    assert fault.code == "NS402"
    assert fault.help == "it runs a net of another file in TensorRT; compile that net"
