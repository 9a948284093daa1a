"""Older names of layer types: each stands for one type, whose fields the older ones become."""

from __future__ import annotations

from netspec.frontend.lower.old_types import OF_TODAY, V0, V1, V1_MESSAGES, of_v1, older_names
from netspec.frontend.messages.schema import schema
from netspec.layers import find
from netspec.layers.caffe.convolution import Convolution


def test_every_name_has_a_type() -> None:
    assert len(OF_TODAY) == len(V1)
    assert all(of_v1(name) for name in V1)
    assert all(find(name) for name in V1_MESSAGES)


def test_every_field_of_v0_is_one_of_today() -> None:
    for old in V0.values():
        layer = find(old.today)
        assert layer is not None and set(old.fields.values()) <= schema(layer).keys()
        assert old.today in OF_TODAY


def test_older_names() -> None:
    assert older_names(Convolution) == ("`type: CONVOLUTION` (V1)", '`type: "conv"` (V0)')
