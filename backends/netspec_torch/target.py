"""What netspec emits for PyTorch: the passes that come first, and an emitter for every native layer."""

from __future__ import annotations

from netspec.emit import Emission
from netspec.emit.build import Target, build, measured
from netspec.emit.code import call
from netspec.emit.library import library
from netspec.emit.shared import emitters as shared
from netspec.net import Net
from netspec.net.passes import Pass, run
from netspec.net.passes.fusion import fuse
from netspec.net.passes.unfold import unfold
from netspec_torch import (
    activation,
    boxes,
    convolution,
    input,
    linear,
    merge,
    normalization,
    pooling,
    recurrent,
    resize,
    stochastic,
)
from netspec_torch.names import MODULE, USED
from netspec_torch.printer import PACKAGE, source
from netspec_torch.words import Words

PASSES: tuple[Pass, ...] = (unfold, fuse)

TARGET = Target(
    name="torch",
    title="PyTorch",
    words=Words,
    emitters={
        **shared.EMITTERS,
        **activation.EMITTERS,
        **boxes.EMITTERS,
        **stochastic.EMITTERS,
        **convolution.EMITTERS,
        **input.EMITTERS,
        **linear.EMITTERS,
        **merge.EMITTERS,
        **normalization.EMITTERS,
        **pooling.EMITTERS,
        **recurrent.EMITTERS,
        **resize.EMITTERS,
    },
    reserved=USED | MODULE | frozenset(library(PACKAGE)),
    lend=lambda place, module, parameters: call(place.helper("lend"), module, **parameters),
)


def emitted(net: Net, outputs: tuple[str, ...]) -> Emission:
    """The source for a net that returns the blobs named. Raises SpecError."""
    body = build(run(measured(net, TARGET), PASSES, outputs), TARGET, outputs)
    inputs = tuple(feed.blob for feed in body.feeds)
    return Emission(source(net, body), body.class_name, inputs, outputs, body.slots)
