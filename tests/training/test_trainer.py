"""Training, held against what real Caffe trained, against a second framework, and against its own snapshots.

What Caffe computed is not part of this repository (tests/caffe/README.md); without it those tests are left out.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import load_solver_source
from netspec.solver import Solver
from netspec.training.trainer import Trainer
from netspec.weights import hdf5, solverstate
from netspec.weights.wire import BYTES, Reader
from tests.weights.messages import classes

Floats = NDArray[np.float32]
SHARED = Path(__file__).parents[3] / "shared"
SOLVERS = Path(os.environ.get("NETSPEC_CAFFE_REFERENCE") or SHARED / "caffe-reference") / "solvers"
BACKENDS = ("torch", "tensorflow")


def _recorded() -> Iterator[Any]:
    """Every case in PyTorch; in TensorFlow, which takes longer to begin, the first of each rule."""
    index, met = SOLVERS / "index.jsonl", set[str]()
    for row in map(json.loads, index.read_text("utf-8").splitlines() if index.exists() else ()):
        yield pytest.param(row["name"], "torch", id=f"{row['name']}-torch")
        if row["type"] not in met:
            met.add(row["type"])
            yield pytest.param(row["name"], "tensorflow", id=f"{row['name']}-tensorflow")


def by_layer(arrays: Mapping[str, Floats], prefix: str) -> dict[str, list[Floats]]:
    found: dict[str, dict[int, Floats]] = defaultdict(dict)
    for key, values in arrays.items():
        if key.startswith(prefix):
            layer, i = key.removeprefix(prefix).rsplit("/", 1)
            found[layer][int(i)] = values
    return {layer: [blobs[i] for i in sorted(blobs)] for layer, blobs in found.items()}


def close(found: Any, wanted: Any, relative: float = 2e-4, floor: float = 5e-5) -> None:
    """As far as Caffe and a framework add up in other orders, over ten iterations."""
    scale = max(float(np.abs(wanted).max()), 1e-12)
    np.testing.assert_allclose(found, wanted, relative, max(floor * scale, 1e-7))


@pytest.mark.parametrize(("name", "backend"), _recorded())
def test_the_path_is_caffes(name: str, backend: str) -> None:
    """From the beginning, and from what Caffe wrote after five iterations."""
    with np.load(SOLVERS / f"{name}.npz") as file:
        arrays = dict(file)
    batches = [{k.split("/", 2)[2]: v for k, v in arrays.items() if k.startswith(f"in/{i}/")} for i in range(10)]
    solver = netspec.load_solver(SOLVERS / f"{name}.solver.prototxt")
    trainer = netspec.trainer(solver, backend=backend)
    trainer.set_params(by_layer(arrays, "start/"))
    state = SOLVERS / "snapshots" / f"{name}.solverstate"
    theirs = solverstate.read(state.name, state.read_bytes())
    for i, batch in enumerate(batches):
        if i == 5:
            mine = solverstate.read("mine", solverstate.write(trainer.state(theirs.weights)))
            assert (mine.iteration, mine.step, mine.weights) == (theirs.iteration, theirs.step, theirs.weights)
            for one, other in zip(mine.history, theirs.history, strict=True):
                close(one, other, 2e-3, 1e-3)
        close(trainer.step(batch), arrays["loss"][i], floor=2e-5)
    for layer, blobs in by_layer(arrays, "end/").items():
        for one, other in zip(trainer.get_params()[layer], blobs, strict=True):
            close(one, other)
    trainer.resume(state, weights=state.with_suffix(".caffemodel"))
    for i, batch in enumerate(batches[5:], 5):
        close(trainer.step(batch), arrays["loss"][i], floor=2e-5)
    for layer, blobs in by_layer(arrays, "end/").items():
        for one, other in zip(trainer.get_params()[layer], blobs, strict=True):
            close(one, other)


@pytest.mark.parametrize("path", sorted((SOLVERS / "snapshots").glob("*-0[0-3].solverstate")), ids=lambda p: p.stem)
def test_a_state_is_written_as_caffe_writes_it(path: Path) -> None:
    """The same fields, in the same order, of the same kinds and sizes; read and written again, the same bytes."""
    data = path.read_bytes()
    again = solverstate.write(solverstate.read(path.name, data))
    assert _outline(again) == _outline(data)
    assert solverstate.write(solverstate.read("again", again)) == again


@pytest.mark.parametrize("path", sorted((SOLVERS / "snapshots").glob("*-0[0-3].caffemodel")), ids=lambda p: p.stem)
def test_a_snapshot_is_caffes_byte_for_byte(path: Path, tmp_path: Path) -> None:
    """Caffe's own, read and written again: the layers with all that they say, and the state but for the name in it."""
    trainer = netspec.trainer(netspec.load_solver(SOLVERS / f"{path.stem}.solver.prototxt"))
    state = path.with_suffix(".solverstate")
    trainer.resume(state, weights=path)
    written = trainer.snapshot(tmp_path)
    assert written.with_suffix(".caffemodel").read_bytes() == path.read_bytes()
    theirs = solverstate.read(state.name, state.read_bytes())
    assert solverstate.write(trainer.state(theirs.weights)) == state.read_bytes()


