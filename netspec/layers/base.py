"""What a layer type is: its parameters, its shape rule, its parameter blobs, its cost and, where a formula says it, its
meaning. Everything netspec knows of a type stands in one class below `Layer`. Beside it, only tables name types: where
they stand (`netspec.layers`), what forks add to them (`extensions`), what older formats called them
(`frontend.lower.old_types`), which share a name (`shared_names`). What layer types are written with is had from here,
that of `message` too.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, TypeAlias

from netspec.arrays import Array, leaf, parameter
from netspec.diagnostics import Diagnostic
from netspec.layers.fields import Field as Field
from netspec.layers.fields import checks as checks
from netspec.layers.message import NO_SIZES as NO_SIZES
from netspec.layers.message import ONE as ONE
from netspec.layers.message import ZERO as ZERO
from netspec.layers.message import Above0 as Above0
from netspec.layers.message import BlobShape as BlobShape
from netspec.layers.message import FillerParameter as FillerParameter
from netspec.layers.message import Finite as Finite
from netspec.layers.message import Int64 as Int64
from netspec.layers.message import Message as Message
from netspec.layers.message import Positive as Positive
from netspec.layers.message import UInt as UInt
from netspec.layers.shared_names import BY_TYPE
from netspec.problems.shapes import AxisOutOfRange
from netspec.shapes import Dim, Shape, product, show

CAFFE = "caffe"  # the edition that is BVLC's


class Phase(StrEnum):
    """Caffe's two phases; a layer may behave differently in each."""

    TRAIN = "TRAIN"
    TEST = "TEST"


class Role(StrEnum):
    """What a parameter blob is for; `verify` draws sensible values by it."""

    WEIGHT = "weight"
    BIAS = "bias"
    SCALE = "scale"
    SLOPE = "slope"
    MEAN = "mean"
    VARIANCE = "variance"
    FACTOR = "factor"  # BatchNorm's third blob, by which the two others are divided


class Blob(NamedTuple):
    """A parameter blob of a layer, in Caffe's order and layout. `name` becomes an attribute in emitted code.

    multiplier: what the layer sets its lr_mult and decay_mult to, whatever is written; None for what is written.
    """

    name: str
    shape: Shape
    filler: FillerParameter = ZERO
    role: Role = Role.WEIGHT
    learnable: bool = True
    multiplier: float | None = None


class CallSite(NamedTuple):
    """Where a layer stands: the shapes it reads, how many tops it writes, and the phase it runs in.

    named: what the tops are called in the spec, where that tells more than their number. propagate_down: as it is
    written, for each bottom or not at all.
    """

    bottoms: tuple[Shape, ...]
    tops: int = 1
    phase: Phase = Phase.TEST
    named: tuple[str, ...] = ()
    propagate_down: tuple[bool, ...] = ()


