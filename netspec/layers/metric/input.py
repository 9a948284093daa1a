"""A parameter by itself that begins in other ways. Source: parameter_layer.hpp of happynear's caffe-windows."""

from typing import ClassVar

from netspec.layers.base import ZERO, Field, FillerParameter
from netspec.layers.caffe.input import Parameter


class FilledParameter(Parameter):
    """How the parameter begins."""

    edition: ClassVar = "happynear"

    blob_filler: FillerParameter = Field(ZERO, description="how it begins")

    @property
    def filler(self) -> FillerParameter:
        return self.blob_filler
