"""NS4xx: the net is sound, but a backend cannot take it."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class NoMeaning(Diagnostic):
    """A backend has no meaning for a layer type, or not for the parameters that the spec gives it.

    ## Example
    `no PyTorch meaning yet for Python`
    ## Instead
    Compile for another backend, or cut the net before the layer. A layer is never skipped in silence.
    """

    code = "NS401"
    title = "no-meaning"


class UnknownSize(Diagnostic):
    """A size has to be known to write code, and neither the spec nor the command line gives it.

    ## Example
    A Data layer says `batch_size: 256`, but its images lie in a database.
    ## Instead
    Give the shape: `--input data=256,3,227,227`, or `inputs={"data": (256, 3, 227, 227)}` in Python.
    """

    code = "NS402"
    title = "unknown-size"


class UnknownBackend(Diagnostic):
    """No backend of this name is installed.

    ## Instead
    `torch` and `tensorflow` come with netspec. Others register under the entry-point group `netspec.backends`.
    """

    code = "NS403"
    title = "unknown-backend"


class MissingFramework(Diagnostic):
    """A framework, or a package beside it, is not installed. Writing code does not need it; running it does.

    ## Example
    `netspec verify lenet.net` where there is PyTorch, but no TensorFlow.
    ## Instead
    The help of the message is the line that installs what is missing. It stands for an extra of netspec-compiler:
    - torch: `pip install "torch>=2.6" "numpy>=1.26"`
    - tensorflow: `pip install "tensorflow>=2.18" "numpy>=1.26"`
    - onnx: `pip install "torch>=2.6" "numpy>=1.26" "onnx>=1.17" "onnxscript>=0.6"`
    - train: `pip install "numpy>=1.26" "safetensors>=0.5" "tqdm>=4.66" "matplotlib>=3.8" "tensorboard>=2.18"`
    - draw: `pip install "quickjs-ng>=0.14" "resvg-py>=0.3"`

    From a clone of netspec, `pip install ".[torch]"` does the same.
    """

    code = "NS404"
    title = "missing-framework"


class NoDevice(Diagnostic):
    """The device asked for is not there.

    ## Example
    `netspec verify lenet.net --device cuda` on a machine without a GPU.
    ## Instead
    Use `--device cpu`, or install a framework built for the GPU.
    """

    code = "NS405"
    title = "no-device"


class BlobsDiffer(Diagnostic):
    """Two backends do not compute the same numbers for a blob.

    The first blob, in the order of the layers, whose error is above its bound is named; those after it follow from it.
    ## Instead
    Please report it with the spec: it is a fault of netspec, unless a parameter was changed by hand.
    """

    code = "NS406"
    title = "blobs-differ"


class UnknownBlob(Diagnostic):
    """A blob, input or parameter was asked for, or given, that the net does not have, or with another shape.

    ## Instead
    `netspec show --wide SPEC` lists all blobs and parameters with their shapes.
    """

    code = "NS407"
    title = "unknown-blob"


class NoCode(Diagnostic):
    """A backend was asked for what it does not give: it runs nets, and does nothing else with them.

    ## Example
    `numpy runs a net but writes no code`
    ## Instead
    Ask `torch` or `tensorflow`. The numpy backend is there to compare others with.
    """

    code = "NS408"
    title = "no-code"


class NotExported(Diagnostic):
    """An emitted module cannot be exported in the format asked for.

    ## Example
    `torch.onnx cannot express the module: …`
    ## Instead
    Compile the source, which has no such limits, or leave out the layer that the message names.
    """

    code = "NS409"
    title = "not-exported"


class UnsharedParameter(Diagnostic):
    """Two layers share a parameter by name, but emitted code cannot keep it once for both: one layer learns it while
    the other keeps it itself, as BatchNorm does its mean, or a layer that writes to it has it in another shape.

    ## Example
    A Scale and a BatchNorm say `param { name: "m" }` for their first blobs.
    ## Instead
    Give the parameters names of their own. Weights of layers that learn them may be shared whatever their shapes.
    """

    code = "NS413"
    title = "unshared-parameter"


class OldPackage(Diagnostic):
    """A package that a command needs is installed, but in a version older than netspec works with.

    ## Example
    `torch 1.13.1 is too old: 2.6 or newer is needed`
    ## Instead
    Install a newer one, with the line that the help of the message has.
    """

    code = "NS414"
    title = "old-package"


class BrokenPackage(Diagnostic):
    """A package that a command needs is installed, but raises an error when it is imported.

    ## Example
    `torch is installed, but cannot be imported: OSError: libcudart.so.12: cannot open shared object file`
    ## Instead
    See that `python -c "import torch"` works in the same environment. The help of the message has the line that
    installs the package anew, in a version that fits the others.
    """

    code = "NS415"
    title = "broken-package"


class UnfilledLayer(Diagnostic):
    """A layer is of a type that netspec does not know, and `--allow-unknown` lets it pass: emitted code has a class of
    the type's name, whose `forward` raises NotImplementedError until it is filled in.

    ## Example
    `netspec compile net.prototxt --allow-unknown --shape boxes=1,5 --backend torch`
    ## Instead
    Fill it in: docs/unknown-layers.md shows how. Or say in a plugin what the layers of the type compute, and use it for
    every net: docs/user-layers.md.
    """

    code = "NS416"
    title = "unfilled-layer"
    severity = Severity.WARNING


class NotForTraining(Diagnostic):
    """`-O` was asked for with a net of phase TRAIN. What it writes is for inference: the statistics of BatchNorm are in
    the weights of other layers, and Dropout is gone.

    ## Example
    `netspec compile net.prototxt --backend torch --phase TRAIN -O`
    ## Instead
    Train what is compiled without `-O`, and compile with it for inference.
    """

    code = "NS417"
    title = "not-for-training"


class PictureTooLarge(Diagnostic):
    """A picture would have more boxes, or longer lines between them, than can be laid out in good time; nobody could
    read it either.

    ## Example
    `the picture would have 100000 boxes; 1500 are drawn at most`
    ## Instead
    Fold: `--depth 1` draws each use of a block as one box. A net without blocks can be written with some, or be looked
    at as a table with `netspec show`. `--format dot` has no limit, since it lays nothing out.
    """

    code = "NS418"
    title = "picture-too-large"


class NoFont(Diagnostic):
    """A PNG was asked for, and this machine has none of the fonts that its text could be drawn in.

    ## Example
    `netspec draw lenet.net -o lenet.png` in a container without fonts.
    ## Instead
    Install one, as with `apt-get install fonts-dejavu-core`, or write `.svg`, whose text is drawn where it is shown.
    """

    code = "NS419"
    title = "no-font"


PROBLEMS = (
    NoMeaning,
    UnknownSize,
    UnknownBackend,
    MissingFramework,
    NoDevice,
    BlobsDiffer,
    UnknownBlob,
    NoCode,
    NotExported,
    UnsharedParameter,
    OldPackage,
    BrokenPackage,
    UnfilledLayer,
    NotForTraining,
    PictureTooLarge,
    NoFont,
)
