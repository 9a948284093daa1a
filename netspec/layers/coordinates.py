"""Where the elements of a top lie on the plane of the first bottom, as far as the fields of a layer say it.

Source: the coord_map of each layer in the fork of the first fully convolutional networks, and coord_map.py of Caffe's
Python interface, which has BatchNorm, Bias and Scale, too, and counts dilation.
"""

from fractions import Fraction
from typing import NamedTuple, TypeAlias

from netspec.layers.base import Elementwise, Layer, Refusal
from netspec.layers.caffe.convolution import ConvolutionParameter, Deconvolution
from netspec.layers.caffe.pooling import Pooling
from netspec.layers.caffe.shape import Crop
from netspec.layers.segmentation.shape import AlignedCrop

# Types beside the elementwise ones whose top lies as its first bottom does.
PASSED_THROUGH = frozenset(
    ["BatchNorm", "Bias", "Concat", "Dropout", "Eltwise", "LRN", "MVN", "Scale", "Slice", "Softmax", "Split"]
)
LARGEST = 2**64  # of the numbers in a fraction: deeper, nothing is told


class Along(NamedTuple):
    """Along an axis: element i of the one lies at scale·i + shift of the other."""

    scale: Fraction = Fraction(1)
    shift: Fraction = Fraction(0)

    def after(self, first: "Along") -> "Along":
        """What comes of both, one after the other."""
        return Along(self.scale * first.scale, self.scale * first.shift + self.shift)

    @property
    def inverse(self) -> "Along":
        return Along(1 / self.scale, -self.shift / self.scale)

    @property
    def large(self) -> bool:
        numbers = (self.scale.numerator, self.scale.denominator, self.shift.numerator, self.shift.denominator)
        return any(abs(number) > LARGEST for number in numbers)


Plane: TypeAlias = tuple[Along, Along]  # vertically and horizontally
SAME: Plane = (Along(), Along())


def placed(layer: Layer) -> Plane | None:
    """Where an element of the first bottom lies in the top; None where the fields do not say it."""
    if isinstance(layer, Elementwise) or layer.type_name() in PASSED_THROUGH:
        return SAME
    if isinstance(layer, AlignedCrop):
        return _cropped(layer.offset)
    if isinstance(layer, Crop):
        *_, down, across = 0, 0, *(layer.offset * 2 if len(layer.offset) == 1 else layer.offset)
        return _cropped((down, across))
    if not isinstance(layer, ConvolutionParameter | Pooling):
        return None
    try:
        found = _slid(layer)
    except Refusal:  # which is reported where its shape is asked for
        return None
    return found if found is None or isinstance(layer, Deconvolution) else (found[0].inverse, found[1].inverse)


def _cropped(offset: tuple[int, int]) -> Plane:
    down, across = (Along(shift=Fraction(-each)) for each in offset)
    return down, across


def _slid(layer: ConvolutionParameter | Pooling) -> Plane | None:
    """Where the middle of each window lies in what it slides over. Raises Refusal."""
    if isinstance(layer, Pooling) and layer.global_pooling:
        return None
    kernel, stride = layer.over_axes("kernel_size", None, 2), layer.over_axes("stride", 1, 2)
    if isinstance(layer, ConvolutionParameter):
        kernel = tuple(d * (k - 1) + 1 for k, d in zip(kernel, layer.dilations(2), strict=True))
    before, behind = layer.ends((0, 0), kernel, stride, lone=True)
    if before != behind:
        return None
    vertical, horizontal = zip(kernel, stride, before, strict=True)
    return _middle(*vertical), _middle(*horizontal)


def _middle(kernel: int, stride: int, pad: int) -> Along:
    return Along(Fraction(stride), Fraction(kernel - 1, 2) - pad)
