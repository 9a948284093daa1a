"""Layers of forks that read files: like Caffe's, they become inputs of the compiled model."""

from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, concat, full
from netspec.layers.base import (
    ANY_NUMBER,
    NO_SIZES,
    NONE,
    Above0,
    BlobShape,
    CallSite,
    Count,
    Field,
    Formula,
    Positive,
    Refusal,
    UInt,
)
from netspec.layers.caffe.data import Data, ImageData, LabeledImages
from netspec.layers.data_layer import DataLayer
from netspec.layers.readers.data import ForksImageData
from netspec.problems.fields import BlobCount, InvalidValue, MissingField
from netspec.shapes import UNKNOWN, Dim, Shape

MAX_SIDE = 2**31 - 1  # of a blob (blob.cpp)


class MultiLabelImageData(ForksImageData):
    """Images, and several labels for each, from a list of files: inputs of the compiled model.

    Shape: that of ImageData, and batch_size × labels, of which only the list knows how many there are; without those
    that label_cut_start takes away, twice.
    Source: multi_label_image_data_layer.cpp of happynear's caffe-windows, which takes the start for the end, too.
    """

    edition: ClassVar = "happynear"
    tops: ClassVar = Count(2, 2)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images = super().infer(site)[0]
        return images, (images[0] - 2 * self.label_cut_start, UNKNOWN)


class ImageLabelmapData(ImageData):
    """Images, and a map of labels for each, from a list of pairs of files: inputs of the compiled model.

    Shape: batch_size × 3 (1 unless is_color) × height × width, and batch_size × 1 × height × width, with the sizes of
    ImageData. Source: image_labelmap_data_layer.cpp of s9xie/hed.
    """

    edition: ClassVar = "hed"

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images = super().infer(site)[0]
        return images, (images[0], 1, *images[2:])


class LabelType(IntEnum):
    NONE = 0
    IMAGE = 1
    PIXEL = 2


class ImageSegData(ImageLabelmapData):
    """Images, a map of labels for each, and how large each was, from a list: inputs of the compiled model.

    Shape: as ImageLabelmapData, and batch_size × 1 × 1 × 2. What is smaller than the part to cut out is padded.
    Source: image_seg_data_layer.cpp of DeepLab's Caffe and of hszhao/PSPNet.
    """

    edition: ClassVar = "deeplab"
    tops: ClassVar = Count(2, 3)

    label_type: LabelType = Field(
        LabelType.IMAGE, description="NONE, one label for an image (IMAGE), or one for each pixel, from a file (PIXEL)"
    )
    ignore_label: int = Field(255, description="the label of the padding, and for NONE of everything")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images, labels = super().infer(site)
        return (images, labels, (images[0], 1, 1, 2))[: site.tops]


