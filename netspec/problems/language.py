"""NS7xx: what .net files have beyond prototxt: names, blocks, expressions, imports, expectations."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic, Severity


class UnknownName(Diagnostic):
    """Nothing above has this name: no blob, no constant, no parameter of the block, no block.

    A block sees its parameters, what it sets itself, and the constants and blocks of its file. It does not see the
    blobs around it.

    ## Example
    ```
    block head(x) { loss = SoftmaxWithLoss(x, label) }
    ```
    ## Instead
    Give it what it reads: `block head(x, label) { loss = SoftmaxWithLoss(x, label) }`.
    """

    code = "NS701"
    title = "unknown-name"


class WrongUse(Diagnostic):
    """A value stands where one of another kind belongs: a number where a layer reads a blob, a blob in arithmetic, a
    text as a condition.

    ## Example
    ```
    conv = Convolution(64, data)
    ```
    ## Instead
    The parentheses of a layer hold the blobs that it reads; its fields stand in braces:
    `conv = Convolution(data) { num_output: 64 }`.
    """

    code = "NS702"
    title = "wrong-use"


class BadArguments(Diagnostic):
    """A block is given too much, too little, or what it has no parameter for; or a function is.

    ## Example
    ```
    block conv_bn(x, channels, kernel = 3) -> y { … }
    y = conv_bn(data, kernel_size = 5)
    ```
    ## Instead
    Give each parameter once, by its place or by its name; those with a default may be left out:
    `conv_bn(data, 64, kernel = 5)`.
    """

    code = "NS703"
    title = "bad-arguments"


class BadArithmetic(Diagnostic):
    """An operator cannot work on these values: a text in a product, a division by zero, a number past 64 bits.

    ## Example
    ```
    let half = 1 / 0
    ```
    ## Instead
    Integers and floats take `+ - * / %`, texts and lists `+`. `/` of two integers rounds down, as Caffe's shape
    arithmetic does; `1.0 / 2` does not.
    """

    code = "NS704"
    title = "bad-arithmetic"


class UnevenBinding(Diagnostic):
    """To the left of `=` stand more or fewer names than there are values to the right.

    ## Example
    ```
    block pair(x) -> a, b { … }
    y = pair(data)
    ```
    ## Instead
    A name for each result: `y, z = pair(data)`.
    """

    code = "NS705"
    title = "uneven-binding"


class Misplaced(Diagnostic):
    """What stands here is right by itself, but belongs elsewhere: an assignment among a layer's fields, a field of the
    net in a block, a block within another.

    ## Example
    ```
    conv = Convolution(data) { num_output = 20 }
    ```
    ## Instead
    A field takes a colon: `num_output: 20`.
    """

    code = "NS706"
    title = "misplaced"


class BadImport(Diagnostic):
    """A file cannot be imported: it is not there, it lies outside of the folder of the spec, it imports itself again,
    or it has no such block.

    A spec may be text from anywhere. It therefore reads files below its own folder only, and from the folders that
    `--import-path` names.

    ## Example
    ```
    import "../blocks.net"
    ```
    ## Instead
    Call netspec with `--import-path ..` and write `import "blocks.net"`.
    """

    code = "NS707"
    title = "bad-import"


class TooMuch(Diagnostic):
    """What the spec describes in few words would be too much: more than 100,000 layers or 300,000 steps, blocks
    within blocks more than 100 deep, texts or lists past all use.

    ## Example
    ```
    block again(x) -> y { y = again(x) }
    ```
    ## Instead
    A block that uses itself has to end: `if depth > 0 { … }`. A net that is meant to be as large is let through by
    `--max-layers N`, with 30 steps for each layer.
    """

    code = "NS708"
    title = "too-much"


class UnmetExpectation(Diagnostic):
    """The net is not what the spec expects of it.

    ## Example
    ```
    expect pool5: [N, 512, 1, 1]
    expect parameters <= 5M
    ```
    ## Instead
    Find the change that broke it (`netspec diff` shows what differs from a former version), or expect what is right
    now.
    """

    code = "NS709"
    title = "unmet-expectation"


class BadRepeat(Diagnostic):
    """`repeat` takes a range of integers or a list, and as many names as each item has values.

    ## Example
    ```
    repeat name, channels in [["a", 64], ["b"]] { … }
    ```
    ## Instead
    `repeat name, channels in [["a", 64], ["b", 128]] { … }`; `repeat i in 1..3 { … }` counts 1, 2, 3.
    """

    code = "NS710"
    title = "bad-repeat"


class Redefined(Diagnostic):
    """A name is given twice where it can be given once: two blocks of one name, two parameters, two results. Or it is
    set again in some states of the net alone, under its blob's name, and what it meant before is read after that.

    ## Example
    ```
    block unit(x, x) -> y { … }
    ```
    ## Instead
    Give each a name of its own.
    """

    code = "NS711"
    title = "redefined"


class NeverPart(Diagnostic):
    """No state of the net holds what stands here: the conditions around it contradict each other.

    ## Example
    ```
    train { test { acc = Accuracy(ip2, label) } }
    ```
    ## Instead
    Move it out of one of the two.
    """

    code = "NS712"
    title = "never-part"


class UncheckedStates(Diagnostic):
    """The rules of the spec tell apart more states than can be checked one by one.

    Each phase is checked, and as many of the other states as work in proportion to the size of the net allows, in the
    order in which the rules name them. What is wrong in the rest alone is not found.

    ## Instead
    Check a state that matters by itself: `--phase TRAIN --stage fine`.
    """

    code = "NS713"
    title = "unchecked-states"
    severity = Severity.WARNING


class BadShare(Diagnostic):
    """A use of a block is to share the parameters of another, and cannot: what `share` names did not come out of a use
    of the same block, the two uses have other layers, or a parameter has a name that keeps them apart.

    ## Example
    ```
    a = tower(left)
    b = head(right) { share: a }
    ```
    ## Instead
    `b = tower(right) { share: a }`. `share` takes what the other use gives, by the name that it was set to; the two
    uses are given constants that make the same layers.
    """

    code = "NS714"
    title = "bad-share"


PROBLEMS = (
    UnknownName,
    WrongUse,
    BadArguments,
    BadArithmetic,
    UnevenBinding,
    Misplaced,
    BadImport,
    TooMuch,
    UnmetExpectation,
    BadRepeat,
    Redefined,
    NeverPart,
    UncheckedStates,
    BadShare,
)
