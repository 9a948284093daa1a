"""The layer types of Caffe's older formats, and how they wrote their fields.

Source: upgrade_proto.cpp for BVLC's types; the caffe.proto of C3D, CRF-as-RNN, DeconvNet, DeepLab and SegNet for names
of theirs.
"""

from collections.abc import Mapping
from typing import NamedTuple

from netspec import layers
from netspec.layers.base import Layer

# V1's LayerType, and the layer type of today.
V1: Mapping[str, str] = {
    "ABSVAL": "AbsVal",
    "ACCURACY": "Accuracy",
    "ARGMAX": "ArgMax",
    "BN": "BN",
    "BNLL": "BNLL",
    "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss",
    "CONVOLUTION": "Convolution",
    "CONVOLUTION3D": "Convolution3D",
    "CROP": "AlignedCrop",
    "DATA": "Data",
    "DECONVOLUTION": "Deconvolution",
    "DECONVOLUTION3D": "Deconvolution3D",
    "DROPOUT": "Dropout",
    "DUMMY_DATA": "DummyData",
    "ELTWISE": "Eltwise",
    "EUCLIDEAN_LOSS": "EuclideanLoss",
    "EXP": "Exp",
    "FLATTEN": "Flatten",
    "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output",
    "HINGE_LOSS": "HingeLoss",
    "IM2COL": "Im2col",
    "IMAGE_DATA": "ImageData",
    "IMAGE_SEG_DATA": "ImageSegData",
    "INFOGAIN_LOSS": "InfogainLoss",
    "INNER_PRODUCT": "InnerProduct",
    "INTERP": "Interp",
    "LRN": "LRN",
    "MEMORY_DATA": "MemoryData",
    "MULTI_STAGE_MEANFIELD": "MultiStageMeanfield",
    "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss",
    "MVN": "MVN",
    "POOLING": "Pooling",
    "POOLING3D": "Pooling3D",
    "POWER": "Power",
    "RELU": "ReLU",
    "SEG_ACCURACY": "SegAccuracy",
    "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss",
    "SILENCE": "Silence",
    "SLICE": "Slice",
    "SOFTMAX": "Softmax",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "SPLIT": "Split",
    "TANH": "TanH",
    "THRESHOLD": "Threshold",
    "UNPOOLING": "Unpooling",
    "UPSAMPLE": "Upsample",
    "VIDEO_DATA": "FilmData",
    "VIDEO_SEGMENTATION_DATA": "VideoSegmentationData",
    "VIDEO_WITH_VOXEL_TRUTH_DATA": "VideoWithVoxelTruthData",
    "VOXEL_SOFTMAX": "VoxelWiseSoftmax",
    "VOXEL_SOFTMAX_LOSS": "VoxelWiseSoftmaxWithLoss",
    "WINDOW_DATA": "WindowData",
}
OF_TODAY: Mapping[str, str] = {today: name for name, today in V1.items()}  # the other way round

# What V1 called the message of a type, where that is another name.
V1_MESSAGES: Mapping[str, str] = {
    "Convolution3D": "convolution_param",
    "Deconvolution3D": "convolution_param",
    "Pooling3D": "pooling_param",
}


class V0Type(NamedTuple):
    """A layer type of V0: today's, and the fields of its own message; of those that have another name today, both."""

    today: str
    written: str = ""

    @property
    def fields(self) -> Mapping[str, str]:
        """The names of today by V0's."""
        pairs = (name.partition("=") for name in self.written.split())
        return {old: new or old for old, _, new in pairs}


_STORED = "source batchsize=batch_size"
_WEIGHTS = "num_output biasterm=bias_term weight_filler bias_filler"
# V0's type string.
V0: Mapping[str, V0Type] = {
    "accuracy": V0Type("Accuracy"),
    "bnll": V0Type("BNLL"),
    "concat": V0Type("Concat", "concat_dim"),
    "conv": V0Type("Convolution", f"{_WEIGHTS} pad kernelsize=kernel_size group stride"),
    "data": V0Type("Data", f"{_STORED} rand_skip"),
    "dropout": V0Type("Dropout", "dropout_ratio"),
    "euclidean_loss": V0Type("EuclideanLoss"),
    "flatten": V0Type("Flatten"),
    "hdf5_data": V0Type("HDF5Data", _STORED),
    "hdf5_output": V0Type("HDF5Output"),
    "im2col": V0Type("Im2col"),
    "images": V0Type("ImageData", f"{_STORED} rand_skip shuffle_images=shuffle new_height new_width"),
    "infogain_loss": V0Type("InfogainLoss", "source"),
    "innerproduct": V0Type("InnerProduct", _WEIGHTS),
    "lrn": V0Type("LRN", "local_size alpha beta k"),
    "multinomial_logistic_loss": V0Type("MultinomialLogisticLoss"),
    "pool": V0Type("Pooling", "pool kernelsize=kernel_size pad stride"),
    "relu": V0Type("ReLU"),
    "sigmoid": V0Type("Sigmoid"),
    "softmax": V0Type("Softmax"),
    "softmax_loss": V0Type("SoftmaxWithLoss"),
    "split": V0Type("Split"),
    "tanh": V0Type("TanH"),
    "window_data": V0Type(
        "WindowData",
        f"{_STORED} det_fg_threshold=fg_threshold det_bg_threshold=bg_threshold det_fg_fraction=fg_fraction "
        "det_context_pad=context_pad det_crop_mode=crop_mode",
    ),
}


def of_v1(name: str) -> type[Layer] | None:
    """The layer type that V1 called so; of namesakes the first, whose fork had it."""
    today = V1.get(name)
    return (layers.find(today) or layers.namesakes(today)[0]) if today else None


def older_names(layer: type[Layer]) -> tuple[str, ...]:
    """What older formats called a type, as they wrote it."""
    v1 = tuple(f"`type: {name}` (V1)" for name in V1 if of_v1(name) is layer)
    return v1 + tuple(f'`type: "{name}"` (V0)' for name, old in V0.items() if old.today == layer.type_name())
