"""`netspec compile`."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import netspec as api

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_writes_what_emit_gives(folder: Path, netspec: Netspec, backend: str) -> None:
    wanted = api.emit(api.load("small.net"), backend)
    assert netspec("compile", "small.net", "--backend", backend) == (0, wanted, "")
    assert netspec("compile", "small.net", "--backend", backend, "-o", "small.py") == (0, "", "")
    assert Path("small.py").read_text(encoding="utf-8") == wanted


def test_state_and_shapes_reach_the_net(folder: Path, netspec: Netspec) -> None:
    result = netspec("compile", "small.net", "--backend", "torch", "--input", "data=9,3,8,8", "--phase", "TRAIN")
    assert "9×4×6×6" in result.out


def test_standard_input(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (folder / "small.net").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert netspec("compile", "-", "--backend", "torch").out == api.emit(api.load("small.net"))


def test_a_file_stays_unless_forced(folder: Path, netspec: Netspec) -> None:
    out = folder / "small.py"
    out.write_text("mine")
    result = netspec("compile", "small.net", "--backend", "torch", "-o", out)
    assert result.status == 2
    assert "small.py is there already; --force replaces it" in result.err
    assert out.read_text() == "mine"
    assert netspec("compile", "small.net", "--backend", "torch", "-o", out, "--force").status == 0
    assert out.read_text() != "mine"


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["faulty.net", "--backend", "torch", "-o", "out.py"], 1, "error[NS201]"),
        (["small.net", "--backend", "theano", "-o", "out.py"], 2, 'error[NS403]: no backend "theano"'),
        (["small.net", "--backend", "torch", "-o", "nowhere/out.py"], 2, "nowhere"),
        (["small.net", "-o", "out.py"], 2, "the following arguments are required: --backend"),
        (["small.net", "--backend", "torch", "--graph", "-o", "out.pb"], 2, "--graph is for --backend tensorflow"),
        (["small.net", "--backend", "tensorflow", "--graph", "-o", "out.py"], 2, "--graph needs -o FILE.pb"),
    ],
)
def test_what_fails_writes_nothing(folder: Path, netspec: Netspec, argv: list[str], status: int, message: str) -> None:
    before = sorted(folder.iterdir())
    result = netspec("compile", *argv)
    assert (result.status, result.out) == (status, "")
    assert message in result.err
    assert sorted(folder.iterdir()) == before


def test_an_unknown_size_says_what_to_give(folder: Path, netspec: Netspec) -> None:
    text = (folder / "small.net").read_text().splitlines()
    text[1] = 'layer { name: "data" type: "Data" top: "data" data_param { batch_size: 2 source: "x" } }'
    (folder / "open.net").write_text("\n".join(text[:-2]))
    result = netspec("compile", "open.net", "--backend", "torch")
    assert result.status == 1
    assert "error[NS402]" in result.err
    assert "--input data=2,3,?,?" in result.err


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("output", [(), ("-o", "out.py")], ids=["stdout", "file"])
def test_a_layer_to_be_filled_in(folder: Path, netspec: Netspec, backend: str, output: tuple[str, ...]) -> None:
    (folder / "odd.net").write_text((folder / "small.net").read_text().replace('"ReLU"', '"Odd"'))
    options = "odd.net", "--backend", backend, "--allow-unknown"
    status, out, err = netspec("compile", *options, *output)
    assert (status, out == "", err.splitlines()[0]) == (
        0, bool(output), 'warning[NS416]: netspec does not know the layer type "Odd": its class is to be filled in',
    )  # fmt: skip
    assert "\nclass Odd(" in (out or (folder / "out.py").read_text())
    (folder / "odd.net").write_text(
        (folder / "odd.net").read_text().replace('"conv" top: "conv" }', '"conv" top: "odd" }')
    )
    status, out, err = netspec("compile", *options)
    assert (status, out) == (1, "")
    assert "--shape odd=N,C,H,W" in err
    assert netspec("compile", *options, "--shape", "odd=2,4,6,6").status == 0
    assert netspec("compile", *options, "--same-shape").status == 0


@pytest.mark.parametrize("suffix", ["pb", "pbtxt"])
def test_a_graph_is_what_tensorflow_reads(folder: Path, netspec: Netspec, suffix: str) -> None:
    pytest.importorskip("tensorflow")
    from google.protobuf import text_format
    from tensorflow.core.framework.graph_pb2 import GraphDef

    path = folder / f"small.{suffix}"
    assert netspec("compile", "small.net", "--backend", "tensorflow", "--graph", "-o", path) == (0, "", "")
    graph = GraphDef()
    if suffix == "pb":
        graph.ParseFromString(path.read_bytes())
    else:
        text_format.Parse(path.read_text(encoding="utf-8"), graph)
    assert {"data", "ip"} <= {node.name for node in graph.node}
    assert netspec("compile", "small.net", "--backend", "tensorflow", "--graph", "-o", path).status == 2


BLOCKS = """
input data: [2, 3]
block layer(x, n) -> y { y = InnerProduct(x) { num_output: n } | ReLU }
x = data
repeat i in 1..2 { x = layer(x, 3) { name: f"layer{i}" } }
y = layer(x, 4) { name: "last" }
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_flat_is_one_class(folder: Path, netspec: Netspec, backend: str) -> None:
    Path("blocks.net").write_text(BLOCKS, encoding="utf-8")
    printed = netspec("compile", "blocks.net", "--backend", backend).out
    flat = netspec("compile", "blocks.net", "--backend", backend, "--flat").out
    assert (printed.count("\nclass "), flat.count("\nclass ")) == (2, 1)
    assert flat == api.emit(api.load("blocks.net"), backend, flat=True)


