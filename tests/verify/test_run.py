"""`verify` in both frameworks: it finds equal what is equal, names what is not, and says what ran where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorflow")

import numpy as np

import netspec
from netspec.backend.executable import Executable
from netspec.problems.backends import NoDevice
from netspec.verify import subject
from netspec.verify.report import Kind, Report

INPUT = 'layer { name: "data" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 6 dim: 6 } } }'
LABEL = 'layer { name: "label" type: "Input" top: "l" input_param { shape { dim: 2 } } }'
CONV = """
layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 } }
"""
RELU = 'layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }'
IP = 'layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }'
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "l" top: "loss" }'
SMALL = INPUT + CONV + RELU + IP


def verified(text: str, phase: str = "TEST", **options: Any) -> Report:
    return netspec.verify(netspec.load_text(text, phase=phase), **options)


def said(report: Report) -> list[tuple[str, str]]:
    return [(row.item.layer, str(row.item)) for row in report.rows]


def test_equal_in_every_row() -> None:
    report = verified(SMALL)
    assert report.ok, report
    assert said(report) == [
        ("relu", "conv"),
        ("ip", "ip"),
        ("ip", "∂ weight"),
        ("ip", "∂ bias"),
        ("conv", "∂ weight"),
        ("conv", "∂ bias"),
        ("data", "∂ x"),
    ]
    assert report.devices == {"torch": "cpu", "tensorflow": "cpu"}
    assert all(row.magnitude > 1e-3 for row in report.rows)


def test_a_path_will_do(tmp_path: Path) -> None:
    (tmp_path / "small.net").write_text(SMALL)
    assert netspec.verify(tmp_path / "small.net", grad=False).ok
    assert len(netspec.verify(str(tmp_path / "small.net"), grad=False).rows) == 2


def test_losses_begin_with_their_weights() -> None:
    report = verified(INPUT + LABEL + CONV + RELU + IP + LOSS, phase="TRAIN")
    assert report.ok, report
    assert ("label", "∂ l") not in said(report)
    assert report.rows[-1].magnitude > 0


def test_a_wrong_parameter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _change(monkeypatch, "tensorflow", "ip", 1e-6)
    report = verified(SMALL)
    assert not report.ok
    assert report.first
    assert (report.first.item.layer, str(report.first.item)) == ("ip", "ip")
    assert [row.item.layer for row in report.rows if row.item.kind is Kind.BLOB and row.ok] == ["relu"]
    assert 'ip of layer "ip"' in report.diagnostics[0].message


def test_float32_is_held_against_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    report = verified(SMALL, dtype="float32")
    assert report.ok, report
    assert all(set(row.errors) == {"torch", "tensorflow"} for row in report.rows)
    assert all(1e-7 < row.bound < 1e-4 for row in report.rows)
    _change(monkeypatch, "torch", "conv", 1e-3)  # the precision of TensorFloat-32
    wrong = verified(SMALL, dtype="float32", grad=False)
    assert wrong.first
    assert wrong.first.item.layer == "relu"
    assert wrong.first.errors["torch"] > wrong.first.bound > wrong.first.errors["tensorflow"]


def test_float32_of_one_backend_has_something_to_be_held_against() -> None:
    assert verified(SMALL, backends=("torch",), dtype="float32", grad=False).ok


@pytest.mark.parametrize("backends", [("torch",), ("torch", "torch"), ()])
def test_a_comparison_takes_two(backends: Sequence[str]) -> None:
    with pytest.raises(netspec.SpecError, match="NS403"):
        verified(SMALL, backends=backends)


def test_nan_has_to_be_in_the_same_places() -> None:
    report = verified(INPUT + 'layer { name: "log" type: "Log" bottom: "x" top: "y" }')
    assert report.ok, report
    assert "are NaN or infinite, in the same places" in report.rows[0].note


def test_made_up_data_is_drawn() -> None:
    """Even of a net that has already been asked for its inputs."""
    text = """
    layer { name: "data" type: "DummyData" top: "x" dummy_data_param { shape { dim: 3 dim: 4 } } }
    layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
    """
    net = netspec.load_text(text, phase="TRAIN")
    assert net.inputs == ()
    report = netspec.verify(net)
    assert report.ok, str(report)
    assert report.drawn == ("data",)
    (row,) = [row for row in report.rows if (row.item.kind, row.item.blob) == ("blob", "y")]
    assert row.magnitude > 0.1


def test_chance_is_held_still() -> None:
    report = verified(SMALL + 'layer { name: "drop" type: "Dropout" bottom: "ip" top: "ip" }', phase="TRAIN")
    assert report.ok, report
    assert report.held == ("drop",)


def test_running_averages_are_compared_and_rounding_is_excused() -> None:
    """In TRAIN, the bias in front of a BatchNorm has a gradient of 0; what backends compute of it is rounding."""
    norm = 'layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }'
    for dtype in ("float64", "float32"):
        report = verified(INPUT + CONV + norm + RELU, phase="TRAIN", dtype=dtype)
        assert report.ok, report
        assert [name for layer, name in said(report) if layer == "bn"] == [
            "mean after",
            "variance after",
            "factor after",
        ]
        (bias,) = (row for row in report.rows if str(row.item) == "∂ bias")
        assert bias.note == "holds little but rounding errors" or bias.error <= 1e-9


def test_shared_parameters_and_equal_names() -> None:
    layer = """
    layer {{ name: "{0}" type: "InnerProduct" bottom: "{1}" top: "{2}" param {{ name: "w" }} param {{ name: "b" }}
      inner_product_param {{ num_output: 5 axis: 1 }} }}
    """
    towers = INPUT.replace('"x"', '"conv"') + layer.format("a", "conv", "a") + layer.format("a", "conv", "b")
    report = verified(towers)
    assert report.ok, report
    assert said(report) == [("a", "a"), ("a (2)", "b"), ("a", "∂ weight"), ("a", "∂ bias"), ("data", "∂ conv")]


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_uses_that_share_have_one_gradient_and_one_average(phase: str) -> None:
    text = """
    input left: [4, 3, 6, 6]
    input right: [4, 3, 6, 6]
    block tower(x) -> y {
      x = Convolution(x) { num_output: 4 kernel_size: 3 } | BatchNorm | Scale { bias_term: true } | PReLU
      y = InnerProduct(x) { num_output: 2 }
    }
    a = tower(left)
    b = tower(right) { share: a }
    c = tower(left)
    loss = EuclideanLoss(a, b)
    """
    report = verified(text, phase, grad=True)
    assert report.ok, str(report)
    gradients = [row.item.layer for row in report.rows if row.item.kind is Kind.GRADIENT]
    assert {layer[0] for layer in gradients} == {"a", "c", "l", "r"}


def test_without_a_gpu_cuda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_gpu(monkeypatch, {"torch", "tensorflow"})
    with pytest.raises(netspec.SpecError) as error:
        verified(SMALL, device="cuda")
    assert [d.code for d in error.value.diagnostics] == ["NS405"]


def test_a_backend_without_a_gpu_runs_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_gpu(monkeypatch, {"tensorflow"})
    report = verified(SMALL, device="cuda", grad=False)
    assert report.ok, report
    assert report.devices == {"torch": "pretended", "tensorflow": "cpu"}


def test_the_seed_changes_the_values() -> None:
    one, other = (verified(SMALL, grad=False, seed=seed).rows[0].magnitude for seed in (1, 2))
    assert one != other


def _change(monkeypatch: pytest.MonkeyPatch, backend: str, layer: str, by: float) -> None:
    """Lets the models of a backend have a parameter of a layer that is off by a factor."""
    build = subject.build

    def changed(net: netspec.Net, name: str, device: str, dtype: str) -> Executable:
        model = build(net, name, device, dtype)
        set_params = model.set_params

        def wrong(params: Mapping[str, Sequence[Any]]) -> None:
            if name == backend and (dtype == "float32" or backend != "torch"):  # not where it is the reference
                params = {k: [np.asarray(v) * (1 + by * (k == layer)) for v in blobs] for k, blobs in params.items()}
            set_params(params)

        monkeypatch.setattr(model, "set_params", wrong)
        return model

    monkeypatch.setattr(subject, "build", changed)


def _without_gpu(monkeypatch: pytest.MonkeyPatch, backends: set[str]) -> None:
    """A machine on which these backends find no GPU, and the others one that is the CPU by another name."""
    build = subject.build

    def pretend(net: netspec.Net, name: str, device: str, dtype: str) -> Executable:
        if device == "cuda" and name in backends:
            raise netspec.SpecError([NoDevice(f"{name} finds no GPU")])
        model = build(net, name, "cpu", dtype)
        if device == "cuda":
            monkeypatch.setattr(type(model), "device", property(lambda self: "pretended" if self is model else "cpu"))
        return model

    monkeypatch.setattr(subject, "build", pretend)


NAMED = "input x: [N, 3, 2 * h, W]\ninput y: [N, 3, K, W]\nsum = Eltwise(x, y)\n"


def test_names_stand_for_two_sizes_each() -> None:
    report = verified(NAMED)
    assert report.ok and report.single == ()
    assert all(len({at[name] for at in report.sizes}) > 1 for name in ("N", "h", "W", "K"))
    assert ", at N = 1, h = 1, W = 3, K = 2 and N = 2, h = 2, " in str(report)
    assert len(report.rows) == 3 * len(report.sizes)


def test_a_name_for_which_one_size_fits_is_said() -> None:
    report = verified("input x: [N, H]\ny = Reshape(x) { shape { dim: [0, 3] } }\n")
    assert report.ok and report.single == ("H",) and {at["H"] for at in report.sizes} == {3}
    assert "at N = 1, H = 3 and N = 2, H = 3" in str(report) and "; no other H was found that fits (" in str(report)
    assert '"single": ["H"]' in report.to_json() and '"sizes": [{"N": 1, "H": 3}' in report.to_json()
