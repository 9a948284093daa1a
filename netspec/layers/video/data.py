"""Convolution and pooling of films, as C3D's fork of Caffe has them: one size for a frame, another one for time."""

from typing import ClassVar

from netspec.layers.base import CallSite, Field, UInt
from netspec.layers.caffe.data import ImageData
from netspec.shapes import Shape


class StoredFilms(ImageData):
    """The fields for films that C3D's image_data_param has."""

    new_length: UInt = Field(1, ge=1, description="how many frames at a time")
    use_image: bool = Field(False, description="whether frames lie in files of their own")
    show_data: int = Field(0, description="whether Caffe shows what it reads")
    use_temporal_jitter: bool = Field(False, description="whether the first frame is drawn by chance")
    sampling_rate: int = Field(1, description="every how many frames one is taken")
    use_label: bool = Field(True, description="whether the list has labels")
    mean_value: float = Field(0.0, description="what is subtracted where there is no mean_file")
    num_truth_channels: UInt = Field(1, description="how many channels of a file are truth, the last ones")
    use_byte_input: bool = Field(False, description="whether files have bytes, or floats")
    is_flow: bool = Field(False, description="whether truth is flow, which changes its sign where it is mirrored")
    truth_scale: float = Field(1.0, description="what truth is multiplied by")
    clip_min: float | None = Field(None, description="truth from here to clip_max becomes 0 to 1")
    clip_max: float = Field(0.0, description="where that ends")


class FilmData(StoredFilms):
    """Parts of films and their labels from a list: an input of the compiled model.

    Shape: batch_size × 3 × new_length × height × width, and batch_size; the sizes are crop_size, else new_height and
    new_width, else unknown.
    Source: video_data_layer.cpp of C3D, where the type is VIDEO_DATA; the second version has a VideoData.
    """

    edition: ClassVar = "c3d"

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images, *labels = super().infer(site)
        return ((*images[:2], self.new_length, *images[2:]), *labels)
