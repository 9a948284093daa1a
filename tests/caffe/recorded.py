"""What real Caffe computed for small nets of one layer, and how near to it a result has to be."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.backend.executable import Executable

Floats: TypeAlias = NDArray[np.float32]

LAYERS = Path(__file__).parent / "layers"
FORKS = Path(__file__).parent / "forks"

# Caffe and a backend add float32 numbers in different orders.
RELATIVE = 1e-4
FLOOR = 1e-5  # of the largest magnitude in the blob
SMALLEST = 1e-7


@dataclass(frozen=True)
class Case:
    """A net of one layer `L`, in a few with a Scale layer `S` before it.

    refused: what Caffe said against it, "" where it took it.
    """

    folder: Path
    name: str
    type: str
    phase: str
    refused: str

    @property
    def id(self) -> str:
        return self.name.partition("/")[2]

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.prototxt"

    @cached_property
    def arrays(self) -> Mapping[str, Floats]:
        with np.load(self.folder / f"{self.name}.npz") as file:
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


def cases(folder: Path) -> tuple[Case, ...]:
    """Those that an index.jsonl names."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines()]
    return tuple(Case(folder, row["name"], row["type"], row["phase"], row.get("message", "")) for row in rows)


def near(label: str, actual: Any, caffe: Floats) -> None:
    """Fails where a result is not what Caffe computed."""
    assert np.shape(actual) == caffe.shape, f"{label} has the shape {np.shape(actual)}, Caffe's {caffe.shape}"
    floor = max(FLOOR * float(np.abs(caffe).max(initial=0)), SMALLEST)
    np.testing.assert_allclose(actual, caffe, rtol=RELATIVE, atol=floor, err_msg=f"{label} is not Caffe's")


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """A test for each case."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


@contextmanager
def eager(backend: str) -> Iterator[None]:
    """TensorFlow without graphs, which take ten times as long to make as to run."""
    if backend != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def forward(case: Case, backend: str) -> Executable:
    """The model of a case after its forward pass, whose outputs and changed parameters are held against Caffe's."""
    model = netspec.build(netspec.load(case.path, phase=case.phase), backend)
    model.set_params(case.params("param"))
    outputs = case.blobs("out")
    found = model.forward(case.blobs("in"), blobs=list(outputs))
    for blob, caffe in outputs.items():
        near(f'blob "{blob}"', found[blob], caffe)
    after = model.get_params()
    for layer, blobs in case.params("after").items():
        for i, caffe in enumerate(blobs):
            near(f"parameter {i} of {layer} after the pass", after[layer][i], caffe)
    return model


def backward(case: Case, model: Executable) -> None:
    """Holds the gradients against Caffe's: from a loss layer's loss weights, else from what was put on the tops."""
    found = model.backward({} if case.type.endswith("Loss") else case.blobs("topdiff"))
    for blob, caffe in case.blobs("indiff").items():
        near(f'gradient of "{blob}"', found.inputs.get(blob, np.zeros_like(caffe)), caffe)
    for layer, blobs in case.params("paramdiff").items():
        for i, caffe in enumerate(blobs):
            near(f"gradient of parameter {i} of {layer}", found.params[layer][i], caffe)
