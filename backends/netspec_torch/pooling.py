"""Pooling. PyTorch's own functions where they see Caffe's windows, else on an input padded first.

PyTorch leaves out a last window that begins beyond the input and its padding; Caffe only does so if any axis is padded.
PyTorch pads by at most half a kernel, Caffe by anything less than a kernel.
"""

from __future__ import annotations

from netspec.emit.code import Argument, Code, attribute, call
from netspec.emit.parts import Unsupported
from netspec.emit.place import Emitter, Place
from netspec.emit.shared.pooling import TYPES, counted, windowed
from netspec.layers.base import Layer, Phase
from netspec.layers.caffe.pooling import Pooling, PoolMethod
from netspec.layers.tensors.pooling import InsideMethod
from netspec.layers.window import Windows
from netspec_torch.arguments import integers, once, padding, unless


def pooling(layer: Pooling, place: Place) -> Code:
    return _pool(layer.pool, layer.geometry(place.site), place)


def _pool(method: PoolMethod | InsideMethod, windows: Windows, place: Place) -> Code:
    if len(windows.kernel) > 3:
        raise Unsupported(f"PyTorch pools on up to three spatial axes, not {len(windows.kernel)}")
    match method:
        case PoolMethod.MAX if len(place.node.outputs) > 1:
            return windowed("max_pool_with_mask", place.inputs[0], windows, place)
        case PoolMethod.MAX:
            return _max(place.inputs[0], windows)
        case PoolMethod.AVE:
            return _mean(place, windows)
        case InsideMethod():
            return _mean_inside(place, windows)
        case PoolMethod.STOCHASTIC:
            name = "weighted_pool" if place.node.phase is Phase.TEST else "stochastic_pool"
            return windowed(name, place.inputs[0], windows, place)


def _max(x: Code, windows: Windows) -> Code:
    if _is_global(windows):
        return call(f"F.adaptive_max_pool{len(windows.kernel)}d", x, 1)
    name, kernel = f"F.max_pool{len(windows.kernel)}d", integers(windows.kernel)
    if (ceil := _ceil_mode(windows)) is not None:
        return call(name, x, once(kernel), **_sliding(windows), padding=unless(windows.pad, 0), ceil_mode=ceil or None)
    lowest = attribute(call("torch.finfo", attribute(x, "dtype")), "min")  # in float32 Caffe's −FLT_MAX
    return call(name, call("F.pad", x, _ends(windows), value=lowest), once(kernel), **_sliding(windows))


def _mean(place: Place, windows: Windows) -> Code:
    (x,) = place.inputs
    if _is_global(windows):
        return call(f"F.adaptive_avg_pool{len(windows.kernel)}d", x, 1)
    name, kernel = f"F.avg_pool{len(windows.kernel)}d", integers(windows.kernel)
    if not _refused(windows) and (ceil := _ceil_mode(windows)) is not None:
        return call(name, x, once(kernel), **_sliding(windows), padding=unless(windows.pad, 0), ceil_mode=ceil or None)
    whole = all(set(windows.divisors(i) or ()) == {k} for i, k in enumerate(kernel))
    if whole:
        return call(name, call("F.pad", x, _ends(windows)), once(kernel), **_sliding(windows))
    if windows.pad_end is None:
        return windowed("avg_pool", x, windows, place)
    ends, rest = counted(windows)
    return windowed("avg_pool_inside", call("F.pad", x, padding(ends)), rest, place)


def _mean_inside(place: Place, windows: Windows) -> Code:
    (x,), pad = place.inputs, unless(windows.pad, 0)
    if _is_global(windows) or (pad is None and _ceil_mode(windows) is False):
        return _mean(place, windows)
    kernel = integers(windows.kernel)
    if pad is None or _refused(windows) or (ceil := _ceil_mode(windows)) is None:
        return windowed("avg_pool_inside", x, windows, place)
    named = {"padding": pad, "ceil_mode": ceil or None, "count_include_pad": False}
    return call(f"F.avg_pool{len(kernel)}d", x, once(kernel), **_sliding(windows), **named)


def _refused(windows: Windows) -> bool:
    """Whether PyTorch refuses a mean on three axes: of a kernel larger than the input, though padding, or a last window
    that goes on beyond it, would make up for that."""
    sizes = (n if isinstance(n, int) else 1 for n in windows.size)
    return len(windows.kernel) == 3 and any(n < k for n, k in zip(sizes, integers(windows.kernel), strict=True))


def _is_global(windows: Windows) -> bool:
    return windows.kernel == windows.size and set(windows.pad) == {0} and set(windows.output) == {1}


def _ceil_mode(windows: Windows) -> bool | None:
    """Whether PyTorch has to round up to see the same windows; None where it sees others, or refuses the padding."""
    if windows.room is not None:
        return _ceil_for_all(windows)
    axes = list(
        zip(*map(integers, (windows.size, windows.kernel, windows.output)), windows.stride, windows.pad, strict=True)
    )
    if windows.pad_end is not None or any(p > k // 2 for _, k, _, _, p in axes):
        return None
    if all((n + 2 * p - k) // s + 1 == output for n, k, output, s, p in axes):
        return False
    rounded = [(-(-(n + 2 * p - k) // s) + 1, output, s, n + p) for n, k, output, s, p in axes]
    return True if all(o - ((o - 1) * s >= end) == output for o, output, s, end in rounded) else None


def _ceil_for_all(windows: Windows) -> bool | None:
    """As `_ceil_mode`, for an input of any size. Never True: whether the last window counts, PyTorch asks of the size,
    and torch.export cannot answer that for sizes such as those behind a convolution of stride 2."""
    fits = windows.pad_end is None and windows.room == windows.pad
    narrow = all(p <= k // 2 for p, k in zip(windows.pad, integers(windows.kernel), strict=True))
    return False if fits and narrow else None


def _sliding(windows: Windows) -> dict[str, Argument]:
    """PyTorch's windows stand side by side unless told otherwise."""
    return {"stride": None if windows.stride == windows.kernel else once(windows.stride)}


def _ends(windows: Windows) -> tuple[int, ...]:
    return padding(list(zip(windows.pad, integers(windows.end), strict=True)))


EMITTERS: dict[type[Layer], Emitter] = dict.fromkeys(TYPES, pooling)
