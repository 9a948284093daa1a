"""NS3xx: the layers do not fit together."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class ShapeMismatch(Diagnostic):
    """The inputs of a layer do not have the sizes that it needs of them.

    ## Example
    ```
    layer { name: "cat" type: "Concat" bottom: "up" bottom: "conv" top: "cat" }    # 1×64×56×56 and 1×64×57×57
    ```
    ## Instead
    The message names the axis and both sizes, and shows the layers that made them. Crop or pad one of them.
    """

    code = "NS301"
    title = "shape-mismatch"


class EmptyOutput(Diagnostic):
    """A layer's output would have a size below 1.

    ## Example
    A kernel larger than the padded input: `(28 + 2·0 − 31) / 1 + 1 = −2`.
    ## Instead
    Use a smaller kernel or stride, add padding, or feed a larger input.
    """

    code = "NS302"
    title = "empty-output"


class AxisOutOfRange(Diagnostic):
    """An axis that the blob does not have.

    ## Example
    `softmax_param { axis: 4 }` on a blob of four axes, which are 0 to 3, or −4 to −1 counted from the end.
    ## Instead
    Use an axis that exists; `netspec show` prints every shape.
    """

    code = "NS303"
    title = "axis-out-of-range"


class BadDimensions(Diagnostic):
    """A parameter of a layer does not suit the number of axes of its input.

    ## Example
    `kernel_h` and `kernel_w` on a blob with three spatial axes.
    ## Instead
    Use the repeated form: `kernel_size: 3 kernel_size: 3 kernel_size: 3`, first axis first.
    """

    code = "NS304"
    title = "bad-dimensions"


class NotDivisible(Diagnostic):
    """A size does not divide by another that it has to divide by.

    ## Example
    `group: 3` on 64 channels, or a Slice of 10 channels into 3 tops without `slice_point`.
    ## Instead
    Choose sizes that divide; the message gives the remainder.
    """

    code = "NS305"
    title = "not-divisible"


class CountMismatch(Diagnostic):
    """A reshape does not keep the number of elements, or cannot tell which size to infer.

    ## Example
    `reshape_param { shape { dim: 0 dim: 100 } }` on a blob of 1×64×5×5.
    ## Instead
    Let one `dim` be −1; it takes what is left.
    """

    code = "NS306"
    title = "count-mismatch"


class OutOfBounds(Diagnostic):
    """An offset or a slice point lies outside the blob.

    ## Example
    A Crop at offset 2 to size 6 of an axis of 7.
    ## Instead
    Keep offset + size within the size of the first bottom.
    """

    code = "NS307"
    title = "out-of-bounds"


class BadInputShape(Diagnostic):
    """A shape given from outside (`--input`, `inputs=`) does not suit the spec.

    ## Example
    `--input dta=1,3,224,224` where the inputs are `data` and `label`.
    ## Instead
    Name an input of the net and give positive sizes, separated by commas.
    """

    code = "NS308"
    title = "bad-input-shape"


class TooLarge(Diagnostic):
    """A blob or a parameter has more elements than any machine can hold (2^31 − 1, Caffe's own limit for a blob).

    ## Instead
    Look for a size too many, or two fields exchanged.
    """

    code = "NS309"
    title = "too-large"


class SharedShapes(Diagnostic):
    """Two layers share a parameter by name but not its shape.

    ## Example
    `param { name: "w" }` on a convolution of 20 outputs and on another of 50.
    ## Instead
    Give the layers the same sizes, another name, or `share_mode: PERMISSIVE` where only the counts are equal.
    """

    code = "NS310"
    title = "shared-shapes"


class SometimesEqual(Diagnostic):
    """The layers fit together for some values of a size with a name, not for others. A warning: for those, all is well.

    Names in the shape of an input (`--input data=N,1,H,W`) stand for any positive number. The message says which
    numbers will do, all layers taken together; the places are those where the strongest of the conditions arises.

    ## Example
    A U-Net that halves the height four times, doubles it four times, and joins what it gets with what it had before.
    With H = 40 the last halving rounds, and two sizes differ by one.
    ## Instead
    Declare the input so that it can be no other: `--input data=N,1,16*h,16*w`. Or crop one of the two blobs.
    """

    code = "NS311"
    title = "sometimes-equal"
    severity = Severity.WARNING


class FailedRule(Diagnostic):
    """The rule of a layer cannot be computed with the numbers that its fields and bottoms give: it would divide by
    zero, say, or a number is too large for any size.

    ## Example
    ```
    prior_box_param { min_size: 1e300 max_size: 1e308 }
    ```
    ## Instead
    Look for a field that is far too large, far too small, or no number at all. The message names the type and the
    exception. If nothing is wrong with the spec, it is a fault of netspec: please report it.
    """

    code = "NS314"
    title = "failed-rule"


class Unaligned(Diagnostic):
    """A layer that crops its first bottom where the second lies finds no such place: the two come from no blob in
    common, or by layers of which nobody knows where their elements lie, or an element of the one lies between two of
    the other, or before the first one.

    ## Example
    A V1 layer CROP of a blob that was halved by a convolution of stride 2, by the image.
    ## Instead
    Bring both to the same scale, with a Deconvolution of the same stride; or write a Crop with an `offset`.
    """

    code = "NS315"
    title = "unaligned"


PROBLEMS = (
    ShapeMismatch,
    EmptyOutput,
    AxisOutOfRange,
    BadDimensions,
    NotDivisible,
    CountMismatch,
    OutOfBounds,
    BadInputShape,
    TooLarge,
    SharedShapes,
    SometimesEqual,
    FailedRule,
    Unaligned,
)
