"""The TensorFlow source of a net: that it stands on its own, and that TensorFlow takes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netspec_tensorflow.names import MODULE

import netspec
from netspec.backend.door import find
from netspec.backend.executable import run_text
from netspec.emit import Emission
from netspec.net import Net
from netspec.shapes import integers, product
from tests.frameworks.cases import CASES, convolution, inputs, layer, on_images

tf = pytest.importorskip("tensorflow")

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.net"))
FEW = 3_000_000  # parameters that a test may fill


@pytest.fixture
def eager() -> Iterator[None]:
    """Without graphs, which take ten times as long to make as to run."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def emission(net: Net) -> Emission:
    return find("tensorflow").emit(net, net.outputs)


def module(emitted: Emission, dtype: Any = None) -> Any:
    made = run_text(emitted.text, "test")[emitted.class_name]
    return made(dtype) if dtype else made()


@pytest.mark.parametrize("name", CASES)
def test_it_needs_tensorflow_alone(name: str) -> None:
    tree = ast.parse(netspec.emit(netspec.load_text(CASES[name]), "tensorflow"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import tensorflow as tf"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_compile(path: Path) -> None:
    compile(netspec.emit(netspec.load(path), "tensorflow"), path.name, "exec")


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in CASES if name != "filter"])
def test_shapes_and_parameters_are_those_of_the_net(name: str, dtype: str) -> None:
    net = netspec.load_text(CASES[name])
    emitted = emission(net)
    made = module(emitted, tf.as_dtype(dtype))
    result = made.forward(*(tf.ones(integers(net.blobs[blob]), dtype) for blob in emitted.inputs))
    assert {blob: tuple(value.shape) for blob, value in result.items()} == {b: net.blobs[b] for b in net.outputs}
    assert {value.dtype.name for value in result.values()} == {dtype}
    kept = dict(variables(made))
    for slot in (slot for slot in emitted.slots.values() if slot.path):
        assert tuple(kept[slot.path].shape) == slot.shape
        assert kept[slot.path].dtype.name == dtype


def variables(made: Any) -> Iterator[tuple[str, Any]]:
    for path, _ in sorted(made._flatten(with_path=True, predicate=lambda x: isinstance(x, tf.Variable))):
        variable = made
        for step in path:
            variable = getattr(variable, step)
        yield ".".join(path), variable


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_small_specs_become_graphs(path: Path) -> None:
    net = netspec.load(path)
    if sum(integers((product(s),))[0] for shapes in net.params.values() for s in shapes) > FEW:
        pytest.skip("too many parameters to fill")
    emitted = emission(net)
    made = module(emitted)
    for blob, value in made.forward.get_concrete_function().structured_outputs.items():
        assert tuple(value.shape) == net.blobs[blob]


def test_a_saved_model_says_the_same(tmp_path: Path) -> None:
    """Of a net with odd names, several outputs, a state, and variables in a module of its own."""
    text = (
        inputs(**{"2x": (2, 3, 5, 5)})
        + layer("Convolution", "2x", "c", convolution("kernel_size: 3"), "1")
        + layer("BatchNorm", "c", "e/e", name="2")
        + layer("Softmax", "c", "f-1")
    )
    net = netspec.load_text(text, phase="TRAIN")
    emitted = emission(net)
    made = module(emitted)
    x = tf.random.normal([2, 3, 5, 5])
    tf.saved_model.save(made, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    (argument,) = loaded.signatures["serving_default"].structured_input_signature[1]
    for again in (loaded, loaded.forward, lambda x: loaded.signatures["serving_default"](**{argument: x})):
        found = again(x)
        for blob, value in made(x).items():
            np.testing.assert_allclose(found[blob], value, rtol=1e-5, atol=1e-6)


def test_the_only_output_of_a_saved_model_has_its_name(tmp_path: Path) -> None:
    made = module(emission(netspec.load_text(inputs(data=(2, 3)) + layer("Softmax", "data", "class-prob"))))
    tf.saved_model.save(made, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    x = tf.random.normal([2, 3])
    (blob, value), *rest = loaded.signatures["serving_default"](data=x).items()
    assert (blob, rest) == ("class-prob", [])
    for found in (value, loaded.forward(x)["class-prob"], loaded(x)):
        np.testing.assert_allclose(found, made(x), rtol=1e-5)


def test_it_stands_in_a_function_of_the_users() -> None:
    net = netspec.load_text(CASES["batch_norm_scale"])
    made = module(emission(net))
    optimise = tf.function(lambda x: gradients(made, x))
    found = optimise(tf.ones([2, 4, 6, 7]))
    assert len(found) == len(made.trainable_variables) == 2


def gradients(made: Any, x: Any) -> list[Any]:
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(made(x))
    return tape.gradient(loss, made.trainable_variables)


@pytest.mark.usefixtures("eager")
def test_a_batch_of_another_size_passes() -> None:
    net = netspec.load(next(path for path in SPECS if path.stem == "lenet"))
    assert module(emission(net))(tf.ones([3, 1, 28, 28])).shape == (3, 10)


def test_no_blob_takes_a_name_of_the_module() -> None:
    own = {name for name in dir(tf.Module()) if not name.startswith("_")}
    assert own <= MODULE


def test_what_cannot_be_said_is_refused_with_its_reason() -> None:
    text = on_images("Convolution", convolution("kernel_size: 1"), (1, 1, 3, 3, 3, 3))
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(netspec.load_text(text), "tensorflow")
    (found,) = refused.value.diagnostics
    assert found.code == "NS401"
    assert "4 spatial axes" in found.message


def test_a_device_that_is_not_there() -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    with pytest.raises(netspec.SpecError) as refused:
        netspec.build(netspec.load_text(CASES["relu"]), "tensorflow", device="cuda")
    assert [d.code for d in refused.value.diagnostics] == ["NS405"]


def test_a_framework_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorflow", None)
    with pytest.raises(netspec.SpecError) as refused:
        netspec.build(netspec.load_text(CASES["relu"]), "tensorflow")
    assert [d.code for d in refused.value.diagnostics] == ["NS404"]
