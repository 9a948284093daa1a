"""What a class says of the fields of a message: the kind, the default, and what must hold of a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Generic, NamedTuple, ParamSpec, TypeVar, get_origin

P = ParamSpec("P")
R = TypeVar("R")


class Unsigned:
    """Marks an integer field as protobuf's uint32: a minus sign is a fault of the text."""


class Wide:
    """Marks an integer field as protobuf's int64; others have 32 bits."""


class Limit(NamedTuple):
    """What must hold of a value, by the name that `Field` has for it."""

    name: str
    bound: Any


class FieldInfo:
    """A field of a message.

    annotation: its kind, without what `Annotated` marks it with. default: `...` where there is none. alias: what specs
    call it, where that is not its name. metadata: its limits and marks.
    """

    __slots__ = ("alias", "annotation", "default", "description", "metadata")
    # As pydantic asks whether what stands in an `Annotated` is several constraints in one.
    __is_annotated_types_grouped_metadata__: ClassVar = True

    def __init__(
        self, annotation: Any, default: Any, alias: str | None, description: str, metadata: tuple[Any, ...]
    ) -> None:
        self.annotation, self.default, self.alias = annotation, default, alias
        self.description, self.metadata = description, metadata

    def is_required(self) -> bool:
        return self.default is ...

    def limits(self) -> dict[str, Any]:
        """By name; of several of a name the last."""
        return {each.name: each.bound for each in self.metadata if isinstance(each, Limit)}

    def of(self, annotation: Any) -> FieldInfo:
        """The field with the annotation that stands before it in a class."""
        metadata = self.metadata
        if get_origin(annotation) is Annotated:
            metadata = (*_flat(annotation.__metadata__), *metadata)
            annotation = annotation.__origin__
        return FieldInfo(annotation, self.default, self.alias, self.description, metadata)

    def __iter__(self) -> Iterator[Any]:
        """The constraints in an `Annotated`, as pydantic has them."""
        import pydantic

        yield from pydantic.Field(**self.limits()).metadata


def Field(
    default: Any = ...,
    *,
    description: str = "",
    alias: str | None = None,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    allow_inf_nan: bool | None = None,
) -> Any:
    """A field of a message: its default, without which it has to be given, what it is for, and what must hold of it.

    alias: what specs call it. gt, ge, lt, le: bounds of a number, greater or less than, or equal. min_length,
    max_length: bounds of how many values a repeated field has. allow_inf_nan: False for finite numbers alone.
    """
    limits = (
        ("gt", gt),
        ("ge", ge),
        ("lt", lt),
        ("le", le),
        ("min_length", min_length),
        ("max_length", max_length),
        ("allow_inf_nan", allow_inf_nan),
    )
    metadata = tuple([Limit(name, bound) for name, bound in limits if bound is not None])
    return FieldInfo(None, default, alias, description, metadata)


class Check(Generic[P, R]):
    """A function of a class that values of some fields have to pass: it gives the value, or raises ValueError."""

    def __init__(self, names: tuple[str, ...], function: Callable[P, R]) -> None:
        self.names, self.function = names, function

    def __get__(self, instance: object, owner: type | None = None) -> Callable[P, R]:
        return self.function


def checks(*names: str) -> Callable[[Callable[P, R]], Check[P, R]]:
    """Makes a function, a staticmethod, the check of the fields of these names."""
    return lambda function: Check(names, function)


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each
