"""Region proposals: boxes around which a net suspects objects. Those of py-faster-rcnn are layers in Python."""

from collections.abc import Mapping, Sequence
from math import floor, inf, isinf
from typing import ClassVar

from netspec.arrays import Array, DType, cast, concat, cut, matrix, reshape, stop_gradient
from netspec.layers.base import (
    Above0,
    CallSite,
    Count,
    Field,
    Finite,
    Formula,
    Phase,
    Positive,
    PythonLayer,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
)
from netspec.layers.data_layer import DataLayer
from netspec.layers.detection.geometry import by_cell, proposed_boxes
from netspec.layers.detection.selection import proposals
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, VARYING, Shape, determined, integers, product, show

Box = tuple[float, float, float, float]

AGNOSTIC = 8  # targets of a region where all classes share them: cfg.TRAIN.AGNOSTIC of py-R-FCN
IMAGE = (3, 600, 1000)
EVEN = (3, 640, 1024)  # an image that can be halved seven times, as a net needs it that adds maps it has enlarged
REGIONS = 128  # that py-faster-rcnn trains on at a time: BATCH_SIZE in its fast_rcnn/config.py


class Proposing(Formula):
    """What makers of proposals have in common.

    Around each cell of a feature map stand A anchors. Moved and stretched as the net predicts they are proposals; these
    are cut off at the border of the image, and go through non-maximum suppression (NMS). Of equal scores the earlier
    one comes first.
    """

    bottoms: ClassVar = Count(3, 3)
    tops: ClassVar = Count(1, 2)
    in_place: ClassVar = False

    def anchors(self) -> tuple[Box, ...]:
        """The anchors around the cell at 0, 0."""
        raise NotImplementedError

    def limits(self, phase: Phase) -> Mapping[str, float]:
        """How many `proposals` keep, and what is too small, by name."""
        raise NotImplementedError

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        """One image, where nothing says how many."""
        count = len(self.anchors())
        maps = [shape for shape in bottoms[:2] if shape is not None and len(shape) == 4]
        n, _, *space = next((shape for shape in maps if determined(shape)), (1, 0, UNKNOWN, UNKNOWN))
        return {
            0: SizeRequirement.of((n, 2 * count, *space)),
            1: SizeRequirement.of((n, 4 * count, *space)),
            2: SizeRequirement.of((1, 3)),
        }

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, deltas, info = site.bottoms
        for i, shape in enumerate((scores, deltas)):
            if len(shape) != 4:
                message = f"{self.type_name()} takes scores N×2A×H×W and deltas N×4A×H×W, not {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        count = len(self.anchors())
        for i, (shape, factor) in enumerate(((scores, 2), (deltas, 4))):
            expect_size(
                f"{self.type_name()} has {count} anchors, which take {factor}·{count} = {factor * count} channels in "
                f"bottom {i}, not {shape[1]}",
                shape[1],
                factor * count,
                (i,),
                "the number of scales times that of ratios is the number of anchors",
            )
        for axis in (0, 2, 3):
            message = f"{self.type_name()} needs scores and deltas of equal size on axis {axis}"
            expect_size(message, scores[axis], deltas[axis], (0, 1))
        if product(info) < 3:
            message = f"{self.type_name()} takes height, width and scale of an image: 1×3, not {show(info)}"
            raise Refusal(BadDimensions, message, bottoms={2: ""})
        return ((VARYING, 5), self.score_shape())[: site.tops]

    def score_shape(self) -> Shape:
        return (VARYING,)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        found = self.found(site, xs)
        regions, scores = (cast(x, DType.FLOAT) for x in (cut(found, 1, 0, 5), cut(found, 1, 5, 6)))
        return regions, reshape(scores, self.score_shape())

    def found(self, site: CallSite, xs: tuple[Array, ...], **more: bool) -> Array:
        """What `proposals` gives of the bottoms."""
        scores, deltas, info = (cast(stop_gradient(x), DType.WIDE) for x in xs)
        count, (n, _, *space), numbers = len(self.anchors()), deltas.shape, product(info.shape)
        scores = reshape(cut(scores, 1, count, 2 * count), (n, count, 1, *space))
        deltas, info = reshape(deltas, (n, count, 4, *space)), reshape(info, (numbers,)).named("info")
        anchors = matrix(self.anchors(), DType.WIDE)
        boxes = proposed_boxes(deltas, anchors, info, float(self.cell())).named("boxes")
        scale = cut(info, 0, 2, 3)
        if isinstance(numbers, int) and numbers > 3:
            scale = concat([cut(info, 0, 3, 4), scale], 0)
        return proposals(boxes, by_cell(scores), scale, **self.limits(site.phase), **more).named("found")

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """An image of the size that the feature map has, of which proposals are no small part."""
        sizes = integers((*site.bottoms[1][2:], product(site.bottoms[2])))
        if sizes is None:
            return {}
        height, width, numbers = sizes
        cell, scale = self.cell(), (0.2, 0.4)
        image = ((cell * (height - 0.5), cell * height), (cell * (width - 0.5), cell * width))
        return {2: (*image, *(scale,) * (numbers - 2))}

    def cell(self) -> int:
        """How far cells are apart, in pixels."""
        raise NotImplementedError


