"""Data layers of forks: images with annotations, and films. They are inputs of the compiled model."""

from enum import IntEnum
from typing import ClassVar

from netspec.layers.base import CallSite, Count, Field, Message, Refusal, UInt
from netspec.layers.caffe.data import LabeledImages, StoredImages
from netspec.layers.readers.data import ForksData
from netspec.layers.readers.transform import Transformed
from netspec.problems.fields import BlobCount, MissingField
from netspec.shapes import UNKNOWN, Dim, Shape


class AnnotationType(IntEnum):
    """MobileNet-YOLO's fork has the second one."""

    BBOX = 0
    BBOXandSeg = 1


class Sampler(Message):
    """Which boxes are drawn in an image: of what size and form."""

    min_scale: float = Field(default=1.0, description="the least area")
    max_scale: float = Field(default=1.0, description="the largest area")
    min_aspect_ratio: float = Field(default=1.0, description="the least width by height")
    max_aspect_ratio: float = Field(default=1.0, description="the largest width by height")


class SampleConstraint(Message):
    """Which of the boxes drawn are used: how they overlap with annotations."""

    min_jaccard_overlap: float | None = Field(default=None, description="the least overlap")
    max_jaccard_overlap: float | None = Field(default=None, description="the largest overlap")
    min_sample_coverage: float | None = Field(default=None, description="the least part of the box in an annotation")
    max_sample_coverage: float | None = Field(default=None, description="the largest part of the box in an annotation")
    min_object_coverage: float | None = Field(default=None, description="the least part of an annotation in the box")
    max_object_coverage: float | None = Field(default=None, description="the largest part of an annotation in the box")


class BatchSampler(Message):
    """How parts of images are drawn."""

    use_original_image: bool = Field(default=True, description="whether boxes lie in the image as it is")
    sampler: Sampler | None = Field(default=None, description="which boxes are drawn")
    sample_constraint: SampleConstraint | None = Field(default=None, description="which of them are used")
    max_sample: UInt = Field(default=0, description="how many to use at most")
    max_trials: UInt = Field(default=100, description="how many to draw at most")


