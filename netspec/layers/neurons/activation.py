"""Activations of forks: layers that compute every element from that element alone."""

from typing import ClassVar

from netspec.arrays import Array, clip, elu, leaky_relu, minimum, relu6, tanh, where
from netspec.layers.base import Elementwise, Field, UInt
from netspec.layers.caffe.activation import affine
from netspec.layers.overwriting import GRADIENTS


class ReLU6(Elementwise):
    """y = min(max(x, 0) + negative_slope·min(x, 0), 6), elementwise.

    Shape: any, kept.
    Source: relu6_layer.cpp of eric612/MobileNet-YOLO, which others have, too.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "relu6_param"
    overwrites: ClassVar = True

    negative_slope: float = Field(default=0.0, description="the slope for x ≤ 0")

    def formula(self, x: Array) -> Array:
        return minimum(leaky_relu(x, self.negative_slope), 6.0) if self.negative_slope else relu6(x)


class HardSigmoid(Elementwise):
    """y = alpha·x + beta, between 0 and 1, elementwise.

    Shape: any, kept.
    Source: hard_sigmoid_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "hard_sigmoid_param"

    alpha: float = Field(default=0.2, description="what x is multiplied by")
    beta: float = Field(default=0.5, description="what is added")

    def formula(self, x: Array) -> Array:
        return clip(affine(x, self.alpha, self.beta), 0.0, 1.0)


class HardSwish(Elementwise):
    """y = x·min(max(x + 3, 0), 6) / 6, elementwise.

    Shape: any, kept.
    Source: hard_swish_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"

    def formula(self, x: Array) -> Array:
        return x * clip(x + 3.0, 0.0, 6.0) / 6.0


class SeLU(Elementwise):
    """y = lambda·x where x > 0, else lambda·alpha·(exp(x) − 1), elementwise.

    Shape: any, kept.
    Source: selu_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "selu_param"
    garbled: ClassVar = GRADIENTS

    lambda_: float = Field(default=1.050700987, alias="lambda", description="the slope for x > 0")
    alpha: float = Field(default=1.67326324, description="minus the value, by lambda, that very negative x approach")

    def formula(self, x: Array) -> Array:
        return self.lambda_ * elu(x, self.alpha)


class SeLu(SeLU):
    """SeLU under another name: y = lambda·x where x > 0, else lambda·alpha·(exp(x) − 1), elementwise.

    Shape: any, kept.
    Source: selu_layer.cpp of soeaver's fork.
    """

    edition: ClassVar = "soeaver"
    garbled: ClassVar = ""


class ThresholdedReLU(Elementwise):
    """y = x where x > alpha, else 0, elementwise.

    Shape: any, kept.
    Source: thresholded_relu_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "thresholded_relu_param"

    alpha: float = Field(default=1.0, description="the value that x has to exceed")

    def formula(self, x: Array) -> Array:
        return where(x > self.alpha, x, 0.0)


class NegReLU(Elementwise):
    """y = min(x, 0), elementwise.

    Shape: any, kept.
    Source: neg_relu_layer.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"

    def formula(self, x: Array) -> Array:
        return minimum(x, 0.0)


class ScaleTanH(Elementwise):
    """y = tanh(init_scale·x), elementwise.

    That is how the fork begins. It counts how often the layer ran, since the program has started: every step_size-th
    time the scale becomes init_scale·(1 + gamma·count)^power, which no file keeps.

    Shape: any, kept.
    Source: scale_tanh_layer.cpp of HashNet.
    """

    edition: ClassVar = "hashnet"
    message: ClassVar = "scale_tanh_param"
    overwrites: ClassVar = True
    ignored: ClassVar = {"step_size": UInt, "gamma": float, "power": float}

    init_scale: float = Field(default=1.0, description="what x is multiplied by")

    def formula(self, x: Array) -> Array:
        return tanh(affine(x, self.init_scale, 0.0))
