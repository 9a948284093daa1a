"""Dataflow graphs that a session trains: they take the path of the trainer in another framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netspec_tensorflow.trainable import rate_of, trainable_graph

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import load_solver_source
from netspec.solver import Solver
from netspec.solver.chosen import chosen
from netspec.solver.schedule import rates

tf = pytest.importorskip("tensorflow")

NET = """
name: "odd"
layer { name: "in" type: "Input" top: "x" top: "label"
        input_param { shape { dim: 4 dim: 2 dim: 5 dim: 5 } shape { dim: 4 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "conv" PARAM
        convolution_param { num_output: 3 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" param { name: "w" } param { name: "b" }
        inner_product_param { num_output: 5 } }
layer { name: "again" type: "InnerProduct" bottom: "conv" top: "again" param { name: "w" } param { name: "b" }
        inner_product_param { num_output: 5 } }
layer { name: "size" type: "Reduction" bottom: "again" top: "LOSS" loss_weight: 0.01
        reduction_param { operation: SUMSQ axis: 1 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""
STEPS = 10
MULTIPLIED = "param { lr_mult: 0.5 } param { lr_mult: 2 decay_mult: 0 }"
STEP = "lr_policy: 'step' gamma: 0.5 stepsize: 2"
CASES = {
    "sgd": ("base_lr: 0.1 momentum: 0.9 weight_decay: 0.05 " + STEP, MULTIPLIED),
    "clipped": (
        "base_lr: 0.1 clip_gradients: 0.5 lr_policy: 'multistep' gamma: 0.5 stepvalue: 1 stepvalue: 1 stepvalue: 3",
        "param { lr_mult: 0 }",
    ),
    "adadelta": ("type: 'AdaDelta' base_lr: 1 momentum: 0.95 delta: 1e-4 lr_policy: 'exp' gamma: 0.9", ""),
    "adam": ("type: 'Adam' base_lr: 0.01 momentum: 0.9 delta: 1e-2 lr_policy: 'fixed'", MULTIPLIED),
}


def solver_of(more: str, param: str = "") -> Solver:
    net = NET.replace("PARAM", param)
    return load_solver_source(Source("odd.prototxt", f"max_iter: {STEPS} net_param {{ {net} }} {more}"))


def batch(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=(4, 2, 5, 5)), "label": rng.integers(0, 5, 4)}


def fed(seed: int) -> dict[str, Any]:
    return {f"{name}:0": value for name, value in batch(seed).items()}


def nodes(data: bytes | str) -> Any:
    assert isinstance(data, bytes)
    return tf.compat.v1.GraphDef.FromString(data)


@pytest.mark.parametrize("case", CASES)
def test_the_path_is_that_of_the_trainer_in_torch(case: str) -> None:
    solver = solver_of(*CASES[case])
    trainer = netspec.trainer(solver, backend="torch")
    start = {
        layer: [np.random.default_rng(i).normal(0, 0.3, shape) for i, shape in enumerate(shapes)]
        for layer, shapes in solver.net.params.items()
    }
    start["bn"] = [np.zeros(3), np.zeros(3), np.zeros(1)]
    start["again"] = start["ip"]
    trainer.set_params(start)
    with tf.Graph().as_default():
        tf.import_graph_def(nodes(trainable_graph(solver, start)), name="")
        with tf.compat.v1.Session() as session:
            session.run("init")
            for i in range(STEPS):
                wanted = trainer.step(batch(i))
                _, loss, rate, count = session.run(
                    ["train", "total_loss:0", "learning_rate:0", "global_step/value:0"], fed(i)
                )
                assert (rate, count) == (pytest.approx(trainer.rate, 1e-6), i)
                np.testing.assert_allclose(loss, wanted, rtol=1e-5)
            mean, kernel = session.run(["Odd/bn/mean/value:0", "Odd/conv_kernel/value:0"])
    np.testing.assert_allclose(mean, trainer.get_params()["bn"][0], 1e-3, 1e-5)
    np.testing.assert_allclose(kernel.transpose(3, 2, 0, 1), trainer.get_params()["conv"][0], 1e-3, 1e-5)


@pytest.mark.parametrize(
    "policy",
    [
        "lr_policy: 'step' gamma: 0.5 stepsize: 3",
        "lr_policy: 'multistep' gamma: 0.5 stepvalue: 1 stepvalue: 1 stepvalue: 7",
        "lr_policy: 'exp' gamma: 0.9",
        "lr_policy: 'inv' gamma: 0.5 power: 0.75",
        "lr_policy: 'poly' power: 2",
        "lr_policy: 'sigmoid' gamma: 1 stepsize: 3",
    ],
)
def test_the_rate_is_that_of_the_policy(policy: str) -> None:
    params = solver_of(f"base_lr: 0.1 {policy}").params
    found = [float(rate_of(params, tf.constant(i, tf.float64))) for i in range(STEPS)]
    np.testing.assert_allclose(found, rates(params, STEPS), 1e-12)


def test_gradients_and_layers_are_nodes_and_a_rate_can_be_fed() -> None:
    solver = solver_of(*CASES["sgd"])
    with tf.Graph().as_default():
        tf.import_graph_def(nodes(trainable_graph(solver)), name="")
        with tf.compat.v1.Session() as session:
            session.run("init")
            names = ["gradients/ip_kernel:0", "conv:0", "bn:0", "scale:0", "ip:0", "loss:0", "Odd/ip_kernel/value:0"]
            gradient, conv, bn, scale, ip, loss, kernel = session.run(names, fed(0))
            assert (gradient.shape, conv.shape, ip.shape, loss.shape) == ((27, 5), (4, 3, 3, 3), (4, 5), ())
            assert abs(bn.mean()) < 1e-5 < abs(conv.mean()) and np.array_equal(bn, scale)
            session.run("train", {**fed(0), "learning_rate:0": 0.0})
            assert np.array_equal(session.run("Odd/ip_kernel/value:0"), kernel)
            session.run("train", {**fed(0), "learning_rate:0": 0.5})
            moved = session.run("Odd/ip_kernel/value:0")
            np.testing.assert_allclose(kernel - moved, 0.5 * (gradient + 0.05 * kernel), 1e-4, 1e-6)
            first = session.run("Odd/conv_kernel/value:0")
            session.run("init")
            assert not np.array_equal(first, session.run("Odd/conv_kernel/value:0"))  # drawn anew


def test_a_seed_draws_the_same() -> None:
    found, solver = list[Any](), solver_of("base_lr: 1 lr_policy: 'fixed' random_seed: 3")
    for _ in range(2):
        with tf.Graph().as_default():
            tf.import_graph_def(nodes(trainable_graph(solver)), name="")
            with tf.compat.v1.Session() as session:
                session.run("init")
                found.append(session.run("Odd/conv_kernel/value:0"))
    assert np.array_equal(*found) and found[0].any()


def test_collections_of_a_meta_graph(tmp_path: Path) -> None:
    """With them there is a Saver, and lists of variables."""
    path, v1 = tmp_path / "odd.meta", tf.compat.v1
    data = trainable_graph(solver_of(*CASES["adam"]), form=".meta")
    assert isinstance(data, bytes)
    path.write_bytes(data)
    with tf.Graph().as_default(), v1.Session() as session:
        saver = v1.train.import_meta_graph(str(path))
        assert {v.op.name for v in v1.trainable_variables()} == {
            *("Odd/scale_weight", "Odd/scale_bias", "Odd/conv_kernel", "Odd/conv_bias", "Odd/ip_kernel", "Odd/ip_bias")
        }
        assert [op.name for op in v1.get_collection(v1.GraphKeys.TRAIN_OP)] == ["train"]
        assert len(v1.get_collection(v1.GraphKeys.UPDATE_OPS)) == 3
        session.run(v1.global_variables_initializer())
        session.run("train", fed(0))
        before = session.run("total_loss:0", fed(0))
        saver.save(session, str(tmp_path / "run"))
        session.run("train", fed(0))
        assert session.run("total_loss:0", fed(0)) != before
        saver.restore(session, str(tmp_path / "run"))
        assert session.run("total_loss:0", fed(0)) == before
        assert v1.train.global_step(session, v1.train.get_global_step()) == 1


def test_one_session_trains_and_tests() -> None:
    """Two graphs of a net, one for each phase, have their variables in common where these are called alike."""
    text = """
    name: "net"
    input data: [4, 3]
    input label: [4]
    fc = InnerProduct(data) { num_output: 5 }
    fc = Dropout(fc) { dropout_ratio: 0.5 }
    loss = SoftmaxWithLoss(fc, label)
    """
    for_train, for_test = (
        nodes(trainable_graph(chosen(netspec.load_text(text, phase=p), "sgd", 1.0, 0.0))) for p in ("TRAIN", "TEST")
    )
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(for_train, name="fit")
        tf.import_graph_def(for_test, name="use")
        session.run("fit/init")
        feeds = {"fit/data:0": np.eye(4, 3), "fit/label:0": np.arange(4)}
        loss = [session.run(["fit/train", "fit/total_loss:0"], feeds)[1] for _ in range(60)]
        used = session.run("use/total_loss:0", {name.replace("fit", "use"): x for name, x in feeds.items()})
    assert loss[0] == pytest.approx(np.log(5)) and used < 1


RECURRENT = """
name: "Loss"
input train: [3, 2, 4]
input cont: [3, 2]
init = LSTM(train, cont) { num_output: 2  weight_filler { type: "uniform" min: -1 } }
total_loss = Reduction(init) { operation: SUMSQ  loss_weight: 1 }
"""


def test_names_that_training_has_and_a_state_that_it_keeps() -> None:
    solver = chosen(netspec.load_text(RECURRENT, phase="TRAIN"), "sgd", 0.0, 0.0)
    graph = nodes(trainable_graph(solver))
    assert {"train", "train_2", "init", "init_2", "total_loss", "total_loss_2"} <= {node.name for node in graph.node}
    feeds = {"train_2:0": np.ones((3, 2, 4)), "cont:0": np.ones((3, 2))}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph, name="")
        session.run("init")
        losses = [session.run(["train", "total_loss:0", "total_loss_2:0"], feeds)[1:] for _ in range(3)]
    assert losses[0] != losses[1] != losses[2]
    assert all(total == own for total, own in losses)


@pytest.mark.parametrize(
    ("solver", "code"),
    [
        (solver_of("base_lr: 1 lr_policy: 'fixed' iter_size: 2"), "NS409"),
        (chosen(netspec.load_text('input: "x" input_shape { dim: 2 }'), "sgd"), "NS813"),
    ],
)
def test_what_no_graph_trains(solver: Solver, code: str) -> None:
    with pytest.raises(netspec.SpecError) as refused:
        trainable_graph(solver)
    assert [fault.code for fault in refused.value.diagnostics] == [code]
