"""The layers in Python of MNC, whose stages find boxes, masks of what is in them, and what that is.

What trains a stage is drawn by chance, or made of annotated masks, and given to compiled code as data. So no gradient
goes from there into the stage before, as the project's layers have it go.
Source: lib/pylayer and lib/mnc_config.py of daijifeng001/MNC.
"""

from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    argmax,
    cast,
    concat,
    cut,
    flip,
    full_like,
    insert_axis,
    minimum,
    relu,
    reshape,
    rows,
    stop_gradient,
)
from netspec.arrays.functions import function
from netspec.layers.base import CallSite, Count, Field, Formula, Positive, PythonLayer, Refusal
from netspec.layers.data_layer import DataLayer
from netspec.layers.detection.geometry import CodeType, decode_boxes
from netspec.layers.detection.proposals import IMAGE, Box, Configured, PythonAnchorTarget, anchors
from netspec.layers.detection.refinement import expect_regions
from netspec.layers.fit import expect_size
from netspec.problems.shapes import BadDimensions
from netspec.shapes import VARYING, Dim, Shape, product, show

REGIONS = 64  # that a stage trains on: TRAIN.BATCH_SIZE
FOREGROUND = 19  # of these, where there are enough: TRAIN.FG_FRACTION
MASK = 21  # rows and columns of a mask: MASK_SIZE
MASK_IN = 14  # of one that is given: CFM_INPUT_MASK_SIZE
NOTED = 12  # numbers that are kept of a mask


class PythonMNCProposal(PythonLayer, Configured):
    """Proposals, R×5: 0, x1, y1, x2, y2, in pixels; and if there is a second top their numbers among all boxes, 1×R, by
    row, column and anchor.

    Bottoms: scores 1×18×H×W, of which the second half counts; deltas 1×36×H×W; height, width and scale of the image.
    Anchors and limits are those of PythonProposal. R depends on the data. No gradient.
    Source: lib/pylayer/proposal_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.proposal_layer", "ProposalLayer")
    ignored: ClassVar = {"use_clip": int, "clip_base": float, "gradient_scale": float}

    feat_stride: Positive = Field(description="how far cells are apart, in pixels")

    def cell(self) -> int:
        return self.feat_stride

    def anchors(self) -> tuple[Box, ...]:
        return anchors(16, (0.5, 1.0, 2.0), (8.0, 16.0, 32.0))

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shapes = super().infer(site)
        expect_size(f"{self.called()} takes one image at a time, not {site.bottoms[0][0]}", site.bottoms[0][0], 1, (0,))
        return shapes

    def score_shape(self) -> Shape:
        return (1, VARYING)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        found = self.found(site, xs, numbered=site.tops > 1)
        regions = cast(cut(found, 1, 0, 5), DType.FLOAT)
        return (regions, reshape(cast(cut(found, 1, 6, 7), DType.FLOAT), (1, VARYING))) if site.tops > 1 else (regions,)


class PythonMNCAnchorTarget(PythonAnchorTarget):
    """What a region proposal net should say of each anchor, as PythonAnchorTarget; the numbers of the proposals that
    the next stage trains on may be two more bottoms, in the place of the image. Inputs of the compiled model.

    Source: lib/pylayer/anchor_target_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.anchor_target_layer", "AnchorTargetLayer")
    bottoms: ClassVar = Count(3, 5)


