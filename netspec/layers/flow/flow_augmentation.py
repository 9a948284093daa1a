"""Augmentation of FlowNet 2.0: images that are turned, enlarged and recolored by chance, and the flow between them.

Where nothing is left to chance, as in TEST, these layers cut out the middle and take the mean away. Each image has
PARAMETERS numbers that say what is done to it, 0 for nothing; layers pass them on to each other.
"""

from typing import ClassVar

from netspec.arrays import Array, align, concat, cut, full, stop_gradient, vector
from netspec.layers.base import ANY_NUMBER, Blob, CallSite, Count, Formula, Layer, Refusal, Role, Stochastic
from netspec.layers.fit import expect_size, needs_number
from netspec.layers.flow.augmentation import Augmentation, RandomGeneratorParameter, drawn
from netspec.layers.flow.flow import expect_images
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import BlobCount, MissingField
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import Dim, Shape, show

PARAMETERS = 42  # the fields of AugmentationCoeff
EDGE = 0.05  # how far before the last element the fork stops


class DataAugmentation(Augmentation):
    """Images turned, enlarged, cut out and recolored by chance; the middle of them in TEST. Their mean is taken away.

    With recompute_mean it is the mean of the first so many passes; here it is that of the weights. A second bottom says
    what is done to each image, which has no meaning here; a second top tells it.
    Where the middle lies between elements, it is the mean of these; the last row and column of an image that is not
    made smaller lie 0.05 before their places. There is no gradient.
    Shape: N×C×H×W to N×C×crop_height×crop_width, and N×42×1×1. Blobs: count, 1×1×1×1, and with recompute_mean mean,
    1×C×H'×W', and channel_mean, 1×C×1×1. Source: data_augmentation_layer.cpp and .cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    bottoms: ClassVar = Count(1, 2)
    tops: ClassVar = Count(1, 2)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_images(self, site.bottoms[:1])
        x, *given = site.bottoms
        size: tuple[Dim, ...] = x[2:]
        if self._cuts():
            size = self.crop_height, self.crop_width
            if x[2] < size[0] or x[3] < size[1]:
                raise Refusal(
                    OutOfBounds,
                    f"crop_height {size[0]} and crop_width {size[1]} are more than the images have: {show(x[2:])}",
                    fields=("crop_height", "crop_width"),
                    bottoms={0: ""},
                )
        if self._three() and x[1] != 3:
            message = f"a mean of three channels is taken from three channels, not {x[1]}"
            raise Refusal(BadDimensions, message, fields=("mean",), bottoms={0: ""})
        parameters = given[0] if given else (x[0], PARAMETERS, 1, 1)
        return ((*x[:2], *size), parameters)[: site.tops]

    def _cuts(self) -> bool:
        return self.has("crop_height") and self.has("crop_width")

    def _three(self) -> bool:
        return not self.recompute_mean and len(self.mean) == 3 and not self.mean_per_pixel

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        shape = self.infer(site)[0]
        count = Blob("count", (1, 1, 1, 1), role=Role.FACTOR, learnable=False)
        if not self.recompute_mean:
            return (count,)
        mean = Blob("mean", (1, *shape[1:]), role=Role.MEAN, learnable=False)
        return count, mean, Blob("channel_mean", (1, shape[1], 1, 1), role=Role.MEAN, learnable=False)

    def lacks(self, site: CallSite) -> str:
        image, *given = site.bottoms
        if given:
            return "what its second bottom says of images is not there: augment the data"
        sizes = image[2:] if self._cuts() else ()
        return super().lacks(site) or next((reason for size in sizes if (reason := needs_number(size))), "")

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, n = xs[0], xs[0].shape[0]
        self.infer(site)
        if reason := self.lacks(site):
            raise Refusal(NoMeaning, reason, fields=(name,) if (name := self.chance(site)) else ())
        if self._cuts():
            for axis, size in ((2, self.crop_height), (3, self.crop_width)):
                x = _middle(x, axis, size).named("middle")
        if self.recompute_mean:
            x = x - (blobs[1] if self.mean_per_pixel else blobs[2])
        elif self._three():
            x = x - align(vector(self.mean), 1, 4)
        return stop_gradient(x), full((n, PARAMETERS, 1, 1), 0.0)


def _middle(x: Array, axis: int, size: int) -> Array:
    """As many elements of an axis from the middle, by linear interpolation, which stops EDGE before the last one."""
    whole = x.shape[axis]
    if not isinstance(whole, int):
        return cut(x, axis, 0, size)
    begin, odd = divmod(whole - size, 2)
    if odd:
        return (cut(x, axis, begin, begin + size) + cut(x, axis, begin + 1, begin + 1 + size)) / 2
    if begin or size == 1:
        return cut(x, axis, begin, begin + size) if begin else x
    edge = (1 - EDGE) * cut(x, axis, size - 1, size) + EDGE * cut(x, axis, size - 2, size - 1)
    return concat((cut(x, axis, 0, size - 1), edge), axis)


class GenerateAugmentationParameters(Augmentation):
    """What is to be done to images, drawn by chance and added to what is given; in TEST that alone, or nothing.

    Bottoms: parameters, the images they are for, and the images they make; or one alone, parameters, or images if it
    is larger than 1×1, for which new parameters begin.
    Shape: N×42×1×1. Source: generate_augmentation_parameters_layer.cpp and .cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    bottoms: ClassVar = Count(1, 3)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if len(site.bottoms) == 2:
            message = "GenerateAugmentationParameters takes one bottom or three, not 2"
            raise Refusal(BlobCount, message)
        expect_images(self, site.bottoms)
        if len(site.bottoms) == 1:
            needed = ["crop_width", "crop_height"]
            if not self._images(site):
                needed += ["bottomwidth", "bottomheight"]
            for name in needed:
                if not self.has(name):
                    message = f"GenerateAugmentationParameters with one bottom needs {name}"
                    raise Refusal(MissingField, message, help=f"give {name}: …")
        if not self._new(site):
            expect_size(
                f"parameters of images are {PARAMETERS} numbers: {show(site.bottoms[0])}",
                site.bottoms[0][1],
                PARAMETERS,
                (0,),
            )
        return ((site.bottoms[0][0], PARAMETERS, 1, 1),)

    def _images(self, site: CallSite) -> bool:
        return len(site.bottoms) == 1 and any(size != 1 for size in site.bottoms[0][2:])

    def _new(self, site: CallSite) -> bool:
        return self.mode not in ("add", "replace") or self._images(site)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        shape = self.infer(site)[0]
        if name := self.chance(site):
            raise Refusal(NoMeaning, self.lacks(site), fields=(name,))
        return (full(shape, 0.0) if self._new(site) else xs[0],)


