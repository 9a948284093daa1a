"""What forks of Caffe add to a net and to every layer, whatever its type. None of it changes what is computed.

It says on which machines, in which precision or by which implementation a net runs; here that is said when it is built.
Source: caffe.proto of intel/caffe, of NVIDIA's caffe 0.17, of Ristretto and of yjxiong/caffe.
"""

from enum import IntEnum
from typing import NamedTuple

from netspec.layers.base import UInt


class Type(IntEnum):
    """NVIDIA's fork: a precision."""

    DOUBLE = 0
    FLOAT = 1
    FLOAT16 = 2
    INT = 3
    UINT = 4
    BOOL = 5


class Precision(IntEnum):
    """How numbers of few bits are to be read; intel's fork has the first alone."""

    DYNAMIC_FIXED_POINT = 0
    MINIFLOAT = 1
    INTEGER_POWER_OF_2_WEIGHTS = 2


class Rounding(IntEnum):
    NEAREST = 0
    STOCHASTIC = 1


class QuantizationParameter(NamedTuple):
    """intel's fork and Ristretto: with how many bits a layer approximates its numbers."""

    precision: Precision = Precision.DYNAMIC_FIXED_POINT
    rounding_scheme: Rounding = Rounding.NEAREST
    bw_layer_in: UInt = 32
    bw_layer_out: UInt = 32
    bw_params: UInt = 32
    fl_layer_in: tuple[int, ...] = ()
    fl_layer_out: tuple[int, ...] = ()
    fl_params: tuple[int, ...] = ()
    scale_in: tuple[float, ...] = ()
    scale_out: tuple[float, ...] = ()
    scale_params: tuple[float, ...] = ()
    mant_bits: UInt = 23
    exp_bits: UInt = 8
    exp_min: int = -8
    exp_max: int = -1
    is_negative_input: bool = False
    force_u8_input: bool = False


class MultinodeLayerParameter(NamedTuple):
    """intel's fork: over how many machines a layer is spread."""

    num_nodes: UInt = 0
    model_parts: UInt = 1


class MnActivationParameter(NamedTuple):
    """intel's fork: how what a layer writes is spread over machines."""

    num_nodes_in: UInt = 0
    num_nodes_out: UInt = 0
    model_parts_in: UInt = 1
    model_parts_out: UInt = 1
    need_reduce: bool = True


class MnParamGradCompressParameter(NamedTuple):
    """intel's fork: whether gradients are compressed on their way between machines."""

    param_grad_compress_enable: tuple[bool, ...] = ()


class MnModelParallelParameter(NamedTuple):
    """intel's fork: which layers are spread over machines."""

    layer_from: str = ""
    layer_to: str = ""
    num_nodes: UInt = 0
    model_parts: UInt = 0


class MnParamGradCompressLayerTypeList(NamedTuple):
    """intel's fork: of which types gradients are compressed."""

    layer_type: tuple[str, ...] = ()


class MultinodeParameter(NamedTuple):
    """intel's fork: how a net is spread over machines."""

    model_parallel: tuple[MnModelParallelParameter, ...] = ()
    compress_layer_type_list: MnParamGradCompressLayerTypeList = MnParamGradCompressLayerTypeList()


class CompileNetState(NamedTuple):
    """intel's fork: what it has already done to the layers of the net."""

    is_init: bool = True
    bn_scale_remove: bool = False
    bn_scale_merge: bool = False
    kept_bn_layers: tuple[str, ...] = ()


class MemoryOptimizationParameter(NamedTuple):
    """yjxiong's fork: which memory is used again."""

    optimize_train: bool = False
    optimize_test: bool = False
    exclude_blob: tuple[str, ...] = ()


class LayerFields(NamedTuple):
    """Those of a layer."""

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


class NetFields(NamedTuple):
    """Those of a net."""

    engine: str = ""
    compile_net_state: CompileNetState = CompileNetState()
    multinode: MultinodeParameter = MultinodeParameter()
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
