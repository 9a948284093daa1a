"""How parameters begin: Caffe's fillers (filler.hpp), by PyTorch's initialisers where these follow the same rule."""

from __future__ import annotations

import math
from collections.abc import Callable

from netspec.emit.code import Code, call, method, nested
from netspec.emit.parts import Slot, Unsupported
from netspec.layers.base import FillerParameter
from netspec.layers.gabor import waves
from netspec.layers.message import VarianceNorm
from netspec.shapes import integers, product


def filled(shape: tuple[int, ...], value: float) -> Code:
    """A new tensor of one value."""
    match value:
        case 0.0:
            return call("torch.zeros", *(shape or ((),)))
        case 1.0:
            return call("torch.ones", *(shape or ((),)))
        case _:
            return call("torch.full", shape, value)


def constant(slot: Slot) -> Code | None:
    """A new tensor with the filler's values, or None for a filler that draws them."""
    filler = slot.blob.filler
    return filled(slot.shape, filler.value) if filler.type == "constant" else None


def fill(slot: Slot, helper: Callable[[str], str]) -> Callable[[Code], Code]:
    """The statement that fills a parameter, given the code of that. `helper` names a helper of the backend."""
    filler = slot.blob.filler
    match filler.type:
        case "constant":
            return _constant(filler.value)
        case "uniform":
            low, high = (filler.min, filler.max) if (filler.min, filler.max) != (0, 1) else (None, None)
            return lambda weight: call("nn.init.uniform_", weight, *(v for v in (low, high) if v is not None))
        case "gaussian" if filler.sparse >= 0:
            name = helper("sparse_normal_")
            return lambda weight: call(
                name, weight, sparse=filler.sparse, mean=filler.mean or None, std=_unless_one(filler.std)
            )
        case "gaussian":
            return lambda weight: call("nn.init.normal_", weight, mean=filler.mean or None, std=_unless_one(filler.std))
        case "xavier" | "msra":
            return _fan(slot, filler)
        case "radial":
            name, drawn = helper("symmetric_"), _fan(slot, filler)
            return lambda weight: call(name, drawn(weight), filters=int(slot.shape[0] * filler.symmetric_fraction))
        case "diagonal":
            name = helper("diagonal_")
            return lambda weight: call(name, weight, sums=filler.diag_val or None)
        case "positive_unitball" | "bilinear" | "gaussian_unitball" | "identity":
            name = helper(f"{filler.type}_")
            return lambda weight: call(name, weight)
        case "values":
            name, caffes = helper("values_"), integers(slot.blob.shape) or ()
            values = nested(filler.values, caffes)
            if slot.order:
                values = method(call("torch.tensor", values), "permute", slot.order)
            return lambda weight: call(name, weight, values=values)
        case "gabor":
            name, kernels = helper("gabor_"), [tuple(wave) for wave in waves(slot.shape[0], slot.shape[-1])]
            return lambda weight: call(name, weight, waves=kernels)
        case unknown:
            raise Unsupported(f"filler {unknown}")


def _constant(value: float) -> Callable[[Code], Code]:
    match value:
        case 0.0:
            return lambda weight: call("nn.init.zeros_", weight)
        case 1.0:
            return lambda weight: call("nn.init.ones_", weight)
        case _:
            return lambda weight: call("nn.init.constant_", weight, value)


def _fan(slot: Slot, filler: FillerParameter) -> Callable[[Code], Code]:
    """xavier and radial draw from U(−√(3/n), √(3/n)), msra from N(0, √(2/n / (1 + alpha²))).

    From two axes on PyTorch counts n as Caffe does.
    """
    shape = integers(slot.blob.shape) or ()
    xavier, norm = filler.type != "msra", filler.variance_norm
    alpha = 0.0 if xavier else filler.alpha
    if len(shape) < 2 or slot.order or (alpha and norm is VarianceNorm.AVERAGE):
        count = _integer(product(shape))
        fan_in, fan_out = (count // size for size in (*(shape or (1,)), 1)[:2])
        n = {VarianceNorm.FAN_IN: fan_in, VarianceNorm.FAN_OUT: fan_out}.get(norm, (fan_in + fan_out) / 2)
        bound, std = math.sqrt(3 / n), math.sqrt(2 / n / (1 + alpha**2))
        return lambda weight: (
            call("nn.init.uniform_", weight, -bound, bound) if xavier else call("nn.init.normal_", weight, std=std)
        )
    if norm is VarianceNorm.AVERAGE:
        name, gain = ("xavier_uniform_", None) if xavier else ("xavier_normal_", Code("2**0.5"))
        return lambda weight: call(f"nn.init.{name}", weight, gain=gain)
    mode = "fan_out" if norm is VarianceNorm.FAN_OUT else None
    name, kind = ("kaiming_uniform_", "linear") if xavier else ("kaiming_normal_", None if alpha else "relu")
    return lambda weight: call(f"nn.init.{name}", weight, a=alpha or None, mode=mode, nonlinearity=kind)


def _unless_one(value: float) -> float | None:
    return None if value == 1 else value


def _integer(count: object) -> int:
    return count if isinstance(count, int) else 1
