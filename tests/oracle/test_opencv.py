"""A third program: OpenCV's own reader of Caffe's nets and weights computes what the emitted modules do.

A prototxt and the `.caffemodel` that netspec writes go to OpenCV as they are, which runs them in float32. Every
blob is compared with a float64 run of the emitted module, whose weights come from the same file, within the bound that
`netspec.verify.tolerance` measures for float32. OpenCV ignores the k of an LRN, so the text compared does not give one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.backend.executable import Executable
from netspec.layers.data_layer import DataLayer
from netspec.net import Net
from netspec.shapes import integers, show
from netspec.verify.samples import Samples, draw_input, draw_parameters, parameter_names
from netspec.verify.tolerance import FACTOR, FLOOR, NUDGES, UNIT, difference, nudged

pytestmark = pytest.mark.oracle

PROTOTXTS = Path(__file__).parents[1] / "golden" / "specs"  # what OpenCV can read of specs/
Arrays = dict[str, NDArray[Any]]
U = UNIT["float32"]
# The net, the backend that OpenCV is compared with, how many blobs there are beside the input, and a factor on weights
# that keeps the softmax from knowing only 0 and 1.
CASES = [
    ("lenet", "torch", 7, 1.0),
    ("alexnet", "torch", 14, 1.0),
    ("googlenet", "torch", 84, 1.0),
    ("squeezenet", "tensorflow", 39, 1.0),
    ("resnet50", "torch", 73, 0.5),
]
REPLACED = {"lenet": ("dim: 64 dim: 1", "dim: 1 dim: 1"), "alexnet": (" k: 2", "")}


@pytest.mark.parametrize(("name", "backend", "blobs", "gain"), CASES, ids=[case[0] for case in CASES])
def test_opencv_computes_the_same(tmp_path: Path, name: str, backend: str, blobs: int, gain: float) -> None:
    pytest.importorskip(backend)
    text = (PROTOTXTS / f"{name}.prototxt").read_text(encoding="utf-8")
    text = text.replace(*REPLACED.get(name, ("", "")))
    net = netspec.load_text(text, f"{name}.prototxt")
    names = parameter_names(net)
    drawn = {node.name: draw_parameters(Samples(0, gain), node, names) for node in net.layers if node.blobs}
    weights = tmp_path / "drawn.caffemodel"
    netspec.save_weights(weights, {k: [v.astype(np.float32) for v in values] for k, values in drawn.items()}, net)
    inputs = {blob: draw_input(0, blob, integers(net.blobs[blob]) or (), None) for blob in net.inputs}

    found = opencv(net, text, weights.read_bytes(), inputs)
    model = netspec.build(net, backend, dtype="float64")
    model.set_params(netspec.load_weights(weights, net))
    expected = model.forward(inputs, "all")
    moved = nudged_run(model, inputs)

    assert found.keys() == expected.keys() - inputs.keys()
    beyond: list[str] = []
    for blob, value in found.items():
        apart = difference(value, expected[blob], ("OpenCV", backend))
        change = difference(moved[blob], expected[blob], ("nudged", backend)).error
        bound = FACTOR * change / apart.magnitude + FLOOR * U
        print(f"{blob:<30} {show(value.shape):<16} {apart.relative:.1e} of {apart.magnitude:.1e}, bound {bound:.1e}")
        if not apart.relative <= bound or apart.magnitude < 1e-4:
            beyond.append(blob)
    assert not beyond
    assert len(found) == blobs


def opencv(net: Net, text: str, weights: bytes, inputs: Arrays) -> Arrays:
    """Every blob's last version, without Winograd's and other shortcuts, which cost digits."""
    model = cv2.dnn.readNetFromCaffe(np.frombuffer(text.encode(), np.uint8), np.frombuffer(weights, np.uint8))
    model.enableWinograd(False)
    model.enableFusion(False)
    for blob, value in inputs.items():
        model.setInput(value.astype(np.float32), blob)
    # OpenCV knows blobs by the layers that write them.
    writers = {blob: node.name for node in net.layers for blob in node.tops if not isinstance(node.params, DataLayer)}
    found = model.forward(list(writers.values()))
    return dict(zip(writers, found, strict=True))


def nudged_run(model: Executable, inputs: Arrays) -> Arrays:
    """A run from inputs and parameters each off by some units of rounding, as in `netspec.verify.tolerance`."""
    params, seed = model.get_params(), NUDGES[0]
    model.set_params({k: [nudged(v, seed, f"{k}/{i}", U) for i, v in enumerate(vs)] for k, vs in params.items()})
    return model.forward({blob: nudged(x, seed, blob, U) for blob, x in inputs.items()}, "all")
