"""The emitted `preprocess` does to images what Caffe's data_transformer.cpp does in TEST, pixel by pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import torch
from numpy.typing import NDArray

import netspec
from netspec.backend.executable import run_text
from netspec.weights.wire import head, number

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 3, 9, 12)).astype(np.float32)
MEAN = np.random.default_rng(1).integers(0, 256, (3, 9, 12)).astype(np.float32)


def emitted(transform: str, backend: str, more: str = "") -> Any:
    text = f"""
    layer {{
      name: "data" type: "Data" top: "data" data_param {{ batch_size: 2 }} transform_param {{ {transform} }}
    }}
    layer {{ name: "relu" type: "ReLU" bottom: "data" top: "y" }}
    {more}
    """
    net = netspec.load_text(text, inputs={"data": (2, 3, 6, 6), "b": (2, 3, 6, 6)} if more else {"data": (2, 3, 6, 6)})
    return run_text(netspec.emit(net, backend), transform)["Net"]


def caffe(images: NDArray[Any], mean: NDArray[Any], crop: tuple[int, int], scale: float) -> NDArray[Any]:
    """Source: DataTransformer::Transform, phase TEST."""
    top, left = ((size - cut) // 2 for size, cut in zip(images.shape[2:], crop, strict=True))
    y = np.empty((*images.shape[:2], *crop), np.float32)
    for n, c, h, w in np.ndindex(y.shape):
        y[n, c, h, w] = (images[n, c, top + h, left + w] - mean[c, top + h, left + w]) * scale
    return y


def run(function: Any, backend: str, *arrays: NDArray[Any]) -> NDArray[Any]:
    tensors = [torch.tensor(x) if backend == "torch" else tf.constant(x) for x in arrays]
    return np.asarray(function(*tensors))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(
    ("transform", "mean", "crop", "scale"),
    [
        ("scale: 0.00390625", (0, 0, 0), (9, 12), 0.00390625),
        ("mean_value: 127.5", (127.5, 127.5, 127.5), (9, 12), 1),
        ("mean_value: 104 mean_value: 117 mean_value: 123 crop_size: 6", (104, 117, 123), (6, 6), 1),
        ("crop_size: 5 scale: 2 mean_value: -3", (-3, -3, -3), (5, 5), 2),
        ("crop_h: 4 crop_w: 7 mean_value: 1", (1, 1, 1), (4, 7), 1),
    ],
)
def test_as_caffe_does(
    transform: str, mean: tuple[float, ...], crop: tuple[int, int], scale: float, backend: str
) -> None:
    function = emitted(transform, backend).preprocess
    whole = np.broadcast_to(np.array(mean, np.float32)[:, None, None], (3, 9, 12))
    np.testing.assert_array_equal(run(function, backend, IMAGES), caffe(IMAGES, whole, crop, scale))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_with_a_mean_image(tmp_path: Path, backend: str) -> None:
    sizes = b"".join(number(i + 1, size) for i, size in enumerate((1, 3, 9, 12)))
    path = tmp_path / "mean.binaryproto"
    path.write_bytes(sizes + head(5, MEAN.nbytes) + MEAN.tobytes())
    mean = netspec.load_mean(path)
    np.testing.assert_array_equal(mean, MEAN)
    function = emitted('mean_file: "mean.binaryproto" crop_size: 6 scale: 0.5', backend).preprocess
    assert "mean.binaryproto" in function.__doc__
    np.testing.assert_array_equal(run(function, backend, IMAGES, mean), caffe(IMAGES, MEAN, (6, 6), 0.5))


def test_no_mean_image() -> None:
    with pytest.raises(netspec.SpecError, match="NS503"):
        netspec.load_mean(Path(__file__))


def test_one_for_each_input() -> None:
    more = 'layer { name: "b" type: "ImageData" top: "b" top: "l" transform_param { scale: 2 } }'
    made = emitted("scale: 3", "torch", more)
    assert (float(made.preprocess_data(torch.ones(1))), float(made.preprocess_b(torch.ones(1)))) == (3, 2)


def test_none_where_nothing_is_done() -> None:
    assert not hasattr(emitted("mirror: true", "torch"), "preprocess")


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(
    ("transform", "mean", "crop", "scale"),
    [
        ("scale: 0.00390625", (0, 0, 0), (9, 12), 0.00390625),
        ("mean_value: 104", (104, 104, 104), (9, 12), 1),
        ("mean_value: 104 mean_value: 117 mean_value: 123 crop_size: 6 mirror: true", (104, 117, 123), (6, 6), 1),
        ("crop_size: 5", (0, 0, 0), (5, 5), 1),
    ],
)
def test_whole_numbers_become_floats_first(
    transform: str, mean: tuple[float, ...], crop: tuple[int, int], scale: float, backend: str
) -> None:
    whole = np.broadcast_to(np.array(mean, np.float32)[:, None, None], (3, 9, 12))
    found = run(emitted(transform, backend).preprocess, backend, IMAGES.astype(np.uint8))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, caffe(IMAGES, whole, crop, scale), rtol=1e-6)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_mean_image_takes_the_type_of_the_images(backend: str) -> None:
    function = emitted('mean_file: "m.binaryproto"', backend).preprocess
    for images, kind in ((IMAGES.astype(np.uint8), np.float32), (IMAGES.astype(np.float64), np.float64)):
        for mean in (MEAN, MEAN.astype(np.uint8), MEAN.astype(np.float64)):
            found = run(function, backend, images, mean)
            assert found.dtype == kind
            np.testing.assert_allclose(found, caffe(IMAGES, MEAN, (9, 12), 1), rtol=1e-6)
