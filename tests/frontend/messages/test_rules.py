"""Which layers are part of the net."""

from __future__ import annotations

import time

import pytest

from netspec.diagnostics import Severity, errors
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_text
from netspec.frontend.messages.rules import NetState, NetStateRule, Rules, Wired, states, whole
from netspec.layers.base import Phase
from tests.frontend.pieces import codes, data, layer, load

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
    [("", ["NS229"]), ("phase: TEST", []), ("phase: TRAIN", ["NS210"]), ("stage: 'a'", ["NS229"])],
)
def test_a_net_that_says_its_phase_is_of_no_other(state: str, expected: list[str]) -> None:
    """TEST is whole; in TRAIN the data would be written twice, so that the net is not for that."""
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


DECLARED = Wired(Rules(), (), ("x",), declared=True)
BOTH = [NetState(TRAIN), NetState(TEST)]
FED_TWICE = [
    ([DECLARED, wired("", "x", rule(TRAIN))], BOTH, [NetState(TEST)]),
    ([DECLARED, wired("", "l x", rule(TRAIN))], [NetState(TRAIN)], [NetState(TRAIN)]),
    (
        [wired("", "x"), wired("", "x", rule(TRAIN))],
        [NetState(TRAIN), NetState(TEST)],
        [NetState(TRAIN), NetState(TEST)],
    ),
    ([DECLARED, wired("", "x")], [NetState(TRAIN), NetState(TEST)], [NetState(TRAIN), NetState(TEST)]),
    ([DECLARED, wired("x", "x", rule(TRAIN))], [NetState(TRAIN), NetState(TEST)], [NetState(TRAIN), NetState(TEST)]),
]


@pytest.mark.parametrize(("layers", "found", "expected"), [*WHOLE, *FED_TWICE])
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


DATA = 'input: "data" input_shape { dim: 1 dim: 4 }\n'


def staged(i: int, rule: str, more: str = "") -> str:
    return f'layer {{ name: "a{i}" type: "Power" bottom: "data" top: "a{i}" {rule} {more} }}\n'


MANY = {
    "a stage each": lambda n: [staged(i, f'include {{ stage: "s{i}" }}') for i in range(n)],
    "out of a stage each": lambda n: [staged(i, f'exclude {{ stage: "s{i}" }}') for i in range(n)],
    "stages of one layer": lambda n: [staged(0, "".join(f'include {{ stage: "s{i}" }} ' for i in range(n)))],
    "no stages of one layer": lambda n: [
        staged(0, "".join(f'include {{ not_stage: "s{i}" phase: TRAIN }} ' for i in range(n)))
    ],
}


@pytest.mark.parametrize("name", MANY)
def test_states_take_time_in_proportion(name: str) -> None:
    """Twice as many take twice the time, not four times; each is a fraction of what squares would take."""
    times: list[float] = []
    for n in (500, 4000):
        source = Source("it.net", DATA + "".join(MANY[name](n)))
        begun = time.process_time()
        found = check_source(source)
        times.append(time.process_time() - begun)
        assert not errors(found)
    assert times[1] < 32 * max(times[0], 0.02)  # squares: 64


def test_a_fault_in_one_state_of_a_thousand_is_found() -> None:
    layers = MANY["a stage each"](1000)
    layers[777] = staged(777, 'include { stage: "s777" }').replace('bottom: "data"', 'bottom: "data" bottom: "data"')
    assert [d.code for d in check_source(Source("it.net", DATA + "".join(layers)))] == ["NS212"]


def test_states_that_are_too_many_are_said() -> None:
    layers = [staged(i, f'exclude {{ stage: "s{i}" }}') for i in range(1000)]
    layers.append('layer { name: "b" type: "ReLU" bottom: "a7" top: "b" include { phase: TEST stage: "late" } }')
    (warning,) = check_source(Source("it.net", DATA + "".join(layers)))
    assert (warning.code, warning.severity) == ("NS713", Severity.WARNING)
    assert warning.message.startswith("the rules tell apart 1002 states of the net, of which ")
    assert [label.text for label in warning.labels] == ["is in none of these"]
    assert not check_source(Source("it.net", DATA + "".join(layers)), "TEST", stages=["late"])
