"""Fields that forks give to layers of Caffe.

They stand in groups, each in the room of its subject: a class with the fields, and with what they change of the layer.
A layer whose text shows one of them has a type joined of Caffe's and of these groups, so that Caffe's own says nothing
of forks.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, cast, get_args

from netspec.layers.base import Layer, Message
from netspec.layers.index import GROUP_FIELDS
from netspec.layers.message import enums
from netspec.layers.model import ModelMetaclass

# The groups of a type, which those derived from it have, too; what stands first overrides what stands behind.
EXTENSIONS: Mapping[str, str] = {
    "Accuracy": "metric.accuracy.DistanceAccuracy",
    "ArgMax": "tensors.reduction.ArgMin",
    "BaseConvolution": "tensors.quantized.QuantizedWeights tensors.quantized.Saturated",
    "BatchNorm": "hardware.normalization.AffineBatchNorm hardware.normalization.PartialBatchNorm "
    "tensors.normalization.OtherBatchNorm",
    "Concat": "hardware.merge.FlatConcat tensors.quantized.QuantizedInputs",
    "Convolution": "hardware.convolution.RectifiedConvolution hardware.convolution.FusedConvolution "
    "hardware.convolution.ConvolutionAlgorithm tensors.window.Sided",
    "ConvolutionParameter": "segmentation.convolution.Holes",
    "Data": "readers.data.ForksData",
    "Deconvolution": "tensors.window.EvenlySided",
    "Dropout": "detection.activation.ScaledDropout segmentation.activation.SampledDropout "
    "hardware.activation.DropoutEngine",
    "Eltwise": "tensors.eltwise.StretchedEltwise tensors.eltwise.FurtherEltwise hardware.merge.EltwiseEngine "
    "tensors.quantized.QuantizedInputs tensors.quantized.Saturated",
    "Filter": "tensors.pruning.PruningFilter",
    "HDF5Data": "readers.transform.Untransformed",
    "Im2col": "tensors.window.EvenlySided",
    "ImageData": "readers.data.ForksImageData",
    "InfogainLoss": "segmentation.loss.WeighingLoss",
    "InnerProduct": "metric.linear.NormalizedInnerProduct hardware.linear.InnerProductEngine "
    "tensors.quantized.QuantizedWeights",
    "Input": "tensors.quantized.QuantizedInput",
    "LabeledImages": "readers.transform.Transformed",
    "LRN": "hardware.normalization.PooledLRN tensors.quantized.Quantized",
    "MemoryData": "readers.data.ShapedMemoryData",
    "MVN": "tensors.normalization.OtherMVN",
    "Parameter": "metric.input.FilledParameter",
    "Pooling": "segmentation.pooling.GappedPooling detection.pooling.CeilPooling hardware.pooling.PaddedPooling "
    "tensors.window.SidedPooling tensors.pooling.InsidePooling tensors.quantized.Quantized tensors.quantized.Saturated",
    "Pooling3D": "video.pooling.LengthPooling",
    "Proposal": "hardware.proposals.CountedAnchors",
    "ReLU": "tensors.activation.BoundedReLU hardware.activation.ReLUEngine tensors.quantized.Quantized "
    "tensors.quantized.Saturated",
    "ROIPooling": "video.proposals.LengthROIPooling",
    "Reshape": "tensors.shape.PixelShuffle",
    "Scale": "metric.linear.BoundedScale",
    "Sigmoid": "tensors.quantized.Quantized",
    "SigmoidCrossEntropyLoss": "segmentation.loss.WeighingLoss",
    "Softmax": "metric.softmax.OtherSoftmax tensors.quantized.Quantized",
    "SoftmaxWithLoss": "segmentation.loss.WeighingSoftmaxWithLoss metric.softmax.OtherSoftmaxWithLoss",
    "Split": "hardware.merge.SplitEngine",
}
# What a file with so many blobs may mean for a layer of the type.
OTHER_BLOBS: Mapping[str, Mapping[int, str]] = {
    "BatchNorm": {
        5: "a BatchNorm of NVIDIA's fork has a weight and a bias, too: say batch_norm_param { scale_bias: true }"
    },
}
# How forks read the fields of a type otherwise, in ways that nets do not show: the first that answers is taken.
READINGS: Mapping[str, str] = {
    "Pooling": "detection.pooling.to_the_end hardware.pooling.without_windows_beyond",
    "NdPooling": "detection.pooling.to_the_end hardware.pooling.without_windows_beyond",
    "PriorBox": "detection.prior_box.twice",
}
# What a layer of a type is in a file that shows the type of another, which is of the same fork, in ways that its own
# fields do not show: that type, and a group.
IN_COMPANY: Mapping[str, tuple[str, str]] = {
    "PythonProposalTarget": ("PythonTwinProposal", "video.proposals.TwinTarget"),
    "PythonRoIData": ("PythonTwinProposal", "video.proposals.TwinData"),
    "SmoothL1Loss": ("ROIPooling", "detection.detection.FirstSmoothL1Loss"),
}
# What a layer of a type is with more or less bottoms than it takes: of which type.
WITH_OTHER_BOTTOMS: Mapping[str, str] = {
    "EuclideanLoss": "segmentation.distance.ScaledEuclideanLoss",
    "InnerProduct": "metric.linear.BottomInnerProduct",
    "PythonAnchorTarget": "video.proposals.PythonTwinAnchorTarget",
    "PythonMNCMask": "detection.mnc.PythonMNCMaskLabels",
    "PythonProposal": "video.proposals.PythonTwinProposal",
    "PythonStageBridge": "detection.mnc.PythonStageTargets",
}


def extensible(layer: type[Layer]) -> bool:
    """Whether a type may have groups. Imports none."""
    return layer.unextended is None and any(base.__name__ in EXTENSIONS for base in layer.__mro__)


@cache
def groups(layer: type[Layer]) -> tuple[type[Layer], ...]:
    """The groups of a type. Imports them."""
    return tuple(found for path in _group_paths(layer) if not issubclass(layer, found := group(path)))


@cache
def group_fields(layer: type[Layer]) -> frozenset[str]:
    """The fields that groups give a type, as specs call them. Imports none."""
    return frozenset(name for path in _group_paths(layer) for name in GROUP_FIELDS.get(path, "").split())


def _group_paths(layer: type[Layer]) -> Iterable[str]:
    return dict.fromkeys(path for base in layer.__mro__ for path in EXTENSIONS.get(base.__name__, "").split())


def group(path: str) -> Any:
    file, _, name = path.rpartition(".")
    return getattr(import_module(f"netspec.layers.{file}"), name)


def otherwise_read(layer: Layer) -> tuple[Layer, str] | None:
    """The layer as a fork reads the same fields, and how, in words; taken where a net is wrong without it."""
    readings = (group(path) for path in READINGS.get(layer.type_name(), "").split())
    return next((found for reading in readings if (found := reading(layer))), None)


def with_bottoms(layer: type[Layer], count: int) -> type[Layer]:
    """The type of a layer with so many bottoms."""
    path = WITH_OTHER_BOTTOMS.get(layer.type_name())
    return group(path) if path and not layer.bottoms.holds(count) and group(path).bottoms.holds(count) else layer


def in_company(layer: Layer, types: Collection[str]) -> Layer:
    """The layer as it is in a file with these types."""
    company, path = IN_COMPANY.get(layer.type_name(), ("", ""))
    if company not in types:
        return layer
    kind = joined(type(layer), (group(path),))
    return kind.model_construct(layer.model_fields_set, **dict(layer))


@cache
def joined(layer: type[Layer], chosen: tuple[type[Layer], ...]) -> type[Layer]:
    """The type with some of its groups."""
    if not chosen:
        return layer
    inside = frozenset[str]().union(*(base.inside for base in (*chosen, layer)))
    # What a group has of the type's own fields must not hide what another group says of them.
    said: dict[str, Any] = {"__doc__": layer.__doc__, "__module__": layer.__module__}
    annotations: dict[str, Any] = {}
    for fork in reversed(chosen):
        for name, info in fork.model_fields.items():
            if name not in layer.model_fields or info.annotation != layer.model_fields[name].annotation:
                annotations[name], said[name] = info.annotation, info
    made = cast(
        "type[Layer]", ModelMetaclass(layer.__name__, (*chosen, layer), {**said, "__annotations__": annotations})
    )
    made.inside, made.unextended = inside, layer
    return made


def widest(layer: type[Layer]) -> type[Layer]:
    """The type with all of its groups."""
    return joined(layer, groups(layer)) if extensible(layer) else layer


def shown(layer: type[Layer], values: Mapping[str, Any]) -> type[Layer]:
    """The type with the groups that have the fields given, or take their values, where it does not itself."""
    missing = [path for path in _paths(values) if not has(layer, path)]
    words = {name: value for name, value in values.items() if isinstance(value, Enum) and not takes(layer, name, value)}
    if not (missing or words) or not extensible(layer):
        return layer

    def shows(fork: type[Layer]) -> bool:
        return any(has(fork, path) for path in missing) or any(takes(fork, *each) for each in words.items())

    return joined(layer, tuple(each for each in groups(layer) if shows(each)))


def takes(layer: type[Layer], name: str, value: Enum) -> bool:
    """Whether a field of the type has a value, which is a member of an enum."""
    info = layer.model_fields.get(name)
    return info is not None and isinstance(value, enums(info.annotation))


def _paths(values: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The names of the fields, those in a message behind its name."""
    for name, value in values.items():
        yield (name,)
        if isinstance(value, Mapping):
            yield from ((name, inner) for inner in cast("Mapping[str, Any]", value))


def has(message: type[Message], path: tuple[str, ...]) -> bool:
    """Whether it has a field, or the field of a message in it; fields of what is no message are not looked at."""
    name, *rest = path
    fields = names(message)
    if name not in fields:
        return False
    inner = fields[name]
    return not rest or inner is None or rest[0] in names(inner)


@cache
def names(message: type[Message]) -> Mapping[str, type[Message] | None]:
    """The fields as specs call them, each with the message that it holds."""
    own = {info.alias or name: held(info.annotation) for name, info in message.model_fields.items()}
    return dict.fromkeys(message.without_effect()) | own


def held(annotation: Any) -> type[Message] | None:
    """The message that a field of this annotation holds, be it one of several, or none."""
    if isinstance(annotation, type) and issubclass(annotation, Message):
        return annotation
    return next((found for argument in get_args(annotation) if (found := held(argument))), None)
