"""What Caffe does to images before a net sees them, and what that says of their shape."""

from __future__ import annotations

from pydantic import Field

from netspec.layers.augment import (
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
from netspec.layers.base import Int64, Message, Preparation, Refusal, UInt
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import UNKNOWN, Dim, show

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


class TransformationParameter(Message):
    """(image − mean)·scale, of a part of the image and perhaps mirrored. Source: Caffe's data_transformer.cpp.

    Forks resize an image before they cut it: resize_param says to what size, with crop_h and crop_w the part need not
    be a square. Their other fields change images, and not the shape of a batch.
    """

    scale: float = Field(default=1.0, description="what values are multiplied by, after the mean has been taken away")
    mirror: bool = Field(default=False, description="whether to mirror every second image, by chance, in both phases")
    crop_size: UInt = Field(
        default=0, description="the height and width to cut out: anywhere in TRAIN, the middle in TEST"
    )
    crop_h: UInt = Field(default=0, description="SSD's and intel's forks: the height to cut out, beside crop_w")
    crop_w: UInt = Field(default=0, description="SSD's and intel's forks: the width to cut out, beside crop_h")
    crop_height: UInt = Field(default=0, description="DeepLab's fork: the height to cut out, beside crop_width")
    crop_width: UInt = Field(default=0, description="DeepLab's fork: the width to cut out, beside crop_height")
    mean_file: str = Field(default="", description="the mean image")
    mean_value: tuple[float, ...] = Field(default=(), description="the mean of all channels, or of each")
    force_color: bool = Field(default=False, description="decode images to three channels")
    force_gray: bool = Field(default=False, description="decode images to one channel")
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
    noise_param: tuple[NoiseParameter, ...] = Field(
        default=(), description="SSD's fork: spoil images; TRAIN; of several, as with resize_param, one by chance"
    )
    distort_param: DistortionParameter | None = Field(default=None, description="SSD's fork: change colors; TRAIN")
    expand_param: ExpansionParameter | None = Field(default=None, description="SSD's fork: put into a larger image")
    emit_constraint: EmitConstraint | None = Field(default=None, description="SSD's fork: which annotations to keep")
    scale_factors: tuple[float, ...] = Field(default=(), description="DeepLab's fork: resize by one of these factors")
    flow: bool = Field(default=False, description="intel's fork: images are flow; mirroring negates the x part")
    bgr2rgb: bool = Field(default=False, description="read the channels in the order red, green, blue")
    caffe_yolo: bool = Field(default=False, description="Synopsys' fork: as YOLO prepares images")
    img_rand_resize_lower: UInt = Field(
        default=0, description="NVIDIA's fork: the least length by chance of the shorter side"
    )
    img_rand_resize_upper: UInt = Field(default=0, description="NVIDIA's fork: the largest one")
    rand_resize_ratio_lower: float = Field(
        default=0.0, description="NVIDIA's fork: the least form by chance: the longer side by the shorter one"
    )
    rand_resize_ratio_upper: float = Field(default=0.0, description="NVIDIA's fork: the largest one")
    vertical_stretch_lower: float = Field(default=0.0, description="NVIDIA's fork: the least stretch of the height")
    vertical_stretch_upper: float = Field(default=0.0, description="NVIDIA's fork: the largest one")
    horizontal_stretch_lower: float = Field(default=0.0, description="NVIDIA's fork: the least stretch of the width")
    horizontal_stretch_upper: float = Field(default=0.0, description="NVIDIA's fork: the largest one")
    allow_upscale: bool = Field(default=False, description="NVIDIA's fork: whether images may become larger")
    interpolation_algo_up: OpenCVInterpolation | None = Field(
        default=None, description="NVIDIA's fork: how images become larger"
    )
    interpolation_algo_down: OpenCVInterpolation | None = Field(
        default=None, description="NVIDIA's fork: how images become smaller"
    )
    var_sz_img_enabled: bool = Field(default=False, description="NVIDIA's fork: images are of different sizes")
    use_gpu_transform: bool = Field(default=False, description="NVIDIA's fork: where this is done; no effect")
    random_seed: Int64 = Field(default=-1, description="NVIDIA's fork: where chance begins")
    display: bool = Field(default=False, description="NVIDIA's fork: show images; no effect")
    num_labels: int = Field(default=0, description="NVIDIA's fork: for showing images; no effect")
    fix_crop: bool = Field(default=False, description="TSN's fork: cut in a corner or the middle")
    more_fix_crop: bool = Field(default=False, description="TSN's fork: cut at more fixed places")
    multi_scale: bool = Field(
        default=False, description="TSN's fork: cut out a part of a size by chance, and resize it"
    )
    scale_ratios: tuple[float, ...] = Field(default=(), description="TSN's fork: of which sizes")
    max_distort: int = Field(default=1, description="TSN's fork: how far the two ratios may lie apart in the list")
    is_flow: bool = Field(default=False, description="TSN's fork: images are flow; mirroring negates the x part")
    original_image: bool = Field(default=False, description="TSN's fork: prepare images as Inception does")
    pad: UInt = Field(default=0, description="of a fork: images get a border; how large they are then, a crop tells")
    random_crop_on_test: bool = Field(default=False, description="ducha-aiki's fork: cut anywhere in TEST, too")
    vertical_mirror: bool = Field(default=False, description="ducha-aiki's fork: turn images upside down by chance")
    random_90_deg_rot: bool = Field(default=False, description="ducha-aiki's fork: turn them by right angles by chance")
    stride: int = Field(default=1, description="TSN's fork: height and width are multiples of it")
    upper_size: int | None = Field(default=None, description="TSN's fork: the largest side")
    upper_height: int | None = Field(default=None, description="TSN's fork: the largest height")
    upper_width: int | None = Field(default=None, description="TSN's fork: the largest width")

    def preparation(self) -> Preparation | None:
        """What these fields do to every image; None for nothing. Not what chance decides, and not the resizing."""
        height = self.crop_size or self.crop_h or self.crop_height
        width = self.crop_size or self.crop_w or self.crop_width
        crop = (height, width) if height and width else None
        steps = Preparation(self.mean_value, self.mean_file, crop, self.scale)
        return steps if steps != Preparation() else None

    def known_channels(self) -> int | None:
        """How many channels the images have, where these fields tell."""
        if self.force_color or self.force_gray:
            return 3 if self.force_color else 1
        return len(self.mean_value) if len(self.mean_value) > 1 else None

    def check(self) -> None:
        """Raises Refusal where two fields exclude each other."""
        for a, b in (
            ("mean_file", "mean_value"),
            ("force_color", "force_gray"),
            ("crop_size", "crop_h"),
            ("crop_size", "crop_w"),
        ):
            if getattr(self, a) and getattr(self, b):
                raise Refusal(
                    InvalidValue,
                    f"{a} and {b} exclude each other",
                    fields=(f"transform_param.{b}", f"transform_param.{a}"),
                )
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
        """Height and width after resizing and cropping. Raises Refusal for an image too small."""
        height, width = resized(self.resize_param) or (height, width)
        if self.pad or any(getattr(self, name) for name in BY_CHANCE):
            height, width = UNKNOWN, UNKNOWN
        if self.crop_height:  # DeepLab's fork pads what is too small
            return self.crop_height, self.crop_width
        names = ("crop_h", "crop_w") if self.crop_h else ("crop_size",)
        sizes: tuple[int, ...] = tuple(getattr(self, name) for name in names)
        h, w = sizes[0], sizes[-1]
        if not h:
            return height, width
        if height < h or width < w:
            said = ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
            raise Refusal(
                OutOfBounds,
                f"{said} is more than the images have: {show((height, width))}",
                fields=tuple(f"transform_param.{name}" for name in names),
            )
        return h, w
