"""What netspec emits for TensorFlow: the passes that come first, and an emitter for every native layer."""

from __future__ import annotations

from dataclasses import replace

from netspec.emit import Emission
from netspec.emit.blocks.fold import folded
from netspec.emit.blocks.outline import Framework
from netspec.emit.build import Target, build, measured
from netspec.emit.code import Code, call, keyed, literal, subscript
from netspec.emit.library import names
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
    convolution,
    linear,
    merge,
    normalization,
    pooling,
    prior_box,
    recurrent,
    stochastic,
)
from netspec_tensorflow.names import MODULE, USED
from netspec_tensorflow.printer import PACKAGE, declared, source
from netspec_tensorflow.words import Words

_CONVOLUTION = {"bias": literal(None), "strides": literal(1), "padding": literal("SAME")}
FRAMEWORK = Framework(
    signatures={
        "FrozenBatchNorm": {"eps": literal(1e-5)},
        **dict.fromkeys(("Conv2D", "FusedConv2D"), _CONVOLUTION),
        "tf.Variable": {"trainable": literal(True)},
    },
    positions={
        "tf.nn.conv2d": ("", "", "strides", "padding"),
        "tf.nn.depthwise_conv2d": ("", "", "strides", "padding"),
    },
    reserved=USED | MODULE | frozenset(names(PACKAGE)),
    identity=Code("tf.identity"),
    series=lambda key, construct, target, over, chain: keyed(key, construct, target, over),
    passed="dtype",
)
PASSES: tuple[Pass, ...] = (unfold, fuse, channels_last, join_transposes)

TARGET = Target(
    name="tensorflow",
    title="TensorFlow",
    words=Words,
    emitters={
        **shared.EMITTERS,
        **activation.EMITTERS,
        **stochastic.EMITTERS,
        **convolution.EMITTERS,
        **linear.EMITTERS,
        **merge.EMITTERS,
        **normalization.EMITTERS,
        **pooling.EMITTERS,
        **prior_box.EMITTERS,
        **recurrent.EMITTERS,
    },
    reserved=USED | MODULE | frozenset(names(PACKAGE)),
    spelling=Spelling(
        row=list,
        tensor="tf.Tensor",
        dimension=lambda x, axis: subscript(call("tf.shape", x), str(axis)),
        precision=Code("dtype"),
    ),
)


def emitted(net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
    """The source for a net that returns the blobs named. Raises SpecError. flat: as one class, whatever blocks there
    are; None: if it returns others than the net's outputs, which may be inside of blocks."""
    made = run(measured(net, TARGET), PASSES, outputs)
    body = build(made, TARGET, outputs)
    if not (outputs != net.returned if flat is None else flat):
        used = dict.fromkeys(body.helpers)

        def helper(name: str) -> str:
            used[name] = None
            return name

        outlined = folded(made, body, lambda slot, name: declared(body.learning, slot, name, helper), FRAMEWORK)
        body = replace(outlined, helpers=tuple(used)) if outlined.outline else body
    inputs = tuple(feed.blob for feed in body.feeds)
    return Emission(source(net, body), body.class_name, inputs, outputs, body.slots, body.outline is not None)