def test_keys_lead_from_the_spec_to_the_module(folder: Path, netspec: Netspec) -> None:
    Path("blocks.net").write_text(BLOCKS, encoding="utf-8")
    assert netspec("compile", "blocks.net", "--backend", "torch", "--keys").out == (
        "layer     parameter  shape  key\n"
        "layer1/y  weight     3×3    layer.1.y.weight\n"
        "layer1/y  bias       3      layer.1.y.bias\n"
        "layer2/y  weight     3×3    layer.2.y.weight\n"
        "layer2/y  bias       3      layer.2.y.bias\n"
        "last/y    weight     4×3    last.y.weight\n"
        "last/y    bias       4      last.y.bias\n"
    )
    flat = netspec("compile", "blocks.net", "--backend", "tensorflow", "--keys", "--flat").out
    assert flat.splitlines()[1] == "layer1/y  weight     3×3    layer1_y_kernel"


@pytest.mark.parametrize("more", [("--keys", "--weights", "x.caffemodel"), ("--flat", "--graph", "-o", "x.pb")])
def test_what_does_not_go_together_is_wrong_usage(folder: Path, netspec: Netspec, more: tuple[str, ...]) -> None:
    backend = "tensorflow" if "--graph" in more else "torch"
    assert netspec("compile", "small.net", "--backend", backend, *more).status == 2


FOLDED = """
name: "Folded"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 bias_term: false }
}
layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "dropped" }
layer { name: "pool" type: "Pooling" bottom: "dropped" top: "pool" pooling_param { kernel_size: 2 } }
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_fewer_layers_for_inference(folder: Path, netspec: Netspec, backend: str) -> None:
    Path("folded.net").write_text(FOLDED, encoding="utf-8")
    plain, fast = (netspec("compile", "folded.net", "--backend", backend, *more).out for more in ((), ("-O",)))
    assert "norm" in plain and "-O" not in plain
    assert "norm" not in fast and "ropout" not in fast
    assert "Optimized for inference (-O)" in fast
    result = netspec("compile", "folded.net", "--backend", backend, "-O", "--phase", "TRAIN")
    assert result.status == 1
    assert "error[NS417]: -O is for inference" in result.err


def test_keys_say_what_is_folded(folder: Path, netspec: Netspec) -> None:
    Path("folded.net").write_text(FOLDED, encoding="utf-8")
    assert netspec("compile", "folded.net", "--backend", "torch", "-O", "--keys").out == (
        "layer  parameter  shape    key\n"
        "conv   weight     4×3×3×3  conv.weight\n"
        "conv   bias       4        conv.bias\n"
        "norm   mean       4        (folded into conv)\n"
        "norm   variance   4        (folded into conv)\n"
        "norm   factor     1        (folded into conv)\n"
    )


TRAINED = """\
net_param {
  layer { name: "in" type: "Input" top: "x" top: "y" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 1 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 1 } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" }
}
base_lr: 0.1 lr_policy: "fixed" max_iter: 100
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_solver_becomes_a_program_that_trains(folder: Path, netspec: Netspec, backend: str) -> None:
    Path("trained.prototxt").write_text(TRAINED, encoding="utf-8")
    result = netspec("compile", "trained.prototxt", "--backend", backend)
    assert (result.status, result.err) == (0, "")
    compile(result.out, "train.py", "exec")
    assert "def train(" in result.out and "import netspec" not in result.out
    assert netspec("compile", "trained.prototxt", "--backend", backend, "-o", "train.py") == (0, "", "")
    assert Path("train.py").read_text(encoding="utf-8") == result.out
    assert netspec("compile", "trained.prototxt", "--backend", backend, "-o", "train.py").status == 2


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        (
            ("trained.prototxt", "--backend", "torch", "-O"),
            2,
            "--optimize is for nets, and trained.prototxt is a solver",
        ),
        (("trained.prototxt", "--backend", "torch", "--onnx", "-o", "x.onnx"), 2, "--onnx is for nets"),
        (("trained.prototxt", "--backend", "numpy"), 2, "does not train"),
        (("solver.prototxt", "--backend", "torch"), 1, "error[NS813]: the net has no loss"),
        (("bad.prototxt", "--backend", "torch"), 1, "error[NS802]"),
    ],
)
def test_what_a_solver_cannot_become(
    folder: Path, netspec: Netspec, argv: tuple[str, ...], status: int, words: str
) -> None:
    Path("trained.prototxt").write_text(TRAINED, encoding="utf-8")
    Path("bad.prototxt").write_text('base_lr: 1 lr_policy: "fixed" net: "none.net"', encoding="utf-8")
    result = netspec("compile", *argv)
    assert (result.status, result.out) == (status, "")
    assert words in " ".join(result.err.split())