class Count(NamedTuple):
    """How many bottoms or tops a layer takes, both ends included; `most` None is any number."""

    least: int
    most: int | None

    def holds(self, n: int) -> bool:
        return self.least <= n and (self.most is None or n <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


ONE_BLOB = Count(1, 1)
ANY_NUMBER = Count(1, None)
NONE = Count(0, 0)


class LayoutPreference(StrEnum):
    """The order of axes in which a layer likes to run; read by layout passes alone."""

    FIRST = "channels first"  # Caffe's order, N C H W
    LAST = "channels last"  # N H W C
    EITHER = "as its input comes"


class SizeRequirement(NamedTuple):
    """What must hold of a blob: how many elements it has, and perhaps its shape, in which sizes may be open."""

    elements: Dim
    shape: Shape | None = None

    @classmethod
    def of(cls, shape: Shape) -> "SizeRequirement":
        return cls(product(shape), shape)


Shapes: TypeAlias = tuple[Shape | None, ...]  # None where nothing is known of it
Requirements: TypeAlias = tuple[SizeRequirement | None, ...]


class Refusal(Exception):
    """A layer's rule does not hold. `netspec.frontend.lower` turns it into a diagnostic with places.

    problem: the kind of fault. message: the fault with its sizes and arithmetic. fields: the parameters at fault; the
    caret goes to the first (`"kernel_size"`, or `"loss_param.normalization"` in a message beside the layer's own).
    bottoms: the inputs that matter, each with a remark, or "" to show its shape alone. help: what to do about it.
    meant: of the first field, which is a text, what it is a misspelling of.
    """

    def __init__(
        self,
        problem: type[Diagnostic],
        message: str,
        *,
        fields: tuple[str, ...] = (),
        bottoms: Mapping[int, str] | None = None,
        label: str = "",
        help: str | None = None,
        meant: str | None = None,
    ) -> None:
        super().__init__(message)
        self.problem, self.message, self.fields, self.meant = problem, message, fields, meant
        self.bottoms, self.label, self.help = dict(bottoms or {}), label, help


class Layer(Message):
    """A layer type. Its fields are those of its own message (`message`); one called `…_param` holds another message,
    unless it is one of those `inside` its own.

    The docstring is what `netspec layers TYPE` prints: the meaning, the shape rule, and the file of Caffe it follows.
    """

    message: ClassVar[str | None] = None
    inside: ClassVar[frozenset[str]] = frozenset()  # fields called `…_param` that its own message has
    bottoms: ClassVar[Count] = ONE_BLOB
    tops: ClassVar[Count] = ONE_BLOB
    same_count: ClassVar[bool] = False  # as many tops as bottoms
    shape_alone: ClassVar[frozenset[int]] = frozenset()  # the bottoms of which it reads no numbers
    in_place: ClassVar[bool] = True  # whether Caffe lets a top overwrite its bottom
    garbled: ClassVar[str] = ""  # what then becomes of the result, in words, where Caffe still reads what is gone
    # Whether specs set a name again in place as a rule: each number comes of the one in its place, and Caffe's gradient
    # does not need the number that is gone (BNLL's, Power's, Log's and Clip's do).
    overwrites: ClassVar[bool] = False
    loss: ClassVar[bool] = False  # a loss layer: its first top has loss weight 1, and missing tops are made
    # Whether it only judges results for Caffe's log, or writes them to files; compiled code leaves it out.
    is_metric: ClassVar[bool] = False
    unsupported: ClassVar[str] = ""  # why no backend of netspec has a meaning for it
    edition: ClassVar[str] = CAFFE  # whose it is: BVLC's, or a fork's (`netspec.layers.editions`)
    unextended: ClassVar["type[Layer] | None"] = (
        None  # of one joined with fields of forks (`netspec.layers.extensions`)
    )

    @classmethod
    def type_name(cls) -> str:
        return cls.__name__

    @classmethod
    def weightless(cls, bottoms: int, message: bool) -> str:
        """Of a loss layer with so many bottoms, and with or without its message: whose it is, in words, if its loss
        weight is 0 unless one is written."""
        return ""

    @classmethod
    def base_type(cls) -> "type[Layer]":
        """The type as it is without the fields of forks: what backends know it by."""
        return cls.unextended or cls

    def called(self) -> str:
        """The type as the spec has it."""
        name = self.type_name()
        return BY_TYPE[name].name if name in BY_TYPE else name

    def canonical(self) -> "Layer":
        """The layer that it is once its fields are known."""
        return self

    # Asked as a net is read.

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        """The shapes of the tops, None where not even the rank is known. Raises Refusal. Sizes may be unknown."""
        raise NotImplementedError(self.type_name())

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        """The parameter blobs, in Caffe's order. Called after `infer` has accepted the site."""
        return ()

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        """Multiply-accumulates of one forward pass; 0 for layers that only move or compare numbers."""
        return 0

    @property
    def phased(self) -> bool:
        """Whether TRAIN may refuse a site that TEST accepts, or ask for other sizes."""
        return False

    def unmeasured(self, tops: int) -> tuple[Shape | None, ...]:
        """The shapes of the tops where none is known of the bottoms."""
        return (None,) * tops

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        """What must hold of bottoms whose shapes are not all known, for those that are, and what is needed of the tops.

        `netspec.frontend.lower.guesses` finds the sizes of inputs with it. To say nothing is never wrong.
        """
        return {}

    def overwritten(self, site: CallSite) -> str:
        """As `garbled`, for these fields and sizes; "" where the layer reads every number before it is overwritten."""
        return self.garbled

    # Asked as it is compiled.

    def lacks(self, site: CallSite) -> str:
        """What of a layer no backend has a meaning for, where that depends on its fields or sizes; "" for nothing."""
        return ""

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.FIRST

    # Asked by `verify`.

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        """The bottoms read as whole numbers, each with how many different ones it takes. A formula shows its own."""
        return {}

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """The bottoms that mean something only within limits, each with those of the numbers of a row, low and high.
        `verify` draws inputs from there."""
        return {}

    def updates(self, phase: Phase) -> bool:
        """Whether a forward pass changes the parameter blobs that are not learnt; `verify` compares them then."""
        return phase is Phase.TRAIN

    # Asked as weights are read.

    def blob_order(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        """Which of the blobs in a file of weights, given by their shapes, is each of the layer's, where a fork keeps
        them in an order or in shapes of its own; None: they are as `blobs` says."""
        return None


class Made(Layer):
    """A layer that passes make. No spec names it."""


class PythonLayer(Layer):
    """A type that stands for a layer written in Python, of a module and class. Its fields are what param_str says."""

    message: ClassVar = "python_param"
    python: ClassVar[tuple[str, str]]


class Stochastic(Layer):
    """A layer that may leave its result to chance. Backends cannot agree on it then."""

    def random(self, site: CallSite) -> bool:
        """Whether it does."""
        raise NotImplementedError(self.type_name())

    def deterministic(self) -> Layer:
        """The layer that in TEST leaves nothing to chance; `verify` runs it in the place of one that does."""
        return self


class Formula(Layer):
    """A layer that says what it computes in the array vocabulary; shape rule and backends follow from that."""

    def formula(self, *xs: Any, **_: Any) -> Array | tuple[Array, ...]:
        """From the bottoms, then the parameter blobs, to the tops. A layer names them: `formula(self, x, weight)`."""
        raise NotImplementedError(self.type_name())

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        """As `formula`, for a layer whose meaning depends on the phase or on how many tops there are."""
        result = self.formula(*xs, *blobs)
        return result if isinstance(result, tuple) else (result,)

    def trace(self, site: CallSite) -> tuple[Array, ...]:
        """The expression graph of each top."""
        xs = tuple(leaf(f"x{i}", shape) for i, shape in enumerate(site.bottoms))
        blobs = tuple(parameter(blob.name, blob.shape) for blob in self.blobs(site))
        return self.compute(site, xs, blobs)[: site.tops]

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return tuple(top.shape for top in self.trace(site))

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        from netspec.arrays.vocabulary import order_free  # which only compiling asks for

        same_rank = len({len(shape) for shape in site.bottoms}) == 1
        return LayoutPreference.EITHER if same_rank and order_free(self.trace(site)) else LayoutPreference.FIRST


class Elementwise(Formula):
    """A formula of one input that keeps its shape, whatever it is."""

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return {0: tops[0]} if tops[0] else {}

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return site.bottoms[:1]

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER


def canonical_axis(axis: int, shape: Shape, field: str, bottom: int = 0) -> int:
    """Counts a negative axis from the end, as Caffe does. Raises Refusal outside [-ndim, ndim)."""
    if -len(shape) <= axis < len(shape):
        return axis % len(shape)
    raise Refusal(
        AxisOutOfRange,
        f"{field} {axis} is out of range for a blob of {len(shape)} axes",
        fields=(field,),
        bottoms={bottom: ""},
        label=f"{show(shape)} has axes {-len(shape)} to {len(shape) - 1}" if shape else "a scalar has no axes",
    )
