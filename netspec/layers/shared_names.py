"""Type names that forks of Caffe use for different layers."""

from typing import NamedTuple


class Namesake(NamedTuple):
    """What a fork means by a name. blobs: how many parameter blobs the layer has, None where that tells nothing."""

    name: str
    type_name: str
    fork: str
    blobs: int | None = None


# Of several that fit, the first is taken.
_ALL = (
    Namesake("BN", "SegNetBN", "SegNet", 2),
    Namesake("BN", "PSPNetBN", "PSPNet", 4),
    Namesake("BN", "HappynearBN", "happynear", 4),
    Namesake("DetectionLoss", "YoloDetectionLoss", "YOLO", 0),
    Namesake("DetectionLoss", "MSCNNDetectionLoss", "MS-CNN", 0),
    Namesake("Normalize", "HappynearNormalize", "happynear", 0),
    Namesake("Normalize", "SSDNormalize", "SSD", 1),  # nets with SSD's write a norm_param, those with the other nothing
    Namesake("Upsample", "SegNetUpsample", "SegNet"),
    Namesake("Upsample", "NearestUpsample", "YOLO"),
)
NAMESAKES = {name: tuple(each for each in _ALL if each.name == name) for name, *_ in _ALL}
BY_TYPE = {each.type_name: each for each in _ALL}
