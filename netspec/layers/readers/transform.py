"""What forks do to images before a net sees them, and what that says of their shape.

Source: caffe.proto and data_transformer.cpp of weiliu89/caffe (ssd), intel/caffe, NVIDIA/caffe, DeepLab, yjxiong/caffe
(temporal segment networks), Synopsys' and ducha-aiki's caffe.
"""

from typing import ClassVar

from netspec.layers.base import Field, Int64, Layer, Refusal, UInt
from netspec.layers.readers.augment import (
    DistortionParameter,
    EmitConstraint,
    ExpansionParameter,
    NoiseParameter,
    OpenCVInterpolation,
    RandomAspectRatioParameter,
    RandomResizeParameter,
    ResizeParameter,
    resized,
)
from netspec.layers.transform import TransformationParameter, exclude, fitting
from netspec.problems.fields import InvalidValue
from netspec.shapes import UNKNOWN, Dim

# Fields that resize images to a size that chance decides, or the images themselves.
BY_CHANCE = (
    "random_resize_param",
    "random_aspect_ratio_param",
    "img_rand_resize_lower",
    "rand_resize_ratio_upper",
    "vertical_stretch_upper",
    "horizontal_stretch_upper",
    "upper_size",
)


class ForksTransformation(TransformationParameter):
    """Forks resize an image before they cut it: resize_param says to what size, with crop_h and crop_w the part need
    not be a square. Their other fields change images, and not the shape of a batch."""

    ignored: ClassVar = {
        "noise_param": tuple[NoiseParameter, ...],
        "distort_param": DistortionParameter | None,
        "expand_param": ExpansionParameter | None,
        "emit_constraint": EmitConstraint | None,
        "scale_factors": tuple[float, ...],
        "flow": bool,
        "bgr2rgb": bool,
        "img_rand_resize_upper": UInt,
        "rand_resize_ratio_lower": float,
        "vertical_stretch_lower": float,
        "horizontal_stretch_lower": float,
        "allow_upscale": bool,
        "interpolation_algo_up": OpenCVInterpolation | None,
        "interpolation_algo_down": OpenCVInterpolation | None,
        "var_sz_img_enabled": bool,
        "use_gpu_transform": bool,
        "random_seed": Int64,
        "display": bool,
        "num_labels": int,
        "fix_crop": bool,
        "more_fix_crop": bool,
        "multi_scale": bool,
        "scale_ratios": tuple[float, ...],
        "max_distort": int,
        "is_flow": bool,
        "original_image": bool,
        "random_crop_on_test": bool,
        "vertical_mirror": bool,
        "random_90_deg_rot": bool,
        "stride": int,
        "upper_height": int | None,
        "upper_width": int | None,
    }

    crop_h: UInt = Field(default=0, description="SSD's and intel's forks: the height to cut out, beside crop_w")
    crop_w: UInt = Field(default=0, description="SSD's and intel's forks: the width to cut out, beside crop_h")
    crop_height: UInt = Field(default=0, description="DeepLab's fork: the height to cut out, beside crop_width")
    crop_width: UInt = Field(default=0, description="DeepLab's fork: the width to cut out, beside crop_height")
    resize_param: tuple[ResizeParameter, ...] = Field(
        default=(),
        description="SSD's fork: resize before cutting; of several, as MobileNet-YOLO has them, one by chance",
    )
    random_resize_param: RandomResizeParameter | None = Field(
        default=None, description="intel's fork: resize by chance before cutting"
    )
    random_aspect_ratio_param: RandomAspectRatioParameter | None = Field(
        default=None, description="intel's fork: cut out a part of any form, and resize that"
    )
    caffe_yolo: bool = Field(default=False, description="Synopsys' fork: as YOLO prepares images")
    img_rand_resize_lower: UInt = Field(
        default=0, description="NVIDIA's fork: the least length by chance of the shorter side"
    )
    rand_resize_ratio_upper: float = Field(default=0.0, description="NVIDIA's fork: the largest one")
    vertical_stretch_upper: float = Field(default=0.0, description="NVIDIA's fork: the largest one")
    horizontal_stretch_upper: float = Field(default=0.0, description="NVIDIA's fork: the largest one")
    pad: UInt = Field(default=0, description="of a fork: images get a border; how large they are then, a crop tells")
    upper_size: int | None = Field(default=None, description="TSN's fork: the largest side")

    def part(self) -> tuple[int, int] | None:
        height, width = self.crop_h or self.crop_height, self.crop_w or self.crop_width
        return super().part() or ((height, width) if height and width else None)

    def check(self) -> None:
        super().check()
        for other in ("crop_h", "crop_w"):
            if self.crop_size and getattr(self, other):
                raise exclude("crop_size", other)
        for a, b in (("crop_h", "crop_w"), ("crop_height", "crop_width")):
            if bool(getattr(self, a)) != bool(getattr(self, b)):
                given, other = (a, b) if getattr(self, a) else (b, a)
                raise Refusal(
                    InvalidValue,
                    f"{given} is given without {other}",
                    fields=(f"transform_param.{given}",),
                    help=f"give {other}, too, or crop_size for a square",
                )

    def cropped(self, height: Dim, width: Dim) -> tuple[Dim, Dim]:
        height, width = resized(self.resize_param) or (height, width)
        if self.pad or any(getattr(self, name) for name in BY_CHANCE):
            height, width = UNKNOWN, UNKNOWN
        if self.crop_height:  # DeepLab's fork pads what is too small
            return self.crop_height, self.crop_width
        if self.crop_h:
            return fitting(("crop_h", "crop_w"), (self.crop_h, self.crop_w), (height, width))
        return super().cropped(height, width)


class Transformed(Layer):
    """The message with these fields."""

    edition: ClassVar = "several"

    transform_param: ForksTransformation = Field(
        ForksTransformation.model_construct(), description="resizing, cropping, mean, scale"
    )


class Untransformed(Layer):
    """Likewise, for a layer that does not transform."""

    edition: ClassVar = "several"

    transform_param: ForksTransformation | None = Field(None, description="not allowed: the layer does not transform")
