"""What pydantic says of the values of a message: it puts in words what is wrong, and makes of values what can be made.

For a class of ours it gets a model of its own with the same fields, which is built when it is first asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, Field, ValidationError, create_model, field_validator, model_validator
from pydantic_core import ErrorDetails

from netspec.layers.fields import FieldInfo, Limit
from netspec.layers.model import Model

M = TypeVar("M", bound=Model)


def judged(message: type[M], values: Mapping[str, Any]) -> M:
    """The message of the values. Raises pydantic's ValidationError with all that is wrong with them."""
    return cast("M", twin(message).model_validate(values))


def faults(error: BaseException) -> list[ErrorDetails] | None:
    """What pydantic found wrong; None for an error that is none of its."""
    return error.errors(include_url=False) if isinstance(error, ValidationError) else None


@cache
def twin(message: type[Model]) -> type[BaseModel]:
    """The model of pydantic with the fields of a class, and with the validators that a plugin writes with pydantic.
    What it makes of values, or takes as it is, are objects of the class."""

    def made(_: type[BaseModel], value: Any, validated: Callable[[Any], BaseModel]) -> Any:
        return value if isinstance(value, message) else _message(message, validated(value))

    fields = {name: _field(info) for name, info in message.model_fields.items()}
    validators: dict[str, Any] = {
        **{name: field_validator(*check.names)(check.function) for name, check in message.model_checks.items()},
        **{name: each for name, each in message.model_decorated.items() if not _after_all(each)},
        "made": model_validator(mode="wrap")(cast("Any", classmethod(made))),
    }
    said: Mapping[str, Any] = getattr(message, "model_config", {})
    return cast("Any", create_model)(
        message.__name__,
        __config__={"extra": "forbid", **said},
        __module__=message.__module__,
        __validators__=validators,
        **fields,
    )


def _field(info: FieldInfo) -> tuple[Any, Any]:
    others = [each for each in info.metadata if not isinstance(each, Limit)]
    annotation = Annotated[info.annotation, *others] if others else info.annotation
    return annotation, Field(info.default, alias=info.alias, **info.limits())


def _message(message: type[M], validated: BaseModel) -> M:
    """The message of validated values. Raises ValueError where they contradict each other."""
    made: Any = message.model_construct(validated.model_fields_set, **dict(validated))
    made.consistent()
    for each in message.model_decorated.values():
        if _after_all(each):
            made = each.wrapped(made)
    if hasattr(made, "model_post_init"):
        made.model_post_init(None)
    return made


def _after_all(decorated: Any) -> bool:
    """Whether it looks at a message that is made."""
    return type(decorated.decorator_info).__name__ == "ModelValidatorDecoratorInfo" and (
        decorated.decorator_info.mode == "after"
    )
