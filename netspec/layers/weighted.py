"""Layers with a weight and, if wanted, a bias for every output."""

from netspec.layers.base import ZERO, Blob, Field, FillerParameter, Role
from netspec.layers.rewriting import Absorbing
from netspec.shapes import Shape


class Weighted(Absorbing):
    """The fields that such layers share."""

    bias_term: bool = Field(default=True, description="whether a bias is added to every output")
    weight_filler: FillerParameter = Field(default=ZERO, description="how the weights begin")
    bias_filler: FillerParameter = Field(default=ZERO, description="how the bias begins")

    def weight_and_bias(self, weight: Shape, outputs: int) -> tuple[Blob, ...]:
        """The parameter blobs, given the shape of the weight."""
        bias = Blob("bias", (outputs,), self.bias_filler, Role.BIAS)
        return (Blob("weight", weight, self.weight_filler), *((bias,) if self.bias_term else ()))

    def with_bias(self) -> "Weighted":
        return self if self.bias_term else self.model_copy(update={"bias_term": True, "bias_filler": ZERO})
