"""What is kept of a text that was read a moment ago, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend import recent
from netspec.frontend.spec import Request, Spec
from netspec.plugins import Plugin
from netspec.plugins.registry import BUILT_IN, Registry

NET = """name: "Small"
layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 4 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "y" bottom: "t" top: "loss" include { phase: TRAIN } }
"""
SOLVER = 'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" test_iter: 1 test_interval: 10\n'


def spec(text: str, registry: Registry = BUILT_IN, folder: Path | None = None) -> Spec:
    document, found = recent.parsed(Source("net.prototxt", text, folder))
    return recent.spec_of(document, found, Request(registry=registry))


def test_a_text_is_read_once_for_each_registry() -> None:
    assert spec(NET) is spec(NET)
    assert spec(NET) is not spec(NET, Registry(lenient=True))
    assert spec(NET) is not spec(NET, folder=Path("elsewhere"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(NET + "layer { ", id="syntax"),
        pytest.param(NET.replace("InnerProduct", "Unheard"), id="a type that a plugin may have"),
        pytest.param("input x: [2, 3]\ny = ReLU(x)\n", id="a language that imports"),
        pytest.param(NET + "# long\n" * recent.LONG, id="long"),
    ],
)
def test_what_depends_on_more_than_its_text_or_is_large_is_read_again(text: str) -> None:
    assert spec(text) is not spec(text)


def test_plugins_are_asked_each_time() -> None:
    """What one holds cannot be compared."""
    registry = Registry(plugins=(Plugin("mine", "", (), {"torch": {}}),))
    assert spec(NET, registry) is not spec(NET, registry)


def test_few_are_kept() -> None:
    first = spec(NET)
    for i in range(recent.KEPT):
        spec(NET.replace("Small", f"Net{i}"))
    assert spec(NET) is not first
    assert len(recent._specs) == recent.KEPT  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "net", [NET, NET.replace('bottom: "y"', 'bottom: "z"'), NET.replace("num_output: 4", "")], ids=str.__len__
)
@pytest.mark.parametrize("order", [("net.prototxt", "solver.prototxt"), ("solver.prototxt", "net.prototxt")])
def test_a_solver_and_its_net_say_the_same_in_either_order(net: str, order: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(net)
    (tmp_path / "solver.prototxt").write_text(SOLVER)
    said = {name: netspec.check(tmp_path / name) for name in order}
    for name in order:
        recent._specs.clear()  # pyright: ignore[reportPrivateUsage]
        assert netspec.check(tmp_path / name) == said[name]


def test_a_net_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    (tmp_path / "solver.prototxt").write_text(SOLVER)
    assert not netspec.check(path)
    path.write_text(NET.replace('bottom: "x"', 'bottom: "w"'))
    assert [d.code for d in netspec.check(tmp_path / "solver.prototxt")] == [d.code for d in netspec.check(path)] != []
