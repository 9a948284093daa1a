"""What MS-CNN and Cascade R-CNN read, and what they train with: inputs of the compiled model.

Source: image_gt_data_layer.cpp and proposal_target_layer.cpp of zhaoweicai/mscnn; detection_data_layer.cpp,
eval_data_layer.cpp and proposal_target_layer.cpp of zhaoweicai/cascade-rcnn.
"""

from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, Positive, Refusal, UInt
from netspec.layers.data_layer import DataLayer, Preprocessing
from netspec.layers.detection.field_boxes import Regressing, fields_of
from netspec.layers.fit import axes
from netspec.layers.readers.augment import DistortionParameter, ResizeParameter
from netspec.layers.transform import TransformationParameter
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, Dim, Shape, product, show

REGIONS = 128  # that are counted where the number depends on the data


class AnnotatedWindows(DataLayer):
    """What they have in common: a list of images with the boxes in them."""

    edition: ClassVar = "cascade-rcnn"
    annotation: ClassVar[int] = 8  # numbers of an annotation

    source: str = Field("", description="the file that lists images and boxes")
    batch_size: UInt = Field(0, description="how many images at a time")
    resize_width: UInt = Field(0, description="the width to which images are brought, beside resize_height")
    resize_height: UInt = Field(0, description="their height")
    root_folder: str = Field("", description="put before the file names")
    transform_param: TransformationParameter = Field(
        TransformationParameter.model_construct(), description="mean, scale, mirroring"
    )

    def preprocessing(self) -> Preprocessing | None:
        return self.transform_param.preprocessing()

    def first_size(self) -> tuple[int, int] | None:
        """Height and width with which the program begins where images differ in size; None for unknown."""
        return None

    def resized(self) -> tuple[Dim, Dim]:
        """Height and width of all images."""
        both = self.resize_height and self.resize_width
        return (self.resize_height, self.resize_width) if both else (UNKNOWN, UNKNOWN)

    def images(self, size: tuple[Dim, Dim]) -> Shape:
        self.transform_param.check()
        return (self.batch_size or UNKNOWN, 3, *size)


class WindowMaps(AnnotatedWindows):
    """Those that make maps of what each cell should say."""

    tops: ClassVar = Count(2, None)
    spacing: ClassVar[str]  # the field that says how far cells of each map are apart

    coord_num: UInt = Field(4, description="how many numbers a box has")
    field_h: tuple[UInt, ...] = Field((), description="the height of the field of each map, in pixels")
    field_w: tuple[UInt, ...] = Field((), description="its width")
    fg_threshold: float = Field(0.5, description="the IoU with a field from which a box is its")
    crop_width: UInt = Field(0, description="the width to cut out, beside crop_height")
    crop_height: UInt = Field(0, description="the height to cut out")
    min_gt_width: float = Field(0.0, description="boxes less wide are ignored")
    min_gt_height: float = Field(0.0, description="boxes less high are ignored")
    output_gt_boxes: bool = Field(False, description="whether the last top has annotations")

    def strides(self) -> tuple[int, ...]:
        return getattr(self, self.spacing)

    def cells(self, size: int, stride: int) -> int:
        """How many cells a map has for so many pixels."""
        raise NotImplementedError

    def resized(self) -> tuple[Dim, Dim]:
        height, width = super().resized()
        cut = self.has("crop_height") and self.has("crop_width")
        return (self.crop_height or height, self.crop_width or width) if cut else (height, width)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        strides, name = self.strides(), self.called()
        if not strides or not all(strides):
            message = f"{name} takes how far cells of each map are apart, not {show(strides) if strides else 'nothing'}"
            raise Refusal(MissingField, message, fields=(self.spacing,))
        if len(fields_of(self, self.field_h, self.field_w)) != len(strides):
            message = f"{name} has {len(strides)} maps, and fields for {len(self.field_h)}"
            raise Refusal(EntryCount, message, fields=("field_h",))
        wanted = 1 + len(strides) + self.output_gt_boxes
        if site.tops != wanted:
            message = f"{name} writes images, {len(strides)} maps{' and annotations' * self.output_gt_boxes}: {wanted} "
            raise Refusal(BlobCount, f"{message}tops, not {site.tops}", fields=("output_gt_boxes",))
        return self._tops(self.resized(), UNKNOWN)

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        if self.output_gt_boxes and top == 1 + len(self.strides()):
            return (1, *shape[1:])
        first = self.first_size()
        return self._tops(first, 1)[top] if first is not None else None

    def _tops(self, size: tuple[Dim, Dim], annotations: Dim) -> tuple[Shape, ...]:
        images = self.images(size)
        maps = (tuple(self.cells(s, stride) if isinstance(s, int) else s for s in size) for stride in self.strides())
        labels = ((images[0], 2 + self.coord_num, *each) for each in maps)
        return (images, *labels, *((annotations, self.annotation, 1, 1),) * self.output_gt_boxes)


