"""NS5xx: weights that do not fit, or cannot be read."""

from __future__ import annotations

from typing import ClassVar

from netspec.diagnostics import Diagnostic, Severity


class ParamShape(Diagnostic):
    """Parameters given for a layer do not have its number of blobs or their shapes.

    As in Caffe, both have to be the same; nothing is reshaped. Only blobs with the four sizes of old, in which a bias
    of 500 is 1×1×1×500, are compared from the right.

    ## Example
    `set_params({"conv1": [w]})` where conv1 has a weight of 20×1×5×5 and a bias of 20.
    ## Instead
    Give all blobs of the layer in Caffe's order and layout; `netspec show --wide SPEC` prints the shapes. To use a file
    of weights for another net, rename the layers that are to begin from their fillers.
    """

    code = "NS501"
    title = "param-shape"


class UnknownLayer(Diagnostic):
    """Parameters were given for a layer that the net does not have, or that has none.

    In a file of weights such a layer is passed over, as Caffe does; but not if that leaves nothing of the file.

    ## Instead
    `net.params` lists the layers with parameters, `netspec weights show FILE` those of a file.
    """

    code = "NS502"
    title = "unknown-layer"


class UnreadableWeights(Diagnostic):
    """A file is not what its name says: damaged, cut off, or of another kind. Or it cannot be written as that kind.

    ## Example
    `conv.caffemodel cannot be read as weights: byte 1,204 begins a field of 9,999,999 bytes, but 120 are left`
    ## Instead
    Fetch the file again, and compare its size and checksum with what its source says.
    """

    code = "NS503"
    title = "unreadable-weights"


class UnmatchedWeights(Diagnostic):
    """Some layers of the net take nothing from a file of weights, or some layers of the file are not in the net.

    Layers are matched by name. Those without weights begin as their fillers say, which is right for a net that is to be
    trained further, and wrong for one that is to be used.

    ## Instead
    `netspec weights show FILE --net SPEC` lists both. Give a layer the name that it has in the file.
    """

    code = "NS504"
    title = "unmatched-weights"
    severity: ClassVar = Severity.WARNING


class MissingLibrary(Diagnostic):
    """A package that a format of weights needs is not installed: numpy, safetensors, or h5py.

    A `.caffemodel` needs numpy alone.

    ## Example
    `netspec weights show lenet.safetensors` right after netspec was installed without extras.
    ## Instead
    `pip install "numpy>=1.26" "safetensors>=0.5" "h5py>=3.10"`, which is the extra netspec-compiler[weights]. From a
    clone of netspec, `pip install ".[weights]"` does the same.
    """

    code = "NS505"
    title = "missing-library"


class UnknownFormat(Diagnostic):
    """A file of weights is of no kind that netspec knows, or is to be written as one that it does not write.

    A file is read as what its first bytes show it to be, HDF5 or safetensors, else as what its name says; one without
    a known suffix is read as a .caffemodel if it is one. What is written goes by the name.

    Files that Python's pickle wrote (.pt, .pth, .pkl, .npy with objects) are not read: they run code.

    ## Example
    `netspec weights convert lenet.caffemodel lenet.pth`
    ## Instead
    Name it .caffemodel, .safetensors, or for reading .h5. What PyTorch holds is saved by
    `safetensors.torch.save_model(module, "lenet.safetensors")`.
    """

    code = "NS506"
    title = "unknown-format"


class NetNeeded(Diagnostic):
    """A file of weights does not say all that is asked of it; the net that it belongs to says the rest.

    - Files of Caffe's first years give every blob four sizes: 1×1×1×500 may be a bias of 500.
    - HDF5 files leave out blobs that share the storage of another.
    - Parameters of an emitted module have the names and the layout that they have there.

    ## Instead
    Say which net it is: `--net SPEC`, or `netspec.load_weights(path, net)`.
    """

    code = "NS507"
    title = "net-needed"


class RepeatedLayer(Diagnostic):
    """A file of weights has several layers of one name, each with weights.

    As in Caffe, the weights of each go to the first layer of the net that is called so, the last one's in the end. A
    second layer of the name in the net takes none, and begins as its fillers say.

    ## Example
    `small.caffemodel has 2 layers "ip" with weights, of which the last one's are taken`
    ## Instead
    `netspec weights show FILE` lists all of them, the second as `ip (2)`. Give each layer a name of its own.
    """

    code = "NS508"
    title = "repeated-layer"
    severity: ClassVar = Severity.WARNING


class UnsettledAverages(Diagnostic):
    """A file's BatchNorm has seen few batches, or says so, and the net that takes it has a loss, as one to be trained.

    Caffe divides its sums by a factor, which grows from 0 to 1 / (1 − moving_average_fraction). Until it is there, a
    new batch counts for more in Caffe than in a module that is compiled for TEST, whose average has the momentum
    1 − moving_average_fraction. Files that other programs made often have the factor 1. What a net computes that is
    not trained is the same.

    ## Example
    `x.caffemodel has averages of few batches for bn, whose factor is 1, not 1000: …`
    ## Instead
    Compile for TRAIN, where the module keeps Caffe's sums. docs/batch_norm.md says how large the difference is.
    """

    code = "NS509"
    title = "unsettled-averages"
    severity: ClassVar = Severity.WARNING


class FoldedWeights(Diagnostic):
    """The weights of a module that was compiled with `-O` cannot be told apart into those of the layers of the spec:
    one weight there is the product of several, a convolution's, a BatchNorm's and a Scale's. Nor can one be made where
    some of them are missing.

    ## Example
    `netspec weights convert resnet.safetensors resnet.caffemodel --net resnet.net`
    ## Instead
    Keep the file that the weights were loaded from; `-O` reads it each time. Weights that are to be changed belong to
    a module that is compiled without `-O`.
    """

    code = "NS510"
    title = "folded-weights"


PROBLEMS = (
    ParamShape,
    UnknownLayer,
    UnreadableWeights,
    UnmatchedWeights,
    MissingLibrary,
    UnknownFormat,
    NetNeeded,
    RepeatedLayer,
    UnsettledAverages,
    FoldedWeights,
)
