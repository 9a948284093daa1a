"""Messages of decoded values, made without pydantic's validator.

Building the validators of the five or six types of a small net takes longer than all else that reads the net. Decoded
values are of the right kinds already, so that constraints are all that is left to look at. What this file does not
know for certain, and whatever is wrong, is pydantic's to judge, and to put in words:
`tests/layers/test_construction.py` holds the two against each other.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin

from netspec.layers.fields import FieldInfo, Limit, Unsigned, Wide
from netspec.layers.model import Model

M = TypeVar("M", bound=Model)
Made = Callable[[Any], Any]  # from a decoded value to that of the attribute; raises Unclear
LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, limit: value > limit,
    "ge": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "le": lambda value, limit: value <= limit,
    "min_length": lambda value, limit: len(value) >= limit,
    "max_length": lambda value, limit: len(value) <= limit,
    "allow_inf_nan": lambda value, limit: limit or -INF < value < INF,
}
PYDANTICS = ("model_config", "model_post_init")  # what only classes of plugins have
PLAIN = (int, float, bool, str)
INF = float("inf")


class Unclear(Exception):
    """Pydantic has to say."""


class Plan(NamedTuple):
    """How a class is made: of each field as specs call it, the attribute and what makes its value."""

    made: Mapping[str, tuple[str, Made]]
    required: frozenset[str]
    bare: Model  # with the defaults, which are frozen and shared, and nothing for what is required
    compares: bool  # whether fields may contradict each other


def constructible(message: type[Model]) -> bool:
    """Whether its values can be told to be right without pydantic."""
    return _plan(message) is not None


def constructed(message: type[M], values: Mapping[str, Any]) -> M | None:
    """The message, None where pydantic is to be asked."""
    plan = _plan(message)
    if plan is None or not plan.required <= values.keys():
        return None
    try:
        return cast("M", _construct(plan, values))
    except Unclear:
        return None


def _construct(plan: Plan, values: Mapping[str, Any]) -> Model:
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in plan.made:
            raise Unclear(name)
        attribute, made = plan.made[name]
        given[attribute] = made(value)
    message = plan.bare.model_copy(update=given)
    if plan.compares:
        _consistent(message)
    return message


def _consistent(message: Model) -> None:
    try:
        message.consistent()
    except Exception as error:
        raise Unclear from error


@cache
def _plan(message: type[Model]) -> Plan | None:
    """None for a class that does more than hold its fields to constraints."""
    if message.__init__ is not Model.__init__ or message.model_decorated or any(hasattr(message, n) for n in PYDANTICS):
        return None
    made: dict[str, tuple[str, Made]] = {}
    for name, info in message.model_fields.items():
        known = _made(info.annotation, info.metadata)
        if known is None:
            return None
        for check in message.model_checks.values():
            if name in check.names:
                known = _checked(known, check.function)
        made[info.alias or name] = (name, known)
    required = {info.alias or name: name for name, info in message.model_fields.items() if info.is_required()}
    bare = message.model_construct((), **dict.fromkeys(required.values()))
    return Plan(made, frozenset(required), bare, message.consistent is not Model.consistent)


def _checked(made: Made, check: Callable[[Any], Any]) -> Made:
    def checked(value: Any) -> Any:
        value = made(value)
        try:
            return check(value)
        except Exception as error:  # whatever a plugin raises, pydantic has a word for
            raise Unclear from error

    return checked


def _made(annotation: Any, metadata: Iterable[Any] = ()) -> Made | None:
    """What makes the values of an annotation; None for one that pydantic knows better."""
    checks = _checks(metadata)
    kind = _kind(annotation)
    if kind is None or checks is None:
        return None
    if not checks:
        return kind

    def checked(value: Any) -> Any:
        made = kind(value)
        for holds, limit in checks:
            if not holds(made, limit):
                raise Unclear(value)
        return made

    return checked


def _checks(metadata: Iterable[Any]) -> list[tuple[Callable[[Any, Any], bool], Any]] | None:
    found: list[tuple[Callable[[Any, Any], bool], Any]] = []
    for each in metadata:
        if isinstance(each, Limit):
            found.append((LIMITS[each.name], each.bound))
        elif isinstance(each, FieldInfo):  # inside of Annotated
            found += _checks(each.metadata) or []
        elif not isinstance(each, Unsigned | Wide):
            return None
    return found


def _kind(annotation: Any) -> Made | None:
    """Without constraints."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _made(args[0], args[1:])
    if origin in (Union, UnionType):
        kinds = [_kind(arg) for arg in args if arg is not type(None)]
        return kinds[0] if len(kinds) == 1 else None  # what is given is never None
    if origin is tuple and len(args) == 2 and args[1] is ...:
        return _several(_kind(args[0]))
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, Model):
        return _message(annotation)
    return _exactly(annotation) if annotation in PLAIN or issubclass(annotation, Enum) else None


def _exactly(kind: type) -> Made:
    def made(value: Any) -> Any:
        if value.__class__ is not kind:
            raise Unclear(value)
        return value

    return made


def _several(made: Made | None) -> Made | None:
    if made is None:
        return None

    def all_made(values: Any) -> Any:
        if values.__class__ is not tuple:
            raise Unclear(values)
        return tuple([made(value) for value in values])

    return all_made


def _message(message: type[Model]) -> Made | None:
    plan = _plan(message)
    if plan is None:
        return None

    def made(value: Any) -> Any:
        if isinstance(value, message):
            return value
        if value.__class__ is not dict or not plan.required <= value.keys():
            raise Unclear(value)
        return _construct(plan, cast("dict[str, Any]", value))

    return made
