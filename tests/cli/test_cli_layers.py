"""`netspec layers` and `netspec explain`: the documentation of layer types and diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from netspec import layers
from netspec.cli.describe import describe

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


def test_layers_lists_every_type(netspec: Netspec) -> None:
    result = netspec("layers")
    assert result.status == 0
    listed = [line.split()[0] for line in result.out.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(layers.FAMILY)
    assert max(map(len, result.out.splitlines())) <= 120


def test_layers_finds_names_that_differ_in_case_alone(netspec: Netspec) -> None:
    heads = [netspec("layers", name).out.splitlines()[0] for name in ("SeLU", "SeLu", "relu")]
    assert heads == ["SeLU (activation)", "SeLu (activation)", "ReLU (activation)"]


@pytest.mark.parametrize("name", ["Pooling", "SoftmaxWithLoss", "Reshape"])
def test_layers_explains_a_type(netspec: Netspec, golden: Callable[[str, str], None], name: str) -> None:
    golden(f"cli/layers-{name}.txt", netspec("layers", name).out)


@pytest.mark.parametrize("name", layers.FAMILY)
def test_every_type_is_documented(netspec: Netspec, name: str) -> None:
    assert netspec("layers", name).status == 0
    doc = describe(layers.find(name) or layers.Layer)
    fields = [field for _, fields in (*doc.messages, *doc.nested) for field in fields]
    assert doc.text
    assert not [field.name for field in fields if not field.text]


def test_case_does_not_matter(netspec: Netspec) -> None:
    assert netspec("layers", "pooling") == netspec("layers", "Pooling")
    assert netspec("explain", "ns301") == netspec("explain", "NS301") == netspec("explain", "shape-mismatch")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["layers", "Convolutional"], 'there is no layer type "Convolutional"; did you mean Convolution?'),
        (["layers", "Nonsense"], 'there is no layer type "Nonsense"'),
        (["explain", "shape-missmatch"], "no diagnostic is called shape-missmatch; did you mean shape-mismatch?"),
        (["explain", "NS999"], "no diagnostic is called NS999"),
    ],
)
def test_unknown_names_are_wrong_usage(netspec: Netspec, argv: list[str], message: str) -> None:
    result = netspec(*argv)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