@pytest.mark.parametrize("backend", BACKENDS)
def test_snapshots_in_hdf5(tmp_path: Path, backend: str) -> None:
    """As Net::ToHDF5 and SnapshotSolverStateToHDF5 name what they write; parameters that are shared once."""
    solver = solver_of("snapshot_format: HDF5 snapshot_diff: true momentum: 0.9")
    trainer = begun(netspec.trainer(solver, backend=backend))
    before = trainer.get_params()
    trainer.step(batch(0))
    state = trainer.snapshot(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"odd_iter_1.{s}.h5" for s in ("caffemodel", "solverstate")]
    found = hdf5.datasets((tmp_path / "odd_iter_1.caffemodel.h5").read_bytes())
    after = trainer.get_params()
    params = {f"{node.name}/{i}": param for node in solver.net.layers for i, param in enumerate(node.blobs)}
    owned = {f"data/{name}" for name, param in params.items() if param.owner == param.key}
    assert {name for name in found if name.startswith("data/")} == owned < {f"data/{name}" for name in params}
    for name, param in params.items():
        layer, i = name.split("/")
        taken = (before[layer][int(i)] - after[layer][int(i)]) * param.blob.learnable  # averages move by themselves
        np.testing.assert_allclose(np.asarray(found[f"diff/{name}"], np.float64), taken, atol=1e-6)
    kept = hdf5.datasets(state.read_bytes())
    assert kept["learned_net"] == "odd_iter_1.caffemodel.h5" and np.asarray(kept["iter"]).tolist() == [1]
    wanted = trainer.step(batch(1))
    again = netspec.trainer(solver, backend=backend)
    again.resume(state)
    assert (again.iteration, again.step(batch(1))) == (1, wanted)


def test_gradients_in_a_snapshot(tmp_path: Path) -> None:
    trainer = begun(netspec.trainer(solver_of("snapshot_diff: true")))
    before = trainer.get_params()["a"][0]
    trainer.step(batch(0))
    data = trainer.snapshot(tmp_path).with_suffix(".caffemodel").read_bytes()
    net = classes()["NetParameter"]()
    net.ParseFromString(data)
    blob = next(layer for layer in net.layer if layer.name == "a").blobs[0]
    np.testing.assert_allclose(blob.diff, (before - trainer.get_params()["a"][0]).ravel(), atol=1e-7)


@pytest.mark.parametrize(
    "changes",
    [
        {"iter": None},
        {"iter": np.array([-1])},
        {"current_step": np.array([1, 2])},
        {"history/0": None},
        {"history/0": np.bytes_(b"text")},
    ],
)
def test_states_in_hdf5_that_are_of_no_use(tmp_path: Path, changes: dict[str, Any]) -> None:
    trainer = begun(netspec.trainer(solver_of("snapshot_format: HDF5 momentum: 0.9")))
    state = trainer.snapshot(tmp_path)
    with h5py.File(state, "r+") as file:
        for name, value in changes.items():
            del file[name]
            if value is not None:
                file[name] = value
    with pytest.raises(netspec.SpecError) as refused:
        trainer.resume(state)
    assert refused.value.diagnostics[0].code == "NS811"


