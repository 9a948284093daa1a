"""Messages: the fields of Caffe's text format, and those messages that layers of many families hold."""

from collections.abc import Mapping
from enum import Enum, IntEnum
from types import UnionType
from typing import Annotated, Any, ClassVar, Self, TypeAlias, get_args

from netspec.layers.construction import constructed
from netspec.layers.fields import Field, Unsigned, Wide
from netspec.layers.model import Model

UInt: TypeAlias = Annotated[int, Unsigned()]
Int64: TypeAlias = Annotated[int, Wide()]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]  # of which sizes, or numbers in code, are computed
Above0: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Positive: TypeAlias = Annotated[int, Unsigned(), Field(gt=0)]


class Message(Model):
    """A Caffe message: fields with defaults and constraints. They arrive decoded (`netspec.frontend.messages.decode`).

    The annotations say what protobuf would: `UInt` uint32, `int` int32, `Int64` int64, `float`, `bool`, `str`, an
    `IntEnum` (by name or number), another `Message`, `tuple[X, ...]` a repeated field; `X | None` has no default.
    A field whose name Python has a use for, such as `lambda`, has another in the class, and its own as alias.
    `has("x")` is Caffe's `has_x()`: whether the spec gave the field.
    """

    # Fields that mean something by being given, even with their default, beyond what shapes show.
    explicit_presence: ClassVar[frozenset[str]] = frozenset()
    # Repeated fields of which one element stands for any number of them: the elements that an empty list stands for.
    repeated_defaults: ClassVar[Mapping[str, tuple[float, ...]]] = {}

    # Fields that files have and that change no result: the type of each. They are read, and then forgotten.
    ignored: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def model_validate(cls, values: Mapping[str, Any]) -> Self:
        """The message of values by field. Raises pydantic's ValidationError for those that the fields do not take."""
        return cls._validated(values) if cls.__init__ is Model.__init__ else cls(**values)

    @classmethod
    def _validated(cls, values: Mapping[str, Any]) -> Self:
        made = constructed(cls, values)
        if made is None:
            from netspec.layers.judging import judged

            made = judged(cls, values)
        return made

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from netspec.layers.judging import twin

        return handler(twin(cls))

    def has(self, name: str) -> bool:
        return name in self.model_fields_set

    @classmethod
    def without_effect(cls) -> Mapping[str, Any]:
        """All fields that are `ignored`, by it and by what it is derived from."""
        found: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            found |= vars(base).get("ignored", {})
        return {name: kind for name, kind in found.items() if name not in cls.model_fields}


def enums(annotation: Any) -> tuple[type[Enum], ...]:
    """The enums whose members a field of this annotation takes."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return tuple(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum))


class VarianceNorm(IntEnum):
    FAN_IN = 0
    FAN_OUT = 1
    AVERAGE = 2


class Engine(IntEnum):
    """Caffe's choice of implementation, which many messages have a field for. The result is the same.

    intel's fork has MKL2017 and MKLDNN, the OpenCL branch LIBDNN and SPATIAL; these give one number different names.
    """

    DEFAULT = 0
    CAFFE = 1
    CUDNN = 2
    MKL2017 = 3
    LIBDNN = 3
    MKLDNN = 4
    SPATIAL = 4
    INTEL_SPATIAL = 4
    CLBLAS = 5


class FillerParameter(Message):
    """How a parameter blob begins.

    Source: Caffe's filler.hpp; those of gnina, intel, happynear and lmb-freiburg/flownet2 for theirs, and their fields.
    """

    type: str = Field(
        default="constant",
        description="constant, uniform, gaussian, positive_unitball, xavier, msra, bilinear, gnina's radial, "
        "intel's gabor, FlowNet's diagonal, happynear's gaussian_unitball and identity, or netspec's own values; read, "
        "but not compiled: gnina's blob_proto",
    )
    value: float = Field(default=0.0, description="constant: the value")
    min: float = Field(default=0.0, description="uniform: the lower bound")
    max: float = Field(default=1.0, description="uniform: the upper bound")
    mean: float = Field(default=0.0, description="gaussian: the mean")
    std: float = Field(default=1.0, description="gaussian: the standard deviation")
    sparse: int = Field(
        default=-1, description="gaussian: how many inputs of an output are not zero, on average; -1 is all"
    )
    variance_norm: VarianceNorm = Field(
        default=VarianceNorm.FAN_IN, description="xavier, msra, radial: what the variance is divided by"
    )
    diag_val: tuple[float, ...] = Field(
        default=(), description="diagonal: what the kernel that filter i has for channel i adds up to, 1 if not given"
    )
    alpha: float = Field(
        default=0.0,
        description="happynear's fork, msra: the slope below 0 of what follows; divides by √(1 + alpha²)",
    )
    source: str = Field(default="", description="no effect here; gnina's blob_proto reads a file")
    symmetric_fraction: float = Field(
        default=1.0, ge=0, le=1, description="radial: how many of the filters are symmetric, as a part of all"
    )
    values: tuple[float, ...] = Field(
        default=(), description="netspec's own, values: every number of the blob, the last axis counted first"
    )


class BlobShape(Message):
    """The shape of a blob."""

    dim: tuple[Int64, ...] = Field(default=(), description="the sizes, first axis first; none is a scalar")


# Constructed, not validated: building the validator would be half of the time that `netspec check` needs to start.
ZERO = FillerParameter.model_construct()
ONE = FillerParameter.model_construct({"value"}, value=1.0)
NO_SIZES = BlobShape.model_construct()
