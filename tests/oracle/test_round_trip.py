"""Trained weights through every format and both frameworks, unchanged to the bit, and read by OpenCV in the end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import netspec
from netspec.shapes import integers
from netspec.verify.samples import Samples, draw_input, draw_parameters, parameter_names

pytestmark = pytest.mark.oracle


def test_weights_of_resnet50_come_back_unchanged(tmp_path: Path) -> None:
    path = Path(__file__).parents[1] / "golden" / "specs" / "resnet50.prototxt"  # OpenCV reads no other language
    text, net = path.read_text(encoding="utf-8"), netspec.load(path)
    names = parameter_names(net)
    drawn = {
        node.name: [v.astype(np.float32) for v in draw_parameters(Samples(0, 0.5), node, names)]
        for node in net.layers
        if node.blobs
    }
    first, last = tmp_path / "first.caffemodel", tmp_path / "last.caffemodel"
    netspec.save_weights(first, drawn, net)

    torch_file, tensorflow_file = tmp_path / "torch.safetensors", tmp_path / "tensorflow.safetensors"
    torch = netspec.build(net, "torch")
    torch.set_params(netspec.load_weights(first, net))
    netspec.save_weights(torch_file, torch.get_params(), net, backend="torch")
    tensorflow = netspec.build(net, "tensorflow")
    tensorflow.set_params(netspec.load_weights(torch_file, net))
    netspec.save_weights(tensorflow_file, tensorflow.get_params(), net, backend="tensorflow")
    netspec.save_weights(last, netspec.load_weights(tensorflow_file, net), net)
    assert first.read_bytes() == last.read_bytes()

    (name,) = net.inputs
    x = draw_input(0, name, integers(net.blobs[name]) or (), None).astype(np.float32)
    model = cv2.dnn.readNetFromCaffe(np.frombuffer(text.encode(), np.uint8), np.fromfile(last, np.uint8))
    model.enableWinograd(False)
    model.enableFusion(False)
    model.setInput(x, name)
    (value,) = tensorflow.forward({name: x}).values()
    np.testing.assert_allclose(model.forward(), value, rtol=1e-3, atol=1e-5)
