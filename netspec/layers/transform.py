"""What Caffe does to images before a net sees them, and what that says of their shape."""

from netspec.layers.base import Field, Message, Refusal, UInt
from netspec.layers.data_layer import Preprocessing
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import Dim, show


class TransformationParameter(Message):
    """(image − mean)·scale, of a part of the image and perhaps mirrored. Source: Caffe's data_transformer.cpp."""

    scale: float = Field(default=1.0, description="what values are multiplied by, after the mean has been taken away")
    mirror: bool = Field(default=False, description="whether to mirror every second image, by chance, in both phases")
    crop_size: UInt = Field(
        default=0, description="the height and width to cut out: anywhere in TRAIN, the middle in TEST"
    )
    mean_file: str = Field(default="", description="the mean image")
    mean_value: tuple[float, ...] = Field(default=(), description="the mean of all channels, or of each")
    force_color: bool = Field(default=False, description="decode images to three channels")
    force_gray: bool = Field(default=False, description="decode images to one channel")

    def preprocessing(self) -> Preprocessing | None:
        """What these fields do to every image; None for nothing. Not what chance decides, and not the resizing."""
        crop = self.part()
        steps = Preprocessing(self.mean_value, self.mean_file, crop, self.scale)
        return steps if steps != Preprocessing() else None

    def part(self) -> tuple[int, int] | None:
        """The height and width that are cut out; None for the whole image."""
        return (self.crop_size, self.crop_size) if self.crop_size else None

    def known_channels(self) -> int | None:
        """How many channels the images have, where these fields tell."""
        if self.force_color or self.force_gray:
            return 3 if self.force_color else 1
        return len(self.mean_value) if len(self.mean_value) > 1 else None

    def check(self) -> None:
        """Raises Refusal where two fields exclude each other."""
        for a, b in (("mean_file", "mean_value"), ("force_color", "force_gray")):
            if getattr(self, a) and getattr(self, b):
                raise exclude(a, b)

    def cropped(self, height: Dim, width: Dim) -> tuple[Dim, Dim]:
        """Height and width after resizing and cropping. Raises Refusal for an image too small."""
        size = self.crop_size
        return fitting(("crop_size",), (size, size), (height, width)) if size else (height, width)


def exclude(a: str, b: str) -> Refusal:
    """The refusal of two fields that exclude each other."""
    return Refusal(
        InvalidValue,
        f"{a} and {b} exclude each other",
        fields=(f"transform_param.{b}", f"transform_param.{a}"),
    )


def fitting(names: tuple[str, ...], size: tuple[int, int], image: tuple[Dim, Dim]) -> tuple[Dim, Dim]:
    """The height and width that fields cut out of an image. Raises Refusal where it has less."""
    if image[0] < size[0] or image[1] < size[1]:
        said = ", ".join(f"{name} {value}" for name, value in zip(names, size, strict=False))
        raise Refusal(
            OutOfBounds,
            f"{said} is more than the images have: {show(image)}",
            fields=tuple(f"transform_param.{name}" for name in names),
        )
    return size
