"""Convolution, its adjoint, and the patches that a kernel sees: window by window, on any number of spatial axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.caffe.convolution import Convolution, Deconvolution, Im2col
from netspec.layers.tensors.convolution import ConvolutionDepthwise, DepthwiseConvolution
from netspec.layers.video.convolution import Convolution3D, Deconvolution3D, NdConvolution
from netspec.layers.window import Geometry
from netspec.shapes import integers
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values


def convolution(layer: Convolution, place: Place) -> tuple[Values, ...]:
    """y[n, o, i…] = Σ weight[o]·(the patch of o's group at i…)."""
    at, (weight, *bias) = layer.geometry(place.site), place.params
    kernels = weight.reshape(layer.group, layer.num_output // layer.group, prod(weight.shape[1:]))
    shape = integers(layer.infer(place.site)[0]) or ()
    tops: list[Values] = []
    for x in place.inputs:
        y = np.empty((prod(shape[: at.axis]), *shape[at.axis :]), x.dtype)
        for position, patch in _patches(x, at, shape):
            seen = patch.reshape(len(patch), *kernels.shape[::2], 1)
            y[(..., *position)] = np.matmul(kernels, seen).reshape(y.shape[:2])
        tops.append(_plus_bias(y, bias, at).reshape(shape))
    return tuple(tops)


def deconvolution(layer: Deconvolution, place: Place) -> tuple[Values, ...]:
    """Each element adds its channel's weight, scaled by itself, to a canvas, of which the padding is cut off."""
    at, (weight, *bias) = layer.geometry(place.site), place.params
    kernels = weight.reshape(layer.group, weight.shape[0] // layer.group, prod(weight.shape[1:]))
    shape = integers(layer.infer(place.site)[0]) or ()
    canvas_size = tuple(size + 2 * pad for size, pad in zip(shape[at.axis + 1 :], at.pad, strict=True))
    inside = tuple(slice(pad, pad + size) for size, pad in zip(shape[at.axis + 1 :], at.pad, strict=True))
    tops: list[Values] = []
    for x in place.inputs:
        flat = _one_batch_axis(x, at)
        canvas = np.zeros((len(flat), layer.num_output, *canvas_size), x.dtype)
        for position in np.ndindex(*flat.shape[2:]):
            seen = flat[(..., *position)].reshape(len(flat), layer.group, 1, kernels.shape[1])
            spread = np.matmul(seen, kernels).reshape(len(flat), layer.num_output, *at.kernel)
            canvas[(..., *_window(position, at))] += spread
        tops.append(_plus_bias(canvas[(..., *inside)], bias, at).reshape(shape))
    return tuple(tops)


def im2col(layer: Im2col, place: Place) -> tuple[Values, ...]:
    at, (x,) = layer.geometry(place.site), place.inputs
    shape = integers(layer.infer(place.site)[0]) or ()
    y = np.empty((prod(shape[: at.axis]), *shape[at.axis :]), x.dtype)
    for position, patch in _patches(x, at, shape):
        y[(..., *position)] = patch.reshape(y.shape[:2])
    return (y.reshape(shape),)


def _patches(x: Values, at: Geometry, output: Sequence[int]) -> Iterator[tuple[tuple[int, ...], Values]]:
    """Every position of the output, and what the kernel sees there, N×C×kernel: zeros beyond the input."""
    ends = zip(at.pad, at.behind, at.overhang(x.shape), strict=True)
    around = [(before, behind + beyond) for before, behind, beyond in ends]
    padded = np.pad(_one_batch_axis(x, at), [(0, 0), (0, 0), *around])
    for position in np.ndindex(*output[at.axis + 1 :]):
        yield position, padded[(..., *_window(position, at))]


def _window(position: tuple[int, ...], at: Geometry) -> tuple[slice, ...]:
    """Where the kernel lies on each spatial axis, counted from the beginning of the padding."""
    axes = zip(position, at.stride, at.extent, at.dilation, strict=True)
    return tuple(slice(i * stride, i * stride + extent, dilation) for i, stride, extent, dilation in axes)


def _one_batch_axis(x: Values, at: Geometry) -> Values:
    return x.reshape(prod(x.shape[: at.axis]), *x.shape[at.axis :])


def _plus_bias(y: Values, bias: Sequence[Values], at: Geometry) -> Values:
    return y + bias[0].reshape(-1, *(1,) * len(at.kernel)) if bias else y


def depthwise(layer: ConvolutionDepthwise, place: Place) -> tuple[Values, ...]:
    return convolution(layer.plain(place.site), place)


MEANINGS: dict[type[Layer], Meaning] = {
    Convolution: convolution,
    NdConvolution: convolution,
    Convolution3D: convolution,
    Deconvolution3D: deconvolution,
    DepthwiseConvolution: convolution,
    ConvolutionDepthwise: depthwise,
    Deconvolution: deconvolution,
    Im2col: im2col,
}