class ImageGtData(WindowMaps):
    """Images, for each field a map of what its cells should say, and annotations if they are wanted: inputs.

    Shape: batch_size×3×H×W; batch_size×(2 + coord_num)×⌊H / downsample_rate⌋×⌊W / downsample_rate⌋ for each field:
    class, x and y of the middle, width and height of a box, IoU; A×7×1×1. The sizes are crop_height and crop_width,
    else resize_height and resize_width, else unknown.
    Source: image_gt_data_layer.cpp of zhaoweicai/mscnn.
    """

    edition: ClassVar = "mscnn"
    message: ClassVar = "image_gt_data_param"
    spacing: ClassVar = "downsample_rate"
    annotation: ClassVar = 7
    ignored: ClassVar = {
        "do_multiple_scale": bool,
        "min_scale": UInt,
        "max_scale": UInt,
        "min_whaspect": float,
        "max_whaspect": float,
        "shuffle": bool,
        "fg_img_multiple": UInt,
        "cache_images": bool,
        "mirror": bool,
    }

    scale: float = Field(1.0, description="what images are multiplied by")
    mean_file: str = Field("", description="has no effect; that of transform_param has")
    downsample_rate: tuple[UInt, ...] = Field((), description="how far cells of each map are apart, in pixels")

    def cells(self, size: int, stride: int) -> int:
        return size // stride

    def preprocessing(self) -> Preprocessing | None:
        param = self.transform_param
        steps = Preprocessing(param.mean_value, param.mean_file, None, self.scale)
        return steps if steps != Preprocessing() else None


class DetectionData(WindowMaps):
    """Images, for each field a map of what its cells should say, and annotations if they are wanted: inputs.

    Shape: batch_size×3×H×W; batch_size×(2 + coord_num)×[H / stride]×[W / stride] for each field, rounded: class, x and
    y of the middle, width and height of a box, IoU; A×8×1×1. The sizes are crop_height and crop_width, else
    resize_height and resize_width; with short_size and long_size they depend on the image, and the program begins with
    long_size×short_size; else unknown.
    Source: detection_data_layer.cpp of zhaoweicai/cascade-rcnn.
    """

    message: ClassVar = "detection_data_param"
    spacing: ClassVar = "stride"
    inside: ClassVar = frozenset({"distort_param", "resize_param"})
    ignored: ClassVar = {
        "ignore_fg_threshold": float,
        "min_scale": float,
        "max_scale": float,
        "low_scale_ratio": float,
        "high_scale_ratio": float,
        "multiscale_prob": float,
        "min_whaspect": float,
        "max_whaspect": float,
        "template_ratio": tuple[float, ...],
        "anchor_ignore_margin_ratio": float,
        "anchor_ignore_iou_thr": float,
        "pickup_iou_thr": float,
        "shuffle": str,
        "mix_group_size": UInt,
        "cache_images": bool,
        "distort_param": DistortionParameter | None,
        "resize_param": ResizeParameter | None,
        "scale": float,
    }

    stride: tuple[UInt, ...] = Field((), description="how far cells of each map are apart, in pixels")
    resize_ratio: float | None = Field(None, description="what the sizes of images are multiplied by")
    short_size: UInt | None = Field(None, description="the shorter side of images, beside long_size")
    long_size: UInt | None = Field(None, description="the longer side, at most")
    crop_short_size: UInt | None = Field(None, description="the shorter side of what is cut out, beside crop_long_size")
    crop_long_size: UInt | None = Field(None, description="its longer side")

    def cells(self, size: int, stride: int) -> int:
        return (2 * size + stride) // (2 * stride)

    def first_size(self) -> tuple[int, int] | None:
        size = _long_and_short(self.crop_long_size, self.crop_short_size)
        return size or _long_and_short(self.long_size, self.short_size)


