"""Whose a layer type is, and whose the fields are that forks give to Caffe's.

A layer is BVLC's unless the file shows a fork's type or field. Source: caffe.proto of BVLC/caffe (9b89154), and
what the documentation of each type names.
"""

from collections.abc import Mapping

from netspec.layers.base import CAFFE, Layer
from netspec.layers.extensions import groups

# What they are called in a sentence.
EDITIONS: Mapping[str, str] = {
    CAFFE: "BVLC's Caffe",
    "c3d": "C3D",
    "caffe-lstm": "junhyukoh's fork",
    "cascade-rcnn": "Cascade R-CNN",
    "caffe-face": "caffe-face",
    "ctpn": "CTPN",
    "deconvnet": "DeconvNet",
    "deeplab": "DeepLab",
    "depthwise": "forks for depthwise convolution",
    "ducha-aiki": "ducha-aiki's fork",
    "enet": "ENet",
    "fast-rcnn": "Fast R-CNN",
    "fcn": "fully convolutional networks",
    "flownet2": "FlowNet 2.0",
    "gnina": "gnina",
    "happynear": "happynear's fork",
    "hashnet": "HashNet",
    "hed": "HED",
    "intel": "intel's fork",
    "learned-activations": "the fork of learned activations",
    "lrcn": "LRCN",
    "mnc": "MNC",
    "mobilenet-yolo": "ports of YOLO",
    "mscnn": "MS-CNN",
    "naibaf7": "naibaf7's fork",
    "nvidia": "NVIDIA's fork",
    "opencl": "the OpenCL branch",
    "p3d": "P3D",
    "pruning": "channel pruning",
    "pspnet": "PSPNet",
    "pvanet": "PVANET",
    "pycaffe": "Caffe's examples in Python",
    "r-c3d": "R-C3D",
    "rcf": "RCF",
    "rfcn": "R-FCN",
    "segnet": "SegNet",
    "senet": "SENet",
    "several": "several forks",
    "shufflenet": "ShuffleNet",
    "soeaver": "soeaver's fork",
    "sphereface": "SphereFace",
    "ssd": "SSD",
    "synopsys": "Synopsys' fork",
    "textboxes": "TextBoxes++",
    "tvg": "TVG",
    "video-caffe": "video-caffe",
    "vnet": "VNet",
    "warp-ctc": "warp-ctc's fork",
}


def edition_of(layer: type[Layer]) -> str | None:
    """The key of the edition of a type, or of a group of fields; None for a plugin's."""
    own = layer.__module__.startswith("netspec.layers.")
    return layer.base_type().edition if own else None


def extended_by(layer: type[Layer]) -> dict[str, tuple[type[Layer], ...]]:
    """The groups of a type by edition. Imports them."""
    found: dict[str, tuple[type[Layer], ...]] = {}
    for group in groups(layer.base_type()):
        found[group.edition] = (*found.get(group.edition, ()), group)
    return found
