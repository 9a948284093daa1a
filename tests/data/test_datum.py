"""Datum, held against protobuf."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.data import datum
from netspec.weights.wire import Damaged
from tests.weights.messages import classes

Datum: Any = classes(packed=False)["Datum"]
SIZES = {"channels": 1, "height": 2, "width": 3}


def said(**fields: Any) -> bytes:
    return Datum(**fields).SerializeToString()


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(-1, 400), st.booleans())
def test_what_protobuf_reads_is_what_was_written(c: int, h: int, w: int, label: int, floats: bool) -> None:
    image = np.arange(c * h * w).reshape(c, h, w).astype(np.float32 if floats else np.uint8)
    theirs = Datum.FromString(datum.write(image, label))
    assert (theirs.channels, theirs.height, theirs.width, theirs.label, theirs.encoded) == (c, h, w, label, False)
    assert list(theirs.float_data if floats else theirs.data) == image.ravel().tolist()
    content, found, _ = datum.read(theirs.SerializeToString())
    assert isinstance(content, np.ndarray)
    assert (content.dtype, content.tolist(), found) == (image.dtype, image.tolist(), label)


def test_encoded() -> None:
    data = datum.write(b"PNG", 7)
    theirs = Datum.FromString(data)
    assert (theirs.data, theirs.label, theirs.encoded, theirs.channels) == (b"PNG", 7, True, 0)
    assert datum.read(data)[:2] == (b"PNG", 7)


def test_bytes_win_over_floats_and_no_label_is_0_as_in_caffe() -> None:
    content, label, _ = datum.read(said(**SIZES, data=bytes(6), float_data=[1.0] * 6))
    assert (np.asarray(content).dtype, label) == (np.uint8, 0)


def test_fields_that_nobody_knows_are_passed_over() -> None:
    data = said(**SIZES, data=bytes(range(6)), label=3) + b"\x40\x05\x4a\x01x"
    content, label, _ = datum.read(data)
    assert (np.asarray(content).ravel().tolist(), label) == ([*range(6)], 3)


DAMAGED: dict[str, tuple[bytes, str]] = {
    "no size": (said(data=b"abc"), "its size is 0×0×0"),
    "too few": (said(**SIZES, data=b"abc"), "its size is 1×2×3, but it holds 3 values"),
    "negative": (said(channels=-1, height=2, width=3, data=bytes(6)), "its size is -1×2×3"),
    "huge": (said(channels=2**30, height=2**30, width=2**30, data=b"a"), "but it holds 1 values"),
    "cut off": (said(**SIZES, data=bytes(6))[:-3], "begins a field of 6 bytes, but 3 are left"),
    "empty": (b"", "its size is 0×0×0"),
    "text": (b"hello", "field"),
}


@pytest.mark.parametrize(("data", "message"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damage(data: bytes, message: str) -> None:
    with pytest.raises(Damaged, match=message):
        datum.read(data)
    with pytest.raises(Damaged, match=message):
        reader = datum.Datums()
        reader.read(said(**SIZES, data=bytes(6), label=1))
        reader.read(data)


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.integers(0, 2),
        "height": st.just(2),
        "width": st.just(2),
        "label": st.integers(-1, 300),
        "encoded": st.booleans(),
        "data": st.sampled_from([b"", bytes(4), bytes(8), b"\x08\x01\x28\x02", bytes(6)]),
        "float_data": st.sampled_from([[], [1.0] * 4]),
    },
)


@given(st.lists(st.tuples(FIELDS, st.booleans()), max_size=4))
def test_one_after_the_other_is_each_alone(records: list[tuple[dict[str, Any], bool]]) -> None:
    """Whatever has been read before, and in whichever order the fields stand."""
    reader = datum.Datums()
    for fields, reverse in records:
        parts = [said(**{name: value}) for name, value in fields.items()]
        data = b"".join(parts[::-1] if reverse else parts)
        try:
            content, label, _ = datum.read(data)
        except Damaged as damage:
            with pytest.raises(Damaged) as caught:
                reader.read(data)
            assert str(caught.value) == str(damage)
            continue
        found, number = reader.read(data)
        assert number == label
        assert isinstance(found, bytes) == isinstance(content, bytes)
        assert found == content if isinstance(found, bytes) else np.array_equal(found, np.asarray(content))
