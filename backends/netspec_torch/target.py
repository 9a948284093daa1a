"""What netspec emits for PyTorch: the passes that come first, and an emitter for every native layer."""

from __future__ import annotations

from netspec.emit import Emission
from netspec.emit.blocks.fold import folded
from netspec.emit.blocks.outline import Framework
from netspec.emit.build import Target, build, measured
from netspec.emit.code import Code, Literal, call, comprehension, keyed, literal
from netspec.emit.library import names
from netspec.emit.shared import emitters as shared
from netspec.net import Net
from netspec.net.passes import Pass, run
from netspec.net.passes.fusion import fuse
from netspec.net.passes.unfold import unfold
from netspec_torch import (
    activation,
    convolution,
    fast,
    input,
    linear,
    merge,
    normalization,
    overwriting,
    pooling,
    prior_box,
    recurrent,
    stochastic,
)
from netspec_torch.fast import channels_last
from netspec_torch.names import MODULE, USED
from netspec_torch.overwriting import overwrite
from netspec_torch.printer import PACKAGE, declared, source
from netspec_torch.words import Words

PASSES: tuple[Pass, ...] = (unfold, fuse, overwrite)
FAST: tuple[Pass, ...] = (*PASSES, channels_last)  # of a net that `-O` has made

_USUAL: dict[str, Literal] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True}
_CONVOLUTION = {name: literal(value) for name, value in _USUAL.items()}
_NORM = {"eps": literal(1e-5), "momentum": literal(0.1), "affine": literal(True)}
_CONVOLUTIONS = [f"nn.Conv{kind}{n}d" for kind in ("", "Transpose") for n in (1, 2, 3)]
_NORMS = [f"nn.BatchNorm{n}d" for n in (1, 2, 3)]


def _series(key: Code, construct: Code, target: Code, over: Code, chain: bool) -> Code:
    if chain:
        pair = literal((key, construct))
        return call("nn.Sequential", call("OrderedDict", comprehension(pair, target, over)))
    return call("nn.ModuleDict", keyed(key, construct, target, over))


FRAMEWORK = Framework(
    signatures={
        **dict.fromkeys(_CONVOLUTIONS, _CONVOLUTION),
        **dict.fromkeys(_NORMS, _NORM),
        "nn.Linear": {"bias": literal(True)},
    },
    positions={
        **dict.fromkeys(_CONVOLUTIONS, ("inputs", "channels")),
        **dict.fromkeys(_NORMS, ("channels",)),
        "nn.Linear": ("inputs", "outputs"),
    },
    reserved=USED | MODULE | frozenset(names(PACKAGE)),
    identity=call("nn.Identity"),
    series=_series,
    sequential=True,
)

TARGET = Target(
    name="torch",
    title="PyTorch",
    words=Words,
    emitters={
        **shared.EMITTERS,
        **activation.EMITTERS,
        **stochastic.EMITTERS,
        **convolution.EMITTERS,
        **fast.EMITTERS,
        **input.EMITTERS,
        **linear.EMITTERS,
        **merge.EMITTERS,
        **normalization.EMITTERS,
        **overwriting.EMITTERS,
        **pooling.EMITTERS,
        **prior_box.EMITTERS,
        **recurrent.EMITTERS,
    },
    reserved=USED | MODULE | frozenset(names(PACKAGE)),
    lend=lambda place, module, parameters: call(place.helper("lend"), module, **parameters),
)


def emitted(net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
    """The source for a net that returns the blobs named. Raises SpecError. flat: as one class, whatever blocks there
    are; None: if it returns others than the net's outputs, which may be inside of blocks."""
    made = run(measured(net, TARGET), FAST if net.plain else PASSES, outputs)
    body = build(made, TARGET, outputs)
    if not (outputs != net.returned if flat is None else flat):
        body = folded(made, body, lambda slot, name: declared(body.learning, slot), FRAMEWORK)
    inputs = tuple(feed.blob for feed in body.feeds)
    return Emission(source(net, body), body.class_name, inputs, outputs, body.slots, body.outline is not None)
