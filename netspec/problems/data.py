"""NS82x: data that a net is fed with."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic


class MissingData(Diagnostic):
    """There is no such file, folder or database, or nothing in it.

    ## Instead
    What a data layer names is looked for as the files of a solver are (`netspec explain NS802`), and in the folder that
    the command is started in. What lies elsewhere is given as `--data`.
    """

    code = "NS821"
    title = "missing-data"


class UnreadableData(Diagnostic):
    """Data is not of the kind that its name or its beginning says, or it is damaged, cut off, or in use.

    ## Example
    `train_lmdb cannot be read as LMDB: it has 8,192 bytes of 1,048,576`
    ## Instead
    Fetch it again, or make it again: `netspec data make`. A LevelDB can be open in one process alone.
    """

    code = "NS822"
    title = "unreadable-data"


class BadItem(Diagnostic):
    """A record of a database is no Datum, or what should be an image is none. Its key or its line is told.

    ## Example
    `train_lmdb, key "00000012": its size is 1×28×28, but it holds 783 values`
    ## Instead
    Remove the record or the image, or put a whole one in its place. Caffe ends at it, or goes on with random numbers.
    """

    code = "NS823"
    title = "bad-item"


class BadLine(Diagnostic):
    """A line of a list does not say an image and the number of its class. Caffe takes what is no number for 0.

    ## Example
    ```
    cat/1.jpg cat
    ```
    ## Instead
    ```
    cat/1.jpg 0
    ```
    """

    code = "NS824"
    title = "bad-line"


class LabelOutOfRange(Diagnostic):
    """A label is not the number of a class: the loss has as many scores as there are classes, which are counted from 0.

    Caffe reads another image's scores then, or what lies behind them in memory.

    ## Example
    Labels of 1 to 10, and an InnerProduct of 10 outputs before the loss.
    ## Instead
    Count classes from 0, or give the last layer more outputs. Labels that do not count are `ignore_label` of the loss.
    """

    code = "NS825"
    title = "label-out-of-range"


class UnfitItem(Diagnostic):
    """An image has another shape than the first one, is smaller than the part to cut out, or does not go with the mean.

    ## Example
    A list of photographs of several sizes, without `new_height` and `new_width`.
    ## Instead
    Bring images to one size: `new_height` and `new_width` in ImageData, `netspec data make --resize 256x256`.
    """

    code = "NS826"
    title = "unfit-item"


class ForeignData(Diagnostic):
    """Data does not have what the net asks for: an input for which there is no array, items of another shape.

    ## Example
    A net with the inputs `data` and `label`, and a file that holds `images` and `names`.
    ## Instead
    Give the arrays the names of the inputs, and each item the shape that the input has behind its first axis.
    """

    code = "NS827"
    title = "foreign-data"


class OtherData(Diagnostic):
    """A state says how far training had come in other data than what is given now.

    ## Instead
    Go on with the same data, or begin anew from the weights.
    """

    code = "NS828"
    title = "other-data"


class UnfedLayer(Diagnostic):
    """There is a data layer for which netspec does not read, or which does not say what is needed for it.

    Data, ImageData and HDF5Data are read as Caffe does. Others, and fields of forks that change what is read, are not.

    ## Example
    A WindowData layer.
    ## Instead
    Make a database of what it reads, `netspec data make`, or feed the net yourself: `Trainer.step` takes arrays.
    """

    code = "NS829"
    title = "unfed-layer"


PROBLEMS: tuple[type[Diagnostic], ...] = (
    MissingData,
    UnreadableData,
    BadItem,
    BadLine,
    LabelOutOfRange,
    UnfitItem,
    ForeignData,
    OtherData,
    UnfedLayer,
)
