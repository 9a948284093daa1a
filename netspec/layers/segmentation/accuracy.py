"""Layers of forks that judge what a net finds, for Caffe's log alone."""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, Layer, Refusal, Requirements, Shapes, SizeRequirement
from netspec.layers.fit import axes, expect_size
from netspec.layers.requirements import labels_needed
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, show


class AccuracyMetric(IntEnum):
    PixelAccuracy = 0
    ClassAccuracy = 1
    PixelIOU = 2


class SegAccuracy(Layer):
    """How a map of scores compares with a map of labels: the accuracy over pixels, the mean recall of the classes, and
    their mean intersection over union. A measure of training: compiled code leaves it out.

    Bottoms: scores N×C×H×W, labels N×1×H×W. Shape: 1×1×1×3. Without reset it is about all items
    since training began.
    Source: seg_accuracy_layer.cpp of DeepLab, versions 1 and 2, which PSPNet and soeaver's fork have, too.
    """

    edition: ClassVar = "deeplab"
    message: ClassVar = "seg_accuracy_param"
    is_metric: ClassVar = True
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False
    ignored: ClassVar = {"metric": AccuracyMetric}

    ignore_label: tuple[int, ...] = Field((), description="pixels with these labels do not count")
    reset: bool = Field(True, description="whether to begin anew with every batch")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return labels_needed(bottoms, 1)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, labels = site.bottoms
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"SegAccuracy compares scores N×C×H×W with labels N×1×H×W; bottom {i} is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        expect_size("SegAccuracy takes one label for each pixel, in a single channel", labels[1], 1, (1,))
        for axis in (0, 2, 3):
            message = f"SegAccuracy needs scores and labels of equal size on axis {axis}"
            expect_size(message, scores[axis], labels[axis], (0, 1))
        return ((1, 1, 1, 3),)
