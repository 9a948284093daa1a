"""What other frameworks call Caffe's layer types, fields and messages.

Spelling does not find these: of Caffe's names `SeLu` is the nearest to PyTorch's `SiLU`, and is another function. A
name is looked up without case, `_`, `-` and the number of axes: `Conv2d`, `conv_1d` and `Conv2D` are one.

Source: torch.nn and torch.nn.functional of PyTorch 2, keras.layers and keras.losses of Keras 3, the operators of ONNX.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple


class Synonym(NamedTuple):
    """Caffe's name for what has another one elsewhere. `fields` has to be written with it to mean the same."""

    name: str
    fields: str = ""

    @property
    def question(self) -> str:
        return f"did you mean {self.name}{f', with {self.fields}' if self.fields else ''}?"


# Caffe's type (and the fields that make it so): what others call it. "": there is no such layer, and nothing is near.
_TYPES: Mapping[Synonym, str] = {
    Synonym("Convolution"): "conv convnd conv2dlayer",
    Synonym("Deconvolution"): "convtranspose convolutiontranspose transposedconv transposedconvolution deconv upconv",
    Synonym("DepthwiseConvolution"): "depthwiseconv depthwise dwconv",
    Synonym("InnerProduct"): "linear dense fullyconnected fc ip affine addmm lazylinear",
    Synonym("Pooling"): "pool",
    Synonym("Pooling", "pool: MAX"): "maxpool maxpooling",
    Synonym("Pooling", "pool: AVE"): "avgpool avgpooling averagepool averagepooling meanpool meanpooling",
    Synonym("Pooling", "pool: AVE global_pooling: true"): "globalavgpool globalavgpooling globalaveragepool "
    "globalaveragepooling globalpool globalpooling adaptiveavgpool adaptiveaveragepool gap",
    Synonym("Pooling", "pool: MAX global_pooling: true"): "globalmaxpool globalmaxpooling adaptivemaxpool",
    Synonym("ROIPooling"): "roipool maxroipool",
    Synonym("Swish"): "silu",
    Synonym("HardSwish"): "hswish hardsilu",
    Synonym("HardSigmoid"): "hsigmoid",
    Synonym("ReLU", "negative_slope"): "leakyrelu lrelu leaky",
    Synonym("Sigmoid"): "logistic sigm",
    Synonym("AbsVal"): "abs",
    Synonym("Clip"): "clamp clipbyvalue",
    Synonym("Power", "scale: -1"): "neg negative",
    Synonym("Power", "power: 0.5"): "sqrt",
    Synonym("Power", "power: 2"): "square",
    Synonym("Power", "power: -1"): "reciprocal",
    Synonym("Power"): "pow",
    Synonym("Threshold"): "heaviside",
    Synonym("SoftmaxWithLoss"): "crossentropyloss crossentropy softmaxcrossentropy softmaxcrossentropyloss softmaxloss "
    "softmaxcrossentropywithlogits categoricalcrossentropy sparsecategoricalcrossentropy",
    Synonym("MultinomialLogisticLoss"): "nllloss nll negativeloglikelihoodloss",
    Synonym("SigmoidCrossEntropyLoss"): "bceloss bce bcewithlogitsloss bcewithlogits binarycrossentropy "
    "binarycrossentropywithlogits sigmoidcrossentropy multilabelsoftmarginloss",
    Synonym("EuclideanLoss"): "mseloss mse meansquarederror l2loss",
    Synonym("L1Loss"): "mae maeloss meanabsoluteerror",
    Synonym("SmoothL1Loss"): "huber huberloss smoothl1",
    Synonym("HingeLoss"): "hinge multimarginloss categoricalhinge",
    Synonym("ContrastiveLoss"): "hingeembeddingloss",
    Synonym("RankLoss"): "marginrankingloss",
    Synonym("BatchNorm"): "batchnormalization syncbatchnorm",
    Synonym("LayerNorm"): "layernormalization",
    Synonym("MVN"): "instancenorm instancenormalization meanvariancenormalization",
    Synonym("LRN"): "localresponsenorm localresponsenormalization crossmaplrn",
    Synonym("Normalize"): "l2norm l2normalize l2normalization unitnormalization",
    Synonym("LpNormalization"): "lpnorm",
    Synonym("SpatialDropout"): "dropout1d dropout2d dropout3d featuredropout",
    Synonym("Concat"): "cat concatenate concatenation",
    Synonym("Slice"): "chunk tensorsplit splitv",
    Synonym("Eltwise", "operation: SUM"): "sum addn elementwiseadd eltadd addv residual",
    Synonym("Eltwise", "operation: PROD"): "multiply elementwisemul elementwiseproduct hadamard",
    Synonym("Eltwise", "operation: MAX"): "elementwisemax",
    Synonym("Maximum"): "max",
    Synonym("Minimum"): "min",
    Synonym("Sub"): "subtract",
    Synonym("Div"): "divide truediv",
    Synonym("MatMul"): "bmm batchmatmul dot matrixmultiply",
    Synonym("Reduction"): "reduce",
    Synonym("Reduction", "operation: SUMSQ"): "reducesumsquare",
    Synonym("Embed"): "embedding lookuptable",
    Synonym("RNN"): "simplernn elmanrnn rnncell simplernncell",
    Synonym("LSTM"): "lstmcell",
    Synonym("Reshape"): "view unflatten",
    Synonym("Flatten"): "ravel",
    Synonym("Squeeze"): "dropaxis",
    Synonym("ExpandDimsND"): "unsqueeze expanddims",
    Synonym("Tile"): "repeatvector",
    Synonym("BroadcastTo"): "expand",
    Synonym("Crop"): "cropping centercrop",
    Synonym("Pad"): "padding zeropad zeropadding constantpad",
    Synonym("MirrorPad"): "reflectionpad reflectpad",
    Synonym("Interp"): "interpolate bilinear upsamplingbilinear resizebilinearlayer resizing resize",
    Synonym("Upsample"): "upsampling upsamplingnearest",
    Synonym("DepthToSpace"): "pixelshuffle",
    Synonym("SpaceToDepth"): "pixelunshuffle focus",
    Synonym("ShuffleChannel"): "channelshuffle",
    Synonym("Unstack"): "unbind",
    Synonym("Im2col"): "unfold",
    Synonym("Input"): "placeholder inputlayer",
    Synonym("Silence"): "sink",
    Synonym(
        ""
    ): "gelu gru groupnorm groupnormalization multiheadattention attention transformer separableconv convlstm "
    "identity lambda sequential module activation tripletloss tripletmarginloss kldivloss "
    "cosinesimilarity glu celu logit erf grucell flexattention alphadropout logsigmoid softmin softshrink hardshrink "
    "tanhshrink normalization rmsnorm rmsnormalization spectralnormalization masking constant const "
    "separableconvolution adaptivelogsoftmaxwithloss linearcrossentropyloss softmarginloss loss layer lppool "
    "asin acos asinh acosh sinh cosh tan atanh sign isinf isnan equal greater less gridsample hardmax nonzero bitcast",
}
# A field of Caffe's: what others call it.
_FIELDS: Mapping[str, str] = {
    "num_output": "outchannels outchannel outfeatures outputchannels outputdim outputsize filters nfilters numfilters "
    "numfilter numoutputs noutput nout units channels channelsout hiddensize numunits embeddingdim",
    "kernel_size": "kernel ksize kernelshape filtersize poolsize windowsize window receptivefield size",
    "local_size": "size n kernelsize depthradius",
    "pad": "padding pads paddings padsize",
    "stride": "strides subsample subsampling step",
    "dilation": "dilationrate dilations atrous atrousrate holes rate",
    "group": "groups numgroup numgroups ngroups",
    "bias_term": "usebias bias hasbias withbias addbias nobias",
    "eps": "epsilon",
    "moving_average_fraction": "momentum decay",
    "use_global_stats": "trackrunningstats istraining training",
    "dropout_ratio": "p rate prob dropprob dropoutrate keepprob dropout ratio",
    "negative_slope": "alpha slope leak leakiness leakyslope",
    "axis": "dim dims axes",
    "zoom_factor": "scalefactor",
    "scale": "scalefactor",
    "slice_point": "splitsize splitsizes splitpoints indices",
    "input_dim": "numembeddings inputsize vocabsize",
    "order": "perm permutation dims axes",
    "pool": "mode pooltype poolingtype poolmethod method",
    "operation": "op mode optype",
    "global_pooling": "global",
    "coeff": "coefficients weights",
    "weight_filler": "kernelinitializer weightinitializer weightinit initializer weightsinitializer",
    "bias_filler": "biasinitializer biasinit",
    "dim": "newshape targetshape",
    "shape": "newshape targetshape size",
    "shuffle": "shuffledata",
    "margin": "marginvalue",
    "power": "exponent",
}
# A value of a field of Caffe's: what others call it.
_VALUES: Mapping[str, str] = {
    "SUM": "add plus addition",
    "PROD": "mul mult multiply product times",
    "MAX": "maximum",
    "MIN": "minimum",
    "AVE": "avg average mean",
    "MEAN": "avg average ave",
    "ASUM": "l1",
    "SUMSQ": "l2 sumsquare sumofsquares",
    "STOCHASTIC": "random",
}
# A message of Caffe's: what people take it to be called.
_MESSAGES: Mapping[str, str] = {
    "convolution_param": "conv convlayer deconv deconvolution depthwiseconv depthwiseconvolution",
    "inner_product_param": "fc ip dense linear fullyconnected innerproduct",
    "pooling_param": "pool maxpool maxpooling avgpool averagepooling",
    "batch_norm_param": "batchnorm batchnormalization bn",
    "loss_param": "softmaxloss softmaxwithloss",
    "relu_param": "leakyrelu",
    "recurrent_param": "lstm rnn",
    "embed_param": "embedding",
    "lrn_param": "norm localresponsenorm",
    "input_param": "placeholder",
    "argmax_param": "arg_max",
    "concat_param": "cat concatenate",
    "eltwise_param": "elementwise eltsum add",
    "interp_param": "interpolate resize bilinear",
    "dropout_param": "drop",
}
_SEPARATORS = re.compile(r"[-_. /]")
_AXES = re.compile(r"(?<=[a-z])[1-3]d(?=$|transpose|layer)")


