"""What BVLC's Caffe refuses of a layer and a fork takes, though neither type nor field says that it is for the fork.

It is asked of every layer of every net: nothing is imported for it.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from netspec.layers.base import CallSite, FillerParameter, Layer

SPATIAL = 2  # along how many axes BVLC's layers slide
# Types of fillers that BVLC's Caffe has not, and who has them.
FILLERS = {
    "blob_proto": "gnina",
    "diagonal": "FlowNet 2.0",
    "gabor": "intel's fork",
    "gaussian_unitball": "happynear's fork",
    "identity": "happynear's fork",
    "radial": "gnina",
}


def accepted(layer: Layer, site: Callable[[], CallSite]) -> str:
    """Where it stands, in words that name the fork; "" for nothing. A layer that shows a field of a fork is that fork's
    anyway. site: gives what few types are asked with."""
    rule = _RULES.get(layer.type_name()) if layer.unextended is None else None
    return rule(layer, site()) if rule else ""


def accepted_fields(layer: Layer) -> str:
    """The same of what its fields say, wherever it stands."""
    return "" if layer.unextended is not None else _fillers(layer) or _normalization(layer)


def _fillers(layer: Layer) -> str:
    for name in layer.model_fields_set:
        value = getattr(layer, name)
        for each in cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,):
            if isinstance(each, FillerParameter) and each.type in FILLERS:
                return f"BVLC's Caffe has no filler {each.type}; {FILLERS[each.type]} has"
    return ""


def _normalization(layer: Any) -> str:
    mode = layer.loss_param.normalization.name if layer.has("loss_param") else ""
    return "BVLC's losses have no normalization PRE_FIXED; those of intel's fork have" if mode == "PRE_FIXED" else ""


def _pooling(layer: Any, site: CallSite) -> str:
    axes = len(site.bottoms[0]) - 2 if site.bottoms else SPATIAL
    if axes != SPATIAL:
        return (
            f"BVLC's Pooling takes N×C×H×W; gnina's and NVIDIA's take {axes} spatial {'axis' if axes == 1 else 'axes'}"
        )
    return ""


def _lrn(layer: Any, site: CallSite) -> str:
    rank = len(site.bottoms[0]) if site.bottoms else 2 + SPATIAL
    return "" if rank == 2 + SPATIAL else f"BVLC's LRN takes N×C×H×W; gnina's takes {rank} axes"


def _eltwise(layer: Any, site: CallSite) -> str:
    first, second, *_ = *site.bottoms, (), ()
    if first and not second and len(site.bottoms) > 1:
        return "BVLC's Eltwise takes bottoms of one shape; Synopsys' takes a scalar as the second"
    return ""


def _inner_product(layer: Any, site: CallSite) -> str:
    return "BVLC's InnerProduct has one bottom; happynear's takes its weights from a second, and its bias from a third"


def _euclidean_loss(layer: Any, site: CallSite) -> str:
    return "BVLC's EuclideanLoss has two bottoms; naibaf7's takes scales from a third, and divides by all elements"


def _dummy_data(layer: Any, site: CallSite) -> str:
    return "BVLC's DummyData has no bottom; FlowNet 2.0's takes its shape from one" if site.bottoms else ""


def _sigmoid_cross_entropy(layer: Any, site: CallSite) -> str:
    weighed = len(site.bottoms) > 2
    return "BVLC's SigmoidCrossEntropyLoss has two bottoms; MNC's weighs elements by a third" if weighed else ""


_RULES: Mapping[str, Callable[[Any, CallSite], str]] = {
    "BottomInnerProduct": _inner_product,
    "DummyData": _dummy_data,
    "Eltwise": _eltwise,
    "LRN": _lrn,
    "Pooling": _pooling,
    "ScaledEuclideanLoss": _euclidean_loss,
    "SigmoidCrossEntropyLoss": _sigmoid_cross_entropy,
}