class DenseImageData(LabeledImages):
    """Images, and a map of labels for each, from a list of pairs of files: inputs of the compiled model.

    Shape: batch_size × 3 (1 unless is_color) × height × width, and batch_size × 1 × height × width. The sizes are
    crop_height and crop_width, else new_height and new_width, else unknown; maps may be smaller by a factor.
    Source: dense_image_data_layer.cpp of alexgkendall/caffe-segnet, of TimoSaemann/caffe-segnet-cudnn5 and of ENet.
    """

    edition: ClassVar = "segnet"
    message: ClassVar = "dense_image_data_param"
    ignored: ClassVar = {"mean_file": str}

    source: str = Field("", description="the file that lists images and maps")
    batch_size: UInt = Field(0, description="how many images at a time")
    rand_skip: UInt = Field(0, description="up to how many images to pass over at first")
    shuffle: bool = Field(False, description="whether to read in another order each time")
    new_height: UInt = Field(0, description="resize to this height; 0 does not")
    new_width: UInt = Field(0, description="resize to this width; 0 does not")
    is_color: bool = Field(True, description="three channels, or one")
    root_folder: str = Field("", description="put before the file names")
    mirror: bool = Field(False, description="whether to mirror every second image, by chance")
    crop_width: UInt = Field(0, description="the width to cut out; 0 does not")
    crop_height: UInt = Field(0, description="the height to cut out; 0 does not")
    label_divide_factor: Positive = Field(1, description="ENet: how much smaller than images maps are made")
    multi_scale: bool = Field(False, description="ENet: whether to enlarge, by chance, and cut out the size of before")
    root_folder_image: str = Field("", description="ENet: put before the file names of images")
    root_folder_label: str = Field("", description="ENet: put before the file names of maps")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for a, b in (("new_height", "new_width"), ("crop_height", "crop_width")):
            if bool(getattr(self, a)) != bool(getattr(self, b)):
                raise Refusal(
                    InvalidValue,
                    f"DenseImageData takes {a} and {b} together: {getattr(self, a)} and {getattr(self, b)}",
                    fields=(a, b),
                    help="give both, or neither",
                )
        factor = self.label_divide_factor
        if self.crop_height and factor > 1:
            raise Refusal(
                InvalidValue,
                f"DenseImageData cannot cut where maps are smaller than images, as label_divide_factor {factor} says",
                fields=("label_divide_factor", "crop_height"),
            )
        height: Dim = self.crop_height or self.new_height or UNKNOWN
        width: Dim = self.crop_width or self.new_width or UNKNOWN
        (images,) = self._infer(CallSite(()), self.batch_size, 3 if self.is_color else 1, height, width)
        return images, (images[0], 1, *(size // factor for size in images[2:]))


class ChannelEncoding(IntEnum):
    UINT8 = 1
    UINT16FLOW = 2
    BOOL1 = 3


class RandPermOrder(IntEnum):
    FIRST_PERMUTE_THEN_RANGE = 0
    FIRST_RANGE_THEN_PERMUTE = 1


class CustomData(Data):
    """Images and flow that lie in a database as channels of one blob, each slice a top: inputs of the compiled model.

    Shape: batch_size × channels × height × width. Of slices between two slice_points the channels are known, the sizes
    are not. One top more is of labels, batch_size. Source: custom_data_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    tops: ClassVar = ANY_NUMBER
    ignored: ClassVar = {"disk_reader_threads": UInt, "huge_video_dataset": bool, "verbose": bool}

    slice_point: tuple[UInt, ...] = Field((), description="at which channels the second and later tops begin")
    encoding: tuple[ChannelEncoding, ...] = Field((), description="how each slice is stored")
    limit_samples: int = Field(-1, description="how many samples to read; -1 is all")
    crop_size: UInt = Field(0, description="the height and width of images")
    preselection_file: str = Field("", description="a file with a label for each sample")
    preselection_label: int = Field(0, description="the label of the samples to read")
    range_start: int = Field(0, description="the first sample to read")
    range_end: int = Field(-1, description="the last sample to read; -1 is the last of all")
    rand_permute: bool = Field(False, description="whether to read in another order")
    rand_permute_order: RandPermOrder = Field(
        RandPermOrder.FIRST_PERMUTE_THEN_RANGE, description="whether the range or the other order comes first"
    )
    rand_permute_seed: UInt = Field(0, description="where chance begins")
    subtract: tuple[float, ...] = Field((), description="what is subtracted")
    permute_every_iter: UInt = Field(0, description="whether the order changes with every pass")
    block_size: UInt = Field(0, description="how many samples stay together")

    def assumed_channels(self) -> int | None:
        return None

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        slices = len(self.slice_point) + 1
        if site.tops not in (slices, slices + 1):
            raise Refusal(
                BlobCount,
                f"CustomData writes {slices} slices, and perhaps labels; it has {site.tops} tops",
                fields=("slice_point",) if self.slice_point else (),
                help="give one slice_point less than there are tops, or two less where the last one is of labels",
            )
        n = self.batch_size or UNKNOWN
        space = self.transform_param.cropped(self.crop_size or UNKNOWN, self.crop_size or UNKNOWN)
        starts = (0, *self.slice_point)
        channels = [end - start for start, end in zip(starts, self.slice_point, strict=False)]
        return (*((n, c, *space) for c in (*channels, UNKNOWN)), (n,))[: site.tops]


class NDimData(DataLayer):
    """Blobs of any shape, and labels, from a list of files: inputs of the compiled model.

    Shape: batch_size × `shape`, and batch_size. Source: ndim_data_layer.cpp of gnina.
    """

    edition: ClassVar = "gnina"
    message: ClassVar = "ndim_data_param"
    tops: ClassVar = Count(1, 2)

    source: str = Field("", description="the file that lists labels and files")
    batch_size: UInt = Field(1, description="how many at a time")
    shape: BlobShape = Field(NO_SIZES, description="the shape of one")
    rand_skip: UInt = Field(0, description="up to how many to pass over at first")
    shuffle: bool = Field(True, description="whether to read in another order each time")
    balanced: bool = Field(True, description="whether a batch has as many of either label")
    check: bool = Field(False, description="whether to look for numbers that are not finite")
    root_folder: str = Field("", description="put before the file names")
    rotate: UInt = Field(0, description="how many ways to turn what is read")
    inmemory: bool = Field(False, description="whether a program gives the blobs")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        n = self.batch_size or UNKNOWN
        return ((n, *self.shape.dim), (n,))[: site.tops]


class MolGridData(DataLayer):
    """Grids of the densities of atoms around a ligand, and labels, from a list of files: inputs of the compiled model.

    Shape: batch_size × channels × D × D × D with D = dimension / resolution + 1, rounded; the atom types, which a file
    lists, are the channels. With num_poses there are as many times more items if duplicate_poses, else channels.
    Then come labels, affinities with has_affinity, distances with has_rmsd, each batch_size; what else there may be is
    unknown. Source: molgrid_data_layer.cpp of gnina.
    """

    edition: ClassVar = "gnina"
    message: ClassVar = "molgrid_data_param"
    tops: ClassVar = ANY_NUMBER

    source: str = Field("", description="the file that lists labels and structures")
    batch_size: UInt = Field(1, description="how many at a time")
    dimension: Above0 = Field(description="the side of the cube, in ångström")
    resolution: Above0 = Field(description="how far the points of the grid lie apart, in ångström")
    rand_skip: UInt = Field(0, description="up to how many to pass over at first")
    addH: bool = Field(True, description="whether to add hydrogens")
    shuffle: bool = Field(True, description="whether to read in another order each time")
    balanced: bool = Field(True, description="whether a batch has as many of either label")
    check: bool = Field(False, description="whether to look for numbers that are not finite")
    root_folder: str = Field("", description="put before the file names")
    rotate: UInt = Field(0, description="how many ways to turn what is read")
    random_rotation: bool = Field(False, description="whether to turn by chance")
    random_translate: float = Field(0.0, description="how far to move by chance")
    binary_occupancy: bool = Field(False, description="0 and 1 in the place of densities")
    recmap: str = Field("", description="the file of the receptor's atom types")
    ligmap: str = Field("", description="the file of the ligand's atom types")
    inmemory: bool = Field(False, description="whether a program gives the structures")
    radius_multiple: float = Field(1.5, description="how far densities reach, in radii")
    fixed_radius: float = Field(0.0, description="the radius of all atoms, if not 0")
    has_affinity: bool = Field(False, description="whether a top is of affinities")
    has_rmsd: bool = Field(False, description="whether a top is of distances")
    stratify_receptor: bool = Field(False, description="whether receptors are drawn evenly")
    cache_structs: bool = Field(True, description="whether to keep structures in memory")
    source2: str = Field("", description="a second list")
    root_folder2: str = Field("", description="put before the file names of the second list")
    source_ratio: float = Field(-1.0, description="how much of a batch is from the first list")
    stratify_affinity_min: float = Field(0.0, description="the least affinity, for drawing them evenly")
    stratify_affinity_max: float = Field(0.0, description="the largest affinity")
    stratify_affinity_step: float = Field(0.0, description="the steps between")
    spherical_mask: bool = Field(False, description="whether only a ball is kept")
    peturb_ligand: bool = Field(False, description="whether to move the ligand by chance; a top says how")
    peturb_ligand_translate: float = Field(2.0, description="how far at most")
    peturb_ligand_rotate: bool = Field(True, description="whether to turn it, too")
    ignore_ligand: bool = Field(False, description="whether to leave the ligand out")
    jitter: float = Field(0.0, description="how far each atom moves by chance")
    num_poses: UInt = Field(1, description="how many ligands belong to a receptor")
    use_covalent_radius: bool = Field(False, description="which radii are used")
    affinity_reweight_mean: float = Field(0.0, description="the mean of affinities, for weighing them")
    affinity_reweight_std: float = Field(0.0, description="their deviation")
    affinity_reweight_stdcut: float = Field(0.0, description="from how many deviations on the weight stays the same")
    fix_center_to_origin: bool = Field(False, description="whether the cube stays at the origin")
    recmolcache: str = Field("", description="a file with all receptors")
    ligmolcache: str = Field("", description="a file with all ligands")
    mem_recmap: str = Field("", description="what recmap would hold")
    mem_ligmap: str = Field("", description="what ligmap would hold")
    duplicate_poses: bool = Field(False, description="whether each ligand gets a receptor of its own")
    subgrid_dim: float = Field(0.0, description="the side of a part of the cube, for recurrent nets")
    maxgroupsize: UInt = Field(1, description="the longest sequence, for recurrent nets")
    maxchunksize: UInt = Field(1, description="the longest part of a sequence, for recurrent nets")
    stride: int = Field(0, description="how far parts lie apart, for recurrent nets")
    use_rec_center: bool = Field(False, description="whether the receptor is the center")
    peturb_bins: UInt = Field(0, description="into how many classes movements fall")

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        if self.subgrid_dim or self.maxgroupsize != 1:
            return (None,) * site.tops
        n: Dim = self.batch_size or UNKNOWN
        if self.duplicate_poses:
            n = n * self.num_poses
        steps = self.dimension / self.resolution
        if steps >= MAX_SIDE:
            message = f"a side of {self.dimension:g} Å has {steps:g} steps of {self.resolution:g} Å"
            raise Refusal(InvalidValue, message, fields=("resolution", "dimension"))
        side = int(steps + 0.5) + 1
        known = 2 + self.has_affinity + self.has_rmsd
        tops: list[Shape | None] = [(n, UNKNOWN, side, side, side), *((n,) for _ in range(known - 1))]
        return (*tops[: site.tops], *(None,) * (site.tops - known))


class ContinuationIndicator(Formula):
    """Where sequences go on: 0 in the first step, 1 in the others, as LSTM and RNN read it.

    Shape: time_step × batch_size. Source: continuation_indicator_layer.cpp of intel/caffe.
    """

    edition: ClassVar = "intel"
    message: ClassVar = "continuation_indicator_param"
    bottoms: ClassVar = NONE

    time_step: UInt = Field(0, description="how many steps there are")
    batch_size: UInt = Field(0, description="how many sequences there are")

    def formula(self) -> Array:
        for name in ("time_step", "batch_size"):
            if not getattr(self, name):
                raise Refusal(MissingField, f"ContinuationIndicator needs {name}", help=f"give {name}: …")
        first, later = full((1, self.batch_size), 0.0), full((self.time_step - 1, self.batch_size), 1.0)
        return concat((first, later), 0) if self.time_step > 1 else first
