"""NS851 and up: what Caffe takes, and is most likely not meant."""

from __future__ import annotations

from typing import ClassVar

from netspec.diagnostics import Diagnostic, Severity


class UnusedTop(Diagnostic):
    """A layer writes several blobs, and no layer reads one of them, in no state of the net: a part that a Slice cuts
    off, the indices that a Pooling gives beside the maxima, a top that a layer of data need not have.

    ## Example
    ```
    layer { name: "cut" type: "Slice" bottom: "x" top: "a" top: "b" }
    layer { name: "relu" type: "ReLU" bottom: "a" top: "y" }
    ```
    ## Instead
    Remove the top where the layer can go without; where it cannot, a layer of type `Silence` reads it.
    """

    code = "NS851"
    title = "unused-top"
    severity = Severity.WARNING


class UnneededLayer(Diagnostic):
    """Nothing needs what a layer gives. In a net with losses or metrics it leads to none of them, in no state; in any
    other, it is an input that nothing reads. Losses, metrics, what has no top, and a Softmax, Sigmoid or ArgMax at the
    end are needed by themselves.

    ## Example
    ```
    layer { name: "ip1" type: "InnerProduct" bottom: "x" top: "ip1" … }
    layer { name: "ip2" type: "InnerProduct" bottom: "x" top: "ip2" … }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
    ```
    ## Instead
    Remove `ip1`, or let something read it.
    """

    code = "NS852"
    title = "unneeded-layer"
    severity = Severity.WARNING


class DeadBranch(Diagnostic):
    """As NS852, of several layers: they lead to one end, and nothing needs that. They cost time, and learn nothing.

    ## Example
    A head for a second loss, whose loss has been removed.
    ## Instead
    Remove the branch, or give it its loss again.
    """

    code = "NS853"
    title = "dead-branch"
    severity = Severity.WARNING


class NamesAlike(Diagnostic):
    """Two layers, or two blobs, have names that differ in upper and lower case alone. They are two to Caffe; to people,
    and to files on some systems, they are one.

    ## Example
    ```
    layer { name: "Conv1" … top: "Conv1" }
    layer { name: "conv1" … bottom: "Conv1" top: "conv1" }
    ```
    ## Instead
    Rename one of them.
    """

    code = "NS854"
    title = "names-alike"
    severity = Severity.WARNING


class UnusedLet(Diagnostic):
    """Nothing mentions a constant that `let` names.

    ## Example
    ```
    let classes = 10
    prob = InnerProduct(data) { num_output: 1000 } | Softmax
    ```
    ## Instead
    Use it, `num_output: classes`, or remove it.
    """

    code = "NS855"
    title = "unused-let"
    severity = Severity.WARNING


class UnusedBlock(Diagnostic):
    """No layer of the file comes of a block that it defines. Of a file that holds blocks alone nothing is said: they
    are for others.

    ## Instead
    Use it, remove it, or move it to a file of blocks, from which it can be imported.
    """

    code = "NS856"
    title = "unused-block"
    severity = Severity.WARNING


class UnusedParameter(Diagnostic):
    """A block never mentions one of its parameters: what is given for it has no effect.

    ## Example
    ```
    block conv(x, channels, stride = 1) -> y { y = Convolution(x) { num_output: channels kernel_size: 3 } }
    ```
    ## Instead
    `stride: stride` in the braces, or no such parameter.
    """

    code = "NS857"
    title = "unused-parameter"
    severity = Severity.WARNING


class UnusedImport(Diagnostic):
    """Nothing uses a block that is imported, or any of those that a file brings along.

    ## Example
    ```
    import conv_bn, unit from "blocks.net"
    y = conv_bn(data, 16)
    ```
    ## Instead
    `import conv_bn from "blocks.net"`.
    """

    code = "NS858"
    title = "unused-import"
    severity = Severity.WARNING