class PythonMNCProposalTarget(PythonLayer, DataLayer):
    """What a stage should say of each proposal. The project draws by chance which proposals it trains on; a compiled
    model is given this, as it is given data.

    Tops: proposals 64×5, labels 64, targets, inside and outside weights 64×(4·num_classes); and with masks their
    targets and weights 64×1×21×21, 12 numbers of each, 64×12, and the numbers of the proposals that hold something,
    19, and of the others, 45: as many as TRAIN.FG_FRACTION allows. `inputs` gives other shapes.
    Source: lib/pylayer/proposal_target_layer.py and lib/mnc_config.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.proposal_target_layer", "ProposalTargetLayer")
    bottoms: ClassVar = Count(3, 6)
    tops: ClassVar = Count(5, 10)
    in_place: ClassVar = False
    ignored: ClassVar = {"bp_all": int}

    num_classes: Positive = Field(description="how many classes there are, background among them")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        targets, masks = (REGIONS, 4 * self.num_classes), (REGIONS, 1, MASK, MASK)
        numbers = ((FOREGROUND,), (REGIONS - FOREGROUND,))
        return ((REGIONS, 5), (REGIONS,), *(targets,) * 3, masks, masks, (REGIONS, NOTED), *numbers)[: site.tops]


class PythonMNCMask(PythonLayer, Formula):
    """Masks as maps: R×441 to R×1×21×21.

    Source: lib/pylayer/mask_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.mask_layer", "MaskLayer")
    in_place: ClassVar = False

    def formula(self, x: Array) -> Array:
        return reshape(x, masks(self, x.shape))


