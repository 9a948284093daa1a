"""What is done to images, held against Caffe's formula value by value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netspec.data.transform import Fate, Transform
from netspec.layers.transform import TransformationParameter
from tests.data.faults import fails

RNG = np.random.default_rng(5)
IMAGE = RNG.integers(0, 256, (3, 6, 7), np.uint8)
MEAN = RNG.uniform(0, 255, (3, 6, 7)).astype(np.float32)


def params(**fields: Any) -> TransformationParameter:
    return TransformationParameter(**fields)


def formula(
    image: NDArray[Any], fate: Fate, size: int, scale: float, mean: NDArray[Any] | None, values: tuple[float, ...]
) -> NDArray[np.float64]:
    """DataTransformer::Transform, an element at a time."""
    channels, height, width = image.shape
    height, width = (size, size) if size else (height, width)
    found = np.zeros((channels, height, width))
    for c in range(channels):
        for h in range(height):
            for w in range(width):
                value = float(image[c, fate.top + h, fate.left + w])
                if mean is not None:
                    value -= float(mean[c, fate.top + h, fate.left + w])
                elif values:
                    value -= values[c if len(values) > 1 else 0]
                found[c, h, width - 1 - w if fate.mirrored else w] = value * scale
    return found


CASES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "scale": {"scale": 0.00390625},
    "one mean": {"mean_value": (104.0,), "scale": 2.0},
    "three means": {"mean_value": (104.0, 117.0, 123.0)},
    "mean image": {"mean_file": "m", "scale": 0.5},
    "crop": {"crop_size": 4},
    "crop by one": {"crop_size": 5},
    "crop and mean image": {"crop_size": 3, "mean_file": "m"},
    "all": {"crop_size": 4, "mean_file": "m", "scale": 0.1, "mirror": True},
    "mirror": {"mirror": True},
    "crop the whole height": {"crop_size": 6, "mirror": True, "mean_value": (1.0,)},
}


def test_the_middle_by_hand() -> None:
    """(6 − 3) / 2 = 1 and (7 − 3) / 2 = 2, rounded down."""
    image = np.arange(42, dtype=np.uint8).reshape(1, 6, 7)
    (found,) = Transform(params(crop_size=3, scale=2.0, mean_value=(1.0,)), train=False)(
        [image], np.random.default_rng()
    )
    assert found.tolist() == [[[(7 * h + w - 1) * 2 for w in (2, 3, 4)] for h in (1, 2, 3)]]


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("fields", CASES.values(), ids=CASES.keys())
def test_every_part_and_mirror_image_is_caffes(fields: dict[str, Any], train: bool) -> None:
    """Each image of a batch is what the formula gives for some place and direction, and chance takes them all."""
    mean = MEAN if "mean_file" in fields else None
    size = fields.get("crop_size", 0)
    spare = (6 - size, 7 - size) if size else (0, 0)
    tops, lefts = [range(n + 1) for n in spare] if train else [[n // 2] for n in spare]
    ways = [False, True] if fields.get("mirror") else [False]
    fates = [Fate(way, top, left) for way in ways for top in tops for left in lefts]
    wanted = [
        formula(IMAGE, fate, size, fields.get("scale", 1.0), mean, fields.get("mean_value", ())) for fate in fates
    ]
    batch = Transform(params(**fields), train, mean)([IMAGE] * 200, np.random.default_rng(1))
    assert batch.dtype == np.float32
    seen = {next(i for i, one in enumerate(wanted) if np.allclose(image, one, 1e-6, 1e-4)) for image in batch}
    assert seen == {*range(len(fates))}


@given(st.integers(0, 1 << 32))
def test_chance_is_of_its_numbers_alone(seed: int) -> None:
    transform = Transform(params(crop_size=2, mirror=True), train=True)
    one, two = (transform([IMAGE] * 3, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(one, two)


def test_chance_is_even() -> None:
    """Of 2,000 draws each of the 12 places, and either direction, comes as often as chance has it."""
    image = np.arange(20, dtype=np.uint8).reshape(1, 4, 5)
    batch = Transform(params(crop_size=2, mirror=True), train=True)([image] * 2400, np.random.default_rng(2))
    kinds, counts = np.unique(batch.reshape(2400, 4), axis=0, return_counts=True)
    assert len(kinds) == 3 * 4 * 2
    assert counts.min() > 60 and counts.max() < 140


def test_floats_stay_floats() -> None:
    image = np.array([[[0.5, -1.25]]], np.float32)
    assert Transform(params(scale=2.0), False)([image], np.random.default_rng()).ravel().tolist() == [1.0, -2.5]


def test_images_of_several_sizes_are_cut_to_one() -> None:
    images = [np.full((1, n, n + 1), n, np.uint8) for n in (4, 5, 9)]
    batch = Transform(params(crop_size=4), train=True)(images, np.random.default_rng(0))
    assert [int(one.max()) for one in batch] == [4, 5, 9] and batch.shape == (3, 1, 4, 4)


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "too small": ({"crop_size": 7}, "here: the image is 6×7, less than crop_size 7"),
    "means": ({"mean_value": (1.0, 2.0)}, "the image has 3 channels, but mean_value is given 2 times"),
}


@pytest.mark.parametrize(("fields", "message"), UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit(fields: dict[str, Any], message: str) -> None:
    fails("NS826", message, lambda: Transform(params(**fields), True).shape((3, 6, 7), "here"))


def test_a_mean_image_of_another_size() -> None:
    transform = Transform(params(mean_file="m"), True, MEAN)
    fails("NS826", "the image is 1×6×7, but that of mean_file 3×6×7", lambda: transform.shape((1, 6, 7), "here"))


@pytest.mark.parametrize(
    ("fields", "color"), [({}, None), ({"force_color": True}, True), ({"force_gray": True}, False)]
)
def test_color(fields: dict[str, Any], color: bool | None) -> None:
    assert Transform(params(**fields), True).color is color
