"""Fields that forks give to Caffe's data layers.

Source: caffe.proto of intel's, NVIDIA's, Synopsys' and happynear's forks, HashNet's, and of ports of YOLO.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netspec.layers.base import CallSite, UInt
from netspec.layers.caffe.data import Data, ImageData
from netspec.shapes import UNKNOWN, Dim, Shape


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