class TwinsApart(Diagnostic):
    """A loss compares what two uses of a block give, with the same constants, and each use has parameters of its own.
    Most often the two are meant to be one network, which sees two inputs.

    ## Example
    ```
    a = tower(left)
    b = tower(right)
    loss = ContrastiveLoss(a, b, similar)
    ```
    ## Instead
    `b = tower(right) { share: a }`.
    """

    code = "NS859"
    title = "twins-apart"
    severity = Severity.WARNING


class BiasBeforeBatchNorm(Diagnostic):
    """A convolution adds a bias, and a BatchNorm alone reads the result. It takes the mean of each channel away, and
    the bias with it: a parameter for each channel that changes nothing. Many well-known nets have it, so nothing is
    said unless it is asked for.

    ## Example
    ```
    conv = Convolution(x) { num_output: 64 kernel_size: 3 } | BatchNorm
    ```
    ## Instead
    `bias_term: false` in the convolution. Weights that have been trained with the bias no longer fit then.
    """

    code = "NS860"
    title = "bias-before-batch-norm"
    severity = Severity.WARNING
    optional: ClassVar[bool] = True


class UnscaledBatchNorm(Diagnostic):
    """An activation reads what a BatchNorm gives. Caffe's BatchNorm has no scale and no bias to learn; a Scale behind
    it is meant to have them. Without one, half of what reaches a ReLU is below 0, whatever is learnt.
    Nothing is said of a prototxt that learns nothing: it goes with trained weights.

    ## Example
    ```
    layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }
    layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
    ```
    ## Instead
    `layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }` between the two.
    """

    code = "NS861"
    title = "unscaled-batch-norm"
    severity = Severity.WARNING


class BatchStatistics(Diagnostic):
    """A net that callers feed, and that has no loss and no metric, normalizes by the mean and the variance of the batch
    at hand: an image gives another result in other company, and alone.

    ## Example
    ```
    layer { name: "bn" type: "BatchNorm" bottom: "x" top: "x" batch_norm_param { use_global_stats: false } }
    ```
    ## Instead
    Leave `use_global_stats` out: in TEST the running averages are used then, which training has kept.
    """

    code = "NS862"
    title = "batch-statistics"
    severity = Severity.WARNING
    optional: ClassVar[bool] = True


class NormalizedTwice(Diagnostic):
    """A loss begins with a softmax, or a sigmoid, of its own, and is given what such a layer has made. Its gradient is
    small then, and it never comes near 0.

    ## Example
    ```
    layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "prob" bottom: "label" top: "loss" }
    ```
    ## Instead
    `bottom: "ip"` for the loss; the `Softmax` may stay beside it, to be looked at.
    """

    code = "NS863"
    title = "normalized-twice"
    severity = Severity.WARNING


class RectifiedScores(Diagnostic):
    """A loss reads scores of classes that a ReLU gives. None is below 0 then, and a score at 0 has no gradient.

    ## Example
    ```
    layer { name: "relu" type: "ReLU" bottom: "ip" top: "ip" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
    ```
    ## Instead
    Remove the ReLU behind the last layer.
    """

    code = "NS864"
    title = "rectified-scores"
    severity = Severity.WARNING


class WindowOutside(Diagnostic):
    """Some windows of a layer hold nothing of the image: a pooling's last one begins behind its end, where MAX gives
    the lowest number there is; or a convolution pads by as much as its kernel spans, so that its border is bias alone.
    Padding of four kernels and more, as in fully convolutional nets, is taken to be meant.

    ## Example
    ```
    convolution_param { num_output: 1000 kernel_size: 1 pad: 1 }
    ```
    ## Instead
    No `pad` for a kernel of 1, less than it spans for others. For a pooling: a stride no larger than the kernel.
    """

    code = "NS865"
    title = "window-outside"
    severity = Severity.WARNING


class MissingFiller(Diagnostic):
    """Weights that are learnt have no filler, while nearly all others of the net have one. Caffe begins with 0 then,
    and a layer of zeros gives those before it no gradient. Of a net in which more layers have none nothing is said: it
    goes on from trained weights.

    ## Example
    ```
    layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" inner_product_param { num_output: 10 } }
    ```
    ## Instead
    `weight_filler { type: "xavier" }`.
    """

    code = "NS866"
    title = "missing-filler"
    severity = Severity.WARNING


