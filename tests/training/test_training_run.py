"""A run in the order that Caffe has, and cut off and gone on with as if it had never ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.host import folders
from netspec.training import snapshots
from netspec.training.evaluation import Test as NetTest
from netspec.training.evaluation import hits, judged
from netspec.training.run import Evaluated, Run, Saved, Shown, Stepped
from tests.training.runs import NET, run, write_files

BACKENDS = ("torch", "tensorflow")


@pytest.fixture(scope="module")
def solver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_ten_steps_are_five_and_five(solver: Path, tmp_path: Path, backend: str) -> None:
    """With dropout, averages and shuffled data: the same bytes, and the same losses and accuracies on the way."""
    whole = run(solver, backend, tmp_path / "a")
    first = run(solver, backend, tmp_path / "b", 5)
    rest = run(solver, backend, tmp_path / "b", resume="")
    for name in (snapshots.WEIGHTS, snapshots.STATE):
        one, other = ((tmp_path / x / "snapshots" / "iter_10" / name).read_bytes() for x in "ab")
        assert one == other
    both = {key: value for key, value in [*told(first).items(), *told(rest).items()] if key in told(whole)}
    assert both == told(whole)


def told(events: list[Any]) -> dict[Any, Any]:
    """The losses and results of a run, without what is measured in seconds."""
    found: dict[Any, Any] = {}
    for event in events:
        match event:
            case Shown():
                found["shown", event.iteration] = event.epoch, event.rate, event.loss, event.outputs
            case Stepped():
                found["stepped", event.iteration] = event.loss
            case Evaluated():
                found["tested", event.iteration] = event.results
            case _:
                pass
    return found


def test_the_order_is_caffes(solver: Path, tmp_path: Path) -> None:
    events = run(solver, "torch", tmp_path, 10)
    order = [
        (type(e).__name__, e.iteration)
        for e in events
        if not isinstance(e, Stepped) and not (isinstance(e, Shown) and not e.displayed)
    ]
    assert order == [
        ("Evaluated", 0),
        ("Shown", 0),
        ("Shown", 2),
        ("Evaluated", 4),
        ("Shown", 4),
        ("Shown", 6),
        ("Evaluated", 8),
        ("Shown", 8),
        ("Shown", 9),  # the last one, which Caffe computes anew after its update
        ("Saved", 10),
        ("Evaluated", 10),
    ]
    losses = [event.loss for event in events if isinstance(event, Shown)]
    own = [event.outputs["loss"] for event in events if isinstance(event, Shown)]
    for i, loss in enumerate(losses):
        assert loss == pytest.approx(np.mean(own[max(0, i - 2) : i + 1]))  # average_loss: 3
    rates = [event.rate for event in events if isinstance(event, Shown)]
    assert rates == [0.05] * 4 + [0.025] * 4 + [0.0125] * 2
    assert [event.epoch for event in events if isinstance(event, Shown)] == pytest.approx(np.arange(10) * 8 / 40)


def test_a_test_is_the_mean_over_its_batches(solver: Path, tmp_path: Path) -> None:
    """Of what the net in TEST gives with the weights of then, batch after batch, beyond the end of the data."""
    kept: list[NetTest] = []
    events = run(solver, "torch", tmp_path, 4, change=lambda course: kept.extend(course.tests))
    results = next(e.results for e in events if isinstance(e, Evaluated) and e.iteration == 4)
    net = netspec.load(solver.with_name("small.net"), phase="TEST")
    model = netspec.build(net)
    model.set_params(netspec.load_weights(tmp_path / "snapshots" / "iter_4" / snapshots.WEIGHTS, net))
    with np.load(solver.with_name("test.npz")) as file:
        data, label = file["data"], file["label"]
    losses, right = list[float](), list[bool]()
    for i in range(3, 6):  # the second test, three batches of 8 of 20 items
        places = np.arange(8 * i, 8 * i + 8) % 20
        found = model.forward({"data": data[places], "label": label[places]}, ("loss", "ip"))
        losses.append(found["loss"].item())
        right += (found["ip"].argmax(1) == label[places]).tolist()
    assert results == pytest.approx({"loss": np.mean(losses), "accuracy": np.mean(right)}, rel=1e-5)
    assert kept[0].scalars == ("loss", "accuracy")


def test_without_a_solver(solver: Path, tmp_path: Path) -> None:
    """A test, a line and a snapshot in every round; what is learned classifies."""
    events = run(solver.with_name("small.net"), "torch", tmp_path, epochs=6, rate=0.03)
    tested = [e.iteration for e in events if isinstance(e, Evaluated)]
    assert tested == [*range(0, 31, 5)]
    assert [e.iteration for e in events if isinstance(e, Saved)] == [*range(5, 31, 5)]
    assert [e.results["accuracy"] for e in events if isinstance(e, Evaluated)][-1] > 0.9
    assert sorted(path.name for path in (tmp_path / "snapshots").iterdir()) == ["iter_25", "iter_30"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_loss_that_is_no_number(solver: Path, tmp_path: Path, backend: str) -> None:
    """Where it began: in the data, or in a weight that the update before has ruined. No snapshot is of then."""

    def spoil(course: Run) -> None:
        batch, count = course.feed.batch, [0]

        def spoiled() -> dict[str, Any]:
            found, count[0] = batch(), count[0] + 1
            if count[0] == 3:
                found["data"][0] = np.inf
            return found

        course.feed.batch = spoiled  # type: ignore[method-assign]

    def ruin(course: Run) -> None:
        params = course.trainer.get_params()
        params["ip"][1][1] = np.nan
        course.trainer.set_params({"ip": params["ip"]})

    for change, said, label in (
        (spoil, 'iteration 2 is nan: that began in layer "data"', '"data" has 36 of 288 values'),
        (ruin, 'iteration 0 is nan: that began in layer "ip"', "its parameter 1 has 1 of 3 values"),
    ):
        with pytest.raises(netspec.SpecError) as stopped:
            run(solver, backend, tmp_path, change=change)
        (problem,) = stopped.value.diagnostics
        assert problem.code == "NS814"
        assert said in problem.message
        assert label in problem.labels[0].text
    assert snapshots.latest(tmp_path / "snapshots") is None


def test_in_place_layers_are_told_apart(tmp_path: Path) -> None:
    """A logarithm of 0 that works in place: it is to blame, not the layer that wrote the blob."""
    write_files(tmp_path)
    text = NET.replace("| BatchNorm | ReLU", '| ReLU | Log { name: "log" }')
    (tmp_path / "small.net").write_text(text, encoding="utf-8")
    with pytest.raises(netspec.SpecError, match='layer "log"'):
        run(tmp_path / "solver.prototxt", "torch", tmp_path / "run")


def test_it_ends_when_it_is_asked_to(solver: Path, tmp_path: Path) -> None:
    """After the iteration, with a snapshot."""
    answers = iter([False, False, True])
    events = run(solver, "torch", tmp_path, stop=lambda: next(answers))
    assert [e.iteration for e in events if isinstance(e, Saved)] == [3]
    assert not isinstance(events[-1], Evaluated)


def test_what_cannot_be_gone_on_from(solver: Path, tmp_path: Path) -> None:
    run(solver, "torch", tmp_path / "run", 2)
    state = tmp_path / "run" / "snapshots" / "iter_2"
    (tmp_path / "empty").mkdir()
    for name, content in (
        ("empty one", {}),
        ("other", {snapshots.ABOUT: b'{"format": "something else"}'}),
        ("torn", {p.name: p.read_bytes()[: p.stat().st_size - (p.name == snapshots.STATE)] for p in state.iterdir()}),
    ):
        folders.write(tmp_path / name, content)
        (tmp_path / name).rename(tmp_path / "empty" / f"iter_{len(name)}")
    wider = write_files(tmp_path)
    (tmp_path / "small.net").write_text(NET.replace("num_output: 4", "num_output: 5"), encoding="utf-8")
    cases = [
        (solver, tmp_path / "empty" / "iter_9", "NS811"),
        (solver, tmp_path / "empty" / "iter_5", "NS811"),
        (solver, tmp_path / "empty" / "iter_4", "NS503"),
        (solver, tmp_path / "nowhere", "NS802"),
        (wider, state, "NS812"),
    ]
    for spec, path, code in cases:
        with pytest.raises(netspec.SpecError) as refused:
            run(spec, "torch", tmp_path / "new", resume=str(path))
        assert refused.value.diagnostics[0].code == code, path


def test_passes_in_bfloat16(solver: Path) -> None:
    """The loss is that of float32 to three digits, and not the same; weights stay in float32."""
    net, losses = netspec.load_solver(solver), list[float]()
    with np.load(solver.with_name("train.npz")) as file:
        batch = {name: file[name][:8] for name in ("data", "label")}
    first = netspec.trainer(net)
    weights, state = first.get_params(), first.learner.state()  # and of dropout
    for half in (False, True):
        trainer = netspec.trainer(net)
        trainer.set_params(weights)
        learner: Any = trainer.learner
        learner.half = half
        learner.restore(state)
        losses.append(trainer.step(batch))
        assert trainer.get_params()["ip"][0].dtype == np.float32
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert losses[0] != losses[1]


def test_another_framework_goes_on(solver: Path, tmp_path: Path) -> None:
    """From weights and histories, with random numbers of its own."""
    run(solver, "torch", tmp_path, 5)
    events = run(solver, "tensorflow", tmp_path, resume="")
    assert [e.iteration for e in events if isinstance(e, Stepped)] == [6, 7, 8, 9, 10]


def test_equal_scores_are_wrong_and_foreign_labels_do_not_count() -> None:
    scores = np.array([[1.0, 2.0, 0.0], [3.0, 3.0, 0.0], [0.0, 1.0, 2.0], [0.0, 0.0, 1.0]])
    labels, classes = hits(scores, np.array([1, 0, 255, 0]), 1)
    assert (labels.tolist(), classes.tolist()) == ([1, 0, 0], [1, -1, 2])


def test_what_judges() -> None:
    net = netspec.load_text(
        NET + "other = InnerProduct(ip) { num_output: 3 }\nright = Accuracy(other, label)", "small.net"
    )
    assert judged(net) == ("other", "label", 1)
    assert judged(netspec.load_text(NET)) == ("ip", "label", 1)
    assert judged(netspec.load_text("input x: [1, 3]\ny = ReLU(x)")) is None
