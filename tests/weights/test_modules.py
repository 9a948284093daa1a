"""Weights as an emitted module keeps them: names, layout, other names of shared parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.weights.files import contents, read
from netspec.weights.match import match
from tests.frameworks.cases import CASES
from tests.weights.nets import SHARED, SMALL, made, same

h5py: Any = pytest.importorskip("h5py")
save_file: Any = pytest.importorskip("safetensors.numpy").save_file


def test_names_of_a_module(tmp_path: Path) -> None:
    net, params = made(SMALL)
    path = tmp_path / "x.safetensors"
    netspec.save_weights(path, params, net, "torch")
    assert sorted(contents(path)) == [
        "block_conv.bias",
        "block_conv.weight",
        "bn.bias",
        "bn.running_mean",
        "bn.running_var",
        "bn.weight",
        "ip.bias",
        "ip.weight",
    ]
    netspec.save_weights(path, params)
    assert sorted(contents(path)) == sorted(f"{name}/{i}" for name, blobs in params.items() for i in range(len(blobs)))


def test_a_module_has_the_layout_of_its_framework(tmp_path: Path) -> None:
    net, params = made(SMALL)
    netspec.save_weights(tmp_path / "x.safetensors", params, net, "tensorflow")
    stored = contents(tmp_path / "x.safetensors")
    (kernel,) = (array for name, array in stored.items() if name.startswith("block_conv") and array.ndim == 4)
    np.testing.assert_array_equal(kernel, params["block/conv"][0].transpose(2, 3, 1, 0))


# How modules call the three blobs of a BatchNorm, and the weight and bias of the Scale behind it: those of an earlier
# version, which had Caffe's sums, and today's in TRAIN, which have them still.
SUMS = {
    "torch": ("bn.mean", "bn.variance", "bn.factor", "bn.weight", "bn.bias"),
    "torch in TRAIN": ("bn.mean", "bn.variance", "bn.factor", "bn.weight", "bn.bias"),
    "tensorflow": ("bn.mean", "bn.variance", "bn.factor", "bn_weight", "bn_bias"),
    "tensorflow in TRAIN": ("bn.mean", "bn.variance", "bn.factor", "bn.weight", "bn.bias"),
}
# Today's in TEST. PyTorch's module also counts batches.
DIVIDED = {
    "torch": ("bn.running_mean", "bn.running_var", "bn.num_batches_tracked", "bn.weight", "bn.bias"),
    "tensorflow": ("bn.mean", "bn.variance", "", "bn.weight", "bn.bias"),
}
NORMALISED = (
    SMALL[: SMALL.index("layer {\n")] + SMALL[SMALL.index('layer { name: "bn"') : SMALL.index('layer { name: "ip"')]
)
NORMALISED = NORMALISED.replace('"conv"', '"data"')


@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
@pytest.mark.parametrize("written", SUMS)
def test_sums_of_a_batch_norm_are_read(tmp_path: Path, written: str, phase: str) -> None:
    net, params = made(NORMALISED)
    backend, path = written.partition(" ")[0], tmp_path / "x.safetensors"
    blobs = [*params["bn"], *params["scale"]]
    save_file(dict(zip(SUMS[written], blobs, strict=True)), path)
    net = netspec.load_text(NORMALISED, phase=phase)
    same(netspec.load_weights(path, net, backend), params)
    assert match(net, read(path, net, backend)).diagnostics == ()


@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
@pytest.mark.parametrize("backend", DIVIDED)
def test_divided_statistics_are_read(tmp_path: Path, backend: str, phase: str) -> None:
    net, params = made(NORMALISED)
    blobs, path = (
        dict(zip(DIVIDED[backend], [*params["bn"], *params["scale"]], strict=True)),
        tmp_path / "x.safetensors",
    )
    if backend == "tensorflow":
        del blobs[""]
    save_file(blobs, path)
    net = netspec.load_text(NORMALISED, phase=phase)
    mean, variance, factor = params["bn"]
    same(netspec.load_weights(path, net, backend), {**params, "bn": [mean, variance, np.ones_like(factor)]})
    assert match(net, read(path, net, backend)).diagnostics == ()


def test_kernels_have_had_other_names_in_tensorflow(tmp_path: Path) -> None:
    net, params = made(CASES["convolution_chain"])
    path = tmp_path / "x.safetensors"
    netspec.save_weights(path, params, net, "tensorflow")
    arrays = contents(path)
    assert {"conv0.kernel", "conv0.bias"} < arrays.keys()
    save_file({name.replace(".", "_"): array for name, array in arrays.items()}, path)
    same(netspec.load_weights(path, net, "tensorflow"), params)


def test_a_parameter_under_its_other_name(tmp_path: Path) -> None:
    """What safetensors.torch.save_model does with shared parameters: one name stays, the metadata leads to it."""
    net, params = made(SHARED)
    path = tmp_path / "x.safetensors"
    (w, b), (_, c) = params["a"], params["b"]
    arrays = {"b.weight": w, "a.bias": b, "b.bias": c}
    save_file(arrays, path, {"a.weight": "b.weight", "format": "pt"})
    same(netspec.load_weights(path, net), params)
    save_file(arrays, path, {"a.weight": "b.weight"})
    with pytest.raises(SpecError, match=r"error\[NS507\]: x.safetensors does not say which backend's names it uses"):
        netspec.load_weights(path, net)
    same(netspec.load_weights(path, net, "torch"), params)
    save_file({**arrays, "head.weight": w}, path, {"a.weight": "b.weight", "format": "pt"})
    assert match(net, read(path, net)).unused == ("head.weight",)


def test_a_module_of_another_shape(tmp_path: Path) -> None:
    net, params = made(SMALL)
    netspec.save_weights(tmp_path / "x.safetensors", params, net, "torch")
    other = netspec.load_text(SMALL.replace("num_output: 5", "num_output: 6"))
    with pytest.raises(SpecError, match=r'layer "ip" do not fit: "ip.weight" is 5×144 in x.safetensors, 6×144 in the'):
        netspec.load_weights(tmp_path / "x.safetensors", other)


def test_a_module_in_parts(tmp_path: Path) -> None:
    net, params = made(SMALL)
    path = tmp_path / "x.safetensors"
    save_file({"ip.weight": params["ip"][0]}, path, {"format": "pt"})
    with pytest.raises(SpecError, match=r'layer "ip" do not fit: x.safetensors does not have its bias'):
        netspec.load_weights(path, net)


# Blocks, whose parameters are inside of classes, and in TensorFlow's case of dictionaries of modules.
BLOCKS = """
input data: [2, 3, 8, 8]
block conv(x, n) -> y {
  y = Convolution(x) { num_output: n kernel_size: 3 pad: 1 } | BatchNorm | Scale { bias_term: true }
}
x = data
repeat i in 1..3 { x = conv(x, 3) { name: f"conv{i}" } }
y = conv(x, 4) { name: "last" }
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_keys_of_one_class_lead_into_blocks(backend: str, tmp_path: Path) -> None:
    """A file that was written before blocks were classes still loads."""
    from netspec.weights.modules import metadata, slots, state
    from netspec.weights.tensors import write

    net, params = made(BLOCKS)
    netspec.save_weights(tmp_path / "new.safetensors", params, net, backend)
    flat = write(state(net, slots(net, backend, flat=True), params), metadata(backend))
    (tmp_path / "old.safetensors").write_bytes(flat)
    names = {name: sorted(contents(tmp_path / f"{name}.safetensors")) for name in ("old", "new")}
    assert not set(names["old"]) & set(names["new"])
    assert any(name.startswith("conv.2.") for name in names["new"])
    old, new = (match(net, read(tmp_path / f"{name}.safetensors", net)).params for name in names)
    same(dict(old), dict(new))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_trained_loads_into_blocks(backend: str, tmp_path: Path) -> None:
    import importlib.util

    from netspec.weights.beside import source_and_weights
    from netspec.weights.blobs import of_params

    net, params = made(BLOCKS)
    text, data = source_and_weights(net, backend, match(net, of_params("x", params)), "x.safetensors")
    (tmp_path / "x.safetensors").write_bytes(data)
    (tmp_path / "x.py").write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("x", tmp_path / "x.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made_module = module.trained()
    use = made_module.conv[1] if backend == "torch" else made_module.conv["2"]
    if backend == "torch":
        found = use.y.weight.detach().numpy()
    else:
        (kernel,) = (variable for variable in use.trainable_variables if len(variable.shape) == 4)
        found = kernel.numpy().transpose(3, 2, 0, 1)
    np.testing.assert_allclose(found, params["conv2/y"][0])
