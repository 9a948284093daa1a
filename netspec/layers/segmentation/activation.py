"""Dropout as Bayesian SegNet's fork has it, which samples in TEST. Source: dropout_layer.cpp of that fork."""

from typing import ClassVar

from netspec.layers.base import Field
from netspec.layers.caffe.activation import Dropout


class SampledDropout(Dropout):
    """Whether there is a sample in TEST."""

    edition: ClassVar = "segnet"
    foldable: ClassVar = True

    sample_weights_test: bool = Field(default=False, description="drop elements in TEST, too")

    @property
    def always(self) -> bool:
        return self.sample_weights_test

    def deterministic(self) -> Dropout:
        return self.model_copy(update={"sample_weights_test": False})
