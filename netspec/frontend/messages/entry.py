"""The fields that every layer has, whatever its type, and those of a net. Source: Caffe's caffe.proto."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Span
from netspec.frontend.messages.rules import NetStateRule, Rules
from netspec.layers.base import Layer, Phase, UInt
from netspec.syntax.document import Field
from netspec.syntax.origin import Origin


class ShareMode(IntEnum):
    """What must agree where parameters are shared: the shapes, or only the number of elements."""

    STRICT = 0
    PERMISSIVE = 1


class ParamSpec(NamedTuple):
    """Caffe's ParamSpec: what a spec says of a parameter blob."""

    name: str = ""
    share_mode: ShareMode = ShareMode.STRICT
    lr_mult: float | None = None
    decay_mult: float | None = None


class SharedLayer(NamedTuple):
    """Of a layer in a use of a block whose parameters other uses have, too (`netspec.frontend.language`).

    stem: what the names of its parameters begin with, the same for all layers that share them. place: what asks for it;
    None where the others ask. help: in what the two uses differ.
    """

    stem: str
    place: Span | None
    help: str | None


class LayerParameter(NamedTuple):
    """The fields beside the messages of the types; `blobs` (weights inside a spec) is read over."""

    name: str = ""
    type: str = ""
    bottom: tuple[str, ...] = ()
    top: tuple[str, ...] = ()
    loss_weight: tuple[float, ...] = ()
    param: tuple[ParamSpec, ...] = ()
    blobs: tuple[Field, ...] = ()
    include: tuple[NetStateRule, ...] = ()
    exclude: tuple[NetStateRule, ...] = ()
    phase: Phase | None = None
    propagate_down: tuple[bool, ...] = ()


class OwnState(NamedTuple):
    """Caffe's NetState, as a net has it: what it is meant for. phase: None where it does not say."""

    phase: Phase | None = None
    level: int = 0
    stage: tuple[str, ...] = ()


class NetParameter(NamedTuple):
    """The fields of a net once it is in today's format."""

    name: str = ""
    layer: tuple[Field, ...] = ()
    force_backward: bool | None = None
    debug_info: bool = False
    state: OwnState = OwnState()
    bn_stats_batch_size: UInt = 0  # of NVIDIA's fork


# Those that BVLC's Caffe has not; what they hold is read, and kept nowhere (`netspec.frontend.messages.forks`).
_OF_LAYERS = """
engine quantization_param multinode mn_activation_param mn_grad_compress_param forward_type backward_type forward_math
backward_math cudnn_math_override debug reshape_every_iter strict_dim
"""
_OF_NETS = """
engine compile_net_state multinode bn_stats_batch_size default_forward_type default_backward_type default_forward_math
default_backward_math global_grad_scale global_grad_scale_adaptive default_conv_algos_override
default_cudnn_math_override reduce_buckets eltwise_mem_sharing mem_param
"""
FORKS_FIELDS, FORKS_NET_FIELDS = frozenset(_OF_LAYERS.split()), frozenset(_OF_NETS.split())
GENERAL_FIELDS = FORKS_FIELDS | frozenset(LayerParameter._fields)  # what a layer may have, of any type


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A layer as the spec describes it, before it is known whether it is part of the net.

    params: None where its type is unknown or its parameters are at fault. faults: what is wrong with it if it is used:
    Caffe, too, takes any type and any value in a layer that its rules leave out. damaged: some of it could not be read.
    """

    origin: Origin
    layer: type[Layer] | None
    fields: LayerParameter
    rules: Rules
    params: Layer | None
    faults: tuple[Diagnostic, ...] = ()
    damaged: bool = False
