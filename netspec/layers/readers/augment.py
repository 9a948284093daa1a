"""What forks of Caffe do to images beside cropping them. Of all this only a resize can tell the shape of a batch.

Source: caffe.proto and data_transformer.cpp of weiliu89/caffe (ssd), intel/caffe, NVIDIA/caffe and Synopsys' caffe;
caffe.proto of ducha-aiki/caffe, from which SSD has taken the first of it.
"""

from collections.abc import Sequence
from enum import IntEnum

from netspec.layers.base import Field, Message, UInt
from netspec.shapes import UNKNOWN, Dim

SLACK = 0.01  # how far MobileNet-YOLO's fork lets probabilities be from a sum of 1


class ResizeMode(IntEnum):
    WARP = 1
    FIT_SMALL_SIZE = 2
    FIT_LARGE_SIZE_AND_PAD = 3


class PadMode(IntEnum):
    CONSTANT = 1
    MIRRORED = 2
    REPEAT_NEAREST = 3


class InterpMode(IntEnum):
    LINEAR = 1
    AREA = 2
    NEAREST = 3
    CUBIC = 4
    LANCZOS4 = 5


class OpenCVInterpolation(IntEnum):
    """OpenCV's numbers."""

    INTER_NEAREST = 0
    INTER_LINEAR = 1
    INTER_CUBIC = 2
    INTER_AREA = 3


class ResizeParameter(Message):
    """To what size images are brought, and how."""

    prob: float = Field(default=1.0, description="how often this is done")
    resize_mode: ResizeMode = Field(
        default=ResizeMode.WARP,
        description="WARP: to height and width; FIT_SMALL_SIZE: the shorter side fits, and the image keeps its form; "
        "FIT_LARGE_SIZE_AND_PAD: the longer side fits, and the rest is padded",
    )
    height: UInt = Field(default=0, description="the height")
    width: UInt = Field(default=0, description="the width")
    height_scale: UInt = Field(default=0, description="FIT_SMALL_SIZE: for the boxes of annotations")
    width_scale: UInt = Field(default=0, description="FIT_SMALL_SIZE: for the boxes of annotations")
    pad_mode: PadMode = Field(default=PadMode.CONSTANT, description="what stands in the padding")
    pad_value: tuple[float, ...] = Field(default=(), description="CONSTANT: the value, for all channels or for each")
    interp_mode: tuple[InterpMode, ...] = Field(default=(), description="the interpolation; of several, one by chance")
    jitter: float = Field(default=0.3, description="Synopsys' fork: how much boxes of YOLO move")
    min_sz: UInt = Field(default=0, description="of a fork, with multiscale: the least size")
    max_sz: UInt = Field(default=0, description="of a fork, with multiscale: the largest size")
    multiscale: bool = Field(default=False, description="of a fork: a size by chance, which only a crop tells")
    center_object: bool = Field(
        default=False, description="ducha-aiki's fork: bring an object before a plain background to the middle"
    )
    max_angle: float = Field(default=0.0, description="ducha-aiki's fork: how far images turn by chance, in degrees")

    def side(self) -> tuple[Dim, Dim] | None:
        """The height and width of an image to which this is done; None where it stays as it is."""
        if self.multiscale:
            return UNKNOWN, UNKNOWN
        if not self.height or not self.width or not self.prob:
            return None
        return (UNKNOWN, UNKNOWN) if self.resize_mode is ResizeMode.FIT_SMALL_SIZE else (self.height, self.width)


def resized(policies: Sequence[ResizeParameter]) -> tuple[Dim, Dim] | None:
    """The height and width of every image, of several policies one by chance; None where they stay as they are."""
    sides = {policy.side() for policy in policies if policy.prob}
    certain = sum(policy.prob for policy in policies) > 1 - SLACK
    if sides <= {None}:
        return None
    return sides.pop() if certain and len(sides) == 1 else (UNKNOWN, UNKNOWN)


class SaltPepperParameter(Message):
    """Pixels that are replaced."""

    fraction: float = Field(default=0.0, description="how many of the pixels")
    value: tuple[float, ...] = Field(default=(), description="by what")


class NoiseParameter(Message):
    """What spoils images."""

    prob: float = Field(default=0.0, description="how often something is done")
    hist_eq: bool = Field(default=False, description="equalize the histogram")
    inverse: bool = Field(default=False, description="invert colors")
    decolorize: bool = Field(default=False, description="make it gray")
    gauss_blur: bool = Field(default=False, description="blur")
    jpeg: float = Field(default=-1.0, description="the quality of JPEG compression; -1 does not compress")
    posterize: bool = Field(default=False, description="keep few colors")
    erode: bool = Field(default=False, description="erode")
    saltpepper: bool = Field(default=False, description="replace pixels")
    saltpepper_param: SaltPepperParameter | None = Field(default=None, description="which pixels, and by what")
    clahe: bool = Field(default=False, description="equalize the histogram locally")
    convert_to_hsv: bool = Field(default=False, description="to hue, saturation, value")
    convert_to_lab: bool = Field(default=False, description="to the Lab colors")


class DistortionParameter(Message):
    """How colors change. Each with how often it is done, and how far."""

    brightness_prob: float = Field(default=0.0, description="how often brightness changes")
    brightness_delta: float = Field(default=0.0, description="by how much at most")
    contrast_prob: float = Field(default=0.0, description="how often contrast changes")
    contrast_lower: float = Field(default=0.0, description="the least factor")
    contrast_upper: float = Field(default=0.0, description="the largest factor")
    hue_prob: float = Field(default=0.0, description="how often hue changes")
    hue_delta: float = Field(default=0.0, description="by how much at most")
    saturation_prob: float = Field(default=0.0, description="how often saturation changes")
    saturation_lower: float = Field(default=0.0, description="the least factor")
    saturation_upper: float = Field(default=0.0, description="the largest factor")
    random_order_prob: float = Field(default=0.0, description="how often channels change places")
    exposure_lower: float = Field(default=0.0, description="Synopsys' fork: the least factor of exposure")
    exposure_upper: float = Field(default=0.0, description="Synopsys' fork: the largest factor of exposure")


class ExpansionParameter(Message):
    """Images that are put into a larger one, of the mean color."""

    prob: float = Field(default=1.0, description="how often this is done")
    max_expand_ratio: float = Field(default=1.0, description="how much larger it is at most")


class EmitType(IntEnum):
    CENTER = 0
    MIN_OVERLAP = 1


class EmitConstraint(Message):
    """Which annotations outlive a crop."""

    emit_type: EmitType = Field(default=EmitType.CENTER, description="those with their center, or a part of it, in it")
    emit_overlap: float = Field(default=0.0, description="MIN_OVERLAP: how large that part has to be")


class RandomResizeParameter(Message):
    """intel's fork: the shorter side gets a length by chance."""

    min_size: UInt = Field(default=0, description="the least length")
    max_size: UInt = Field(default=0, description="the largest length")
    resize_param: ResizeParameter | None = Field(default=None, description="how it is done")


class RandomAspectRatioParameter(Message):
    """intel's fork: a part of the image, of an area and a form by chance, brought to the size of the crop."""

    min_area_ratio: float = Field(default=0.5, description="the least area, as a part of the image's")
    max_area_ratio: float = Field(default=1.0, description="the largest area, as a part of the image's")
    aspect_ratio_change: float = Field(default=1.0, description="how much the ratio of the sides may change")
    max_attempt: UInt = Field(default=10, description="how often to look for a part that fits")
    resize_param: ResizeParameter | None = Field(default=None, description="how it is done")