class Proposal(Proposing):
    """Proposals, R×5: item, x1, y1, x2, y2, in pixels; and if there is a second top their scores, R.

    Bottoms: scores N×2A×H×W, of which the second half counts; deltas N×4A×H×W; height, width and scale of the image.
    A proposal that is smaller than min_size·scale has the score 0. R depends on the data.
    Source: proposal_layer.cpp of the PVANET fork. No gradient.
    """

    edition: ClassVar = "pvanet"
    message: ClassVar = "proposal_param"

    feat_stride: Positive = Field(16, description="how far cells are apart, in pixels")
    base_size: Positive = Field(16, description="the side of the square that anchors are made from")
    min_size: Positive = Field(16, description="the least width and height of a proposal")
    ratio: tuple[Above0, ...] = Field(min_length=1, description="height by width of anchors")
    scale: tuple[Finite, ...] = Field(min_length=1, description="their sizes, as factors on base_size")
    pre_nms_topn: Positive = Field(6000, description="how many proposals enter NMS, best first")
    post_nms_topn: Positive = Field(300, description="how many of an item are kept after it, at most")
    nms_thresh: float = Field(0.7, description="NMS drops boxes whose IoU with a better one exceeds this")

    def cell(self) -> int:
        return self.feat_stride

    def limits(self, phase: Phase) -> Mapping[str, float]:
        sizes = {"min_size": float(self.min_size), "small_score": 0.0, "nms_threshold": self.nms_thresh}
        return {**sizes, "pre_nms_top_n": self.pre_nms_topn, "post_nms_top_n": self.post_nms_topn}

    def anchors(self) -> tuple[Box, ...]:
        return anchors(self.base_size, self.ratio, self.scale)


class Configured(Proposing):
    """With the limits of py-faster-rcnn's configuration, which programs made of it have kept."""

    def limits(self, phase: Phase) -> Mapping[str, float]:
        pre, post = self.top_n(phase)
        sizes = {"min_size": 16.0, "small_score": -inf, "nms_threshold": 0.7}
        return {**sizes, "pre_nms_top_n": pre, "post_nms_top_n": post}

    def top_n(self, phase: Phase) -> tuple[int, int]:
        """How many proposals enter NMS, and how many are kept: pre_nms_top_n and post_nms_top_n."""
        return (6000, 300) if phase is Phase.TEST else (12000, 2000)


class PythonProposal(PythonLayer, Configured):
    """Proposals, R×5: 0, x1, y1, x2, y2, in pixels; and if there is a second top their scores, R×1.

    Bottoms: scores 1×2A×H×W, of which the second half counts; deltas 1×4A×H×W; height, width and scale of the image.
    Proposals smaller than 16·scale are left out. The 6000 best in TEST, 12000 in TRAIN, go through NMS with an IoU
    threshold of 0.7, and 300 are kept in TEST, 2000 in TRAIN. R depends on the data.
    Source: rpn/proposal_layer.py of py-faster-rcnn, with its configuration. No gradient.
    """

    edition: ClassVar = "fast-rcnn"
    python: ClassVar = ("rpn.proposal_layer", "ProposalLayer")

    feat_stride: Positive = Field(16, description="how far cells are apart, in pixels")
    scales: tuple[Finite, ...] = Field((8.0, 16.0, 32.0), min_length=1, description="sizes of anchors, in times 16")
    ratios: tuple[Above0, ...] = Field((0.5, 1.0, 2.0), min_length=1, description="height by width of anchors")

    def cell(self) -> int:
        return self.feat_stride

    def anchors(self) -> tuple[Box, ...]:
        return anchors(16, self.ratios, self.scales)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shapes = super().infer(site)
        message = f"PythonProposal takes one image at a time, not {site.bottoms[0][0]}"
        expect_size(message, site.bottoms[0][0], 1, (0,))
        return shapes

    def score_shape(self) -> Shape:
        return (VARYING, 1)


def anchors(base: int, ratios: Sequence[float], scales: Sequence[float], even: bool = True) -> tuple[Box, ...]:
    """Boxes around the square from 0, 0 to base − 1, base − 1: every ratio in every scale.

    Sides are rounded before they are scaled, halves to even numbers or, as in C, up. Raises Refusal for a ratio that is
    as good as 0.
    Source: generate_anchors.py of py-faster-rcnn.
    """
    middle = (base - 1) / 2
    found: list[Box] = []
    for ratio in ratios:
        area = base * base / ratio
        if isinf(area):
            message = f"a ratio of {ratio:g} makes anchors of no finite width"
            raise Refusal(InvalidValue, message, fields=("ratio", "ratios"))
        width = round(area**0.5) if even else floor(area**0.5 + 0.5)
        height = round(width * ratio) if even else floor(width * ratio + 0.5)
        for scale in scales:
            x, y = (width * scale - 1) / 2, (height * scale - 1) / 2
            found.append((middle - x, middle - y, middle + x, middle + y))
    return tuple(found)


