"""The specs that come with netspec are read without a fault, and mean the same in both frameworks."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest
from narrow import narrowed

import netspec
from netspec.problems.assumptions import AcceptedByForks

SPECS = sorted(Path(str(resources.files("netspec.specs"))).glob("*.net"))
HEADINGS = ("Input", "Output", "Parameters")

# Less than the published size, so that two cores are done in seconds; every layer of the net is still run.
INPUTS: dict[str, dict[str, tuple[int, ...]]] = {
    "densenet121": {"data": (1, 3, 64, 64)},
    "fcn8s": {"data": (1, 3, 32, 32)},
    "lenet": {"data": (2, 1, 28, 28)},
    "mnist_large": {"data": (2, 1, 28, 28), "label": (2,)},
    "mnist_small": {"data": (2, 1, 28, 28), "label": (2,)},
    "molecular3d": {"data": (1, 28, 24, 24, 24)},
    "resnet152": {"data": (1, 3, 195, 195)},
    "siamese": {"pair_data": (2, 2, 28, 28)},
    "squeezenet": {"data": (1, 3, 99, 99)},
    "unet": {"data": (1, 1, 32, 32)},
    "vgg16": {"data": (1, 3, 64, 64)},
}

WIDE = {"alexnet", "fcn8s", "resnet18", "resnet50", "resnet152", "unet", "vgg16"}  # a minute each, and the same code


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_checks_clean(spec: Path) -> None:
    """Of what BVLC's Caffe refuses and a fork takes, the spec says so itself, and names the fork."""
    text = spec.read_text(encoding="utf-8")
    found = [diagnostic for diagnostic in netspec.check(spec) if not isinstance(diagnostic, AcceptedByForks)]
    accepted = [d.message for d in netspec.check(spec) if isinstance(d, AcceptedByForks)]
    assert not [str(diagnostic) for diagnostic in found]
    assert all(any(fork in text for fork in re.findall(r"; (\w+'s)", message)) for message in accepted)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_says_what_it_is(spec: Path) -> None:
    head = spec.read_text(encoding="utf-8").split("\n\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert not [heading for heading in HEADINGS if f"# {heading} " not in head]


def test_readme_lists_every_spec() -> None:
    page = (Path(__file__).resolve().parents[2] / "specs" / "README.md").read_text(encoding="utf-8")
    assert not [spec.name for spec in SPECS if f"`{spec.name}`" not in page]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_means_the_same_in_both_frameworks(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    text = narrowed(text) if spec.stem in WIDE else text
    report = netspec.verify(netspec.load_text(text, spec.name, inputs=INPUTS.get(spec.stem)))
    assert report.ok, str(report)


@pytest.mark.parametrize("name", ["mnist_large", "mnist_small", "siamese"])
def test_trains_the_same_in_both_frameworks(name: str) -> None:
    inputs = INPUTS.get(name, {}) | ({"sim": (2,)} if name == "siamese" else {})
    (spec,) = (spec for spec in SPECS if spec.stem == name)
    net = netspec.load(spec, phase="TRAIN", inputs=inputs)
    report = netspec.verify(net)
    assert any(weight for node in net.layers for weight in node.loss_weights)
    assert report.ok, str(report)