class PythonMNCMaskLabels(PythonLayer, DataLayer):
    """Masks as maps and their labels, as TRAIN has them: a label counts where the mask meets its annotation. Both are
    inputs of the compiled model.

    Bottoms: masks R×441, annotated masks, and what is known of these, R×12. Tops: R×1×21×21, and R×1.
    Source: lib/pylayer/mask_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = PythonMNCMask.python
    bottoms: ClassVar = Count(3, 3)
    tops: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape = masks(self, site.bottoms[0])
        return shape, (shape[0], 1)


class PythonStageBridge(PythonLayer, Formula):
    """The regions of the next stage, R×5: 0, x1, y1, x2, y2, in pixels: each as it is said to be if its class is the
    likeliest one, within the image.

    Bottoms: regions R×5, what is said of boxes R×4C, scores R×C, and height, width and scale of the image. No gradient.
    Source: lib/pylayer/stage_bridge_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.stage_bridge_layer", "StageBridgeLayer")
    bottoms: ClassVar = Count(4, 4)
    in_place: ClassVar = False
    ignored: ClassVar = {"feat_stride": int, "use_clip": int, "clip_base": float, "num_classes": int}

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores = site.bottoms[2]
        classes = product(scores[1:])
        count = expect_regions(self, site, {0: 5, 1: 4 * classes, 2: classes})
        if product(site.bottoms[3]) < 2:
            message = f"{self.called()} takes height, width and scale of an image: 1×3, not {show(site.bottoms[3])}"
            raise Refusal(BadDimensions, message, bottoms={3: ""})
        return ((count, 5),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        ((count, _),) = self.infer(site)
        classes, size = product(xs[2].shape[1:]), product(xs[3].shape)
        regions, said, scores, info = (cast(stop_gradient(x), DType.WIDE) for x in xs)
        said, scores = reshape(said, (count, classes, 4)), reshape(scores, (count, classes))
        border = flip(cut(reshape(info, (size,)), 0, 0, 2), 0) - 1
        boxes = stage_boxes(reshape(regions, (count, 5)), said.named("said"), scores, border.named("border"))
        return (cast(boxes, DType.FLOAT),)


@function("regions 5", "regions classes 4", "regions classes", "2")
def stage_boxes(regions: Array, said: Array, scores: Array, border: Array) -> Array:
    """Regions moved as is said of each one's best class, from 0 to the border (x, y): 0, x1, y1, x2, y2."""
    best = insert_axis(argmax(scores, 1), 2).named("best")
    base = concat([cut(regions, 1, 1, 3), cut(regions, 1, 3, 5) + 1], 1).named("base", "up to behind the last pixel")
    own = decode_boxes(rows(said, best), insert_axis(base, 1), code_type=CodeType.CENTER_SIZE)
    boxes = reshape(own, (regions.shape[0], 4)).named("boxes")
    ends = insert_axis(concat([border, border], 0), 0)
    return concat([full_like(cut(regions, 1, 0, 1), 0.0), relu(minimum(boxes, ends))], 1)


class PythonStageTargets(PythonLayer, DataLayer):
    """The regions of the next stage and what it should say of them, as TRAIN has them: inputs of the compiled model.

    Bottoms: regions R×5, what is said of boxes, scores, annotations G×5, masks, the image's size, sizes of masks. Tops,
    for the R + G regions that there are with the annotations: these, labels, targets of masks and their weights, what
    is known of these, and of boxes targets, inside and outside weights.
    Source: lib/pylayer/stage_bridge_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = PythonStageBridge.python
    bottoms: ClassVar = Count(7, 7)
    tops: ClassVar = Count(8, 8)
    in_place: ClassVar = False
    ignored: ClassVar = {"feat_stride": int, "use_clip": int, "clip_base": float}

    num_classes: Positive = Field(description="how many classes there are, background among them")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i in (0, 3):
            if not site.bottoms[i]:
                raise Refusal(BadDimensions, f"{self.called()} takes rows, not a scalar", bottoms={i: ""})
        count = site.bottoms[0][0] + site.bottoms[3][0]
        shapes: list[tuple[Dim, ...]] = [(5,), (), (1, MASK, MASK), (1, MASK, MASK), (NOTED,)]
        return tuple((count, *shape) for shape in (*shapes, *((4 * self.num_classes,),) * 3))


class PythonMNCData(PythonLayer, DataLayer):
    """An image and its annotations: inputs of the compiled model.

    Shape: an image 1×3×600×1000, its height, width and scale 1×3, annotations 1×5; and with masks these, 1×21×21, and
    the height and width of each, 1×2. An image has as many rows as it has annotations, and masks as large as the
    largest; `inputs` gives such shapes. Source: lib/pylayer/mnc_data_layer.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.mnc_data_layer", "MNCDataLayer")
    tops: ClassVar = Count(3, 5)

    num_classes: Positive = Field(description="how many classes there are, background among them")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ((1, *IMAGE), (1, 3), (1, 5), (1, MASK, MASK), (1, 2))[: site.tops]


class PythonCFMData(PythonLayer, DataLayer):
    """An image, regions with masks, and what a net should say of them: inputs of the compiled model.

    Shape: an image 1×3×600×1000, regions 64×5, masks 64×1×14×14, labels of boxes and of masks 64×1, targets of boxes
    64×(4·num_classes) and of masks 64×1×21×21, inside and outside weights of boxes, and weights of masks, of the same.
    Source: lib/pylayer/cfm_data_layer.py and lib/mnc_config.py of daijifeng001/MNC.
    """

    edition: ClassVar = "mnc"
    python: ClassVar = ("pylayer.cfm_data_layer", "CFMDataLayer")
    tops: ClassVar = Count(10, 10)

    num_classes: Positive = Field(description="how many classes there are, background among them")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        labels, boxes, maps = (REGIONS, 1), (REGIONS, 4 * self.num_classes), (REGIONS, 1, MASK, MASK)
        given = (1, *IMAGE), (REGIONS, 5), (REGIONS, 1, MASK_IN, MASK_IN)
        return (*given, labels, labels, boxes, maps, boxes, boxes, maps)


def masks(layer: PythonLayer, shape: Shape) -> Shape:
    """Masks in rows as maps. Raises Refusal."""
    if not shape:
        raise Refusal(BadDimensions, f"{layer.called()} takes masks R×{MASK**2}, not a scalar", bottoms={0: ""})
    message = f"{layer.called()} takes masks of {MASK}·{MASK} = {MASK**2} numbers, not {show(shape)}"
    expect_size(message, product(shape[1:]), MASK**2, (0,))
    return (shape[0], 1, MASK, MASK)
