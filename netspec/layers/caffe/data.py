"""Layers that read or write files, and layers of the user's own.

Caffe's data layers become inputs of the compiled model: it is given what Caffe would read, already transformed. They
say some of their shape; what only files know is unknown until `inputs` gives it.
"""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import ANY_NUMBER, NONE, CallSite, Count, Field, Layer, Refusal, UInt
from netspec.layers.data_layer import DataLayer, Preprocessing
from netspec.layers.transform import TransformationParameter
from netspec.problems.fields import InvalidValue, MissingField
from netspec.shapes import UNKNOWN, Dim, Shape


class LabeledImages(DataLayer):
    """What the layers have in common that read images and labels: N×C×H×W and N."""

    tops: ClassVar = Count(2, 2)
    batch_first: ClassVar = True

    transform_param: TransformationParameter = Field(
        TransformationParameter.model_construct(), description="cropping, mean, scale"
    )

    def preprocessing(self) -> Preprocessing | None:
        return self.transform_param.preprocessing()

    def with_more_axes(self, top: int, shape: Shape) -> Shape | None:
        """Several labels for each image, where they are kept as numbers."""
        return (*shape, UNKNOWN) if top == 1 and len(shape) == 1 else None

    def _infer(self, site: CallSite, batch_size: int, channels: int, height: Dim, width: Dim) -> tuple[Shape, ...]:
        self.transform_param.check()
        n = batch_size or UNKNOWN
        return ((n, channels, *self.transform_param.cropped(height, width)), (n,))[: site.tops]


class StoredImages(LabeledImages):
    """Fields that stood here before `transform_param` was there."""

    ignored: ClassVar = {"scale": float, "mean_file": str, "crop_size": UInt, "mirror": bool}


class DB(IntEnum):
    LEVELDB = 0
    LMDB = 1


class Data(StoredImages):
    """Images, and labels if there is a second top, from a database: an input of the compiled model.

    Shape: batch_size × channels × crop_size × crop_size, and batch_size. Sizes that only the database knows are
    unknown. Source: Caffe's data_layer.cpp.
    """

    message: ClassVar = "data_param"
    tops: ClassVar = Count(1, 2)

    source: str = Field("", description="the database")
    batch_size: UInt = Field(0, description="how many images at a time")
    rand_skip: UInt = Field(0, description="up to how many images to pass over at first")
    backend: DB = Field(DB.LEVELDB, description="LEVELDB or LMDB")
    force_encoded_color: bool = Field(False, description="decode images as color")
    prefetch: UInt = Field(4, description="how many batches to read ahead")

    def assumed_channels(self) -> int | None:
        return 3 if self._known_channels() is None else None

    def _known_channels(self) -> int | None:
        return 3 if self.force_encoded_color else self.transform_param.known_channels()

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return self._infer(site, self.batch_size, self._known_channels() or 3, UNKNOWN, UNKNOWN)


class ImageData(StoredImages):
    """Images and labels from a list of files: an input of the compiled model.

    Shape: batch_size × 3 (1 unless is_color) × height × width, and batch_size; the sizes are crop_size, else new_height
    and new_width, else unknown. Source: Caffe's image_data_layer.cpp.
    """

    message: ClassVar = "image_data_param"

    source: str = Field("", description="the file that lists images and labels")
    batch_size: UInt = Field(1, ge=1, description="how many images at a time")
    rand_skip: UInt = Field(0, description="up to how many images to pass over at first")
    shuffle: bool = Field(False, description="whether to read in another order each time")
    new_height: UInt = Field(0, description="resize to this height; 0 does not")
    new_width: UInt = Field(0, description="resize to this width; 0 does not")
    is_color: bool = Field(True, description="three channels, or one")
    root_folder: str = Field("", description="put before the file names")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if bool(self.new_height) != bool(self.new_width):
            raise Refusal(
                InvalidValue,
                f"ImageData resizes to a height and a width: new_height {self.new_height}, new_width {self.new_width}",
                fields=("new_height", "new_width"),
                help="give both, or neither",
            )
        return self._infer(site, self.batch_size, 3 if self.is_color else 1, *self.resized())

    def resized(self) -> tuple[Dim, Dim]:
        """The height and width to which images are brought, as far as that is known."""
        return self.new_height or UNKNOWN, self.new_width or UNKNOWN


