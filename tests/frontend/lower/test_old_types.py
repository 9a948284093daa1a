"""Older names of layer types: each stands for one type, whose fields the older ones become."""

from __future__ import annotations

from netspec.frontend.lower.old_types import OF_TODAY, V0, V1, V1_MESSAGES, of_v1, older_names
from netspec.frontend.messages.schema import schema
from netspec.layers import find
from netspec.layers.caffe.convolution import Convolution
from tests.frontend.pieces import codes


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


def test_names_and_a_field_of_deeplab() -> None:
    """As the first DeepLab's nets have them; strict_dim is about files of weights."""
    spec = """
    input: "data" input_dim: [1, 3, 9, 9]
    input: "label" input_dim: [1, 1, 17, 17]
    layers { type: CONVOLUTION name: "c" bottom: "data" top: "c" strict_dim: false
      convolution_param { num_output: 4 kernel_size: 3 pad: 2 hole: 2 } }
    layers { type: INTERP name: "up" bottom: "c" top: "up" interp_param { zoom_factor: 2 } }
    layers { type: SEG_ACCURACY name: "acc" bottom: "up" bottom: "label" top: "acc"
      seg_accuracy_param { ignore_label: 255 } }
    """
    assert codes(spec) == []
