"""What is made without pydantic's validator is what pydantic makes, and what pydantic refuses is left to it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, field_validator, model_validator

from netspec import layers
from netspec.layers.base import Elementwise, FillerParameter, Layer, Message
from netspec.layers.construction import constructed

TYPES = layers.every()
MADE: Mapping[str, tuple[str, dict[str, Any]]] = {
    "no fields": ("ReLU", {}),
    "numbers": ("Pooling", {"kernel_size": (3,), "stride": (2,), "global_pooling": False}),
    "lists": ("Convolution", {"num_output": 4, "kernel_size": (3,), "pad": (1, 1)}),
    "a message": ("InnerProduct", {"num_output": 4, "weight_filler": {"type": "xavier"}}),
    "messages in a list": ("Input", {"shape": ({"dim": (1, 2)}, {"dim": ()})}),
    "what a validator takes": ("LRN", {"local_size": 3}),
    "what may be left out": ("Concat", {"concat_dim": 1}),
}
LEFT: Mapping[str, tuple[str, dict[str, Any]]] = {
    "a field that is missing": ("InnerProduct", {}),
    "too small": ("InnerProduct", {"num_output": 0}),
    "too large": ("Dropout", {"dropout_ratio": 1.5}),
    "no number": ("Dropout", {"dropout_ratio": float("nan")}),
    "what a validator refuses": ("LRN", {"local_size": 2}),
    "an unknown field": ("ReLU", {"slope": 1.0}),
    "another kind": ("InnerProduct", {"num_output": 4.0}),
    "a message that is none": ("InnerProduct", {"num_output": 4, "weight_filler": "xavier"}),
    "what is wrong in a message": ("InnerProduct", {"num_output": 4, "weight_filler": {"sort": "xavier"}}),
}


@pytest.mark.parametrize(("name", "values"), MADE.values(), ids=MADE)
def test_makes(name: str, values: dict[str, Any]) -> None:
    kind = _found(name)
    assert _same(constructed(kind, values), kind.model_validate(values))


@pytest.mark.parametrize(("name", "values"), LEFT.values(), ids=LEFT)
def test_leaves(name: str, values: dict[str, Any]) -> None:
    kind = _found(name)
    assert constructed(kind, values) is None
    if values.get("num_output") != 4.0:  # of which pydantic makes an integer
        with pytest.raises(ValidationError):
            kind.model_validate(values)


def test_leaves_classes_that_do_more() -> None:
    class Checked(Elementwise):
        low: int = 0
        high: int = 1

        @model_validator(mode="after")
        def _ordered(self) -> "Checked":
            return self

    class Before(Elementwise):
        low: int = 0

        @field_validator("low", mode="before")
        @classmethod
        def _number(cls, low: object) -> object:
            return low

    class Shown(Message):
        pattern: str = Field("", pattern="a+")

    assert [constructed(kind, {}) for kind in (Checked, Before, Shown)] == [None, None, None]


def test_most_types_are_made() -> None:
    """The law below would hold of nothing, too."""
    needed: dict[str, Any] = {"num_output": 1, "kernel_size": (1,)}
    made = [t for t in TYPES if constructed(t, {k: v for k, v in needed.items() if k in t.model_fields}) is not None]
    assert len(made) > len(TYPES) / 2


VALUES = st.one_of(
    st.integers(-2, 5),
    st.booleans(),
    st.sampled_from([0.0, 0.5, -1.0, float("nan"), float("inf")]),
    st.just("constant"),
)
ANY = st.one_of(VALUES, st.lists(VALUES, max_size=2).map(tuple), st.just({}), st.just({"dim": (1,)}))


@given(st.sampled_from(TYPES), st.data())
def test_never_says_otherwise(kind: type[Layer], data: st.DataObject) -> None:
    names = sorted(kind.model_fields) or ["none"]
    values = data.draw(st.dictionaries(st.sampled_from(names), ANY, max_size=4))
    made = constructed(kind, values)
    if made is not None:
        assert _same(made, kind.model_validate(values))


def _found(name: str) -> type[Layer]:
    kind = layers.find(name)
    assert kind is not None
    return kind


def _same(made: Message | None, validated: Message) -> bool:
    assert made is not None
    assert repr(made) == repr(validated)  # which NaN does not tell apart
    assert made.model_fields_set == validated.model_fields_set
    assert all(
        _same(mine, theirs)
        for (_, mine), (_, theirs) in zip(made, validated, strict=True)
        if isinstance(mine, FillerParameter)
    )
    return True