def _outline(data: bytes) -> list[Any]:
    reader = Reader(data)
    found = list[Any]()
    for field in reader.fields(0, len(data)):
        inside = reader.fields(field.start, field.end) if field.number == 3 and field.wire == BYTES else ()
        found.append((field.number, field.value, sorted((f.number, f.wire, f.end - f.start) for f in inside)))
    return sorted(found, key=lambda each: each[0])


# A net of which two layers share a weight, a layer is left alone, two losses have weights, and averages are kept.
NET = """
name: "odd"
layer { name: "in" type: "Input" top: "x" top: "y" top: "label"
        input_param { shape { dim: 4 dim: 6 } shape { dim: 4 dim: 6 } shape { dim: 4 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" param { name: "w" lr_mult: 0.5 } param { decay_mult: 0 }
        inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "b" type: "InnerProduct" bottom: "y" top: "b" param { name: "w" } param { lr_mult: 2 }
        inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "d" type: "EuclideanLoss" bottom: "a" bottom: "b" top: "d" loss_weight: 0.3 }
layer { name: "bn" type: "BatchNorm" bottom: "a" top: "bn" STATISTICS }
layer { name: "alone" type: "InnerProduct" bottom: "bn" top: "c" param { lr_mult: 0 } param { lr_mult: 0 }
        inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "c" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "c" bottom: "label" top: "accuracy" }
"""
RATE = "base_lr: 0.1 lr_policy: 'step' gamma: 0.5 stepsize: 2 weight_decay: 0.1 "


def solver_of(more: str = "", statistics: str = "") -> Solver:
    net = NET.replace("STATISTICS", statistics)
    return load_solver_source(Source("odd.prototxt", f"{RATE} {more} net_param {{ {net} }}"))


def batch(seed: int) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=(4, 6)), "y": rng.normal(size=(4, 6)), "label": rng.integers(0, 3, 4)}


def begun(trainer: Trainer) -> Trainer:
    rng = np.random.default_rng(5)
    w = rng.normal(size=(5, 6))
    averages = [rng.normal(size=5), rng.uniform(1, 2, 5), np.array([2.0])]
    trainer.set_params(
        {
            "a": [w, rng.normal(size=5)],
            "b": [w, rng.normal(size=5)],
            "bn": averages,
            "alone": [rng.normal(size=(3, 5)), rng.normal(size=3)],
        }
    )
    return trainer


RULES = (
    "momentum: 0.9",
    "type: 'Nesterov' momentum: 0.9 clip_gradients: 0.5",
    "type: 'Adam' momentum: 0.9 iter_size: 3",
)


