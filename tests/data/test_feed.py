"""What feeds a net: shapes, the order of items, and where a feed stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec import Net
from netspec.data import Feed, feed
from tests.data.faults import fails

SPEC = """
layer {{ name: "in" type: "Input" top: "data" top: "label"
  input_param {{ shape {{ dim: {data} }} shape {{ dim: {label} }} }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {{ num_output: 9 }} }}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }}
"""


def net(data: str = "4 dim: 1 dim: 2 dim: 2", label: str = "4", phase: str = "TRAIN") -> Net:
    return netspec.load_text(SPEC.format(data=data, label=label), phase=phase)


def save(path: Path, compressed: bool = False, **arrays: Any) -> Path:
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


def items(count: int) -> dict[str, Any]:
    return {"data": np.arange(count * 4, dtype=np.uint8).reshape(count, 2, 2), "label": np.arange(count) % 3}


@pytest.mark.parametrize("compressed", [False, True])
def test_in_test_items_come_as_they_stand_and_begin_anew_within_a_batch(tmp_path: Path, compressed: bool) -> None:
    fed = feed(net(phase="TEST"), save(tmp_path / "a.npz", compressed, **items(6)))
    assert (fed.size, fed.tops) == (6, {"data": (4, 1, 2, 2), "label": (4,)})
    first, second = fed.batch(), fed.batch()
    assert first["data"].dtype == np.float32 and first["data"].flags.c_contiguous
    assert first["data"].tolist() == np.arange(16).reshape(4, 1, 2, 2).tolist()
    assert second["data"].tolist() == np.array([*range(16, 24), *range(8)]).reshape(4, 1, 2, 2).tolist()
    assert (first["label"].tolist(), second["label"].tolist()) == ([0, 1, 2, 0], [1, 2, 0, 1])


def test_in_train_every_item_comes_once_a_round(tmp_path: Path) -> None:
    fed = feed(net(), save(tmp_path / "a.npz", **items(8)), seed=1)
    rounds = [[int(v) for _ in range(2) for v in fed.batch()["data"][:, 0, 0, 0]] for _ in range(2)]
    assert [sorted(one) for one in rounds] == [list(range(0, 32, 4))] * 2
    assert rounds[0] != rounds[1]


@settings(max_examples=25)
@given(st.integers(0, 9), st.integers(1, 7), st.integers(1, 5))
def test_a_restored_feed_goes_on(tmp_path_factory: pytest.TempPathFactory, before: int, count: int, batch: int) -> None:
    file = save(tmp_path_factory.mktemp("npz") / "a.npz", **items(count))
    fed = feed(net(), file, batch=batch)
    for _ in range(before):
        fed.batch()
    state = json.loads(json.dumps(fed.state()))
    other = feed(net(), file, batch=batch)
    other.restore(state)
    for _ in range(4):
        one, two = fed.batch(), other.batch()
        assert all(np.array_equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("names", "phase", "found"),
    [
        (("data", "label", "x"), "TRAIN", ("data", "label")),
        (("x", "y"), "TRAIN", ("x", "y")),
        (("images", "label"), "TRAIN", ("images", "label")),
        (("x_train", "y_train", "x_test", "y_test"), "TRAIN", ("x_train", "y_train")),
        (("x_train", "y_train", "x_test", "y_test"), "TEST", ("x_test", "y_test")),
    ],
)
def test_names_of_arrays(tmp_path: Path, names: tuple[str, ...], phase: str, found: tuple[str, str]) -> None:
    arrays = {name: np.full((4, 4) if i % 2 == 0 and name != "label" else 4, i) for i, name in enumerate(names)}
    given = {
        name: np.full((4, 4), i) if name in ("data", "x", "images", "x_train", "x_test") else arrays[name]
        for i, name in enumerate(names)
    }
    batch = feed(net("4 dim: 4", phase=phase), save(tmp_path / "a.npz", **given)).batch()
    assert batch["data"].flat[0] == names.index(found[0])
    assert batch["label"].flat[0] == names.index(found[1])


FAULTS: dict[str, tuple[dict[str, Any] | bytes | None, str, str]] = {
    "missing": (None, "NS821", "there is no file, folder or database"),
    "no rows": ({"data": np.zeros((0, 4)), "label": np.zeros(0)}, "NS821", "holds no rows"),
    "no zip": (b"PK", "NS822", "cannot be read as .npz"),
    "texts": ({"data": np.array(["a"]), "label": np.zeros(1)}, "NS822", "holds <U1, not numbers"),
    "objects": ({"data": np.array([{}], object), "label": np.zeros(1)}, "NS822", "holds object, not numbers"),
    "no label": ({"data": np.zeros((2, 2, 2))}, "NS827", 'no array for the input "label": it holds data'),
    "others": ({"a": np.zeros(2)}, "NS827", 'no array for the inputs "data" and "label": it holds a'),
    "shape": ({"data": np.zeros((5, 3, 3)), "label": np.zeros(5)}, "NS827", 'items of 3×3 for "data"'),
    "rows": ({"data": np.zeros((5, 2, 2)), "label": np.zeros(4)}, "NS827", "not as many rows: data 5, label 4"),
}


@pytest.mark.parametrize(("content", "code", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(tmp_path: Path, content: dict[str, Any] | bytes | None, code: str, message: str) -> None:
    path = tmp_path / "a.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        save(path, **content)
    fails(code, message, lambda: feed(net(), path))


def test_a_file_cut_off(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", True, **items(100))
    path.write_bytes(path.read_bytes()[:-200])
    fails("NS822", "cannot be read as .npz", lambda: feed(net(), path))


def test_what_does_not_feed(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", **items(6))
    fails("NS827", 'nothing is given for what the net reads: "data", "label"', lambda: feed(net()))
    (tmp_path / "a.bin").write_bytes(bytes(9))
    fails("NS822", "is of no kind of data", lambda: feed(net(), tmp_path / "a.bin"))
    open_batch = netspec.load_text(SPEC.format(data="4 dim: 4", label="4"), inputs={"data": ["N", 4], "label": ["N"]})
    fails("NS827", 'how many items a batch has: "data" is N×4', lambda: feed(open_batch, path))
    assert feed(open_batch, path, batch=5).batch()["data"].tolist() == np.arange(20).reshape(5, 4).tolist()


OTHERS: dict[str, Any] = {
    "other data": {"data": "7 items of data 1×2×2, label ()", "seed": 1, "items": 3},
    "nothing": {},
    "no place": {"seed": 1},
    "negative": {"seed": 1, "items": -1},
    "text": {"seed": "1", "items": 1},
}


@pytest.mark.parametrize("state", OTHERS.values(), ids=OTHERS.keys())
def test_states_of_other_data(tmp_path: Path, state: dict[str, Any]) -> None:
    fed: Feed = feed(net(), save(tmp_path / "a.npz", **items(6)), seed=3)
    before = fed.state()
    whole = {"data": before["data"]} if "data" not in state and state else {}
    fails("NS828", "the state", lambda: fed.restore({**whole, **state}))
    assert fed.state() == before
