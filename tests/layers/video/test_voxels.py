"""Layers of C3D's fork for voxels: values and gradients voxel by voxel, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Refusal
from netspec.shapes import show
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, make, net_text, values

NETS = {
    "VoxelWiseSoftmax": net("VoxelWiseSoftmax", "", "2 3 2 3 2"),
    "VoxelWiseSoftmaxWithLoss": net("VoxelWiseSoftmaxWithLoss", "", "2 3 2 3 2", "2 1 2 3 2"),
}

VOXELS = """
layers { name: "data" type: VIDEO_WITH_VOXEL_TRUTH_DATA top: "data" top: "truth" image_data_param { source: "l"
  mean_file: "m" batch_size: 2 crop_size: 8 mirror: true show_data: 0 shuffle: true is_flow: true truth_scale: 0.125
  num_truth_channels: 2 } }
layers { name: "c" type: CONVOLUTION3D bottom: "data" top: "c" blobs_lr: 1 blobs_lr: 2
  convolution_param { num_output: 4 kernel_size: 3 kernel_depth: 3 pad: 1 temporal_pad: 1 } }
layers { name: "p" type: VOXEL_SOFTMAX bottom: "c" top: "p" }
layers { name: "more" type: VIDEO_SEGMENTATION_DATA top: "more" top: "labels" image_data_param { source: "l"
  mean_file: "m" batch_size: 2 crop_size: 8 mirror: true show_data: 0 shuffle: true } }
layers { name: "loss" type: VOXEL_SOFTMAX_LOSS bottom: "c" bottom: "labels" }
"""


def test_voxels() -> None:
    net = netspec.load_text(VOXELS)
    assert [show(net.blobs[name]) for name in ("data", "truth", "labels")] == ["2×3×16×8×8", "2×2×16×8×8", "2×1×16×8×8"]
    net = netspec.load_text(VOXELS, inputs={"data": (2, 3, 4, 8, 8), "labels": (2, 1, 4, 8, 8)})
    assert net.blobs["p"] == (2, 4, 4, 8, 8)
    assert netspec.verify(net, grad=True).ok


def scores_and_labels() -> tuple[Floats, Floats]:
    """The last of four classes is none: the label 3 and those above do not count."""
    random = np.random.default_rng(8)
    labels = random.integers(0, 5, size=(2, 1, 2, 3, 2)).astype(float)
    assert (labels >= 3).any()
    return 3 * random.normal(size=(2, 3, 2, 3, 2)), labels


def by_the_loop(x: Floats, truth: Floats) -> tuple[Floats, float, Floats]:
    """Probabilities, loss and its gradient, voxel by voxel."""
    p, loss = np.empty_like(x), 0.0
    gradient = np.empty_like(x)
    for n, l, h, w in np.ndindex(len(x), *x.shape[2:]):  # noqa: E741
        e = np.exp(x[n, :, l, h, w] - x[n, :, l, h, w].max())
        p[n, :, l, h, w] = gradient[n, :, l, h, w] = e / e.sum()
        label = int(truth[n, 0, l, h, w])
        if label < x.shape[1]:
            loss -= np.log(p[n, label, l, h, w])
            gradient[n, label, l, h, w] -= 1
    return p, loss / truth[:, 0].size, gradient / truth[:, 0].size


def test_softmax_of_voxels() -> None:
    x, _ = scores_and_labels()
    close(values("VoxelWiseSoftmax", "", [x]), by_the_loop(x, np.zeros_like(x))[0])
    agree(net_text("VoxelWiseSoftmax", "", [x.shape]))


@pytest.mark.parametrize("further", [0, 1])
def test_loss_of_voxels(further: int) -> None:
    x, labels = scores_and_labels()
    truth = np.concatenate([labels, *[np.full_like(labels, 7.0)] * further], axis=1)
    _, loss, gradient = by_the_loop(x, labels)
    close(values("VoxelWiseSoftmaxWithLoss", "", [x, truth]), np.array(loss))
    text = "force_backward: true\n" + net_text("VoxelWiseSoftmaxWithLoss", "", [x.shape, truth.shape])
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
        model.forward({"x0": x, "x1": truth})
        found = model.backward({}).inputs["x0"]
        np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-12, err_msg=backend)
    agree(text)


def test_unlikely_voxels() -> None:
    """No probability counts as less than the least normal float."""
    x: Any = np.array([0.0, 200.0]).reshape(1, 2, 1, 1, 1)
    close(values("VoxelWiseSoftmaxWithLoss", "", [x, np.zeros((1, 1, 1, 1, 1))]), np.array(126 * np.log(2)))


REFUSED: list[tuple[Any, str]] = [
    (((2, 3, 4, 5), (2, 1, 4, 5)), "takes N×C×L×H×W; bottom 0 is 2×3×4×5"),
    (((2, 3, 2, 4, 5), (2, 40)), "bottom 1 is 2×40"),
    (((2, 3, 2, 4, 5), (2, 1, 3, 4, 5)), "needs a label for each voxel"),
]


@pytest.mark.parametrize(("shapes", "words"), REFUSED)
def test_refused(shapes: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        make("VoxelWiseSoftmaxWithLoss").infer(CallSite(shapes))