class AnnotatedData(Transformed, LabeledImages):  # pyright: ignore[reportIncompatibleVariableOverride] - frozen
    """Images and annotations from a database: inputs of the compiled model.

    Shape: batch_size × channels × H × W, after resizing and cropping; annotations 1×1×A×8, rows of item, class, number,
    box and whether it is difficult. A is unknown; where it is not given, one for each image is counted.
    In MobileNet-YOLO's fork with yolo_data_type 1 annotations are batch_size×1×300×5, rows of class, x, y, width and
    height, then zeros; a third top has a map for each class, batch_size × classes × H/seg_scales × W/seg_scales.
    In Synopsys' fork, where caffe_yolo is given, there are annotations for each side S as YoloV2Loss has them,
    batch_size × 7·S².
    Source: annotated_data_layer.cpp of the SSD fork, of eric612/MobileNet-YOLO, and of Synopsys' fork.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "annotated_data_param"
    tops: ClassVar = Count(1, None)
    batch_first: ClassVar = False

    batch_sampler: tuple[BatchSampler, ...] = Field((), description="how parts of images are drawn")
    label_map_file: str = Field("", description="the names of classes")
    anno_type: AnnotationType | None = Field(None, description="what annotations are, whatever the database says")
    yolo_data_type: int = Field(0, description="MobileNet-YOLO's fork: 1 has the annotations of each item as rows")
    yolo_data_jitter: float = Field(0.3, description="MobileNet-YOLO's fork: how much images are moved")
    train_diffcult: bool = Field(False, description="MobileNet-YOLO's fork: whether difficult objects are annotated")
    single_class: bool = Field(True, description="MobileNet-YOLO's fork: one map, or one for each class of a file")
    seg_scales: int = Field(8, gt=0, description="MobileNet-YOLO's fork: by how much maps are smaller than images")
    seg_resize_width: int = Field(0, ge=0, description="MobileNet-YOLO's fork: the width of maps, beside their height")
    seg_resize_height: int = Field(0, ge=0, description="MobileNet-YOLO's fork: their height; 0 is as seg_scales says")
    data_param: ForksData = Field(
        ForksData.model_construct(), description="the database, and how many images at a time"
    )

    def assumed_channels(self) -> int | None:
        return 3 if self._known_channels() is None else None

    def _known_channels(self) -> int | None:
        return 3 if self.data_param.force_encoded_color else self.transform_param.known_channels()

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        """An annotation for each image; of sizes that change by chance the first. Caffe begins with these, too."""
        if top and self.sides():
            return None
        if top == 1:
            return (1, 1, self.data_param.batch_size or 1, 8)
        side = next((policy.side() for policy in self.transform_param.resize_param), None)
        if not side:
            return None
        images = (*shape[:2], *side)
        return images if top == 0 else (*shape[:2], *self.maps(images)[2:])

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        batch = self.data_param.batch_size
        images, *_ = self._infer(site, batch, self._known_channels() or 3, UNKNOWN, UNKNOWN)
        sides = self.sides()
        most = 1 + len(sides) if sides else 3
        if site.tops > most:
            what = f"{len(sides)} sides" if sides else "annotations and a map"
            message = f"AnnotatedData has at most {most} tops, for images and {what}, not {site.tops}"
            raise Refusal(BlobCount, message, fields=("data_param.side",) if sides else ())
        if sides:
            cells = tuple((self.data_param.batch_size or UNKNOWN, 7 * side**2) for side in sides)
            return (images, *cells)[: site.tops]
        return (images, self.annotations(), self.maps(images))[: site.tops]

    def sides(self) -> tuple[int, ...]:
        """How many cells an axis has in annotations cell by cell; none if they are rows."""
        return (self.data_param.side or (7,)) if self.transform_param.has("caffe_yolo") else ()

    def annotations(self) -> Shape:
        """The shape of the second top."""
        return (self.data_param.batch_size or UNKNOWN, 1, 300, 5) if self.yolo_data_type == 1 else (1, 1, UNKNOWN, 8)

    def maps(self, images: Shape) -> Shape:
        """The shape of the third top."""
        height, width = (side // self.seg_scales for side in images[2:])
        if self.seg_resize_height and self.seg_resize_width:
            height, width = self.seg_resize_height, self.seg_resize_width
        return (images[0], 1 if self.single_class else UNKNOWN, height, width)


class LaneData(AnnotatedData):
    """Images of roads and their lanes from a database: inputs of the compiled model.

    Shape: as AnnotatedData; lanes batch_size×5×64×3, of up to 5 lanes up to 64 points with x, y and the lane's number;
    and a map of the lanes, batch_size × 1 × H/seg_scales × W/seg_scales.
    Source: lane_data_layer.cpp of eric612/MobileNet-YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        return super().assumed_shape(top, shape) if top != 1 else None

    def annotations(self) -> Shape:
        return (self.data_param.batch_size or UNKNOWN, 5, 64, 3)

    def maps(self, images: Shape) -> Shape:
        return (images[0], 1, *super().maps(images)[2:])


class BoxData(ForksData):
    """Images and annotations from a database of the first ports of YOLO: inputs of the compiled model.

    Shape: images as of Data; then for each side S annotations as DetectionLoss has them, batch_size × 7·S², or if that
    does not fit as RegionLoss has them, 30 for each image, batch_size × 150.
    Source: box_data_layer.cpp of eric612/Caffe-YOLOv3-Windows, and of other ports of YOLO.
    """

    edition: ClassVar = "mobilenet-yolo"
    tops: ClassVar = Count(1, None)
    batch_first: ClassVar = False

    def alternative_shape(self, top: int, shape: Shape) -> Shape | None:
        return (shape[0], 150) if top else None

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images, *_ = super().infer(site)
        sides = self.side or (7,)
        if site.tops > 1 and site.tops != 1 + len(sides):
            message = f"BoxData writes annotations for each of {len(sides)} sides; it has {site.tops} tops"
            raise Refusal(BlobCount, message, fields=("side",) if self.side else (), help="give a side for each top")
        return (images, *((images[0], 7 * side * side) for side in sides))[: site.tops]