TRAINS = """
name: "Trains"
input data: [2, 3]
input label: [2]
fc = InnerProduct(data) { num_output: 4  weight_filler { type: "xavier" } }
drop = Dropout(fc)
loss = SoftmaxWithLoss(drop, label)
"""
TENSORFLOW = "--backend", "tensorflow", "--graph"


@pytest.mark.parametrize(
    ("argv", "fed"),
    [
        (["trains.net", "--trainable", "-o", "out.pb"], 0.001),
        (["trains.net", "--trainable", "--optimizer", "Adam", "--lr", "1e-5", "-o", "out.pbtxt"], 1e-5),
        (["trains.net", "--optimizer", "sgd", "--trainable", "--weights", "trains.caffemodel", "-o", "out.pb"], 0.01),
        (["trains.prototxt", "-o", "out.meta"], 0.5),
    ],
)
def test_a_graph_that_trains(folder: Path, netspec: Netspec, argv: list[str], fed: float) -> None:
    tf = pytest.importorskip("tensorflow")
    from google.protobuf import text_format
    from safetensors.numpy import save_file

    Path("trains.net").write_text(TRAINS, encoding="utf-8")
    Path("trains.prototxt").write_text('net: "trains.net" base_lr: 0.5 lr_policy: "fixed"', encoding="utf-8")
    weights = {"fc.weight": np.full((4, 3), 0.25, np.float32), "fc.bias": np.zeros(4, np.float32)}
    save_file(weights, "w.safetensors")
    netspec("weights", "convert", "w.safetensors", "trains.caffemodel", "--net", "trains.net", "--from", "torch")
    assert netspec("compile", *argv, *TENSORFLOW)[:2] == (0, "")
    path = folder / argv[-1]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        if path.suffix == ".meta":
            tf.compat.v1.train.import_meta_graph(str(path))
        else:
            graph = tf.compat.v1.GraphDef()
            if path.suffix == ".pb":
                graph.ParseFromString(path.read_bytes())
            else:
                text_format.Parse(path.read_text(encoding="utf-8"), graph)
            tf.import_graph_def(graph, name="")
        session.run("init")
        feeds = {"data:0": np.ones((2, 3)), "label:0": np.zeros(2)}
        _, rate, kernel = session.run(["train", "learning_rate:0", "Trains/fc_kernel/value:0"], feeds)
        drop, fc = session.run(["drop:0", "fc:0"], feeds)
    assert rate == pytest.approx(fed) and not np.array_equal(drop, fc)  # in phase TRAIN
    assert (kernel == 0.25).all() == ("--weights" in argv)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--trainable", "-o", "out.py"], "--trainable is for --graph"),
        (["--graph", "--lr", "1", "-o", "out.pb"], "--lr is for --graph --trainable"),
        (["--graph", "--trainable", "--momentum", "inf", "-o", "out.pb"], "--momentum: invalid"),
        (["--graph", "--trainable", "--optimizer", "sdg", "-o", "out.pb"], "invalid choice: 'sdg'"),
        (["--graph", "--trainable", "--optimizer", "rmsprop", "--momentum", "1", "-o", "out.pb"], "has no momentum"),
        (["--graph", "-o", "out.meta"], "--graph needs -o FILE.pb or -o FILE.pbtxt"),
        (["--graph", "--trainable", "-o", "out"], "--graph needs -o FILE.pb or -o FILE.pbtxt or -o FILE.meta"),
        (["--graph", "--trainable", "-O", "-o", "out.pb"], "-O is for inference"),
        (["--graph", "--trainable", "-o", "small.pb"], "small.pb is there already"),
    ],
)
def test_wrong_usage_of_a_graph_that_trains(folder: Path, netspec: Netspec, argv: list[str], message: str) -> None:
    Path("small.net").write_text(TRAINS, encoding="utf-8")
    Path("small.pb").write_text("mine")
    before = sorted(folder.iterdir())
    result = netspec("compile", "small.net", "--backend", "tensorflow", *argv)
    assert (result.status, result.out, message in result.err) == (2, "", True)
    assert sorted(folder.iterdir()) == before and Path("small.pb").read_text() == "mine"


def test_no_graph_trains_what_has_no_loss(folder: Path, netspec: Netspec) -> None:
    result = netspec("compile", "small.net", *TENSORFLOW, "--trainable", "-o", "out.pb")
    assert result.status == 1 and "error[NS813]" in result.err and not Path("out.pb").exists()
