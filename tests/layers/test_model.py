"""Classes with fields: what pydantic's models do, as far as layers ask for it."""

import copy
import pickle
from typing import Annotated, Any, ClassVar

import pydantic
import pytest

from netspec.layers.base import Elementwise, Field, FillerParameter, Layer, Message, Positive, UInt, checks
from netspec.layers.construction import constructed
from netspec.layers.judging import faults, twin


class Gate(Elementwise):
    message: ClassVar = "gate_param"

    units: Positive = Field(description="how many")
    slope: Annotated[float, Field(ge=0)] = Field(0.5, le=1, description="below 0")
    sizes: tuple[UInt, ...] = ()
    function: str = Field("", alias="lambda")
    filler: FillerParameter | None = None

    @checks("units")
    @staticmethod
    def _even(units: int) -> int:
        if units % 2:
            raise ValueError("units has to be even")
        return units

    def consistent(self) -> None:
        if self.slope and self.sizes:
            raise ValueError("slope and sizes are two forms of one thing")


class Narrow(Gate):
    slope: float = Field(0.0, lt=0.25)
    cells: int = 1


# As they are said with pydantic's own words.
class Theirs(Elementwise):
    message: ClassVar = "theirs_param"
    model_config = pydantic.ConfigDict(extra="ignore")

    units: int = pydantic.Field(gt=0, description="how many")
    part: float = pydantic.Field(0.5, gt=0, multiple_of=0.25)
    _seen: list[int] = pydantic.PrivateAttr([])

    @pydantic.field_validator("units", mode="before")
    @classmethod
    def _number(cls, units: Any) -> Any:
        return units or 1

    @pydantic.model_validator(mode="after")
    def _together(self) -> "Theirs":
        if self.doubled() > 10:
            raise ValueError("too many units")
        return self

    def doubled(self) -> int:
        return 2 * self.units


def test_fields_are_in_order_and_overridden() -> None:
    assert [*Narrow.model_fields] == ["units", "slope", "sizes", "function", "filler", "cells"]
    assert Gate.model_fields["slope"].limits() == {"ge": 0, "le": 1}
    assert Narrow.model_fields["slope"].limits() == {"lt": 0.25}
    assert (Gate.model_fields["units"].is_required(), Gate.model_fields["units"].description) == (True, "how many")
    assert Theirs.model_fields["units"].limits() == {"gt": 0}


FAULTS = {
    "missing": (Gate, {}, [("missing", ("units",))]),
    "a limit of the kind": (Gate, {"units": 0}, [("greater_than", ("units",))]),
    "both limits": (Gate, {"units": 2, "slope": -1.0}, [("greater_than_equal", ("slope",))]),
    "the field's limit": (Gate, {"units": 2, "slope": 2.0}, [("less_than_equal", ("slope",))]),
    "overridden": (Narrow, {"units": 2, "slope": 0.5}, [("less_than", ("slope",))]),
    "a check": (Gate, {"units": 3}, [("value_error", ("units",))]),
    "several": (Gate, {"units": 3, "sizes": ("a",)}, [("value_error", ("units",)), ("int_parsing", ("sizes", 0))]),
    "an alias": (Gate, {"units": 2, "lambda": 1}, [("string_type", ("lambda",))]),
    "unknown": (Gate, {"units": 2, "unit": 2}, [("extra_forbidden", ("unit",))]),
    "in a message": (Gate, {"units": 2, "filler": {"std": "x"}}, [("float_parsing", ("filler", "std"))]),
    "contradicting": (Gate, {"units": 2, "slope": 1.0, "sizes": (1,)}, [("value_error", ())]),
    "pydantic's limit": (Theirs, {"units": 2, "part": 0.3}, [("multiple_of", ("part",))]),
    "pydantic's check": (Theirs, {"units": 6}, [("value_error", ())]),
}


@pytest.mark.parametrize(("kind", "values", "wanted"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong(kind: type[Message], values: dict[str, Any], wanted: list[tuple[str, tuple[str, ...]]]) -> None:
    assert constructed(kind, values) is None
    with pytest.raises(pydantic.ValidationError, match=f"for {kind.__name__}") as caught:
        kind.model_validate(values)
    assert [(fault["type"], fault["loc"]) for fault in faults(caught.value) or ()] == wanted


def test_an_error_of_another_kind_is_not_pydantics() -> None:
    assert faults(ValueError("x")) is None


def test_pydantics_words_hold() -> None:
    made = Theirs.model_validate({"units": 0, "other": 1})
    assert (made.units, made.part, made._seen, made.doubled()) == (1, 0.5, [], 2)
    assert constructed(Theirs, {"units": 1}) is None


def test_values_are_made_into_those_of_the_kind() -> None:
    made = Gate(units=2, sizes=[1, 2], slope=0, filler=FillerParameter(type="xavier"))
    assert (made.sizes, made.slope, made.filler) == ((1, 2), 0.0, FillerParameter(type="xavier"))
    assert twin(Gate).model_validate(made) is made


def test_an_object_is_a_frozen_value() -> None:
    made = Gate(units=2, filler={"std": 2})
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), made.model_copy()):
        assert (other, hash(other), repr(other)) == (made, hash(made), repr(made))
        assert other.model_fields_set == made.model_fields_set == {"units", "filler"}
    changed = made.model_copy(update={"slope": 0.25})
    assert changed != made and changed.has("slope") and not made.has("slope")
    with pytest.raises(AttributeError, match="Gate is frozen: slope cannot be set"):
        setattr(made, "slope", 1.0)  # noqa: B010 - which types would not allow
    with pytest.raises(AttributeError, match="frozen"):
        delattr(made, "slope")
    assert made.model_dump(exclude_unset=True) == {"units": 2, "filler": {"std": 2.0}}
    assert Gate.model_construct(**{"units": 2, "lambda": "f"}).function == "f"


def test_a_class_with_its_own_beginning() -> None:
    class Begun(Layer):
        size: int = 0

        def __init__(self, **values: Any) -> None:
            super().__init__(**{"size": 7, **values})

    assert Begun.model_validate({}).size == 7


@pytest.mark.parametrize(
    ("base", "name", "value"),
    [(Layer, "size", 3), (Gate, "units", 3), (Layer, "part", Field(3))],
)
def test_what_has_no_annotation_is_refused(base: type[Message], name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{name}.* has no annotation in Odd"):
        type(base)("Odd", (base,), {"__module__": __name__, name: value})


def test_what_a_class_above_declares_needs_no_annotation() -> None:
    assert type(Gate)("Odd", (Gate,), {"__module__": __name__, "edition": "x"}).model_fields.keys() == {
        *Gate.model_fields
    }
