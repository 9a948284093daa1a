"""The layer types. Each file holds a family; a file is imported when a spec first uses one of its types."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from netspec.layers.base import Layer

# What each file defines. A test holds this list against the files.
FAMILIES = {
    "activation": "ReLU PReLU ELU Sigmoid TanH AbsVal BNLL Power Exp Log Threshold Swish Clip Dropout",
    "channels": "Axpy ShuffleChannel Reorg Squeeze Pad Add Mul Mean",
    "convolution": "Convolution Deconvolution Im2col",
    "data": "Data ImageData WindowData HDF5Data MemoryData HDF5Output Python",
    "datasets": "ImageLabelmapData ImageSegData DenseImageData CustomData NDimData MolGridData ContinuationIndicator",
    "fork_losses": "L1Loss AffinityLoss CenterLoss ChannelNorm",
    "gates": "ReLU6 HardSigmoid HardSwish SeLU ThresholdedReLU NegReLU",
    "input": "Input DummyData Parameter",
    "linear": "InnerProduct Embed Scale Bias",
    "loss": "SoftmaxWithLoss SigmoidCrossEntropyLoss EuclideanLoss HingeLoss MultinomialLogisticLoss InfogainLoss "
    "ContrastiveLoss Accuracy",
    "margin": "MarginInnerProduct",
    "merge": "Eltwise Concat Slice Split Silence Filter BatchReindex",
    "normalization": "LRN BatchNorm MVN Softmax",
    "pooling": "Pooling SPP",
    "recurrent": "LSTM RNN LSTMUnit",
    "reduction": "Reduction ArgMax",
    "shape": "Crop Flatten Reshape Tile",
}
FAMILY = {type_name: family for family, types in FAMILIES.items() for type_name in types.split()}


@cache
def find(type_name: str) -> type[Layer] | None:
    """The layer type of a name, or None."""
    family = FAMILY.get(type_name)
    return getattr(import_module(f"netspec.layers.{family}"), type_name) if family else None


def every() -> list[type[Layer]]:
    """All layer types, by name. Imports every family."""
    return [layer for name in sorted(FAMILY) if (layer := find(name))]