class EvalData(AnnotatedWindows):
    """Images, annotations, and the sizes of images if they are wanted: inputs of the compiled model.

    Shape: batch_size×3×H×W; A×8×1×1; batch_size×2×1×1. The sizes are resize_height and resize_width; with short_size
    and long_size they depend on the image, and the program begins with long_size×short_size; else unknown.
    Source: eval_data_layer.cpp of zhaoweicai/cascade-rcnn.
    """

    message: ClassVar = "eval_data_param"
    tops: ClassVar = Count(2, 3)
    ignored: ClassVar = {"scale": float}

    short_size: UInt | None = Field(None, description="the shorter side of images, beside long_size")
    long_size: UInt | None = Field(None, description="the longer side, at most")

    def first_size(self) -> tuple[int, int] | None:
        return _long_and_short(self.long_size, self.short_size)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images = self.images(self.resized())
        return (images, (UNKNOWN, self.annotation, 1, 1), (images[0], 2, 1, 1))[: site.tops]

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        if top:
            return (1, *shape[1:])
        first = self.first_size()
        return self.images(first) if first is not None else None


def _long_and_short(long: int | None, short: int | None) -> tuple[int, int] | None:
    return (long, short) if long and short else None


class ProposalTarget(Regressing, DataLayer):
    """What a net should say of each region. The program draws by chance with which regions it trains; a compiled model
    is given this, as it is given data.

    Bottoms: regions R×5 and annotations A×7, in Cascade R-CNN A×8. Tops: regions n×5×1×1, labels n×1×1×1, targets,
    inside and outside weights n×(4·cls_num)×1×1, or n×8×1×1 unless cls_aware, the annotation of each region n×6×1×1,
    and if wanted weights of the labels n×1×1×1. n is batch_size, of which Cascade R-CNN may have less; −1 is all, which
    depends on the data.
    Source: proposal_target_layer.cpp of zhaoweicai/mscnn and of zhaoweicai/cascade-rcnn.
    """

    message: ClassVar = "proposal_target_param"
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(6, 7)
    in_place: ClassVar = False

    cls_num: Positive = Field(description="how many classes there are, background among them")
    batch_size: int = Field(128, ge=-1, description="with how many regions to train; −1 is with all")
    fg_fraction: float = Field(0.25, description="the share of regions with an object")
    num_img_per_batch: UInt = Field(4, description="how many images there are at a time")
    fg_thr: float = Field(0.5, description="the IoU from which a region has an object")
    bg_thr_hg: float = Field(0.5, description="the IoU below which it has none")
    bg_thr_lw: float = Field(0.1, description="the IoU from which on regions without an object are taken first")
    img_width: UInt = Field(0, description="the width within which regions are made up where there is none")
    img_height: UInt = Field(0, description="the height within which they are")
    iou_weighted: bool = Field(False, description="whether labels weigh as the IoU says")
    bbox_thr_lw: float = Field(0.0, description="Cascade R-CNN: the least IoU of a region with targets")
    bbox_thr_hg: float = Field(10.0, description="Cascade R-CNN: the largest one")
    pickup_discard: bool = Field(True, description="Cascade R-CNN: whether to fill up with regions that fit less")
    append_gtbox: bool = Field(True, description="Cascade R-CNN: whether annotations are regions, too")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i, width in ((0, (5,)), (1, (7, 8))):
            shape = site.bottoms[i]
            numbers = product(shape[1:])
            if not shape or (isinstance(numbers, int) and numbers not in width):
                wanted = " or ".join(map(str, width))
                message = f"ProposalTarget takes rows of {wanted} numbers in bottom {i}, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        if not self.batch_size:
            message = "ProposalTarget needs regions to train with; −1 is all of them"
            raise Refusal(InvalidValue, message, fields=("batch_size",))
        self.bbox_reg_param.normal()
        n: Dim = self.batch_size if self.batch_size > 0 else UNKNOWN
        targets = 4 * self.cls_num if self.bbox_reg_param.cls_aware else 8
        return tuple((n, width, 1, 1) for width in (5, 1, *(targets,) * 3, 6, 1))[: site.tops]

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        return (REGIONS, *shape[1:])
