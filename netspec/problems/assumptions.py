"""What netspec took for granted, or took for what, where a spec leaves it open."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class AssumedChannels(Diagnostic):
    """How many channels images have is known only to the database; netspec counts 3.

    ## Instead
    Say it: `--input data=256,1,28,28`, or `inputs={"data": (256, 1, 28, 28)}` in Python.
    """

    code = "NS223"
    title = "assumed-channels"
    severity = Severity.WARNING


class SharedTypeName(Diagnostic):
    """Forks of Caffe mean different layers by one type name. This is the one that was taken, for what its fields and
    its numbers of bottoms, tops and parameters say; of those that fit equally well, the first of the list. It is said
    once a file for each, but not where the layer has a message that no other one reads.

    ## Example
    ```
    layer { name: "bn1" type: "BN" bottom: "conv1" top: "bn1" bn_param { frozen: true } }
    ```
    ## Instead
    Nothing is wrong. To mean another one, give its own name as the type: `type: "SegNetBN"`. `netspec layers BN` shows
    all layers that the name stands for.
    """

    code = "NS227"
    title = "shared-type-name"
    severity = Severity.NOTE


class AssumedSize(Diagnostic):
    """How large an input is, is known only to its database, and to nothing that reads it. netspec takes a size for
    granted where none of the parameters depends on it: one annotation for each image, and images of 224×224, or the
    first other common size that fits, where maps of labels are as large as their images; films of C3D's first version
    are 16 frames of 112×112.

    ## Instead
    Say it: `--input data=1,3,320,480 --input label=1,1,320,480`, or `inputs={"label": (1, 1, 16, 8)}` in Python.
    """

    code = "NS228"
    title = "assumed-size"
    severity = Severity.NOTE


class UnfedState(Diagnostic):
    """In a state that the rules of the spec tell apart, nothing is fed to the net: it has data in other states alone.
    Or an input that the net declares is fed by a layer of data, too. Caffe could not build it there. Most such files
    are for training, and have rules for TEST left in them; or they were for training, and have an `input` now.

    ## Example
    The only Data layer says `include { phase: TRAIN }`, and an Accuracy layer `include { phase: TEST }`.
    ## Instead
    Add a data layer, or an Input layer, for that state; or ask for a phase, `--phase TRAIN`, and nothing is said.
    """

    code = "NS229"
    title = "unfed-state"
    severity = Severity.NOTE


class GarbledInPlace(Diagnostic):
    """A layer overwrites a bottom of which Caffe still reads numbers afterwards, so that it computes something
    else than what the layer is for, and says nothing. netspec computes what the layer is for: the values before and
    after have one name, but each a place of its own.

    ## Example
    ```
    layer { name: "sum" type: "Eltwise" bottom: "x" bottom: "y" top: "x" }
    ```
    Caffe sets the top to 0 before it adds the bottoms, one of which it is: the sum is y.
    ## Instead
    Give the top a name of its own. `netspec layers TYPE` says of each type what it does in place.
    """

    code = "NS230"
    title = "garbled-in-place"
    severity = Severity.WARNING


class AcceptedByForks(Diagnostic):
    """BVLC's Caffe refuses a layer as it stands there, and a fork takes it. Nothing else in the file says that it is
    for that fork. netspec computes what the fork does.

    ## Example
    A Pooling of N×C×frames×H×W: BVLC's pools on two axes alone.
    ## Instead
    Nothing is wrong if the net is for the fork. With `--edition caffe` it is an error (NS232).
    """

    code = "NS231"
    title = "accepted-by-forks"
    severity = Severity.WARNING


class ForksOwn(Diagnostic):
    """With `--edition caffe`: what a spec has is not in BVLC's Caffe, but in a fork of it.

    ## Example
    ```
    layer { name: "up" type: "Interp" bottom: "x" top: "up" interp_param { zoom_factor: 2 } }
    ```
    Interp is a layer of DeepLab's fork.
    ## Instead
    Use what Caffe has; or leave `--edition caffe` out: forks' types and fields are taken for what the forks mean.
    """

    code = "NS232"
    title = "forks-own"
    severity = Severity.ERROR


class NetspecsOwn(Diagnostic):
    """What a spec has is netspec's own: neither BVLC's Caffe nor a fork of it reads it. With `--edition caffe` it is
    refused, and prototxt for Caffe cannot be written of it.

    ## Example
    ```
    edges = Convolution(data) {
      num_output: 1  kernel_size: 3  weight_filler { type: "values"  values: [-1, 0, 1, -2, 0, 2, -1, 0, 1] }
    }
    ```
    A filler of Caffe draws numbers, or repeats one.
    ## Instead
    For Caffe give the numbers as weights, which `netspec weights convert` writes as a `.caffemodel`. Or leave
    `--edition caffe` out.
    """

    code = "NS235"
    title = "netspecs-own"
    severity = Severity.ERROR


class WeightlessLoss(Diagnostic):
    """A loss layer of a fork has loss weight 0 unless one is written, unlike Caffe's, which have 1. Nothing is learned
    from it.

    ## Example
    ```
    layer { name: "loss_bbox" type: "SmoothL1Loss" bottom: "bbox_pred" bottom: "targets" bottom: "inside"
      bottom: "outside" top: "loss_bbox" }
    ```
    With four bottoms this is Fast R-CNN's, as it is with a `smooth_l1_loss_param`.
    ## Instead
    Write `loss_weight: 1`, as the nets of that fork do, or `loss_weight: 0` if it is meant to be looked at alone.
    """

    code = "NS233"
    title = "weightless-loss"
    severity = Severity.WARNING


class CornerCrop(Diagnostic):
    """A Crop that says no offset cuts its part from the corner, as Caffe has it, though the layers between its bottoms
    place the second one farther in. The Crop of the first fully convolutional networks, which that of HED is, too, has
    no fields and begins there.

    ## Example
    ```
    layer { name: "crop" type: "Crop" bottom: "upscore" bottom: "data" top: "score" }
    ```
    in a net whose first convolution pads by 35.
    ## Instead
    Write `crop_param { offset: 35 }`, or `crop_param { offset: 0 }` if the corner is meant; or `type: "AlignedCrop"`.
    """

    code = "NS234"
    title = "corner-crop"
    severity = Severity.WARNING


PROBLEMS = (
    AssumedChannels,
    SharedTypeName,
    AssumedSize,
    UnfedState,
    GarbledInPlace,
    AcceptedByForks,
    ForksOwn,
    NetspecsOwn,
    WeightlessLoss,
    CornerCrop,
)