class VideoType(IntEnum):
    WEBCAM = 0
    VIDEO = 1


class Modality(IntEnum):
    RGB = 0
    FLOW = 1


class VideoData(StoredImages):
    """Films, or frames of a camera: inputs of the compiled model. Four forks have a layer of this name.

    Shape: with new_length T, batch_size×3×T×H×W (video-caffe, C3D); with num_segments S,
    batch_size×(S·T·channels)×H×W; there a frame of FLOW has two channels (temporal segment networks); else
    batch_size×3×H×W. A second top is N, with use_multiple_label N×num_of_labels.
    Source: video_data_layer.cpp of video-caffe, of C3D, of yjxiong/caffe and of the SSD fork.
    """

    edition: ClassVar = "video-caffe"
    message: ClassVar = "video_data_param"
    tops: ClassVar = Count(1, 2)

    source: str = Field("", description="the file that lists films")
    batch_size: UInt = Field(0, description="how many films at a time")
    rand_skip: UInt = Field(0, description="up to how many films to pass over at first")
    shuffle: bool = Field(False, description="whether to read in another order each time")
    new_height: UInt = Field(0, description="resize to this height; 0 does not")
    new_width: UInt = Field(0, description="resize to this width; 0 does not")
    new_length: UInt = Field(1, description="how many frames at a time")
    is_color: bool = Field(True, description="three channels, or one")
    root_folder: str = Field("", description="put before the file names")
    num_segments: UInt = Field(
        0, description="temporal segment networks: from how many parts of a film frames are taken"
    )
    modality: Modality = Field(Modality.RGB, description="temporal segment networks: what frames are")
    name_pattern: str = Field("", description="temporal segment networks: the names of frames")
    encoded: bool = Field(False, description="temporal segment networks: whether frames are encoded")
    grayscale: bool = Field(False, description="temporal segment networks: one channel")
    video_type: VideoType = Field(VideoType.WEBCAM, description="SSD's fork: where frames come from")
    device_id: int = Field(0, description="SSD's fork: which camera")
    video_file: str = Field("", description="SSD's fork: the file")
    skip_frames: UInt = Field(0, description="SSD's fork: how many frames to pass over each time")
    use_image: bool = Field(False, description="C3D: whether frames lie in files of their own")
    show_data: bool = Field(False, description="C3D: whether Caffe shows what it reads")
    use_temporal_jitter: bool = Field(False, description="C3D: whether the first frame is drawn by chance")
    sampling_rate: UInt = Field(1, description="C3D: every how many frames one is taken")
    max_sampling_rate: UInt = Field(1, description="C3D: up to which that is drawn by chance")
    use_sampling_rate_jitter: bool = Field(False, description="C3D: whether it is drawn by chance")
    use_multiple_label: bool = Field(False, description="C3D: whether a film has several labels, as 0 and 1 for each")
    num_of_labels: UInt = Field(1, description="C3D: with use_multiple_label, how many labels there are")
    data_param: ForksData = Field(ForksData.model_construct(), description="SSD's fork: how many frames at a time")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        if self.use_multiple_label and not self.has("num_of_labels"):
            message = "VideoData with use_multiple_label needs num_of_labels"
            raise Refusal(MissingField, message, fields=("use_multiple_label",), help="give num_of_labels")
        height, width = self.new_height or UNKNOWN, self.new_width or UNKNOWN
        color = 3 if self.is_color and not self.grayscale else 1
        length = self.new_length
        if self.num_segments:
            channels = self.num_segments * length * (2 if self.modality is Modality.FLOW else color)
            return self._infer(site, self.batch_size, channels, height, width)
        batch = self.batch_size or self.data_param.batch_size
        (n, _, h, w), *labels = self._infer(site, batch, color, height, width)
        if self.use_multiple_label:
            labels = [(n, self.num_of_labels) for _ in labels]
        film: tuple[Dim, ...] = (length,) if self.has("new_length") else ()
        return ((n, color, *film, h, w), *labels)
