"""The fields that every layer has, whatever its type, and those of a net. Source: Caffe's caffe.proto."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Span
from netspec.frontend.messages.forks import (
    CompileNetState,
    MemoryOptimizationParameter,
    MnActivationParameter,
    MnParamGradCompressParameter,
    MultinodeLayerParameter,
    MultinodeParameter,
    QuantizationParameter,
    Type,
)
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
    # Of forks, and without effect here.
    engine: str = ""
    quantization_param: QuantizationParameter = QuantizationParameter()
    multinode: MultinodeLayerParameter = MultinodeLayerParameter()
    mn_activation_param: MnActivationParameter = MnActivationParameter()
    mn_grad_compress_param: MnParamGradCompressParameter = MnParamGradCompressParameter()
    forward_type: Type = Type.FLOAT
    backward_type: Type = Type.FLOAT
    forward_math: Type = Type.FLOAT
    backward_math: Type = Type.FLOAT
    cudnn_math_override: int = -1
    debug: bool = False
    reshape_every_iter: bool = True
    strict_dim: bool = True


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
    # Of forks, and without effect here.
    engine: str = ""
    compile_net_state: CompileNetState = CompileNetState()
    multinode: MultinodeParameter = MultinodeParameter()
    bn_stats_batch_size: UInt = 0
    default_forward_type: Type = Type.FLOAT
    default_backward_type: Type = Type.FLOAT
    default_forward_math: Type = Type.FLOAT
    default_backward_math: Type = Type.FLOAT
    global_grad_scale: float = 1.0
    global_grad_scale_adaptive: bool = False
    default_conv_algos_override: str = ""
    default_cudnn_math_override: int = -1
    reduce_buckets: int = 6
    eltwise_mem_sharing: bool = True
    mem_param: MemoryOptimizationParameter = MemoryOptimizationParameter()


# Those that BVLC's Caffe has not.
FORKS_FIELDS = frozenset(LayerParameter._fields[LayerParameter._fields.index("engine") :])
FORKS_NET_FIELDS = frozenset(NetParameter._fields[NetParameter._fields.index("engine") :])


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
