"""Which layers are part of the net."""

from __future__ import annotations

import pytest
from pieces import codes, data, layer, load

from netspec.layers.base import Phase
from netspec.lower.rules import NetState, NetStateRule, Rules, Wired, states, whole
from netspec.spec import load_text

TRAIN, TEST = Phase.TRAIN, Phase.TEST

# The rules of a layer; the phase, level and stages of the net; whether the layer is part of it.
CASES = [
    ("", "TEST", 0, (), True),
    ("include { phase: TRAIN }", "TRAIN", 0, (), True),
    ("include { phase: TRAIN }", "TEST", 0, (), False),
    ("include { phase: 0 }", "TRAIN", 0, (), True),
    ("include { phase: TRAIN } include { phase: TEST }", "TEST", 0, (), True),
    ("include { }", "TEST", 0, (), True),
    ("exclude { }", "TEST", 0, (), False),
    ("exclude { phase: TEST }", "TEST", 0, (), False),
    ("exclude { phase: TEST }", "TRAIN", 0, (), True),
    ("exclude { phase: TEST } exclude { stage: 'a' }", "TRAIN", 0, ("a",), False),
    ("include { min_level: 1 }", "TEST", 0, (), False),
    ("include { min_level: 1 }", "TEST", 1, (), True),
    ("include { max_level: 1 }", "TEST", 2, (), False),
    ("include { min_level: -1 max_level: 0 }", "TEST", 0, (), True),
    ("include { stage: 'a' }", "TEST", 0, (), False),
    ("include { stage: 'a' }", "TEST", 0, ("b", "a"), True),
    ("include { stage: 'a' stage: 'b' }", "TEST", 0, ("a",), False),
    ("include { stage: ['a', 'b'] }", "TEST", 0, ("a", "b"), True),
    ("include { not_stage: 'a' }", "TEST", 0, ("a",), False),
    ("include { not_stage: 'a' }", "TEST", 0, (), True),
    ("include { phase: TEST stage: 'a' not_stage: 'b' }", "TEST", 0, ("a", "b"), False),
]


@pytest.mark.parametrize(("rules", "phase", "level", "stages", "there"), CASES)
def test_rules(rules: str, phase: str, level: int, stages: tuple[str, ...], there: bool) -> None:
    net = load(data(1, 2), layer("ReLU", rest=rules), phase=phase, level=level, stages=stages)
    assert ("y" in net.blobs) is there


def test_stages_of_the_file_count_too() -> None:
    spec = ["state { phase: TRAIN level: 3 stage: 'a' }", data(1, 2), layer("ReLU", rest="include { stage: 'a' }")]
    assert load(*spec).outputs == ("y",)
    assert load(*spec).phase is TEST
    assert load(*spec, stages=("b",)).outputs == ("y",)


def test_phase_of_a_layer() -> None:
    """`phase` is no rule: it says in which phase the layer runs."""
    net = load(data(1, 2), layer("Dropout", rest="phase: TRAIN"), layer("Dropout", tops="z"))
    assert [node.phase for node in net.layers] == [TEST, TRAIN, TEST]


def rule(phase: Phase | None = None, *stage: str) -> NetStateRule:
    return NetStateRule(phase=phase, stage=stage)


# The rules of a net's layers, and the states that they tell apart.
STATES: list[tuple[list[Rules], list[NetState]]] = [
    ([], [NetState()]),
    ([Rules((NetStateRule(min_level=1),))], [NetState()]),
    ([Rules((rule(TRAIN),)), Rules((rule(TEST),))], [NetState(TRAIN), NetState(TEST)]),
    ([Rules((rule(TRAIN),)), Rules((rule(TRAIN),))], [NetState(TRAIN)]),
    ([Rules((rule(TEST, "a"), rule(TEST, "b")))], [NetState(TEST, 0, ("a",)), NetState(TEST, 0, ("b",))]),
    ([Rules(exclude=(rule(TRAIN),))], [NetState(TRAIN), NetState(TEST)]),
    ([Rules(exclude=(rule(None, "a"),))], [NetState(TEST, 0, ("a",)), NetState(TEST)]),
]


@pytest.mark.parametrize(("rules", "expected"), STATES)
def test_states(rules: list[Rules], expected: list[NetState]) -> None:
    assert states(rules, NetState()) == expected


STORED = layer("HDF5Data", "", "data label", "hdf5_data_param { source: 'x' batch_size: 1 } include { phase: TRAIN }")


@pytest.mark.parametrize(
    ("state", "expected"),
    [("", ["NS210"]), ("phase: TEST", []), ("phase: TRAIN", ["NS210"]), ("stage: 'a'", ["NS210"])],
)
def test_a_net_that_says_its_phase_is_of_no_other(state: str, expected: list[str]) -> None:
    """TEST is whole; in TRAIN the data would be written twice."""
    assert codes(f"state {{ {state} }}", data(1, 2), STORED, layer("ReLU")) == expected


def test_a_net_is_loaded_in_the_phase_that_it_says() -> None:
    assert load_text(f"state {{ phase: TRAIN }} {data(1, 2)}").phase == "TRAIN"
    assert load_text(f"state {{ phase: TRAIN }} {data(1, 2)}", phase="TEST").phase == "TEST"


def wired(bottoms: str, tops: str, *rules: NetStateRule) -> Wired:
    return Wired(Rules(rules), tuple(bottoms.split()), tuple(tops.split()))


DATA, LSTM = wired("", "x", rule(TRAIN), rule(TEST, "val")), wired("x", "y", rule(None, "deep"))
VAL = NetState(TEST, 0, ("val",))

# The layers of a net, states that its rules tell apart, and in which of these, with which stages more, it is whole.
WHOLE: list[tuple[list[Wired], list[NetState], list[NetState]]] = [
    ([], [NetState()], [NetState()]),
    ([wired("x", "y")], [NetState(TRAIN), NetState(TEST)], [NetState(TRAIN), NetState(TEST)]),
    ([wired("", "x", rule(TRAIN)), wired("x", "y")], [NetState(TRAIN), NetState(TEST)], [NetState(TRAIN)]),
    ([DATA, wired("x", "y")], [NetState(TEST), NetState(TRAIN)], [VAL, NetState(TRAIN)]),
    ([DATA, LSTM, wired("y", "z")], [VAL], [NetState(TEST, 0, ("val", "deep"))]),
    ([DATA, LSTM, wired("y", "z")], [NetState(TEST), VAL], [NetState(TEST, 0, ("deep", "val"))]),
    ([DATA, LSTM], [NetState(TRAIN)], [NetState(TRAIN)]),
    ([wired("", "x"), wired("x", "y", NetStateRule(stage=("a",), not_stage=("b",))), wired("y", "z")],
     [NetState(TEST, 0, ("b",))], [NetState(TEST, 0, ("b",))]),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "found", "expected"), WHOLE)
def test_states_in_which_a_net_is_whole(layers: list[Wired], found: list[NetState], expected: list[NetState]) -> None:
    assert whole(found, layers) == expected


def test_a_net_whose_data_is_for_a_stage() -> None:
    """As captions are trained: two rules name a stage each, and a solver sets both."""
    spec = (
        data(1, 2, rest="include { phase: TEST stage: 'val' }"),
        layer("TanH", rest="include { stage: 'deep' }"),
        layer("ReLU", "y", "z"),
    )
    assert codes(*spec) == []
    assert "NS209" in codes(*spec, phase="TEST")
