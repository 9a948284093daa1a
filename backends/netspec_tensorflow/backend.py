"""The TensorFlow backend: what it emits, and how that is brought to life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netspec.emit import Emission
from netspec.emit.build import Target, build, measured
from netspec.emit.code import call, subscript
from netspec.emit.library import library
from netspec.net import Net
from netspec.net.passes import Pass, run
from netspec.net.passes.expand import fold_batch_axes, unfold_fusions, unfold_pyramids
from netspec.net.passes.fusion import fuse_batch_norm_scale
from netspec.net.passes.layout import channels_last
from netspec.net.passes.transposes import join_transposes
from netspec_tensorflow import (
    activation,
    boxes,
    chance,
    convolution,
    correlation,
    data,
    flow,
    linear,
    merge,
    multibox,
    normalization,
    pooling,
    proposals,
    recurrent,
    regions,
    resize,
    trained,
    yolo,
    yolo3,
    yolo_cells,
)
from netspec_tensorflow.names import MODULE, USED
from netspec_tensorflow.printer import PACKAGE, source
from netspec_tensorflow.words import Words

if TYPE_CHECKING:
    from netspec.backend.executable import Executable

PASSES: tuple[Pass, ...] = (
    unfold_fusions,
    fuse_batch_norm_scale,
    fold_batch_axes,
    unfold_pyramids,
    channels_last,
    join_transposes,
)

TARGET = Target(
    name="tensorflow",
    title="TensorFlow",
    words=Words,
    emitters={
        **activation.EMITTERS,
        **boxes.EMITTERS,
        **chance.EMITTERS,
        **convolution.EMITTERS,
        **correlation.EMITTERS,
        **data.EMITTERS,
        **flow.EMITTERS,
        **linear.EMITTERS,
        **merge.EMITTERS,
        **multibox.EMITTERS,
        **normalization.EMITTERS,
        **pooling.EMITTERS,
        **proposals.EMITTERS,
        **recurrent.EMITTERS,
        **resize.EMITTERS,
        **yolo.EMITTERS,
        **yolo3.EMITTERS,
        **yolo_cells.EMITTERS,
        **regions.EMITTERS,
    },
    reserved=USED | MODULE | frozenset(library(PACKAGE)),
    dimension=lambda x, axis: subscript(call("tf.shape", x), str(axis)),
)


class TensorFlowBackend:
    """`netspec.backend.Backend` for TensorFlow."""

    name = TARGET.name
    title = TARGET.title

    def emit(self, net: Net, outputs: tuple[str, ...]) -> Emission:
        body = build(run(measured(net, TARGET), PASSES, outputs), TARGET, outputs)
        inputs = tuple(feed.blob for feed in body.feeds)
        return Emission(source(net, body), body.class_name, inputs, outputs, body.slots)

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        return trained.loader(emission, file, complete)

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        from netspec.backend.executable import Executable
        from netspec_tensorflow.runner import starter

        return Executable(net, lambda outputs: self.emit(net, outputs), starter(net, device, dtype))
