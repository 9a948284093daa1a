"""NS1xx: the text cannot be read."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic


class UnexpectedToken(Diagnostic):
    """The text is not what the grammar allows here.

    ## Example
    ```
    layer { name: "conv1" type "Convolution" }
    ```
    ## Instead
    A scalar field takes a colon: `type: "Convolution"`. The message names what could have stood here.
    Reading goes on as if it did, or at the next layer or statement, so one mistake does not hide the others.
    """

    code = "NS101"
    title = "unexpected-token"


class UnclosedMessage(Diagnostic):
    """A `{`, `(`, `[` or `<` has no partner.

    ## Example
    ```
    layer { name: "relu1" type: "ReLU"
    layer { name: "pool1" type: "Pooling" }
    ```
    ## Instead
    Close the first layer with `}` before the second begins. Where the text is indented, indentation tells which one of
    several brackets is meant.
    """

    code = "NS102"
    title = "unclosed-message"


class UnclosedString(Diagnostic):
    """A string does not end on the line it begins on, or lacks the quote before it.

    ## Example
    ```
    name: "conv1
    ```
    ## Instead
    Close it with the quote it began with. A long string is written as several adjacent ones: `"one " "two"`.
    """

    code = "NS103"
    title = "unclosed-string"


class UnknownCharacter(Diagnostic):
    """A character that belongs to no token.

    ## Example
    ```
    num_output: 20 ! check this
    ```
    ## Instead
    Remove it; a remark begins with `#`.
    """

    code = "NS104"
    title = "unknown-character"


class UnreadableFile(Diagnostic):
    """The file cannot be opened, is not UTF-8 text, or is larger than netspec reads.

    ## Instead
    Check the path and the encoding. A `.caffemodel` is not a spec: it is given with `--weights`.
    """

    code = "NS105"
    title = "unreadable-file"


class TooDeep(Diagnostic):
    """Brackets stand inside one another more deeply than netspec reads.

    ## Instead
    No Caffe message nests deeper than a dozen levels; look for a bracket too many.
    """

    code = "NS106"
    title = "too-deep"


class UnwritableOutput(Diagnostic):
    """What a command makes cannot be written: the disk is full, the folder is read-only, a folder has the name, or
    standard output has an encoding in which specs and source are never read.

    ## Instead
    Give another path with `-o`. What is written to a file is always UTF-8; standard output is, with
    `PYTHONIOENCODING=utf-8`. Nothing is left half-written.
    """

    code = "NS108"
    title = "unwritable-output"


PROBLEMS = (
    UnexpectedToken,
    UnclosedMessage,
    UnclosedString,
    UnknownCharacter,
    UnreadableFile,
    TooDeep,
    UnwritableOutput,
)
