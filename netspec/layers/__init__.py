"""The layer types. Each file holds a family, each room the types of one subject, `caffe` those of BVLC's Caffe alone.

A file is imported when a spec first uses one of its types.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from pydantic import BaseModel

from netspec.layers.base import Layer

# What each file defines, by room. A test holds this list against the files.
ROOMS = {
    "caffe": {
        "activation": "ReLU PReLU ELU Sigmoid TanH AbsVal BNLL Power Exp Log Threshold Swish Clip Dropout",
        "convolution": "Convolution Deconvolution Im2col",
        "data": "Data ImageData WindowData HDF5Data MemoryData HDF5Output Python PythonData PythonSink",
        "input": "Input DummyData RandomData Parameter",
        "linear": "InnerProduct Embed Scale Bias",
        "loss": "SoftmaxWithLoss SigmoidCrossEntropyLoss EuclideanLoss HingeLoss MultinomialLogisticLoss InfogainLoss "
        "ContrastiveLoss Accuracy",
        "merge": "Eltwise Concat Slice Split Silence Filter BatchReindex",
        "normalization": "LRN BatchNorm MVN Softmax",
        "pooling": "Pooling SPP",
        "recurrent": "LSTM RNN LSTMUnit",
        "reduction": "Reduction ArgMax",
        "shape": "Crop Flatten Reshape Tile",
    },
    "detection": {
        "boxes": "PriorBox DetectionOutput DetectionEvaluate",
        "detection": "SSDNormalize SmoothL1Loss SmoothL1LossOHEM SoftmaxWithLossOHEM BoxAnnotatorOHEM",
        "detectnet": "DetectNetTransformation",
        "focal": "FocalLoss",
        "multibox": "MultiBoxLoss",
        "proposals": "Proposal PythonProposal PythonAnchorTarget PythonProposalTarget PythonRoIData",
        "regions": "ROIPooling PSROIPooling",
        "yolo": "RegionLoss EvalDetection YoloDetectionOutput Yolov3DetectionOutput",
        "yolo1": "DetectionLoss",
        "yolo3": "Yolov3 GaussianYolov3 YoloSeg AssistedExcitation SegmentationEvaluate",
        "yolo_cells": "YoloV2Loss YoloV3Loss",
    },
    "segmentation": {
        "batch_norm": "SegNetBN PSPNetBN HappynearBN",
        "cascade": "ROIWarping MaskPooling MaskResize",
        "dice": "PythonDiceLoss",
        "icnet": "ICNetSubgraph",
        "accuracy": "SegAccuracy",
        "meanfield": "MultiStageMeanfield",
        "resize": "Interp Resample NearestUpsample SegNetUpsample",
        "shape": "AlignedCrop",
    },
    "metric": {
        "contrast": "GeneralContrastiveLoss LabelSpecificRescale",
        "loss": "L1Loss AffinityLoss CenterLoss ChannelNorm PythonEuclideanLoss",
        "margin": "MarginInnerProduct",
        "normface": "CosineInnerProduct InnerDistance HappynearNormalize LabelSpecificAdd ChannelScale",
        "rank": "RankLoss",
    },
    "neurons": {
        "activation": "ReLU6 HardSigmoid HardSwish SeLU SeLu ThresholdedReLU NegReLU",
        "learned": "EltwiseAffine APL",
        "stochastic": "RReLU SeLuDropout",
        "spatial_dropout": "SpatialDropout PythonSpatialDropout",
    },
    "tensors": {
        "arithmetic": "Sub Div FloorDiv FloorMod Maximum Minimum NotEqual Softplus Softsign Mish HardTanh ScaledTanH "
        "LogSoftmax Sin Atan Floor Ceil Round",
        "channels": "Axpy ShuffleChannel Reorg Squeeze Pad Add Mul Mean",
        "convolution": "DepthwiseConvolution ConvolutionDepthwise",
        "engine": "TRT",
        "gathering": "Gather GatherV2 Shape OneHot",
        "merge": "Stack Unstack ExpandDimsND Piece",
        "products": "MatMul Gemm LayerNorm LpNormalization",
        "pruning": "ChannelFilter",
        "rearrange": "Permute Transpose Reverse Flip",
        "reduce": "ReduceSum ReduceMean ReduceMax ReduceMin ReduceLogsumexp ReduceAll ReduceAny CountNonzero ReduceL1 "
        "ReduceL2",
        "tile": "TileND BroadcastTo UpsampleDarknet MirrorPad",
        "space": "SpaceToBatchND BatchToSpaceND DepthToSpace SpaceToDepth",
        "strided": "StridedSlice",
        "tensorflow_resize": "ResizeBilinear ResizeNearestNeighbor",
    },
    "flow": {
        "correlation": "Correlation Correlation1D",
        "flow": "FlowWarp Accum Downsample LpqLoss",
        "flow_augmentation": "DataAugmentation GenerateAugmentationParameters FlowAugmentation BlackAugmentation",
        "flow_files": "ImgReader FloatReader DisparityData ImgWriter FloatWriter FLOWriter PFMWriter",
    },
    "video": {
        "convolution": "NdConvolution Convolution3D Deconvolution3D",
        "data": "FilmData",
        "pooling": "NdPooling Pooling3D",
        "voxels": "VideoSegmentationData VideoWithVoxelTruthData VoxelWiseSoftmax VoxelWiseSoftmaxWithLoss",
    },
    "readers": {
        "datasets": "MultiLabelImageData ImageLabelmapData ImageSegData DenseImageData CustomData NDimData MolGridData "
        "ContinuationIndicator",
        "python_data": "PythonSegmentation PythonSBDD PythonContext PythonSIFTFlow PythonNYUD PythonFilms PythonFlow "
        "PythonTestFilms PythonTestFlow",
        "records": "AnnotatedData LaneData BoxData VideoData",
    },
}
FAMILIES = {f"{room}.{family}": types for room, families in ROOMS.items() for family, types in families.items()}
# Names that forks use for different layers, and those layers; of several that fit, the first is taken.
NAMESAKES = {
    "BN": "SegNetBN PSPNetBN HappynearBN",
    "Normalize": "HappynearNormalize SSDNormalize",  # nets with SSD's write a norm_param, those with the other nothing
    "Upsample": "SegNetUpsample NearestUpsample",
}
# The types that stand for layers written in Python, by module and class. A test holds this list against the types.
PYTHON = {
    ("rpn.proposal_layer", "ProposalLayer"): "PythonProposal",
    ("rpn.anchor_target_layer", "AnchorTargetLayer"): "PythonAnchorTarget",
    ("rpn.proposal_target_layer", "ProposalTargetLayer"): "PythonProposalTarget",
    ("roi_data_layer.layer", "RoIDataLayer"): "PythonRoIData",
    ("voc_layers", "VOCSegDataLayer"): "PythonSegmentation",
    ("voc_layers", "SBDDSegDataLayer"): "PythonSBDD",
    ("pascalcontext_layers", "PASCALContextSegDataLayer"): "PythonContext",
    ("siftflow_layers", "SIFTFlowSegDataLayer"): "PythonSIFTFlow",
    ("nyud_layers", "NYUDSegDataLayer"): "PythonNYUD",
    ("sequence_input_layer", "videoReadTrain_RGB"): "PythonFilms",
    ("sequence_input_layer", "videoReadTrain_flow"): "PythonFlow",
    ("sequence_input_layer", "videoReadTest_RGB"): "PythonTestFilms",
    ("sequence_input_layer", "videoReadTest_flow"): "PythonTestFlow",
    ("pyloss", "EuclideanLossLayer"): "PythonEuclideanLoss",
    ("pyLayer", "DiceLoss"): "PythonDiceLoss",
    ("spatial_dropout", "SpatialDropoutLayer"): "PythonSpatialDropout",
}
FAMILY = {type_name: family for family, types in FAMILIES.items() for type_name in types.split()}


@cache
def find(type_name: str) -> type[Layer] | None:
    """The layer type of a name, or None."""
    family = FAMILY.get(type_name)
    return getattr(import_module(f"netspec.layers.{family}"), type_name) if family else None


def retyped(fields: BaseModel, type_name: str) -> Layer:
    """A layer of another type with the same fields, for those that only their fields tell from it."""
    layer = find(type_name)
    assert layer is not None, type_name
    kept = {name: value for name, value in fields if name in layer.model_fields}
    return layer.model_construct(fields.model_fields_set & kept.keys(), **kept)


@cache
def namesakes(type_name: str) -> tuple[type[Layer], ...]:
    """The layer types that forks mean by a name; none for a name with one meaning."""
    return tuple(layer for name in NAMESAKES.get(type_name, "").split() if (layer := find(name)))


def every() -> list[type[Layer]]:
    """All layer types, by name. Imports every family."""
    return [layer for name in sorted(FAMILY) if (layer := find(name))]
