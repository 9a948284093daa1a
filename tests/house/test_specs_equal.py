"""Each short spec is the net that the full prototxt is: layer for layer, and in every name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.layers.base import Phase
from netspec.net import Net, Node

SPECS = Path(str(resources.files("netspec.specs")))
PROTOTXTS = sorted((Path(__file__).parents[1] / "golden" / "specs").glob("*.prototxt"))
# How long a spec may be, its comments included.
LIMITS = {"resnet152": 60, "googlenet": 60, "densenet121": 50, "unet": 50}
# What a window is where nothing is said; a spec that says it means the same.
UNSAID = {"pad": 0, "stride": 1, "dilation": 1}


def meaning(node: Node) -> dict[str, Any]:
    """The fields of a layer; of those in `UNSAID`, not whether they are written."""
    fields = node.params.model_dump()
    for name, value in UNSAID.items():
        if isinstance(sizes := fields.get(name), tuple) and set(sizes) == {value}:
            fields[name] = ()
    return fields


def facts(net: Net) -> Iterator[tuple[Any, ...]]:
    """All that a net says of its layers, but where they stand in the text."""
    for node in net.layers:
        shapes = [net.shapes[value] for value in node.outputs]
        sharing = [(blob.blob, blob.key, blob.owner, blob.name, blob.lr_mult, blob.decay_mult) for blob in node.blobs]
        ends = node.bottoms, node.tops, node.inputs, node.outputs
        yield node.name, node.type, *ends, meaning(node), sharing, shapes, node.phase, node.loss_weights


def compare(short: Net, full: Net) -> None:
    assert (short.name, short.inputs, short.outputs) == (full.name, full.inputs, full.outputs)
    assert [node.name for node in short.layers] == [node.name for node in full.layers]
    for ours, theirs in zip(facts(short), facts(full), strict=True):
        assert ours == theirs


@pytest.mark.parametrize("phase", [Phase.TRAIN, Phase.TEST])
@pytest.mark.parametrize("full", PROTOTXTS, ids=lambda path: path.stem)
def test_equals_its_prototxt(full: Path, phase: Phase) -> None:
    compare(netspec.load(SPECS / f"{full.stem}.net", phase=phase), netspec.load(full, phase=phase))


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_is_short(name: str, limit: int) -> None:
    assert len((SPECS / f"{name}.net").read_text(encoding="utf-8").splitlines()) < limit


# The residual nets of 50 layers and more, as their authors published them.


def units(counts: tuple[int, ...]) -> Iterator[tuple[str, int, int]]:
    """The name, the channels and the stride of each unit."""
    for stage, count in enumerate(counts, 2):
        for i in range(count):
            letter = "a" if i == 0 else f"b{i}" if count > 6 else "abcdef"[i]
            yield f"{stage}{letter}", 64 * 2 ** (stage - 2), 2 if i == 0 and stage > 2 else 1


def residual(name: str, counts: tuple[int, ...]) -> str:
    """A residual net in prototxt."""
    text = [f'name: "{name}"', 'layer { name: "data" type: "Input" top: "data"']
    text.append("input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } } }")

    def layer(name: str, kind: str, bottoms: tuple[str, ...], top: str, fields: str = "") -> str:
        read = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
        text.append(f'layer {{ name: "{name}" type: "{kind}" {read} top: "{top}" {fields} }}')
        return top

    def conv(x: str, top: str, at: str, channels: int, kernel: int, stride: int) -> str:
        window = f"kernel_size: {kernel} pad: {kernel // 2} stride: {stride}"
        own = f"convolution_param {{ num_output: {channels} {window} bias_term: false }}"
        layer(top, "Convolution", (x,), top, own)
        layer(f"bn{at}", "BatchNorm", (top,), top, "batch_norm_param { use_global_stats: true }")
        return layer(f"scale{at}", "Scale", (top,), top, "scale_param { bias_term: true }")

    def relu(x: str) -> str:
        return layer(f"{x}_relu", "ReLU", (x,), x)

    x = relu(conv("data", "conv1", "_conv1", 64, 7, 2))
    x = layer("pool1", "Pooling", (x,), "pool1", "pooling_param { pool: MAX kernel_size: 3 stride: 2 }")
    for at, channels, stride in units(counts):
        short = x
        if at.endswith("a"):
            short = conv(x, f"res{at}_branch1", f"{at}_branch1", 4 * channels, 1, stride)
        a = relu(conv(x, f"res{at}_branch2a", f"{at}_branch2a", channels, 1, stride))
        b = relu(conv(a, f"res{at}_branch2b", f"{at}_branch2b", channels, 3, 1))
        c = conv(b, f"res{at}_branch2c", f"{at}_branch2c", 4 * channels, 1, 1)
        x = relu(layer(f"res{at}", "Eltwise", (short, c), f"res{at}"))
    x = layer("pool5", "Pooling", (x,), "pool5", "pooling_param { pool: AVE kernel_size: 7 stride: 1 }")
    x = layer("fc1000", "InnerProduct", (x,), "fc1000", "inner_product_param { num_output: 1000 }")
    layer("prob", "Softmax", (x,), "prob")
    return "\n".join(text)


def test_resnet152_equals_its_prototxt() -> None:
    full = netspec.load_text(residual("ResNet-152", (3, 8, 36, 3)))
    short = netspec.load(SPECS / "resnet152.net")
    compare(short, full)
    assert [node.params for node in short.layers] == [node.params for node in full.layers]


def test_resnet152_is_the_published_net(corpus: Path) -> None:
    """All but the layer that stands for `input: "data"`, which Caffe calls "input"."""
    full = netspec.load(corpus / "KaimingHe__deep-residual-networks" / "prototxt" / "ResNet-152-deploy.prototxt")
    short = netspec.load(SPECS / "resnet152.net")
    assert (short.name, short.inputs, short.outputs) == (full.name, full.inputs, full.outputs)
    assert [node.params for node in short.layers] == [node.params for node in full.layers]
    assert [*facts(short)][1:] == [*facts(full)][1:]


PUBLISHED = {
    "resnet50": "KaimingHe__deep-residual-networks/prototxt/ResNet-50-deploy.prototxt",
    "googlenet": "BVLC__caffe/models/bvlc_googlenet/deploy.prototxt",
}


@pytest.mark.parametrize(("name", "path"), PUBLISHED.items())
def test_has_the_names_of_the_published_net(name: str, path: str, corpus: Path) -> None:
    """Weights are found by the names of their layers."""
    full, short = netspec.load(corpus / path), netspec.load(SPECS / f"{name}.net")
    named = [[(node.name, node.type, node.bottoms, node.tops) for node in net.layers[1:]] for net in (short, full)]
    assert named[0] == named[1]
