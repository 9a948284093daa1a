"""The layer types. Each file holds a family; a file is imported when a spec first uses one of its types."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from netspec.layers.base import Layer

# What each file defines. A test holds this list against the files.
FAMILIES = {
    "activation": "ReLU PReLU ELU Sigmoid TanH AbsVal BNLL Power Exp Log Threshold Swish Clip Dropout",
    "batch_norm": "SegNetBN PSPNetBN HappynearBN",
    "correlation": "Correlation",
    "convolution": "Convolution NdConvolution DepthwiseConvolution ConvolutionDepthwise Deconvolution Im2col",
    "data": "Data ImageData WindowData HDF5Data MemoryData HDF5Output Python PythonData",
    "film": "Convolution3D Deconvolution3D Pooling3D FilmData",
    "input": "Input DummyData Parameter",
    "linear": "InnerProduct Embed Scale Bias",
    "loss": "SoftmaxWithLoss SigmoidCrossEntropyLoss EuclideanLoss HingeLoss MultinomialLogisticLoss InfogainLoss "
    "ContrastiveLoss Accuracy",
    "merge": "Eltwise Concat Slice Split Silence Filter BatchReindex",
    "normalization": "LRN BatchNorm MVN Softmax",
    "pooling": "Pooling NdPooling SPP",
    "recurrent": "LSTM RNN LSTMUnit",
    "reduction": "Reduction ArgMax",
    "resize": "Interp Resample NearestUpsample SegNetUpsample",
    "shape": "Crop Flatten Reshape Tile",
    "space": "SpaceToBatchND BatchToSpaceND DepthToSpace",
    "tensorflow_resize": "ResizeBilinear ResizeNearestNeighbor",
}
# Names that forks use for different layers, and those layers; of several that fit, the first is taken.
NAMESAKES = {
    "BN": "SegNetBN PSPNetBN HappynearBN",
    "Upsample": "SegNetUpsample NearestUpsample",
}
FAMILY = {type_name: family for family, types in FAMILIES.items() for type_name in types.split()}


@cache
def find(type_name: str) -> type[Layer] | None:
    """The layer type of a name, or None."""
    family = FAMILY.get(type_name)
    return getattr(import_module(f"netspec.layers.{family}"), type_name) if family else None


@cache
def namesakes(type_name: str) -> tuple[type[Layer], ...]:
    """The layer types that forks mean by a name; none for a name with one meaning."""
    return tuple(layer for name in NAMESAKES.get(type_name, "").split() if (layer := find(name)))


def every() -> list[type[Layer]]:
    """All layer types, by name. Imports every family."""
    return [layer for name in sorted(FAMILY) if (layer := find(name))]
