"""The layer types. Each file holds a family; a file is imported when a spec first uses one of its types."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from netspec.layers.base import Layer

# What each file defines. A test holds this list against the files.
FAMILIES = {
    "activation": "ReLU PReLU ELU Sigmoid TanH AbsVal BNLL Power Exp Log Threshold Swish Clip Dropout",
    "boxes": "PriorBox DetectionOutput DetectionEvaluate",
    "convolution": "Convolution Deconvolution Im2col",
    "data": "Data ImageData WindowData HDF5Data MemoryData HDF5Output Python",
    "detection": "Normalize SmoothL1Loss SmoothL1LossOHEM SoftmaxWithLossOHEM BoxAnnotatorOHEM MultiBoxLoss",
    "input": "Input DummyData Parameter",
    "linear": "InnerProduct Embed Scale Bias",
    "loss": "SoftmaxWithLoss SigmoidCrossEntropyLoss EuclideanLoss HingeLoss MultinomialLogisticLoss InfogainLoss "
    "ContrastiveLoss Accuracy",
    "merge": "Eltwise Concat Slice Split Silence Filter BatchReindex",
    "normalization": "LRN BatchNorm MVN Softmax",
    "pooling": "Pooling SPP",
    "proposals": "Proposal PythonProposal PythonAnchorTarget PythonProposalTarget PythonRoIData",
    "rearrange": "Permute",
    "records": "AnnotatedData VideoData",
    "recurrent": "LSTM RNN LSTMUnit",
    "reduction": "Reduction ArgMax",
    "regions": "ROIPooling PSROIPooling",
    "shape": "Crop Flatten Reshape Tile",
    "yolo": "RegionLoss EvalDetection YoloDetectionOutput Yolov3DetectionOutput",
}
# The types that stand for layers written in Python, by module and class. A test holds this list against the types.
PYTHON = {
    ("rpn.proposal_layer", "ProposalLayer"): "PythonProposal",
    ("rpn.anchor_target_layer", "AnchorTargetLayer"): "PythonAnchorTarget",
    ("rpn.proposal_target_layer", "ProposalTargetLayer"): "PythonProposalTarget",
    ("roi_data_layer.layer", "RoIDataLayer"): "PythonRoIData",
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