def type_synonym(name: str, known: Collection[str]) -> Synonym | None:
    """Caffe's layer type for another framework's name, as `known` has it (V1: INNER_PRODUCT); its name is "" where
    nothing comes near. None: no such name, or the type is none of those known."""
    types = _table("types")
    for found in types.get(name.lower()) or types.get(_stem(name), ()):
        if not found.name:
            return found
        if found.name in known:
            return found
        if known_as := next((one for one in known if one.isupper() and _stem(one) == _stem(found.name)), None):
            return found._replace(name=known_as)
    if (stem := _stem(name)) != name.lower():  # Pooling2D
        return next((Synonym(one) for one in known if one.lower() == stem), None)
    return None


def field_synonym(name: str, known: Collection[str]) -> Synonym | None:
    """The field of a message, of those known, for another framework's name."""
    return next((one for one in _table("fields").get(_stem(name), ()) if one.name in known), None)


def value_synonym(name: str, known: Collection[str]) -> Synonym | None:
    """The value of a field, of those known, for another framework's name."""
    return next((one for one in _table("values").get(_stem(name), ()) if one.name in known), None)


def message_synonym(name: str, known: Collection[str]) -> Synonym | None:
    """The message of a layer, of those known, for what people take it to be called."""
    stem = _stem(name.removesuffix("s").removesuffix("_param"))
    return next((one for one in _table("messages").get(stem, ()) if one.name in known), None)


def _stem(name: str) -> str:
    return _AXES.sub("", _SEPARATORS.sub("", name.lower()))


@cache
def _table(kind: str) -> Mapping[str, tuple[Synonym, ...]]:
    """From what others say to Caffe's names, in the order of the tables."""
    tables: Mapping[str, Mapping[Synonym, str]] = {
        "types": _TYPES,
        "fields": {Synonym(name): others for name, others in _FIELDS.items()},
        "values": {Synonym(name): others for name, others in _VALUES.items()},
        "messages": {Synonym(name): others for name, others in _MESSAGES.items()},
    }
    found: dict[str, tuple[Synonym, ...]] = {}
    for synonym, others in tables[kind].items():
        for other in others.split():
            found[other] = (*found.get(other, ()), synonym)
    return found
