"""What Caffe does to images before a net sees them: a part, perhaps mirrored, less the mean, times the scale.

Source: data_transformer.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.data.items import Pixels
from netspec.diagnostics import SpecError
from netspec.layers.transform import TransformationParameter
from netspec.problems.data import UnfitItem
from netspec.shapes import show


class Fate(NamedTuple):
    """What chance does to an image: whether it is mirrored, and where the part begins that is cut out."""

    mirrored: bool
    top: int
    left: int


class Transform:
    """train: whether the part lies anywhere, else it is the middle. mean: the image of `mean_file`, C×H×W."""

    def __init__(self, params: TransformationParameter, train: bool, mean: NDArray[np.float32] | None = None) -> None:
        self._params, self._train, self._mean = params, train, mean
        self._plain = mean is None and not params.crop_size and not params.mirror  # nothing is done but arithmetic
        self._scale = np.float32(params.scale)
        self._values = np.array(params.mean_value, np.float32).reshape(-1, 1, 1)

    @property
    def color(self) -> bool | None:
        """To how many channels encoded images are decoded: three, one, or, for None, as many as they have."""
        if self._params.force_color or self._params.force_gray:
            return self._params.force_color
        return None

    def shape(self, image: tuple[int, ...], place: str) -> tuple[int, int, int]:
        """What an image becomes. Raises SpecError (NS826) for one that does not go with the parameters."""
        channels, height, width = image
        size, values = self._params.crop_size, len(self._values)
        if size > min(height, width):
            unfit(f"{place}: the image is {height}×{width}, less than crop_size {size}")
        if self._mean is not None and self._mean.shape != image:
            unfit(f"{place}: the image is {show(image)}, but that of mean_file {show(self._mean.shape)}")
        if values > 1 and values != channels:
            unfit(f"{place}: the image has {channels} channels, but mean_value is given {values} times")
        return (channels, size, size) if size else (channels, height, width)

    def __call__(self, images: Sequence[Pixels], chance: np.random.Generator) -> NDArray[np.float32]:
        """Images, all of one shape after cutting, as a batch: N×C×H×W."""
        if self._plain:
            batch = np.stack(images).astype(np.float32)
            return self._shifted(batch)
        height, width = (self._params.crop_size,) * 2 if self._params.crop_size else images[0].shape[1:]
        batch = np.empty((len(images), len(images[0]), height, width), np.float32)
        for out, image, (mirrored, top, left) in zip(batch, images, self._fates(images, chance), strict=True):
            part = (slice(None), slice(top, top + height), slice(left, left + width))
            target = out[..., ::-1] if mirrored else out
            target[...] = image[part]
            if self._mean is not None:
                target -= self._mean[part]
        return self._shifted(batch)

    def _shifted(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(self._values):
            batch -= self._values
        if self._scale != 1:
            batch *= self._scale
        return batch

    def _fates(self, images: Sequence[Pixels], chance: np.random.Generator) -> list[Fate]:
        count, size = len(images), self._params.crop_size
        mirrored = chance.integers(2, size=count) == 1 if self._params.mirror else np.zeros(count, bool)
        if not size:
            return [Fate(one, 0, 0) for one in mirrored.tolist()]
        spare = np.array([image.shape[1:] for image in images]) - size
        begin = chance.integers(spare + 1) if self._train else spare // 2
        return [Fate(one, *at) for one, at in zip(mirrored.tolist(), begin.tolist(), strict=True)]


def unfit(message: str) -> None:
    raise SpecError([UnfitItem(message)])
