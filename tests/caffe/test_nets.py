"""Whole nets that people wrote: Caffe's shapes and values, and PyTorch against TensorFlow.

The nets are not part of this repository (see README.md here); without them every test is left out.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from narrow import narrowed

import netspec
from netspec.diagnostics import Severity

SHARED = Path(__file__).parents[3] / "shared"
REFERENCE = Path(os.environ.get("NETSPEC_CAFFE_REFERENCE") or SHARED / "caffe-reference")
CORPUS = Path(os.environ.get("NETSPEC_CORPUS") or SHARED / "corpus")

# What Caffe 1.0 says of fields and layers of its forks, which netspec may know.
OF_FORKS = ("Unknown layer", "Unknown filler", "Error parsing", "legacy accessors")

LARGEST = 0.3e9  # multiply-accumulates of a net whose values are compared
# Rounding adds up over the layers of a net; relative to the largest of a blob's samples.
SAMPLE = 2e-3


@dataclass(frozen=True)
class Recorded:
    """A net in a phase as Caffe had it; `row` is a line of nets.jsonl or fed.jsonl."""

    path: Path
    row: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.row['path'].removesuffix('.prototxt')}-{self.row['phase']}"

    @property
    def refused(self) -> str:
        """What Caffe said, "" where it took the net."""
        return self.row["message"] if self.row["verdict"] == "refused" else ""

    @cached_property
    def macs(self) -> int:
        """Of its products and convolutions."""
        total, shapes = 0, self.row["blobs"]
        for name, kind, bottoms, tops in self.row["layers"]:
            if kind in ("Convolution", "InnerProduct", "Deconvolution") and name in self.row["params"]:
                at = shapes[(bottoms if kind == "Deconvolution" else tops)[0]]
                total += prod(self.row["params"][name][0]) * prod(at[2:]) * at[0]
        return total


def _recorded() -> Iterator[Recorded]:
    for name, folder in (("nets.jsonl", CORPUS), ("fed.jsonl", REFERENCE / "fed")):
        file = REFERENCE / name
        for line in file.read_text("utf-8").splitlines() if file.exists() else ():
            row = json.loads(line)
            if (folder / row["path"]).exists():
                yield Recorded(folder / row["path"], row)


NETS = tuple(net for net in _recorded() if not any(words in net.refused for words in OF_FORKS))
SMALL = tuple(net for net in NETS if "digest" in net.row and net.macs < LARGEST)


def each(nets: tuple[Recorded, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("recorded", nets, ids=lambda net: net.id)


@each(NETS)
def test_shapes(recorded: Recorded) -> None:
    """Every blob and parameter, the outputs and the layers, those that Caffe splits in and drops among them."""
    if recorded.refused:
        with pytest.raises(netspec.SpecError):
            netspec.load(recorded.path, phase=recorded.row["phase"])
        return
    net = netspec.load(recorded.path, phase=recorded.row["phase"])
    row = recorded.row
    assert {blob: list(net.blobs.get(blob) or ()) for blob in row["blobs"]} == row["blobs"]
    assert {layer: [list(s) for s in net.params.get(layer, ())] for layer in row["params"]} == row["params"]
    assert list(net.outputs) == row["outputs"]
    assert [x.name for x in net.layers if x.type != "Input"] == [n for n, kind, *_ in row["layers"] if kind != "Input"]


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@each(SMALL)
def test_values(recorded: Recorded, backend: str) -> None:
    """The mean magnitude and twelve values of every blob, in the order of the layers."""
    row = recorded.row
    model = netspec.build(netspec.load(recorded.path, phase=row["phase"]), backend)
    kinds = {name: kind for name, kind, *_ in row["layers"]}
    for layer, shapes in row["params"].items():
        blobs = [drawn(f"{layer}/{i}", shape, *span(kinds[layer], i, shape)) for i, shape in enumerate(shapes)]
        model.set_params({layer: blobs})
    found = model.forward({blob: drawn(blob, row["blobs"][blob], -1, 1) for blob in row["inputs"]}, blobs="all")
    compared = [blob for *_, tops in row["layers"] for blob in tops if blob in found and blob in row["digest"]]
    assert compared
    for blob in compared:
        flat = found[blob].ravel()
        assert flat.size == prod(row["blobs"][blob])
        mine = [np.abs(flat).mean(), *flat[np.linspace(0, flat.size - 1, 12).astype(int)]]
        _, *caffe = row["digest"][blob]
        np.testing.assert_allclose(mine, caffe, rtol=SAMPLE, atol=SAMPLE * np.abs(caffe).max(), err_msg=blob)


def drawn(name: str, shape: list[int], low: float, high: float) -> Any:
    """The numbers that the recording filled an input or a parameter with."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    return (low + (high - low) * random.random(prod(shape))).astype(np.float32).reshape(shape)


