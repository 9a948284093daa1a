"""What real Caffe computed for small nets of one layer, and how near to it a result has to be."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

LAYERS = Path(__file__).parent / "layers"

# Caffe and a backend add float32 numbers in different orders.
RELATIVE = 1e-4
FLOOR = 1e-5  # of the largest magnitude in the blob
SMALLEST = 1e-7


@dataclass(frozen=True)
class Case:
    """A net of one layer `L`, in a few with a Scale layer `S` before it.

    refused: what Caffe said against it, "" where it took it.
    """

    name: str
    type: str
    phase: str
    refused: str

    @property
    def id(self) -> str:
        return self.name.partition("/")[2]

    @property
    def path(self) -> Path:
        return LAYERS / f"{self.name}.prototxt"

    @cached_property
    def arrays(self) -> Mapping[str, Floats]:
        with np.load(LAYERS / f"{self.name}.npz") as file:
            return dict(file)

    def blobs(self, kind: str) -> dict[str, Floats]:
        """The arrays called `kind/BLOB`."""
        return {key.partition("/")[2]: array for key, array in self.arrays.items() if key.startswith(f"{kind}/")}

    def params(self, kind: str) -> dict[str, list[Floats]]:
        """The arrays called `kind/LAYER/I`, by layer and in order. None of a layer is left out."""
        found: defaultdict[str, dict[int, Floats]] = defaultdict(dict)
        for key, array in self.blobs(kind).items():
            layer, _, i = key.rpartition("/")
            found[layer][int(i)] = array
        return {layer: [blobs[i] for i in range(len(blobs))] for layer, blobs in found.items()}


def _read(line: str) -> Case:
    row: dict[str, Any] = json.loads(line)
    return Case(row["name"], row["type"], row["phase"], row.get("message", ""))


CASES = tuple(_read(line) for line in (LAYERS / "index.jsonl").read_text("utf-8").splitlines())


def near(label: str, actual: Any, caffe: Floats) -> None:
    """Fails where a result is not what Caffe computed."""
    assert np.shape(actual) == caffe.shape, f"{label} has the shape {np.shape(actual)}, Caffe's {caffe.shape}"
    floor = max(FLOOR * float(np.abs(caffe).max(initial=0)), SMALLEST)
    np.testing.assert_allclose(actual, caffe, rtol=RELATIVE, atol=floor, err_msg=f"{label} is not Caffe's")


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """A test for each case."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)
