"""Layers of forks that read files: the shapes of what they read, as far as a spec says it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import BlobCount, InvalidValue, MissingField
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.small_nets import run
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "ContinuationIndicator": net(
        "ContinuationIndicator", "continuation_indicator_param { time_step: 3 batch_size: 2 }"
    ),
}

Q = UNKNOWN


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("ImageLabelmapData", {"batch_size": 2}, (), ((2, 3, Q, Q), (2, 1, Q, Q))),
    (
        "ImageLabelmapData",
        {"batch_size": 2, "new_height": 5, "new_width": 6, "is_color": False},
        (),
        ((2, 1, 5, 6), (2, 1, 5, 6)),
    ),
    ("MultiLabelImageData", {"batch_size": 50, "new_height": 60, "new_width": 60}, (), ((50, 3, 60, 60), (50, Q))),
    ("MultiLabelImageData", {"batch_size": 50, "label_cut_start": 3, "label_cut_end": 5}, (), ((50, 3, Q, Q), (44, Q))),
    ("ImageSegData", {"transform_param": {"crop_size": 321}}, (), ((1, 3, 321, 321), (1, 1, 321, 321), (1, 1, 1, 2))),
    ("ImageSegData", {"label_type": 2}, (), ((1, 3, Q, Q), (1, 1, Q, Q))),
    (
        "DenseImageData",
        {"batch_size": 4, "crop_height": 3, "crop_width": 5, "new_height": 9, "new_width": 9},
        (),
        ((4, 3, 3, 5), (4, 1, 3, 5)),
    ),
    (
        "DenseImageData",
        {"batch_size": 4, "new_height": 30, "new_width": 61, "label_divide_factor": 8},
        (),
        ((4, 3, 30, 61), (4, 1, 3, 7)),
    ),
    ("DenseImageData", {"batch_size": 4}, (), ((4, 3, Q, Q), (4, 1, Q, Q))),
    ("CustomData", {"batch_size": 8, "slice_point": (3, 6)}, (), ((8, 3, Q, Q), (8, 3, Q, Q), (8, Q, Q, Q))),
    ("CustomData", {"batch_size": 8, "slice_point": (3,)}, (), ((8, 3, Q, Q), (8, Q, Q, Q), (8,))),
    ("CustomData", {"crop_size": 7}, (), ((Q, Q, 7, 7),)),
    ("NDimData", {"batch_size": 8, "shape": {"dim": (3, 4)}}, (), ((8, 3, 4), (8,))),
    (
        "MolGridData",
        {"batch_size": 5, "dimension": 23.5, "resolution": 0.5, "has_affinity": True},
        (),
        ((5, Q, 48, 48, 48), (5,), (5,)),
    ),
    (
        "MolGridData",
        {"dimension": 23.5, "resolution": 0.5, "has_rmsd": True},
        (),
        ((1, Q, 48, 48, 48), (1,), (1,), None),
    ),
    (
        "MolGridData",
        {"dimension": 23.5, "resolution": 0.5, "num_poses": 3, "duplicate_poses": True},
        (),
        ((3, Q, 48, 48, 48), (3,)),
    ),
    ("MolGridData", {"dimension": 23.5, "resolution": 0.5, "subgrid_dim": 3.5}, (), (None, None)),
    ("ContinuationIndicator", {"time_step": 3, "batch_size": 2}, (), ((3, 2),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message, how many tops
REFUSED: list[tuple[Any, ...]] = [
    ("ImageLabelmapData", {"new_height": 5}, (), InvalidValue, "new_height 5, new_width 0", 2),
    (
        "DenseImageData",
        {"crop_width": 5, "crop_height": 5, "label_divide_factor": 2},
        (),
        InvalidValue,
        "cannot cut",
        2,
    ),
    ("DenseImageData", {"crop_width": 5}, (), InvalidValue, "crop_height and crop_width together: 0 and 5", 2),
    ("CustomData", {"slice_point": (3, 6)}, (), BlobCount, "writes 3 slices", 2),
    ("ContinuationIndicator", {"time_step": 3}, (), MissingField, "batch_size"),
]
test_refused = each(REFUSED, is_refused)


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
