"""Layers without bottoms that read no file: what the caller gives, constants, and a parameter by itself."""

from typing import ClassVar, TypeVar

from netspec.arrays import Array, full, full_like
from netspec.layers.base import (
    ANY_NUMBER,
    NO_SIZES,
    NONE,
    ZERO,
    Blob,
    BlobShape,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Layer,
    LayoutPreference,
    Refusal,
    UInt,
)
from netspec.layers.data_layer import DataLayer
from netspec.layers.filler import OWN, check
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.shapes import Shape

T = TypeVar("T")


class Input(DataLayer):
    """What the caller gives. Shape: as `shape` says, once for all tops or once for each; unknown if it says nothing.

    Source: Caffe's input_layer.cpp.
    """

    message: ClassVar = "input_param"
    tops: ClassVar = ANY_NUMBER
    from_caller: ClassVar = True

    shape: tuple[BlobShape, ...] = Field((), description="the shape of each top, or one for all")

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        if not self.shape:
            return (None,) * site.tops
        return _each(tuple(shape.dim for shape in self.shape), site.tops, "shape")


class DummyData(Formula):
    """Blobs of made-up values; 0 without a filler.

    Shape: `shape`, or num × channels × height × width in older files, once for all tops or once for each;
    where there is a bottom, that of the bottom. Source: Caffe's dummy_data_layer.cpp, which has none.
    """

    message: ClassVar = "dummy_data_param"
    bottoms: ClassVar = Count(0, 1)
    in_place: ClassVar = False
    tops: ClassVar = ANY_NUMBER

    data_filler: tuple[FillerParameter, ...] = Field((), description="the values of each top, or of all; none is 0")
    shape: tuple[BlobShape, ...] = Field((), description="the shape of each top, or one for all")
    num: tuple[UInt, ...] = Field((), description="old form of shape: the first size of each top, or of all")
    channels: tuple[UInt, ...] = Field((), description="old form of shape: the second size")
    height: tuple[UInt, ...] = Field((), description="old form of shape: the third size")
    width: tuple[UInt, ...] = Field((), description="old form of shape: the fourth size")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        shapes = self._shapes(site)
        for shape, filler in zip(shapes, self._fillers(site), strict=True):
            if filler.type == OWN:
                raise Refusal(
                    InvalidValue,
                    f"a filler of type {OWN} is for parameters, not for data",
                    fields=("data_filler.type",),
                    help="use an Input layer, and feed the values",
                )
            check(filler, shape, "data_filler")
        return shapes

    def _fillers(self, site: CallSite) -> tuple[FillerParameter, ...]:
        return _each(self.data_filler or (ZERO,), site.tops, "data_filler")

    def _shapes(self, site: CallSite) -> tuple[Shape, ...]:
        if site.bottoms:
            return site.bottoms * site.tops
        legacy = {"num": self.num, "channels": self.channels, "height": self.height, "width": self.width}
        if not any(legacy.values()):
            return _each(tuple(shape.dim for shape in self.shape), site.tops, "shape")
        if self.shape:
            raise Refusal(
                InvalidValue,
                "shape and num, channels, height, width are two forms of one thing",
                fields=("shape", *(name for name, values in legacy.items() if values)),
                help="keep shape",
            )
        sizes = [_each(values, site.tops, name) for name, values in legacy.items()]
        return tuple(zip(*sizes, strict=True))

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        fillers = self._fillers(site)
        for filler in fillers:
            if filler.type != "constant":
                raise Refusal(
                    NoMeaning,
                    f"DummyData with a {filler.type} filler makes new random values in every pass",
                    fields=("data_filler.type",),
                    help="use a constant filler, or an Input layer and feed the values",
                )
        shapes = self.infer(site)
        if xs:
            return tuple(full_like(xs[0], filler.value) for filler in fillers)
        return tuple(full(shape, filler.value) for shape, filler in zip(shapes, fillers, strict=True))

    def canonical(self) -> Layer:
        if all(filler.type == "constant" for filler in self.data_filler):
            return self
        return RandomData.model_construct(self.model_fields_set, **dict(self))

    def as_input(self, site: CallSite) -> Input | None:
        """An Input for the same blobs, if they are constants: with one for all of its data, most of a net would compute
        nothing but rounding errors."""
        if site.bottoms:
            return None
        shapes = tuple(BlobShape.model_construct({"dim"}, dim=shape) for shape in self._shapes(site))
        return Input.model_construct({"shape"}, shape=shapes)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.FIRST


class RandomData(DataLayer, DummyData):
    """DummyData with a filler that draws. Caffe does so in every pass: an input of the compiled model.

    Shape: as of DummyData. Source: Caffe's dummy_data_layer.cpp.
    """

    def called(self) -> str:
        return DummyData.type_name()

    def canonical(self) -> Layer:
        return self

    def as_input(self, site: CallSite) -> None:
        return None


class Parameter(Formula):
    """A parameter blob as a top. Shape: `shape`. Source: Caffe's parameter_layer.hpp."""

    message: ClassVar = "parameter_param"
    bottoms: ClassVar = NONE

    shape: BlobShape = Field(NO_SIZES, description="the shape of the parameter")

    @property
    def filler(self) -> FillerParameter:
        """How it begins."""
        return ZERO

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        return (Blob("value", self.shape.dim, self.filler),)

    def formula(self, value: Array) -> Array:
        return value


def _each(values: tuple[T, ...], tops: int, field: str) -> tuple[T, ...]:
    """A repeated field by top: given once for all or once for each. Raises Refusal."""
    if len(values) == 1:
        return values * tops
    if len(values) != tops:
        raise Refusal(
            EntryCount,
            f"{field} is given {len(values)} times for {tops} top{'s' * (tops != 1)}",
            fields=(field,) if values else (),
            help=f"give {field} once for all tops, or once for each",
        )
    return values
