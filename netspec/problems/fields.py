"""NS2xx: fields, values, names and the wiring of layers."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class UnknownField(Diagnostic):
    """A message has no field of this name.

    ## Example
    ```
    convolution_param { num_outputs: 20 }
    ```
    ## Instead
    Use the field that the message suggests, or move the field to the message that has it: `kernel_size` belongs inside
    `convolution_param`, not beside it. `netspec layers TYPE` lists the fields of a layer type. Of a spec for a fork of
    Caffe whose fields netspec does not know, `--lenient` makes this a warning.
    """

    code = "NS201"
    title = "unknown-field"


class DuplicateField(Diagnostic):
    """A field that can be given once is given again. Caffe refuses this for messages, too.

    ## Example
    ```
    pooling_param { pool: MAX stride: 1 stride: 2 }
    ```
    ## Instead
    Keep one of them.
    """

    code = "NS202"
    title = "duplicate-field"


class WrongKind(Diagnostic):
    """A message stands where a plain value belongs, or the other way round, or a list where there can be one value.

    ## Example
    ```
    weight_filler: "xavier"
    ```
    ## Instead
    `weight_filler { type: "xavier" }`.
    """

    code = "NS203"
    title = "wrong-kind"


class BadValue(Diagnostic):
    """The text of a value is not of its field's type.

    ## Example
    ```
    convolution_param { num_output: 20.5 bias_term: no }
    ```
    ## Instead
    Whole numbers have no point, unsigned ones no sign, truth values are `true` and `false`, strings stand in quotes.
    """

    code = "NS204"
    title = "bad-value"


class UnknownEnumValue(Diagnostic):
    """A field that takes one of a few names is given another.

    ## Example
    ```
    pooling_param { pool: AVG }
    ```
    ## Instead
    Use one of those in the message: `MAX`, `AVE`, `STOCHASTIC`. Caffe takes their numbers, too.
    """

    code = "NS205"
    title = "unknown-enum-value"


class InvalidValue(Diagnostic):
    """A value is of the right type but not allowed, alone or together with others.

    ## Example
    ```
    convolution_param { num_output: 0 kernel_size: 3 }
    ```
    ## Instead
    The message says what holds for the field. `netspec layers TYPE` gives all constraints of a layer type.
    """

    code = "NS206"
    title = "invalid-value"


class MissingField(Diagnostic):
    """A field without which the layer means nothing is not there.

    ## Example
    ```
    convolution_param { kernel_size: 3 }
    ```
    ## Instead
    Give it: `num_output: 20`.
    """

    code = "NS207"
    title = "missing-field"


class UnknownLayerType(Diagnostic):
    """No layer type has this name, or the layer has none.

    ## Example
    ```
    layer { name: "conv1" type: "Convolutional" }
    ```
    ## Instead
    `netspec layers` lists the types. Upper and lower case differ. In the older `layers { … }` format a type is written
    without quotes, as in `type: CONVOLUTION`. Of a type that is of your own, `--allow-unknown` compiles the rest of the
    net: docs/unknown-layers.md.
    """

    code = "NS208"
    title = "unknown-layer-type"


class UnknownBottom(Diagnostic):
    """A layer reads a blob that no layer before it writes.

    ## Example
    ```
    layer { name: "relu1" type: "ReLU" bottom: "cnov1" top: "relu1" }
    ```
    ## Instead
    Correct the name, or move the layer below the one that writes the blob. Where that layer has `include` or `exclude`
    rules, it may not be part of the net in this phase.
    """

    code = "NS209"
    title = "unknown-bottom"


class DuplicateTop(Diagnostic):
    """Two layers write the same blob. Only a layer that works in place may: its top has the name of its bottom at the
    same index.

    ## Example
    ```
    layer { name: "a" type: "ReLU" bottom: "x" top: "y" }
    layer { name: "b" type: "TanH" bottom: "x" top: "y" }
    ```
    ## Instead
    Give the second top a name of its own.
    """

    code = "NS210"
    title = "duplicate-top"


class InPlace(Diagnostic):
    """A layer cannot overwrite its bottom: its type does not work in place, or another layer reads the same value.

    ## Example
    ```
    layer { name: "flat" type: "Flatten" bottom: "x" top: "x" }
    ```
    ## Instead
    Give the top a name of its own.
    """

    code = "NS211"
    title = "in-place"


class BlobCount(Diagnostic):
    """A layer has more or fewer bottoms or tops than its type takes.

    ## Example
    ```
    layer { name: "loss" type: "EuclideanLoss" bottom: "a" }
    ```
    ## Instead
    The message says how many there have to be; `netspec layers TYPE` says what they are.
    """

    code = "NS212"
    title = "blob-count"


class EntryCount(Diagnostic):
    """A field with an entry for each top, bottom or parameter has another number of entries.

    ## Example
    ```
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "y" top: "loss" top: "prob" loss_weight: 1 }
    ```
    ## Instead
    One `loss_weight` for each top, one `propagate_down` for each bottom, at most one `param` for each parameter blob.
    A loss layer with two tops needs both weights: `loss_weight: 1 loss_weight: 0`.
    """

    code = "NS213"
    title = "entry-count"


class MixedFormats(Diagnostic):
    """A file holds `layer` and `layers` entries. Caffe would drop all of the former.

    ## Instead
    Write every entry as `layer`, with its type in quotes; `netspec convert` does so for a file of `layers` alone.
    """

    code = "NS214"
    title = "mixed-formats"


class IncludeAndExclude(Diagnostic):
    """A layer has both `include` and `exclude` rules.

    ## Instead
    Keep the rules of one kind: a layer with `include` rules is part of the net when any of them is met, one with
    `exclude` rules when none is.
    """

    code = "NS215"
    title = "include-and-exclude"


class SharedMultipliers(Diagnostic):
    """Layers share a parameter by name but disagree about its `lr_mult` or `decay_mult`.

    ## Example
    ```
    layer { … param { name: "w" lr_mult: 1 } }
    layer { … param { name: "w" lr_mult: 2 } }
    ```
    ## Instead
    Give the multiplier once; the others may leave it out.
    """

    code = "NS216"
    title = "shared-multipliers"


class FixedParameter(Diagnostic):
    """A parameter that the layer itself keeps, such as the running averages of BatchNorm, is given a learning rate.

    ## Example
    ```
    layer { name: "bn" type: "BatchNorm" … param { lr_mult: 1 } }
    ```
    ## Instead
    `param { lr_mult: 0 }` for each of them, or no `param` at all.
    """

    code = "NS217"
    title = "fixed-parameter"


class LegacyInput(Diagnostic):
    """The `input` fields of an older file do not fit its `input_dim` or `input_shape` fields.

    ## Example
    ```
    input: "data" input_dim: 1 input_dim: 3 input_dim: 224
    ```
    ## Instead
    Four `input_dim`, or one `input_shape { dim: … }`, for each `input`. Better: a layer of type `Input`.
    """

    code = "NS218"
    title = "legacy-input"


class LegacyPadding(Diagnostic):
    """A padding layer of the oldest format stands where it cannot be made part of the layer that reads it.

    ## Instead
    Only a convolution or a pooling layer with one bottom can read it; give that layer `pad` and remove the padding.
    """

    code = "NS219"
    title = "legacy-padding"


class NotANet(Diagnostic):
    """The file is a solver, or a list of the names of classes, not a net. A solver that holds its net, in `net_param`,
    is read as that net. `netspec check` takes a solver with its nets, and so does `netspec.load_solver`.

    ## Instead
    Give the file that a solver's `net` or `train_net` field names.
    """

    code = "NS220"
    title = "not-a-net"


class DuplicateName(Diagnostic):
    """Two layers have the same name. Caffe accepts this, but finds only one of them by name, and gives the weights of
    that name to the first alone.

    ## Instead
    Rename one of them.
    """

    code = "NS221"
    title = "duplicate-name"
    severity = Severity.WARNING


class IgnoredField(Diagnostic):
    """A field is legal here, but nothing reads it: it belongs to another layer type, or to an older format.

    ## Example
    ```
    layer { name: "relu1" type: "ReLU" … pooling_param { pool: MAX } }
    ```
    ## Instead
    Remove it, or correct the layer's type.
    """

    code = "NS222"
    title = "ignored-field"
    severity = Severity.WARNING


class EmptyNet(Diagnostic):
    """The net has no layers, at least not in this phase.

    ## Instead
    Check that this is the right file, and the `include` rules of its layers.
    """

    code = "NS224"
    title = "empty-net"
    severity = Severity.WARNING


class UnmeasuredLayer(Diagnostic):
    """A layer that netspec does not know, and lets pass: a Python layer that no plugin gives, or, with
    `--allow-unknown`, any type. The shapes of its tops are not known, unless `--shape BLOB=N,C,H,W` gives them; what
    depends on them is not checked.

    ## Example
    ```
    layer { name: "rois" type: "Python" … python_param { module: "rpn.proposal_layer" layer: "ProposalLayer" } }
    ```
    ## Instead
    Say in a plugin what the layer does, or at least what shapes it gives: `--plugin my_layers.py`, or
    `plugins=("my_layers.py",)` in Python. docs/user-layers.md shows how.
    """

    code = "NS225"
    title = "unmeasured-layer"
    severity = Severity.WARNING


class UnreadField(Diagnostic):
    """A field that its message does not have is read over, as `--lenient` asks. What it would have changed is not done.

    ## Example
    ```
    convolution_param { num_output: 20 kernel_size: 5 winograd: true }
    ```
    ## Instead
    Remove it if it has no effect on the result. If it has one, the compiled net is another than the spec's: say in a
    plugin what the layer does. docs/user-layers.md shows how.
    """

    code = "NS226"
    title = "unread-field"
    severity = Severity.WARNING


PROBLEMS = (
    UnknownField,
    DuplicateField,
    WrongKind,
    BadValue,
    UnknownEnumValue,
    InvalidValue,
    MissingField,
    UnknownLayerType,
    UnknownBottom,
    DuplicateTop,
    InPlace,
    BlobCount,
    EntryCount,
    MixedFormats,
    IncludeAndExclude,
    SharedMultipliers,
    FixedParameter,
    LegacyInput,
    LegacyPadding,
    NotANet,
    DuplicateName,
    IgnoredField,
    EmptyNet,
    UnmeasuredLayer,
    UnreadField,
)
