"""Layers of Synopsys' fork that make one number of all those along axes, as TensorFlow's and ONNX's operators do."""

from typing import ClassVar

from netspec.arrays import Array, DType, absolute, cast, exp, largest, log, mean, not_equal, sqrt, total
from netspec.layers.base import Field, Formula, Refusal, canonical_axis
from netspec.problems.fields import InvalidValue


class Reduce(Formula):
    """What the layers have in common: the axes, and whether they stay."""

    in_place: ClassVar = False

    def over(self) -> tuple[tuple[int, ...], bool, str]:
        """The axes as given, whether they stay, as 1, and the field that names them."""
        raise NotImplementedError

    def formula(self, x: Array) -> Array:
        given, kept, field = self.over()
        axes = tuple(sorted(canonical_axis(axis, x.shape, field) for axis in given)) or tuple(range(x.rank))
        if len(set(axes)) < len(axes):
            message = f"{field} names an axis more than once: {', '.join(map(str, given))}"
            raise Refusal(InvalidValue, message, fields=(field,), help="name each axis once")
        return self.reduced(x, axes, kept) if axes else self.reduced(x, (), True)

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        raise NotImplementedError


class TensorFlowReduce(Reduce):
    """The fields after TensorFlow."""

    axis: tuple[int, ...] = Field((), description="which axes; negative counts from the end; none is all")
    keepdims: bool = Field(False, description="whether they stay, with a size of 1")

    def over(self) -> tuple[tuple[int, ...], bool, str]:
        return self.axis, self.keepdims, "axis"


class OnnxReduce(Reduce):
    """The fields after ONNX."""

    axes: tuple[int, ...] = Field((), description="which axes; negative counts from the end; none is all")
    keepdims: int = Field(1, description="whether they stay, with a size of 1: 1 or 0")

    def over(self) -> tuple[tuple[int, ...], bool, str]:
        return self.axes, self.keepdims == 1, "axes"


class ReduceSum(TensorFlowReduce):
    """The sum over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_sum_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_sum_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return total(x, axes, kept)


class ReduceMean(TensorFlowReduce):
    """The mean over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_mean_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_mean_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return mean(x, axes, kept)


class ReduceMax(TensorFlowReduce):
    """The largest element over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_max_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_max_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return largest(x, axes, kept)


class ReduceMin(TensorFlowReduce):
    """The smallest element over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_min_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_min_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return -largest(-x, axes, kept)


class ReduceLogsumexp(TensorFlowReduce):
    """log Σ exp(x) over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_logsumexp_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_logsumexp_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return log(total(exp(x), axes, kept))


class ReduceAll(TensorFlowReduce):
    """1 where no element over axes is 0, else 0.

    Shape: without the axes, or 1 in their place. Source: reduce_all_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_all_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return -largest(-_present(x), axes, kept)


class ReduceAny(TensorFlowReduce):
    """1 where an element over axes is not 0, else 0.

    Shape: without the axes, or 1 in their place. Source: reduce_any_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_any_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return largest(_present(x), axes, kept)


class CountNonzero(TensorFlowReduce):
    """How many elements over axes are not 0.

    Shape: without the axes, or 1 in their place. Source: count_nonzero_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "count_nonzero_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return total(_present(x), axes, kept)


class ReduceL1(OnnxReduce):
    """Σ |x| over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_l1_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_l1_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return total(absolute(x), axes, kept)


class ReduceL2(OnnxReduce):
    """sqrt(Σ x²) over axes.

    Shape: without the axes, or 1 in their place. Source: reduce_l2_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "reduce_l2_param"

    def reduced(self, x: Array, axes: tuple[int, ...], kept: bool) -> Array:
        return sqrt(total(x**2, axes, kept))


def _present(x: Array) -> Array:
    """1 where an element is not 0, else 0."""
    return cast(not_equal(x, 0.0), DType.FLOAT)
