"""Where normalisation adds its eps, in Synopsys' fork. Source: its batch_norm_layer.cpp and mvn_layer.cpp."""

from typing import ClassVar

from netspec.arrays import Array, sqrt
from netspec.layers.base import CallSite, Field, Phase
from netspec.layers.caffe.normalization import MVN, BatchNorm


class OtherBatchNorm(BatchNorm):
    """Without add_eps_before_sqrt y = (x − mean) / (sqrt(variance) + eps), with the fork's gradient, in which the
    deviation counts as deviation + eps."""

    edition: ClassVar = "synopsys"
    foldable: ClassVar = True
    ignored: ClassVar = {"icnet": bool}

    add_eps_before_sqrt: bool = Field(default=True, description="false adds eps to the deviation, not to the variance")
    update_global_stats: bool = Field(default=True, description="false leaves the blobs as they are; in TRAIN refused")

    @property
    def eps_inside(self) -> bool:
        return self.add_eps_before_sqrt

    def lacks(self, site: CallSite) -> str:
        if self.update_global_stats or site.phase is Phase.TEST or self.global_stats(site.phase):
            return super().lacks(site)
        return "without update_global_stats Synopsys' fork measures no variance in TRAIN"


class OtherMVN(MVN):
    """With add_eps_before_sqrt eps is added to the variance."""

    edition: ClassVar = "synopsys"

    add_eps_before_sqrt: bool = Field(default=False, description="add eps to the variance, not to the deviation")

    def deviation(self, variance: Array) -> Array:
        return sqrt(variance + self.eps) if self.add_eps_before_sqrt else super().deviation(variance)
