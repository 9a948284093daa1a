"""What fields a message has, and how each is read, from the annotations of the class that holds its values."""

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import Enum
from functools import cache, cached_property
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

from netspec.layers.base import Layer, Message
from netspec.layers.extensions import extensible, group_fields, widest
from netspec.layers.fields import Unsigned, Wide
from netspec.layers.message import enums
from netspec.layers.model import Model
from netspec.syntax import scalars
from netspec.syntax.document import Field, Kind, Scalar


class UnknownName(Exception):
    """A scalar is none of the values of an enum; the arguments are their names."""


class FieldSpec(NamedTuple):
    """How the values of a field are read. At most one of `scalar` and `message` is given; without either the value
    is kept as written.

    scalar: from the literal to its value; raises BadScalar or UnknownName. message: the fields of a message, from which
    `make` makes its value (a plain dictionary where None).
    """

    scalar: Callable[[Scalar], Any] | None
    message: "Schema | None"
    repeated: bool
    make: Callable[..., Any] | None = None
    ignored: bool = False  # whether its value is read, to find out what is wrong with it, and not kept


class Widening(Mapping[str, FieldSpec]):
    """The fields of a type, and behind them those that forks give it, which are not asked for before they have to.

    further: the names that there may be behind its own, where that is known without asking.
    """

    def __init__(self, own: "Schema", widened: "Callable[[], Schema]", further: Collection[str] | None = None) -> None:
        self._own, self._widened, self._further = own, widened, further

    @cached_property
    def _all(self) -> "Schema":
        return self._widened()

    def get(self, name: str, default: Any = None) -> Any:
        return self._own.get(name) or (self._all.get(name, default) if self._may_have(name) else default)

    def __getitem__(self, name: str) -> FieldSpec:
        return self._own[name] if name in self._own else self._all[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or (self._may_have(name) and name in self._all)

    def _may_have(self, name: object) -> bool:
        return self._further is None or name in self._further

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


Schema: TypeAlias = Mapping[str, FieldSpec]

_SCALARS: dict[type, Callable[[Scalar], Any]] = {
    float: scalars.real,
    bool: scalars.boolean,
    str: scalars.string,
}
_MARKED: dict[type, Callable[[Scalar], int]] = {Unsigned: scalars.uint32, Wide: scalars.int64}


@cache
def schema(owner: type[Any]) -> Schema:
    """The fields of a class: a model, which will be given a dictionary, or a named tuple.

    Of a layer type, only those of its own message: a field called `…_param` is another message (`beside`), unless the
    type says that it stands inside.
    """
    own = _schema(owner)
    if not issubclass(owner, Layer) or not extensible(owner):
        return own
    words = {
        name: _also_of_forks(owner, name, own[name])
        for name, info in owner.model_fields.items()
        if enums(info.annotation)
    }
    return Widening({**own, **words}, lambda: _schema(widest(owner)), group_fields(owner))


def _also_of_forks(layer: type[Layer], name: str, own: FieldSpec) -> FieldSpec:
    """A field that takes the members of an enum, and of those that forks have for it, which are looked for last."""

    def read(scalar: Scalar) -> Any:
        try:
            return own.scalar and own.scalar(scalar)
        except UnknownName:
            wide = _schema(widest(layer))[name]
            return wide.scalar and wide.scalar(scalar)

    return own._replace(scalar=read)


def ignored(owner: type[Any]) -> Schema:
    """The fields of a class, as of a message in which nothing of them is kept."""
    return {name: spec._replace(ignored=True) for name, spec in schema(owner).items()}


@cache
def _schema(owner: type[Any]) -> Schema:
    hints: Mapping[str, Any]
    if issubclass(owner, Model):
        hints = {
            info.alias or name: Annotated[info.annotation, *info.metadata, None]
            for name, info in owner.model_fields.items()
        }
    else:
        hints = get_type_hints(owner, include_extras=True)
    messages = beside(owner) if issubclass(owner, Layer) else ()
    # The numbers of a layer written in Python are Python's, and no protobuf reads them.
    integer = scalars.int64 if issubclass(owner, Layer) and owner.message == "python_param" else scalars.int32
    read = {name: _spec(hint, integer) for name, hint in hints.items() if name not in messages}
    ignored: Mapping[str, Any] = owner.without_effect() if issubclass(owner, Message) else {}
    return read | {name: _spec(hint)._replace(ignored=True) for name, hint in ignored.items()}


@cache
def beside(layer: type[Layer]) -> tuple[str, ...]:
    """The messages that a layer type reads beside its own."""
    return tuple(name for name in layer.model_fields if name.endswith("_param") and name not in layer.inside)


@cache
def message_of(layer: type[Layer], name: str) -> FieldSpec:
    """How a layer type reads its own message, or one beside it."""
    if name == layer.message:
        return FieldSpec(None, schema(layer), False)
    own = layer if name in layer.model_fields else widest(layer)
    spec = _spec(own.model_fields[name].annotation)
    if own is not layer or spec.message is None or not extensible(layer):
        return spec
    return spec._replace(message=Widening(spec.message, lambda: _wide_message(layer, name)))


def _wide_message(layer: type[Layer], name: str) -> Schema:
    return _spec(widest(layer).model_fields[name].annotation).message or {}


def _spec(hint: Any, integer: Callable[[Scalar], int] = scalars.int32) -> FieldSpec:
    """integer: how whole numbers are read, unless a marker says otherwise."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        marked = next((_MARKED[type(a)] for a in args[1:] if type(a) in _MARKED), integer)
        return _spec(args[0], marked)
    if kinds := enums(hint):
        return FieldSpec(_enum(kinds), None, False)
    if origin in (Union, UnionType):
        return _spec(next(arg for arg in args if arg is not type(None)), integer)
    if origin is tuple:
        return _spec(args[0], integer)._replace(repeated=True)
    if hint is int:
        return FieldSpec(integer, None, False)
    if hint in _SCALARS:
        return FieldSpec(_SCALARS[hint], None, False)
    if hint is Field:
        return FieldSpec(None, None, False)
    return FieldSpec(None, schema(hint), False, None if issubclass(hint, Model) else hint)


def _enum(kinds: tuple[type[Enum], ...]) -> Callable[[Scalar], Enum]:
    """Reads a member by its name, or by its number: its value, or where that is a word, its place among the others."""
    names = {name: member for members in kinds for name, member in members.__members__.items()}
    numbers = {m.value if isinstance(m.value, int) else place: m for kind in kinds for place, m in enumerate(kind)}

    def read(scalar: Scalar) -> Enum:
        found = names.get(scalar.text) if scalar.kind is Kind.NAME else None
        if found is None and scalar.kind is Kind.NUMBER:
            found = numbers.get(scalars.int32(scalar))
        if found is None:
            raise UnknownName(*names)
        return found

    return read
