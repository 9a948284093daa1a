"""The specs that come with netspec are read without a fault, in both phases."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

import netspec

SPECS = sorted(Path(str(resources.files("netspec.specs"))).glob("*.net"))
HEADINGS = ("Input", "Output", "Parameters")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_checks_clean(spec: Path) -> None:
    assert not [str(diagnostic) for diagnostic in netspec.check(spec)]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_says_what_it_is(spec: Path) -> None:
    head = spec.read_text(encoding="utf-8").split("\n\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert not [heading for heading in HEADINGS if f"# {heading} " not in head]


def test_readme_lists_every_spec() -> None:
    page = (Path(__file__).resolve().parents[2] / "specs" / "README.md").read_text(encoding="utf-8")
    assert not [spec.name for spec in SPECS if f"`{spec.name}`" not in page]
