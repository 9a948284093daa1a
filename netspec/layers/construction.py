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

import annotated_types as at
from pydantic.fields import FieldInfo

from netspec.layers.message import Message, Unsigned, Wide

M = TypeVar("M", bound=Message)
Made = Callable[[Any], Any]  # from a decoded value to that of the attribute; raises Unclear
LIMITS: dict[type, Callable[[Any, Any], bool]] = {
    at.Gt: lambda value, limit: value > limit.gt,
    at.Ge: lambda value, limit: value >= limit.ge,
    at.Lt: lambda value, limit: value < limit.lt,
    at.Le: lambda value, limit: value <= limit.le,
    at.MinLen: lambda value, limit: len(value) >= limit.min_length,
    at.MaxLen: lambda value, limit: len(value) <= limit.max_length,
}
PLAIN = (int, float, bool, str)
INF = float("inf")


class Unclear(Exception):
    """Pydantic has to say."""


class Plan(NamedTuple):
    """How a class is made: of each field as specs call it, the attribute and what makes its value."""

    made: Mapping[str, tuple[str, Made]]
    required: frozenset[str]
    bare: Message  # with the defaults, which are frozen and shared, and nothing for what is required


def constructed(message: type[M], values: Mapping[str, Any]) -> M | None:
    """The message, None where pydantic is to be asked."""
    plan = _plan(message)
    if plan is None or not plan.required <= values.keys():
        return None
    try:
        return _construct(message, plan, values)
    except Unclear:
        return None


def _construct(message: type[M], plan: Plan, values: Mapping[str, Any]) -> M:
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in plan.made:
            raise Unclear(name)
        attribute, made = plan.made[name]
        given[attribute] = made(value)
    return cast("M", plan.bare.model_copy(update=given))


@cache
def _plan(message: type[Message]) -> Plan | None:
    """None for a class that does more than hold its fields to constraints."""
    rules = message.__pydantic_decorators__
    if any((rules.validators, rules.root_validators, rules.model_validators)):
        return None
    if message.__pydantic_post_init__ or message.__private_attributes__ or "__init__" in _named(message):
        return None
    made: dict[str, tuple[str, Made]] = {}
    for name, info in message.model_fields.items():
        known = _made(info.annotation, info.metadata)
        own = [each for each in rules.field_validators.values() if name in each.info.fields]
        if known is None or any(each.info.mode != "after" for each in own):
            return None
        for each in own:
            known = _validated(known, each.func)
        made[info.alias or name] = (name, known)
    required = {info.alias or name: name for name, info in message.model_fields.items() if info.is_required()}
    bare = message.model_construct(set(), **dict.fromkeys(required.values()))
    return Plan(made, frozenset(required), bare)


def _validated(made: Made, validator: Callable[[Any], Any]) -> Made:
    def validated(value: Any) -> Any:
        value = made(value)
        try:
            return validator(value)
        except Exception as error:  # whatever a plugin raises, pydantic has a word for
            raise Unclear from error

    return validated


def _named(message: type[Message]) -> set[str]:
    """What the class, and those between it and Message, define."""
    own = message.__mro__[: message.__mro__.index(Message)]
    return {name for each in own for name in vars(each)}


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
        if type(each) in LIMITS:
            found.append((LIMITS[type(each)], each))
        elif isinstance(each, FieldInfo):  # inside of Annotated
            inner = _checks(each.metadata)
            if inner is None:
                return None
            found += inner
        elif getattr(each, "__dict__", None) == {"allow_inf_nan": False}:
            found.append((lambda value, _: -INF < value < INF, each))
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
    if issubclass(annotation, Message):
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


def _message(message: type[Message]) -> Made | None:
    plan = _plan(message)
    if plan is None:
        return None

    def made(value: Any) -> Any:
        if value.__class__ is not dict or not plan.required <= value.keys():
            raise Unclear(value)
        return _construct(message, plan, cast("dict[str, Any]", value))

    return made