class PythonAnchorTarget(PythonLayer, DataLayer):
    """What a region proposal net should say of each anchor. Caffe draws by chance which anchors it trains on; compiled
    code is given this, as it is given data.

    Bottoms: scores 1×2A×H×W, annotations, size of the image, image. Tops: labels 1×1×(A·H)×W, and targets, inside and
    outside weights 1×4A×H×W. Source: rpn/anchor_target_layer.py of py-faster-rcnn.
    """

    edition: ClassVar = "fast-rcnn"
    python: ClassVar = ("rpn.anchor_target_layer", "AnchorTargetLayer")
    bottoms: ClassVar = Count(4, 4)
    tops: ClassVar = Count(4, 4)
    in_place: ClassVar = False

    feat_stride: Positive = Field(16, description="how far cells are apart, in pixels")
    scales: tuple[Finite, ...] = Field((8.0, 16.0, 32.0), min_length=1, description="sizes of anchors, in times 16")
    ratios: tuple[Above0, ...] = Field((0.5, 1.0, 2.0), min_length=1, description="height by width of anchors")
    allowed_border: float = Field(0.0, description="how far an anchor may lie outside the image")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores = site.bottoms[0]
        if len(scores) != 4:
            message = f"PythonAnchorTarget takes scores 1×2A×H×W, not {show(scores)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(scores)))
        count, (height, width) = len(self.scales) * len(self.ratios), scores[2:]
        return ((1, 1, height * count, width), *((1, 4 * count, height, width),) * 3)


class PythonProposalTarget(PythonLayer, DataLayer):
    """What a net should say of each proposal. Caffe draws by chance which proposals it trains on; a compiled model is
    given this, as it is given data.

    Bottoms: proposals and annotations. Tops: proposals 128×5, labels 128×1×1×1, and targets, inside and outside weights
    128×(4·num_classes), or where only that fits 128×8×1×1: R-FCN may share targets between classes. A file beside the
    net may set another number of proposals; `inputs` gives such shapes.
    Source: rpn/proposal_target_layer.py and fast_rcnn/config.py of py-faster-rcnn.
    """

    edition: ClassVar = "fast-rcnn"
    python: ClassVar = ("rpn.proposal_target_layer", "ProposalTargetLayer")
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(5, 5)
    in_place: ClassVar = False

    num_classes: Positive = Field(description="how many classes there are, background among them")

    def alternative_shape(self, top: int, shape: Shape) -> Shape | None:
        return (REGIONS, AGNOSTIC, 1, 1) if top > 1 else None

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        return ((REGIONS, 5), (REGIONS, 1, 1, 1), *((REGIONS, 4 * self.num_classes),) * 3)


class PythonRoIData(PythonLayer, DataLayer):
    """Images and their annotations: inputs of the compiled model.

    With a top called im_info: an image 1×3×600×1000, or where only that fits 1×3×640×1024, its height, width and scale
    1×3, annotations 1×5. Else images
    2×3×600×1000, regions 128×5, labels 128, and targets and weights 128×(4·num_classes); or where only
    that fits as R-FCN has them, of four axes, and with targets that all classes share, 128×8×1×1. A file beside the net
    may set other sizes than these, which are those of the source; `inputs` gives them.
    Source: roi_data_layer/layer.py and fast_rcnn/config.py of py-faster-rcnn: IMS_PER_BATCH, SCALES, MAX_SIZE,
    BATCH_SIZE.
    """

    edition: ClassVar = "fast-rcnn"
    python: ClassVar = ("roi_data_layer.layer", "RoIDataLayer")
    tops: ClassVar = Count(2, 6)

    num_classes: Positive = Field(description="how many classes there are, background among them")

    def alternative_shape(self, top: int, shape: Shape) -> Shape | None:
        if top == 0 and shape == (1, *IMAGE):
            return (1, *EVEN)
        regions = isinstance(shape[0], int) and shape[0] == REGIONS if shape else False
        return (REGIONS, {1: 5, 2: 1}.get(top, AGNOSTIC), 1, 1) if regions else None

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        if "im_info" in site.named:
            return ((1, *IMAGE), (1, 3), (1, 5))[: site.tops]
        targets = (REGIONS, 4 * self.num_classes)
        return ((2, *IMAGE), (REGIONS, 5), (REGIONS,), *(targets,) * 3)[: site.tops]