def span(kind: str, i: int, shape: list[int]) -> tuple[float, float]:
    """Between which numbers parameter i of a layer was drawn."""
    match kind, i:
        case "BatchNorm", _:
            return [(-0.2, 0.2), (0.6, 1.4), (1.0, 1.0)][i]
        case "Scale", 0:
            return 0.6, 1.4
        case "PReLU", _:
            return 0.1, 0.4
        case _, 0 if kind != "Scale":
            bound = (6 / max(1, prod(shape[1:]))) ** 0.5
            return -bound, bound
        case _:
            return -0.1, 0.1


# Nets of which people will ask whether they work. One image each, and a small one where the net takes any size; the
# sizes are what its last pooling or its crops leave over. At full size they were compared by hand.
FAMOUS: dict[str, tuple[str, tuple[int, ...]]] = {
    "AlexNet": ("BVLC__caffe/models/bvlc_alexnet/deploy.prototxt", (1, 3, 227, 227)),
    "CaffeNet": ("BVLC__caffe/models/bvlc_reference_caffenet/deploy.prototxt", (1, 3, 227, 227)),
    "GoogLeNet": ("BVLC__caffe/models/bvlc_googlenet/deploy.prototxt", (1, 3, 224, 224)),
    "ResNet-50": ("KaimingHe__deep-residual-networks/prototxt/ResNet-50-deploy.prototxt", (1, 3, 197, 197)),
    "ResNet-152": ("KaimingHe__deep-residual-networks/prototxt/ResNet-152-deploy.prototxt", (1, 3, 197, 197)),
    "SqueezeNet": ("forresti__SqueezeNet/SqueezeNet_v1.0/deploy.prototxt", (1, 3, 99, 99)),
    "MobileNet": ("shicai__MobileNet-Caffe/mobilenet_deploy.prototxt", (1, 3, 96, 96)),
    "FCN-8s": ("shelhamer__fcn.berkeleyvision.org/voc-fcn8s/deploy.prototxt", (1, 3, 32, 32)),
    "HED": ("s9xie__hed/examples/hed/deploy.prototxt", (1, 3, 64, 64)),
    "MTCNN P-Net": ("kpzhang93__MTCNN_face_detection_alignment/code/codes/MTCNNv1/model/det1.prototxt", (1, 3, 12, 12)),
    "MTCNN R-Net": ("kpzhang93__MTCNN_face_detection_alignment/code/codes/MTCNNv1/model/det2.prototxt", (1, 3, 24, 24)),
    "MTCNN O-Net": ("kpzhang93__MTCNN_face_detection_alignment/code/codes/MTCNNv1/model/det3.prototxt", (1, 3, 48, 48)),
}

WIDE = {"AlexNet", "CaffeNet", "FCN-8s"}  # compared at an eighth of their width


@pytest.mark.parametrize("name", FAMOUS)
def test_frameworks_agree(name: str) -> None:
    """Checks clean, compiles to both, and every blob comes out equal in float64."""
    path, shape = FAMOUS[name]
    if not (CORPUS / path).exists():
        pytest.skip(f"no {CORPUS / path}")
    assert not [d for d in netspec.check(CORPUS / path) if d.severity is Severity.ERROR]
    (data,) = netspec.load(CORPUS / path).inputs
    text = (CORPUS / path).read_text("utf-8")
    net = netspec.load_text(narrowed(text) if name in WIDE else text, inputs={data: shape})
    for backend in ("torch", "tensorflow"):
        compile(netspec.emit(net, backend), name, "exec")
    report = netspec.verify(net, grad=False)
    assert report.ok, str(report)
    assert len(report.rows) == len(net.blobs) - 1