class UnequalPhases(Diagnostic):
    """A layer has parameters in TEST that no layer of its name has in TRAIN, or has them in other sizes. Weights go
    from one to the other by the names of layers: nothing trains these, or they do not fit.

    ## Example
    ```
    layer { name: "fc_train" type: "InnerProduct" … include { phase: TRAIN } }
    layer { name: "fc_test" type: "InnerProduct" … include { phase: TEST } }
    ```
    ## Instead
    One layer without rules, or two of one name and with the same sizes.
    """

    code = "NS867"
    title = "unequal-phases"
    severity = Severity.WARNING


class UnequalPreprocessing(Diagnostic):
    """Two layers of data write the same blob, one in TRAIN and one in TEST, and scale images otherwise, or take another
    mean from them. What has been learnt from the former does not hold for the latter.

    ## Example
    ```
    layer { name: "train" type: "Data" top: "data" … include { phase: TRAIN } transform_param { scale: 0.00390625 } }
    layer { name: "test" type: "Data" top: "data" … include { phase: TEST } }
    ```
    ## Instead
    The same `scale` and mean in both. Crops and mirrors may differ.
    """

    code = "NS868"
    title = "unequal-preprocessing"
    severity = Severity.WARNING


class TrainingAlone(Diagnostic):
    """A net that callers feed, and that has no loss and no metric, holds a layer that does something in TRAIN alone. It
    costs nothing once compiled, and most deployed nets of Caffe keep it, so nothing is said unless it is asked for.

    ## Example
    ```
    layer { name: "drop" type: "Dropout" bottom: "fc6" top: "fc6" }
    ```
    ## Instead
    Remove it.
    """

    code = "NS869"
    title = "training-alone"
    severity = Severity.WARNING
    optional: ClassVar[bool] = True


class LegacyFormat(Diagnostic):
    """A file is written in a format of Caffe's first years, which Caffe and netspec upgrade each time that they read
    it: `layers` entries with types in capitals (V1), layers in layers (V0), `input` and `input_dim`. Whole zoos are, so
    nothing is said unless it is asked for.

    ## Example
    ```
    input: "data"
    input_dim: 1 input_dim: 3 input_dim: 224 input_dim: 224
    layers { name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1" blobs_lr: 1 blobs_lr: 2 … }
    ```
    ## Instead
    What `netspec check --fix --extend-select NS870` makes of it:
    ```
    layer {
      name: "input"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } }
    }
    layer { name: "conv1" type: "Convolution" … param { lr_mult: 1 } param { lr_mult: 2 } … }
    ```
    """

    code = "NS870"
    title = "legacy-format"
    severity = Severity.WARNING
    optional: ClassVar[bool] = True


class DeprecatedField(Diagnostic):
    """A field has another name today, and is read for the sake of old files: `concat_dim` and `slice_dim`, `normalize`
    of a loss, and a solver's `solver_type`. Whole zoos have them, so nothing is said unless it is asked for.

    ## Example
    ```
    concat_param { concat_dim: 1 }
    loss_param { normalize: false }
    ```
    ## Instead
    What `netspec check --fix --extend-select NS871` makes of it:
    ```
    concat_param { axis: 1 }
    loss_param { normalization: BATCH_SIZE }
    ```
    """

    code = "NS871"
    title = "deprecated-field"
    severity = Severity.WARNING
    optional: ClassVar[bool] = True


PROBLEMS = (
    UnusedTop,
    UnneededLayer,
    DeadBranch,
    NamesAlike,
    UnusedLet,
    UnusedBlock,
    UnusedParameter,
    UnusedImport,
    TwinsApart,
    BiasBeforeBatchNorm,
    UnscaledBatchNorm,
    BatchStatistics,
    NormalizedTwice,
    RectifiedScores,
    WindowOutside,
    MissingFiller,
    UnequalPhases,
    UnequalPreprocessing,
    TrainingAlone,
    LegacyFormat,
    DeprecatedField,
)
