"""What is emitted of the specs that have blocks: as long as a person would write it, and equal to what one wrote."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import nn

import netspec
from netspec.backend.door import emission
from netspec.backend.executable import run_text

ROOT = Path(__file__).parents[2]
BY_HAND = ROOT.parent / "shared" / "expert" / "resnet50.py"
# Lines of the whole file that are enough, in PyTorch and in TensorFlow.
ENOUGH = {
    "resnet152": (140, 200),
    "resnet50": (130, 190),
    "googlenet": (110, 170),
    "densenet121": (130, 190),
    "mobilenet_v1": (100, 150),
    "unet": (90, 140),
}


@pytest.mark.parametrize(("backend", "place"), [("torch", 0), ("tensorflow", 1)])
@pytest.mark.parametrize("name", ENOUGH)
def test_a_file_is_as_long_as_a_persons(name: str, backend: str, place: int) -> None:
    lines = netspec.emit(netspec.load(ROOT / "specs" / f"{name}.net"), backend).splitlines()
    assert len(lines) <= ENOUGH[name][place]
    assert all(len(line) <= 100 for line in lines)
    assert not any(";" in line.partition("#")[0] for line in lines[8:])


def test_keys_are_what_layers_add_to_their_uses() -> None:
    net = netspec.load(ROOT / "specs" / "resnet152.net")
    slots = emission(net, "torch").slots
    paths = {node.name: slots[node.blobs[0].key].path for node in net.layers if node.blobs}
    assert paths["res2a_branch2a"] == "res2a.branch2a.conv.weight"
    assert paths["bn4b17_branch2b"] == "res4b.17.branch2b.bn.running_mean"
    assert paths["res5c_branch2c"] == "res5.c.branch2c.conv.weight"
    assert paths["fc1000"] == "fc1000.weight"


def test_keys_stay_when_another_part_is_edited() -> None:
    text = (ROOT / "specs" / "resnet18.net").read_text(encoding="utf-8").replace("expect parameters", "# ")
    before = emission(netspec.load_text(text), "torch").slots
    edited = text.replace("prob = Softmax(", "more = InnerProduct(pool1) { num_output: 2 }\nprob = Softmax(")
    assert edited != text
    after = emission(netspec.load_text(edited), "torch").slots
    assert {slot.path for slot in before.values()} < {slot.path for slot in after.values()}


@pytest.mark.skipif(not BY_HAND.exists(), reason="the module that a person wrote is not part of this repository")
def test_resnet_50_is_what_a_person_wrote() -> None:
    """Weights carried over in order: outputs, gradients and a step of training are equal to the last bit."""
    spec = importlib.util.spec_from_file_location("by_hand", BY_HAND)
    assert spec and spec.loader
    written = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(written)
    made = emission(netspec.load(ROOT / "specs" / "resnet50.net"), "torch")
    generator = torch.Generator().manual_seed(1)
    torch.set_default_dtype(torch.float64)
    try:
        ours: nn.Module = run_text(made.text, "resnet50")[made.class_name]()
        theirs: nn.Module = written.ResNet50()
    finally:
        torch.set_default_dtype(torch.float32)
    kept = ours.state_dict()
    assert [tuple(v.shape) for v in kept.values()] == [tuple(v.shape) for v in theirs.state_dict().values()]
    for name, value in kept.items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=generator)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), kept.values(), strict=True)))
    data = torch.rand((2, 3, 224, 224), generator=generator, dtype=torch.float64)
    seed = torch.rand((2, 1000), generator=generator, dtype=torch.float64)
    for training in (False, True):
        found: list[list[torch.Tensor]] = []
        for module in (ours.train(training), theirs.train(training)):
            x = data.clone().requires_grad_()
            step = torch.optim.SGD(module.parameters(), lr=0.1)
            y = module(x)
            (y * seed).sum().backward()
            gradients = [p.grad.clone() for p in module.parameters() if p.grad is not None]
            step.step()
            step.zero_grad()
            found.append([y, x.grad if x.grad is not None else x, *gradients, *module.state_dict().values()])
        assert len(found[0]) == len(found[1])
        assert all(torch.equal(a, b) for a, b in zip(*found, strict=True)), training
