"""The layer with which NVIDIA's DetectNet draws what it should say of an image."""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import (
    CallSite,
    Count,
    Field,
    Message,
    Positive,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
    UInt,
)
from netspec.layers.data_layer import DataLayer, Preprocessing
from netspec.layers.fit import axes, expect_size
from netspec.layers.readers.transform import ForksTransformation
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, Shape, show

DRAWN = 8  # maps beside the classes: whether an object is there, four sides, inverse width and height, a weight


class GridboxType(IntEnum):
    GRIDBOX_MAX = 0
    GRIDBOX_MIN = 1


class CoverageType(IntEnum):
    RECTANGULAR = 0


class ClassMapping(Message):
    """A class of the annotations, and what it is here."""

    src: UInt = Field(description="the class in the annotations")
    dst: UInt = Field(description="its map among those of the classes")


class DetectNetAugmentationParameter(Message):
    """How images are changed by chance in TRAIN. No effect here."""

    crop_prob: float = Field(default=1.0, description="how often to cut anywhere, and not in the middle")
    shift_x: UInt = Field(default=0, description="how far the part may lie outside, in both directions together")
    shift_y: UInt = Field(default=0, description="how far the part may lie outside, in both directions together")
    scale_prob: float = Field(default=0.33, description="how often to resize")
    scale_min: float = Field(default=0.7, description="by what factor at least")
    scale_max: float = Field(default=1.0, description="by what factor at most")
    flip_prob: float = Field(default=0.33, description="how often to mirror")
    rotation_prob: float = Field(default=0.33, description="how often to rotate")
    max_rotate_degree: float = Field(default=1.0, description="by how many degrees at most")
    hue_rotation_prob: float = Field(default=0.33, description="how often to change the hue")
    hue_rotation: float = Field(default=15.0, description="by how many degrees at most")
    desaturation_prob: float = Field(default=0.33, description="how often to take away color")
    desaturation_max: float = Field(default=0.5, description="how much of it at most")


class DetectNetTransformation(DataLayer):
    """Images, and what DetectNet should say of each cell of a grid over them, drawn from annotations. Caffe cuts and
    changes images by chance; compiled code is given both tops, as it is given data.

    Bottoms: images N×3×H×W and annotations, N items of 16 numbers for each object. Tops: N × 3 × image_size_y ×
    image_size_x, and N × (8 + classes) × image_size_y/stride × image_size_x/stride, rounded, halves to even numbers.
    Source: detectnet_transform_layer.cpp and detectnet_coverage_rectangular.cpp of NVIDIA/caffe.
    """

    edition: ClassVar = "nvidia"
    message: ClassVar = "detectnet_groundtruth_param"
    batch_first: ClassVar = True
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    stride: Positive = Field(4, description="how far cells are apart, in pixels")
    scale_cvg: float = Field(0.5, description="how much of an object's box counts, as a factor on its sides")
    gridbox_type: GridboxType = Field(
        GridboxType.GRIDBOX_MAX, description="whether max_cvg_len or min_cvg_len bounds the sides of that part"
    )
    max_cvg_len: UInt = Field(50, description="GRIDBOX_MAX: the largest side, in pixels")
    min_cvg_len: UInt = Field(50, description="GRIDBOX_MIN: the least side, in pixels")
    coverage_type: CoverageType = Field(CoverageType.RECTANGULAR, description="the form of that part")
    image_size_x: Positive = Field(1248, description="the width of images")
    image_size_y: Positive = Field(384, description="the height of images")
    obj_norm: bool = Field(False, description="whether the weight of a cell is one by the cells of its object")
    crop_bboxes: bool = Field(True, description="whether boxes end where the image does")
    object_class: tuple[ClassMapping, ...] = Field((), description="which classes count; none is class 1 alone")
    detectnet_augmentation_param: DetectNetAugmentationParameter = Field(
        DetectNetAugmentationParameter.model_construct(), description="what chance does to images"
    )
    transform_param: ForksTransformation = Field(
        ForksTransformation.model_construct(), description="the mean; the rest has no effect"
    )

    def preprocessing(self) -> Preprocessing | None:
        given = self.transform_param
        return Preprocessing(mean_value=given.mean_value) if given.mean_value and not given.mean_file else None

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return {0: SizeRequirement.of((UNKNOWN, 3, UNKNOWN, UNKNOWN))}

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images, annotations = site.bottoms
        if len(images) != 4:
            message = f"DetectNetTransformation takes images N×3×H×W, not {show(images)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(images)))
        message = f"DetectNetTransformation takes images of three channels, not of {images[1]}"
        expect_size(message, images[1], 3, (0,))
        if not annotations:
            message = "DetectNetTransformation takes annotations along axis 0, not a scalar"
            raise Refusal(BadDimensions, message, bottoms={1: ""})
        message = "DetectNetTransformation needs annotations for every image"
        expect_size(message, annotations[0], images[0], (1, 0))
        n, size = images[0], (self.image_size_y, self.image_size_x)
        classes = 1 + max((each.dst for each in self.object_class), default=0)
        return (n, 3, *size), (n, DRAWN + classes, *(round(side / self.stride) for side in size))
