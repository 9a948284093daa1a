"""What reads or writes files, which a net that runs here does not."""

from __future__ import annotations

from netspec.layers.base import Layer
from netspec.layers.caffe.data import HDF5Output

WITHOUT: dict[type[Layer], str] = {
    HDF5Output: "a net that runs here writes no files; remove the layer, and ask for its bottoms"
}