class FlowAugmentation(Augmentation):
    """The flow between two images after each has been changed as its parameters say.

    Bottoms: the flow, and the parameters of the first and of the second image.
    Shape: N×2×H×W to N×2×crop_height×crop_width.
    Source: flow_augmentation_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    bottoms: ClassVar = Count(3, 3)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_images(self, site.bottoms)
        flow = site.bottoms[0]
        for name in ("crop_width", "crop_height"):
            if not getattr(self, name):
                raise Refusal(MissingField, f"FlowAugmentation needs {name}", help=f"give {name}: …")
        expect_size(f"a flow has two channels, not {flow[1]}", flow[1], 2, (0,))
        return ((*flow[:2], self.crop_height, self.crop_width),)

    def lacks(self, site: CallSite) -> str:
        return "how a flow is augmented is not there: augment the data"

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        raise Refusal(NoMeaning, self.lacks(site))


class BlackAugmentation(Stochastic, Formula):
    """Images whose borders become black by chance, or pairs that become one image twice, with no flow between them.

    Chance plays in both phases. A top for each bottom, each of 2 or 3 channels and of one size.
    Shape: N×C×H×W, kept. Source: black_augmentation_layer.cpp and .cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "black_augmentation_param"
    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = ANY_NUMBER
    same_count: ClassVar = True
    in_place: ClassVar = False

    black: RandomGeneratorParameter | None = drawn("whether the pair becomes one image")
    border: RandomGeneratorParameter | None = drawn("the border, as a part of the size")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_images(self, site.bottoms)
        first = site.bottoms[0]
        for i, shape in enumerate(site.bottoms):
            if shape[1] != 2 and shape[1] != 3:
                message = f"BlackAugmentation takes images of 3 channels and flow of 2, not {shape[1]}"
                raise Refusal(BadDimensions, message, bottoms={i: ""})
            for axis in (0, 2, 3):
                message = f"BlackAugmentation takes blobs of one size: {show(first)} and {show(shape)}"
                expect_size(message, first[axis], shape[axis], (0, i))
        return site.bottoms

    def random(self, site: CallSite) -> bool:
        return self.black is not None or self.border is not None

    def deterministic(self) -> Layer:
        return self.model_construct(set(), black=None, border=None)

    def lacks(self, site: CallSite) -> str:
        return "what it draws is not there: augment the data, and remove the layer" if self.random(site) else ""

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        if reason := self.lacks(site):
            raise Refusal(NoMeaning, reason)
        return tuple(stop_gradient(x) for x in xs)
