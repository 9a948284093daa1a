"""NS82x: data that a net is fed with."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic


class MissingData(Diagnostic):
    """There is no such file, folder or database, or nothing in it.

    ## Instead
    Say where it is. What a data layer names is looked for beside the net's file and in the folder that the command is
    started in.
    """

    code = "NS821"
    title = "missing-data"


class UnreadableData(Diagnostic):
    """A file is not of the kind that its name or its beginning says, or it is damaged or cut off.

    ## Instead
    Fetch the file again, or make it again: `netspec data make`.
    """

    code = "NS822"
    title = "unreadable-data"


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


PROBLEMS: tuple[type[Diagnostic], ...] = (MissingData, UnreadableData, ForeignData, OtherData)
