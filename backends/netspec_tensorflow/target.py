"""What netspec emits for TensorFlow: the passes that come first, and an emitter for every native layer."""

from __future__ import annotations

from netspec.emit import Emission
from netspec.emit.build import Target, build, measured
from netspec.emit.code import Code, call, subscript
from netspec.emit.library import library
from netspec.emit.parts import Spelling
from netspec.emit.shared import emitters as shared
from netspec.net import Net
from netspec.net.passes import Pass, run
from netspec.net.passes.fusion import fuse
from netspec.net.passes.layout import channels_last
from netspec.net.passes.transposes import join_transposes
from netspec.net.passes.unfold import unfold
from netspec_tensorflow import (
    activation,
    boxes,
    convolution,
    linear,
    merge,
    normalization,
    pooling,
    recurrent,
    resize,
    stochastic,
)
from netspec_tensorflow.names import MODULE, USED
from netspec_tensorflow.printer import PACKAGE, source
from netspec_tensorflow.words import Words

PASSES: tuple[Pass, ...] = (unfold, fuse, channels_last, join_transposes)

TARGET = Target(
    name="tensorflow",
    title="TensorFlow",
    words=Words,
    emitters={
        **shared.EMITTERS,
        **activation.EMITTERS,
        **boxes.EMITTERS,
        **stochastic.EMITTERS,
        **convolution.EMITTERS,
        **linear.EMITTERS,
        **merge.EMITTERS,
        **normalization.EMITTERS,
        **pooling.EMITTERS,
        **recurrent.EMITTERS,
        **resize.EMITTERS,
    },
    reserved=USED | MODULE | frozenset(library(PACKAGE)),
    spelling=Spelling(
        row=list,
        tensor="tf.Tensor",
        dimension=lambda x, axis: subscript(call("tf.shape", x), str(axis)),
        precision=Code("dtype"),
    ),
)


def emitted(net: Net, outputs: tuple[str, ...]) -> Emission:
    """The source for a net that returns the blobs named. Raises SpecError."""
    body = build(run(measured(net, TARGET), PASSES, outputs), TARGET, outputs)
    inputs = tuple(feed.blob for feed in body.feeds)
    return Emission(source(net, body), body.class_name, inputs, outputs, body.slots)
