"""The nets that `make bench` measures with are the nets that it says they are. Nothing is timed here."""

from __future__ import annotations

from pathlib import Path

import pytest
import resnet
import schema

import netspec


@pytest.mark.parametrize(("depth", "layers", "learned"), [(50, 229, 25_557_032), (152, 671, 60_192_808)])
def test_resnet_is_the_published_net(depth: int, layers: int, learned: int) -> None:
    net = netspec.load_text(resnet.prototxt(depth))
    assert len(net.layers) == layers
    assert net.outputs == ("prob",)
    learnable = [param.blob.shape for node in net.layers for param in node.blobs if param.blob.learnable]
    assert sum(count(shape) for shape in learnable) == learned


def count(shape: tuple[object, ...]) -> int:
    result = 1
    for size in shape:
        assert isinstance(size, int)
        result *= size
    return result


@pytest.mark.parametrize("count", [1, 2, 5, 1000])
def test_chain_has_the_layers_asked_for(count: int) -> None:
    assert len(netspec.load_text(resnet.chain(count)).layers) == count


def test_protobuf_reads_the_same_nets() -> None:
    assert len(schema.parse(resnet.prototxt(152)).layer) == 670
    assert len(schema.parse(resnet.chain(100)).layer) == 100


@pytest.mark.parametrize("name", ["mobilenet_v1", "vgg16", "unet"])
def test_models_by_hand_are_the_nets_of_the_specs(name: str) -> None:
    torch = pytest.importorskip("torch")
    import torch_models

    kinds = {"mobilenet_v1": torch_models.MobileNet, "vgg16": torch_models.VGG16, "unet": torch_models.UNet}
    net = netspec.load(Path(__file__).resolve().parents[2] / "specs" / f"{name}.net")
    learnable = [param.blob.shape for node in net.layers for param in node.blobs if param.blob.learnable]
    with torch.device("meta"):
        made = kinds[name]()
    assert sum(parameter.numel() for parameter in made.parameters()) == sum(count(shape) for shape in learnable)