class WindowData(StoredImages):
    """Windows of images, and their labels, from a list: an input of the compiled model.

    Shape: batch_size × channels × crop_size × crop_size, and batch_size. Source: Caffe's window_data_layer.cpp.
    """

    message: ClassVar = "window_data_param"

    source: str = Field("", description="the file that lists images and windows")
    batch_size: UInt = Field(0, description="how many windows at a time")
    fg_threshold: float = Field(0.5, description="the overlap from which a window is foreground")
    bg_threshold: float = Field(0.5, description="the overlap below which a window is background")
    fg_fraction: float = Field(0.25, description="the share of foreground windows in a batch")
    context_pad: UInt = Field(0, description="how much context to add around a window")
    crop_mode: str = Field("warp", description="warp or square")
    cache_images: bool = Field(False, description="whether to keep all images in memory")
    root_folder: str = Field("", description="put before the file names")

    def assumed_channels(self) -> int | None:
        return 3 if self.transform_param.known_channels() is None else None

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if not self.transform_param.crop_size:
            raise Refusal(
                MissingField,
                "WindowData resizes its windows to crop_size, which has to be given",
                fields=("transform_param.crop_size",),
                help="transform_param { crop_size: 227 }",
            )
        channels = self.transform_param.known_channels() or 3
        return self._infer(site, self.batch_size, channels, UNKNOWN, UNKNOWN)


class HDF5Data(DataLayer):
    """Data sets of HDF5 files, of which a top has the name: inputs of the compiled model.

    Shape: unknown but for the batch size, which stands in the place of the first size of a data set.
    Source: Caffe's hdf5_data_layer.cpp.
    """

    message: ClassVar = "hdf5_data_param"
    tops: ClassVar = ANY_NUMBER

    source: str = Field("", description="the file that lists HDF5 files")
    batch_size: UInt = Field(0, description="how many rows at a time")
    shuffle: bool = Field(False, description="whether to read in another order each time")
    transform_param: TransformationParameter | None = Field(
        None, description="not allowed: the layer does not transform"
    )

    def batch_items(self) -> int:
        return self.batch_size

    def infer(self, site: CallSite) -> tuple[None, ...]:
        if self.transform_param is not None:
            raise Refusal(
                InvalidValue,
                "HDF5Data does not transform its data",
                fields=("transform_param",),
                help="remove transform_param, and store the data transformed",
            )
        return (None,) * site.tops


class MemoryData(LabeledImages):
    """Images and labels that a program hands to Caffe: an input of the compiled model.

    Shape: batch_size × channels × height × width, and batch_size. Source: Caffe's memory_data_layer.cpp.
    """

    message: ClassVar = "memory_data_param"

    batch_size: UInt = Field(gt=0, description="how many images at a time")
    channels: UInt = Field(gt=0, description="channels of an image")
    height: UInt = Field(gt=0, description="height of an image")
    width: UInt = Field(gt=0, description="width of an image")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        self.transform_param.check()
        return (self.batch_size, self.channels, self.height, self.width), (self.batch_size,)


class HDF5Output(Layer):
    """Writes its bottoms to a file as `data` and `label`. A compiled model does not: it has no tops.

    Source: Caffe's hdf5_output_layer.cpp.
    """

    message: ClassVar = "hdf5_output_param"
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = NONE

    file_name: str = Field("", description="the file")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ()


class Python(Layer):
    """A layer written in Python, in a module of the net's author. Its shapes and its meaning are unknown to netspec.

    A plugin can say them, in a type with `python = (module, layer)`, whose fields are then what param_str says.
    Source: Caffe's python_layer.hpp.
    """

    message: ClassVar = "python_param"
    bottoms: ClassVar = Count(0, None)
    tops: ClassVar = Count(0, None)

    module: str = Field("", description="the module")
    layer: str = Field("", description="the class in the module")
    param_str: str = Field("", description="what the class is told")
    share_in_parallel: bool = Field(False, description="whether solvers share the layer")

    def infer(self, site: CallSite) -> tuple[None, ...]:
        return (None,) * site.tops


class PythonData(DataLayer, Python):
    """A Python layer without bottoms, which makes data: an input of the compiled model.

    Its shapes are unknown until `inputs` gives them. Source: Caffe's python_layer.hpp.
    """

    def called(self) -> str:
        return Python.type_name()


class PythonSink(Python):
    """A Python layer without tops, which shows or keeps what it reads: compiled code leaves it out.

    Source: Caffe's python_layer.hpp.
    """

    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = NONE
    is_metric: ClassVar = True

    def called(self) -> str:
        return Python.type_name()
