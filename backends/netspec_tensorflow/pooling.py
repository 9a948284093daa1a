"""Pooling, on up to three spatial axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from netspec.emit.code import Argument, Code, attribute, call
from netspec.emit.parts import Unsupported
from netspec.emit.place import Emitter, Place
from netspec.emit.shared.pooling import TYPES, counted, windowed
from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.pooling import Pooling, PoolMethod
from netspec.layers.tensors.pooling import InsideMethod
from netspec.layers.window import Windows
from netspec.shapes import integers
from netspec_tensorflow.arguments import one_or_all, sizes

# How many numbers of a window TensorFlow counts in bfloat16, where oneDNN has no kernel for it: the sum of more it
# divides by 256, too. The mean of the rows' means is that of the window.
MOST = 256


@dataclass(frozen=True)
class Pool:
    """The windows of a layer. `ends`: what has to follow the input for the last window. `size` and `output` are None
    where the code has to suit every size."""

    size: tuple[int, ...] | None
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pad: tuple[int, ...]
    ends: tuple[int, ...]
    output: tuple[int, ...] | None
    whole: bool = False  # whether there is one window, the input

    @property
    def axes(self) -> int:
        return len(self.kernel)

    @property
    def pads(self) -> list[list[int]]:
        return [[0, 0], *([p, e] for p, e in zip(self.pad, self.ends, strict=True)), [0, 0]]

    @property
    def padding(self) -> str | None:
        """TensorFlow's word for the padding, if there is one."""
        if not any(self.pad + self.ends):
            return "VALID"
        if self.size is None or self.output is None:
            rows = zip(self.kernel, self.stride, self.pad, self.ends, strict=True)
            return "SAME" if all(s == 1 and p == (k - 1) // 2 and e == k // 2 for k, s, p, e in rows) else None
        rows = zip(self.size, self.kernel, self.stride, self.pad, self.ends, self.output, strict=True)
        return "SAME" if all(_same(*row) for row in rows) else None

    @property
    def steps(self) -> tuple[Argument, Argument]:
        """Kernel and strides as arguments."""
        return one_or_all(self.kernel), one_or_all(self.stride)


def _same(size: int, kernel: int, stride: int, pad: int, end: int, output: int) -> bool:
    """Whether TensorFlow's "SAME" has these windows on an axis."""
    total = max((output - 1) * stride + kernel - size, 0)
    return output == -(-size // stride) and (pad, end) == (total // 2, total - total // 2)


def pooling(layer: Pooling, place: Place) -> Code:
    at = layer.geometry(place.site)
    if len(at.kernel) > 3:
        raise Unsupported(f"{len(at.kernel)} spatial axes; TensorFlow has up to 3")
    return _by(layer.pool, at, place)


def _by(method: PoolMethod | InsideMethod, at: Windows, place: Place) -> Code:
    pool = _pool(at)
    match method:
        case PoolMethod.MAX if len(place.output_shapes) > 1:
            return _max_with_mask(pool, at, place)
        case PoolMethod.MAX:
            return _max(pool, at, place)
        case PoolMethod.AVE:
            return _mean(pool, at, place)
        case InsideMethod():
            return _mean_inside(pool, at, place)
        case PoolMethod.STOCHASTIC:
            return _stochastic(pool, place)


def _pool(at: Windows) -> Pool:
    whole = at.kernel == at.size and not any(at.pad) and set(at.output) == {1}
    if whole and integers(at.size) is None:
        axes = len(at.size)
        return Pool(None, (0,) * axes, at.stride, at.pad, (0,) * axes, None, whole)
    size, output = integers(at.size), integers(at.output)
    return Pool(size, sizes(at.kernel), at.stride, at.pad, sizes(at.end), output, whole)


def _max(pool: Pool, at: Windows, place: Place) -> Code:
    (x,) = place.inputs
    if pool.whole and pool.size is None:
        return call("tf.reduce_max", x, axis=list(range(1, 1 + pool.axes)), keepdims=True)
    if pool.padding == "VALID" or (pool.padding and pool.axes < 3):
        return _pooled("max", pool, x, pool.padding, place)
    # Sizes as the padding of max_pool2d do not go through TFLite. In float32 the lowest number is Caffe's −FLT_MAX.
    lowest = attribute(attribute(x, "dtype"), "min")
    padded = place.let("padded", call("tf.pad", x, pool.pads, constant_values=lowest))
    return _pooled("max", pool, padded, "VALID", place)


def _max_with_mask(pool: Pool, at: Windows, place: Place) -> Code:
    if pool.axes != 2:
        raise Unsupported(f"a second top on {pool.axes} spatial axes")
    return windowed("max_pool_with_mask", place.inputs[0], at, place)


def _mean(pool: Pool, at: Windows, place: Place) -> Code:
    (x,) = place.inputs
    if pool.whole:
        return call("tf.reduce_mean", x, axis=list(range(1, 1 + pool.axes)), keepdims=True)
    if pool.padding == "VALID" and pool.axes == 2 and prod(pool.kernel) > MOST >= max(pool.kernel):
        rows = replace(pool, kernel=(pool.kernel[0], 1), stride=(pool.stride[0], 1))
        columns = replace(pool, kernel=(1, pool.kernel[1]), stride=(1, pool.stride[1]))
        return _pooled("avg", columns, place.let("rows", _pooled("avg", rows, x, "VALID", place)), "VALID", place)
    # "SAME" leaves all padding out of the mean, which is right only for what lies beyond Caffe's.
    if pool.padding == "VALID" or (
        pool.padding and not any(pool.pad + at.behind) and not any(at.outside) and pool.axes < 3
    ):
        return _pooled("avg", pool, x, pool.padding, place)
    if all(set(at.divisors(i) or ()) == {pool.kernel[i]} for i in range(pool.axes)):
        return _pooled("avg", pool, place.let("padded", call("tf.pad", x, pool.pads)), "VALID", place)
    if at.pad_end is None:
        return windowed("avg_pool", x, at, place)
    ends, rest = counted(at)
    return windowed("avg_pool_inside", call("tf.pad", x, [[0, 0], *map(list, ends), [0, 0]]), rest, place)


def _mean_inside(pool: Pool, at: Windows, place: Place) -> Code:
    if pool.whole or pool.padding == "VALID":
        return _mean(pool, at, place)
    if pool.padding and pool.axes < 3 and not any(at.outside):
        return _pooled("avg", pool, place.inputs[0], pool.padding, place)
    return windowed("avg_pool_inside", place.inputs[0], at, place)


def _stochastic(pool: Pool, place: Place) -> Code:
    """In TRAIN an element drawn with a probability proportional to it, in TEST what is expected of that."""
    (x,) = place.inputs
    if any(pool.ends):
        x = place.let("padded", call("tf.pad", x, pool.pads))
    if place.node.phase is Phase.TRAIN:
        if pool.axes != 2:
            raise Unsupported(f"STOCHASTIC in TRAIN on {pool.axes} spatial axes")
        return call(place.helper("stochastic_pool2d"), x, kernel_size=list(pool.kernel), stride=list(pool.stride))
    squares = _pooled("avg", pool, call("tf.square", x), "VALID", place)
    return call("tf.math.divide_no_nan", squares, _pooled("avg", pool, x, "VALID", place))


def _pooled(kind: str, pool: Pool, x: Code, padding: Argument, place: Place) -> Code:
    """TensorFlow's `max_pool2d` and the like."""
    if pool.axes < 3:
        return call(f"tf.nn.{kind}_pool{pool.axes}d", x, *pool.steps, padding)
    # TensorFlow's pooling on three axes has no float64.
    function, sizes = Code(f"tf.nn.{kind}_pool2d"), {"kernel_size": list(pool.kernel), "stride": list(pool.stride)}
    return call(place.helper("pool3d"), x, pool2d=function, **sizes)


EMITTERS: dict[type[Layer], Emitter] = dict.fromkeys(TYPES, pooling)
