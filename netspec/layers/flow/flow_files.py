"""Layers of FlowNet 2.0 that read a file or write one. Readers are inputs of the compiled model; it does not write."""

from typing import ClassVar

from netspec.layers.base import NONE, CallSite, Field, Layer, Refusal, UInt
from netspec.layers.caffe.data import ImageData
from netspec.layers.data_layer import DataLayer, Preprocessing
from netspec.layers.fit import axes
from netspec.layers.readers.transform import ForksTransformation
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, Shape, show


class Reader(DataLayer):
    """What the layers have in common that read one file, and give it num times over."""

    message: ClassVar = "reader_param"
    batch_first: ClassVar = True

    file: str = Field(description="the file")
    num: UInt = Field(1, description="how many times over")


class ImgReader(Reader):
    """An image from a file, num times over: an input of the compiled model.

    Shape: num × 3 × H × W, what transform_param cuts out; unknown if it is the whole image.
    Source: imgreader_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"

    transform_param: ForksTransformation = Field(
        ForksTransformation.model_construct(), description="cropping, mean, scale"
    )

    def preprocessing(self) -> Preprocessing | None:
        return self.transform_param.preprocessing()

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self.transform_param.check()
        return ((self.num, 3, *self.transform_param.cropped(UNKNOWN, UNKNOWN)),)


class FloatReader(Reader):
    """Numbers from a file, num times over: an input of the compiled model.

    Shape: num × C × H × W, of which only the file knows the last three.
    Source: floatreader_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ((self.num, UNKNOWN, UNKNOWN, UNKNOWN),)


class DisparityData(ImageData):
    """Disparities and labels from a list of PFM files, with their signs changed: inputs of the compiled model.

    Shape: batch_size × 3 (1 unless is_color) × new_height × new_width, and batch_size.
    Source: disparity_data_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"


class Writer(Layer):
    """What the layers have in common that write their bottom to a file in every pass."""

    message: ClassVar = "writer_param"
    tops: ClassVar = NONE
    in_place: ClassVar = False
    is_metric: ClassVar = True
    channels: ClassVar[tuple[int, ...]] = ()  # how many channels it takes; none is any number

    file: str = Field("", description="the file")
    folder: str = Field("", description="where files are written, if file is not given")
    prefix: str = Field("", description="how their names begin; the number of the pass follows")
    suffix: str = Field("", description="how their names end")
    normalize: bool = Field(False, description="whether an image is stretched to the range of its format")
    scale: float = Field(1.0, description="what an image is multiplied by")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shape = site.bottoms[0]
        if len(shape) > 4:
            message = f"{self.type_name()} takes at most 4 axes; {show(shape)} has {axes(len(shape))}"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        channels = shape[1] if len(shape) > 1 else 1
        if self.channels and all(channels != count for count in self.channels):
            raise Refusal(
                BadDimensions,
                f"{self.type_name()} writes {' or '.join(map(str, self.channels))} channels, not {channels}",
                bottoms={0: ""},
            )
        return ()


class ImgWriter(Writer):
    """Writes its bottom to an image file. A compiled model does not; its bottom is an output of the model.

    Source: imgwriter_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    channels: ClassVar = (1, 3)


class FloatWriter(Writer):
    """Writes its bottom to a file of numbers. A compiled model does not; its bottom is an output of the model.

    Source: floatwriter_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"


class FLOWriter(Writer):
    """Writes a flow to a file. A compiled model does not; its bottom is an output of the model.

    Source: flowriter_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    channels: ClassVar = (2,)


class PFMWriter(Writer):
    """Writes disparities to a file, with their signs changed. A compiled model does not; its bottom is an output of it.

    Source: pfmwriter_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
