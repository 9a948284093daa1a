"""Fields that forks give to Caffe's data layers.

Source: caffe.proto of intel's, NVIDIA's, Synopsys', happynear's and naibaf7's forks, HashNet's, and of ports of YOLO.
"""

from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, Refusal, UInt
from netspec.layers.caffe.data import Data, ImageData, MemoryData
from netspec.problems.fields import InvalidValue
from netspec.shapes import UNKNOWN, Dim, Shape, show


class ForksData(Data):
    """How a database is read."""

    edition: ClassVar = "several"
    ignored: ClassVar = {
        "shuffle": bool,
        "cache": bool,
        "threads": UInt,
        "parser_threads": UInt,
        "precache": bool,
        "random": bool,
    }

    side: tuple[UInt, ...] = Field((), description="YOLO's forks: the sizes of the grids that labels are made for")


class ForksImageData(ImageData):
    """How images are resized, and what chance does to them."""

    edition: ClassVar = "several"
    ignored: ClassVar = {
        "min_height": UInt,
        "min_width": UInt,
        "bicubic": bool,
        "threads": UInt,
        "cache": bool,
        "precache": bool,
        "face_transform": bool,
        "max_shear_ratio": float,
        "max_aspect_ratio": float,
        "max_rotate_angle": float,
        "min_random_scale": float,
        "max_random_scale": float,
        "max_random_shift": UInt,
        "face_mirror": bool,
        "face_point_num": UInt,
        "balance_class": bool,
        "balance_by": UInt,
        "label_cut_end": UInt,
    }

    new_dim: UInt = Field(0, description="images are resized; to what size, only crop_size tells")
    short_side: UInt = Field(
        0, description="NVIDIA's fork: resize to this shorter side; the other depends on the image"
    )
    label_cut_start: UInt = Field(0, description="happynear's fork: how many first images of a batch have no labels")
    label_dim: UInt = Field(1, ge=1, description="HashNet: how many labels an image has, then N×label_dim")

    def resized(self) -> tuple[Dim, Dim]:
        return (UNKNOWN, UNKNOWN) if self.new_dim or self.short_side else super().resized()

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images, *labels = super().infer(site)
        return (images, *((*label, self.label_dim) if self.has("label_dim") else label for label in labels))


class ShapedMemoryData(MemoryData):
    """Blobs of any shape: `dim` instead of the four sizes."""

    edition: ClassVar = "naibaf7"
    tops: ClassVar = Count(1, 2)

    batch_size: UInt = Field(0, description="how many images at a time")
    channels: UInt = Field(0, description="channels of an image")
    height: UInt = Field(0, description="height of an image")
    width: UInt = Field(0, description="width of an image")
    dim: tuple[UInt, ...] = Field((), description="naibaf7's fork: the shape, in place of the four sizes; labels N×1×…")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self.transform_param.check()
        if not all(self.dim):
            raise Refusal(
                InvalidValue, f"the sizes of a blob are greater than 0, not {show(self.dim)}", fields=("dim",)
            )
        return (self.dim, (self.dim[0], *(1,) * (len(self.dim) - 1)))[: site.tops]