@pytest.mark.parametrize("rule", RULES)
def test_frameworks_agree(rule: str) -> None:
    ends = list[dict[str, list[Floats]]]()
    losses = list[list[float]]()
    for backend in BACKENDS:
        trainer = begun(netspec.trainer(solver_of(rule), backend=backend, dtype="float64"))
        losses.append([trainer.step(batch(i)) for i in range(3)])
        ends.append(trainer.get_params())
    np.testing.assert_allclose(*losses, rtol=1e-9)
    for layer, blobs in ends[0].items():
        for one, other in zip(blobs, ends[1][layer], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-12)
    np.testing.assert_array_equal(ends[0]["a"][0], ends[0]["b"][0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_stays_and_what_moves(backend: str) -> None:
    """Parameters with lr_mult 0 stay; averages move in TRAIN, and with use_global_stats stay as they were given."""
    for statistics, moves in (("", True), ("batch_norm_param { use_global_stats: true }", False)):
        trainer = begun(netspec.trainer(solver_of(statistics=statistics), backend=backend))
        before = trainer.get_params()
        trainer.step(batch(0))
        after = trainer.get_params()
        same = {
            layer: [np.array_equal(*pair) for pair in zip(before[layer], after[layer], strict=True)] for layer in after
        }
        assert same == {"a": [False] * 2, "b": [False] * 2, "bn": [not moves] * 3, "alone": [True] * 2}
        assert before["bn"][2].tolist() == [2.0]


def test_one_parameter_by_hand() -> None:
    """w·x with the loss ½·(w·x − y)²: two batches an iteration, whose gradients are 2 and 4, the mean 3."""
    net = """
    layer { name: "in" type: "Input" top: "x" top: "y" input_param { shape { dim: 1 dim: 1 } } }
    layer { name: "w" type: "InnerProduct" bottom: "x" top: "z"
            inner_product_param { num_output: 1 bias_term: false } }
    layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" }
    """
    text = f"base_lr: 0.1 lr_policy: 'fixed' iter_size: 2 net_param {{ {net} }}"
    trainer = netspec.trainer(load_solver_source(Source("by_hand", text)))
    trainer.set_params({"w": [[[1.0]]]})
    first, second = ({"x": [[1.0]], "y": [[y]]} for y in (-1.0, -3.0))
    assert trainer.step(first, second) == pytest.approx((2 + 8) / 2)
    assert (trainer.get_params()["w"][0].item(), trainer.rate, trainer.iteration) == (pytest.approx(0.7), 0.1, 1)
    with pytest.raises(ValueError, match="an iteration takes 2 batches, not 3"):
        trainer.step(first, second, first)
    with pytest.raises(netspec.SpecError):
        trainer.step({"x": [[1.0]]})


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("rule", ["type: 'AdaDelta' momentum: 0.9", "momentum: 0.9"])
def test_it_goes_on_from_its_snapshot(tmp_path: Path, backend: str, rule: str) -> None:
    solver = solver_of("snapshot_prefix: '/elsewhere/odd_net' " + rule)
    trainer = begun(netspec.trainer(solver, backend=backend))
    trainer.step(batch(0))
    trainer.step(batch(1))
    state = trainer.snapshot(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"odd_net_iter_2.{s}" for s in ("caffemodel", "solverstate")
    ]
    wanted = [trainer.step(batch(i)) for i in (2, 3)]
    again = netspec.trainer(solver, backend=backend)
    again.resume(state)
    assert again.iteration == 2
    assert [again.step(batch(i)) for i in (2, 3)] == wanted
    for layer, blobs in trainer.get_params().items():
        for one, other in zip(blobs, again.get_params()[layer], strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(FileExistsError):
        trainer.iteration = 2
        trainer.snapshot(tmp_path)


def test_states_that_are_of_no_use(tmp_path: Path) -> None:
    trainer = begun(netspec.trainer(solver_of("type: 'Adam'")))
    state = trainer.snapshot(tmp_path)
    other = netspec.trainer(solver_of())
    before = other.get_params()
    bent = tmp_path / "bent.solverstate"
    bent.write_bytes(solverstate.write(solverstate.State(1, "", (np.zeros(3, np.float32),) * 9)))
    torn = tmp_path / "torn.solverstate"
    torn.write_bytes(state.read_bytes()[:-40])
    text = tmp_path / "text.solverstate"
    text.write_text("iter: 5", encoding="utf-8")
    lost = tmp_path / "lost.solverstate"
    lost.write_bytes(solverstate.write(other.state("lost.caffemodel")))
    cases = {state: "NS812", bent: "NS812", torn: "NS811", text: "NS811", state.with_suffix(".caffemodel"): "NS811"}
    for path, code in {**cases, lost: "NS802"}.items():
        with pytest.raises(netspec.SpecError) as refused:
            other.resume(path)
        assert refused.value.diagnostics[0].code == code
    assert (other.iteration, [b.tolist() for b in other.get_params()["a"]]) == (0, [b.tolist() for b in before["a"]])


def test_a_backend_that_does_not_train() -> None:
    with pytest.raises(netspec.SpecError, match="does not train"):
        netspec.trainer(solver_of(), backend="numpy")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_seed(backend: str) -> None:
    """The same fillers each time, and others with another seed."""
    found = [
        netspec.trainer(solver_of(f"random_seed: {seed}"), backend=backend).get_params()["a"][0] for seed in (7, 7, 8)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_weights_to_begin_with(tmp_path: Path) -> None:
    begun(netspec.trainer(solver_of())).snapshot(tmp_path)
    text = f"{RATE} weights: 'odd_iter_0.caffemodel' net_param {{ {NET.replace('STATISTICS', '')} }}"
    (tmp_path / "odd.prototxt").write_text(text, encoding="utf-8")
    trainer = netspec.trainer(netspec.load_solver(tmp_path / "odd.prototxt"))
    assert trainer.get_params()["bn"][2].tolist() == [2.0]
