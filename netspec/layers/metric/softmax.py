"""What else happynear's caffe-windows has for a softmax, of which netspec has the softmax itself."""

from typing import ClassVar

from netspec.layers.base import Field, checks
from netspec.layers.caffe.loss import SoftmaxWithLoss
from netspec.layers.caffe.normalization import Softmax
from netspec.layers.losses import SoftmaxParameter


class OtherSoftmaxParameter(SoftmaxParameter):
    """Source: softmax_layer.cpp of happynear's caffe-windows."""

    normalize_type: str = Field(default="Softmax", description="supported as Softmax")

    @checks("normalize_type")
    @staticmethod
    def _known(name: str) -> str:
        if name != "Softmax":
            raise ValueError(f'must be Softmax, is "{name}"')
        return name


class OtherSoftmaxWithLoss(SoftmaxWithLoss):
    """The message with that field."""

    edition: ClassVar = "happynear"

    softmax_param: OtherSoftmaxParameter = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - frozen
        OtherSoftmaxParameter.model_construct(), description="the axis of the classes"
    )


class OtherSoftmax(OtherSoftmaxParameter, Softmax):
    """The same field."""

    edition: ClassVar = "happynear"
