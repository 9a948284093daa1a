"""Everything that `check` says of a spec, word for word: the specs of tests/golden/check and their diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

SPECS = sorted((Path(__file__).parents[1] / "golden" / "check").glob("*.net"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_golden(spec: Path, golden: Callable[[str, str], None]) -> None:
    found = check_source(Source(spec.name, spec.read_text("utf-8")))
    golden(f"check/{spec.stem}.txt", human(found))


def test_ten_mistakes() -> None:
    """One diagnostic for each, no two of a kind, each in its own layer, in the order of the file."""
    text = next(spec for spec in SPECS if spec.stem == "ten_mistakes").read_text("utf-8")
    found = check_source(Source("ten_mistakes.net", text))
    layers = [text.count("\nlayer {", 0, diagnostic.labels[0].span.start) for diagnostic in found]
    assert len({diagnostic.code for diagnostic in found}) == len(found) == 10
    assert layers == sorted(set(layers))
