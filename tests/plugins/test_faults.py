"""What is wrong with plugins: each fault is a diagnostic, never a traceback."""

from __future__ import annotations

import signal
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.layers.base import Elementwise
from netspec.net.cost import layer_cost
from netspec.plugins.faults import interrupted

NET = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "mine" type: "Mine" bottom: "x" top: "y" }
"""
PYTHON = "class Mine(PythonLayer, Elementwise):\n    def formula(self, x): return x + 1\n"
MINE = "class Mine(Formula):\n    def formula(self, x): return x + 1\n"
NATIVE = "class Mine(Layer):\n    def infer(self, site): return site.bottoms\n"

Plugin = Callable[[str], Path]


def show_cost(net: netspec.Net) -> object:
    return [layer_cost(net, node) for node in net.layers]


def in_tensorflow(net: netspec.Net) -> object:
    return netspec.emit(net, "tensorflow")


def drawn(net: netspec.Net) -> object:
    return netspec.verify(net, backends=("numpy", "torch"), grad=False)


class Case(NamedTuple):
    """The text of a plugin, and how it fails: as it is loaded, as the spec is read, or as code is written."""

    text: str
    code: str
    message: str


LOADING = {
    "syntax": Case("class Mine(Formula)\n    pass", "NS601", "cannot be imported: SyntaxError: expected ':'"),
    "import": Case("import no_such_module", "NS601", "cannot be imported: ModuleNotFoundError: No module named"),
    "raises": Case("LAYERS = (1 / 0,)", "NS601", "cannot be imported: ZeroDivisionError: division by zero"),
    "exits": Case("raise SystemExit(3)", "NS601", "cannot be imported: SystemExit: 3"),
    "interrupts": Case("raise KeyboardInterrupt", "NS601", "cannot be imported: KeyboardInterrupt"),
    "leaves": Case("raise GeneratorExit('gone')", "NS601", "cannot be imported: GeneratorExit: gone"),
    "own_exception": Case("class Gone(BaseException): pass\nraise Gone", "NS601", "cannot be imported: Gone"),
    "exits_in_a_class": Case(
        "class Mine(Layer):\n    @classmethod\n    def type_name(cls): raise SystemExit(3)\nLAYERS = (Mine,)",
        "NS601",
        "cannot be used: SystemExit: 3",
    ),
    "null": Case("x = '\0'", "NS601", "cannot be imported: "),
    "no_layers": Case(MINE, "NS601", "has no LAYERS"),
    "one_layer": Case(MINE + "LAYERS = Mine", "NS601", "has LAYERS that is a ModelMetaclass"),
    "no_class": Case("LAYERS = ('Mine',)", "NS601", "lists 'Mine' in LAYERS"),
    "other_class": Case("LAYERS = (int,)", "NS601", "lists <class 'int'> in LAYERS"),
    "no_formula": Case("class Mine(Formula): pass\nLAYERS = (Mine,)", "NS601", "a layer type Mine that has no formula"),
    "no_rule": Case("class Mine(Layer): pass\nLAYERS = (Mine,)", "NS601", "Mine that has no shape rule"),
    "no_message": Case(f"{MINE}    slope: float = 1.0\nLAYERS = (Mine,)", "NS601", "has the field slope, but"),
    "no_pair": Case(f"{PYTHON}    python: ClassVar = 'a.B'\nLAYERS = (Mine,)", "NS601", "has python = 'a.B', not"),
    "no_python": Case(f"{PYTHON}LAYERS = (Mine,)", "NS601", "has python = None, not"),
    "no_python_layer": Case(
        f"{MINE}    python: ClassVar = ('a', 'B')\nLAYERS = (Mine,)", "NS601", "has python, but is not derived from"
    ),
    "taken_field": Case(
        f"{MINE}    message: ClassVar = 'mine_param'\n    tops: int = 1\nLAYERS = (Mine,)",
        "NS601",
        "has a field tops, ",
    ),
    "taken_by_data_layers": Case(
        "class Mine(DataLayer):\n    message: ClassVar = 'mine_param'\n    batch_first: bool = True\n"
        "    def infer(self, site): return ((2, 3),)\nLAYERS = (Mine,)",
        "NS601",
        "has a field batch_first, ",
    ),
    "odd_field": Case(
        f"{MINE}    message: ClassVar = 'mine_param'\n    slope: dict[str, Any] = {{}}\nLAYERS = (Mine,)",
        "NS601",
        "has fields that a spec cannot hold",
    ),
    "unknown_annotation": Case(
        f"{MINE}    message: ClassVar = 'mine_param'\n    slope: 'Unheard' = 1\nLAYERS = (Mine,)",
        "NS601",
        "has fields that a spec cannot hold",
    ),
    "redefines": Case(MINE.replace("Mine", "ReLU") + "LAYERS = (ReLU,)", "NS602", "ReLU, which netspec has"),
    "twice": Case(MINE + "LAYERS = (Mine, Mine)", "NS602", "the layer type Mine, which plugin"),
    "python_twice": Case(
        f"{PYTHON}    python: ClassVar = ('a', 'B')\nclass More(Mine): pass\nLAYERS = (Mine, More)",
        "NS602",
        "the Python layer a.B, which plugin",
    ),
    "emitters_list": Case(MINE + "LAYERS = (Mine,)\nEMITTERS = []", "NS601", "has EMITTERS that is a list"),
    "emitters_flat": Case(MINE + "LAYERS = (Mine,)\nEMITTERS = {Mine: 1}", "NS601", "has a int in EMITTERS under"),
    "emitters_foreign": Case(
        MINE + "LAYERS = (Mine,)\nEMITTERS = {'torch': {Elementwise: print}}", "NS601", "which is not in its LAYERS"
    ),
    "emitters_value": Case(
        MINE + "LAYERS = (Mine,)\nEMITTERS = {'torch': {Mine: 'F.mine'}}", "NS601", "has a str as emitter"
    ),
}
READING = {
    "rule_raises": Case(
        "class Mine(Formula):\n    def formula(self, x): return x.mine", "NS603", "'Array' object has no attribute"
    ),
    "rule_exits": Case(
        "class Mine(Formula):\n    def formula(self, x): raise SystemExit(3)", "NS603", "give its shapes: SystemExit: 3"
    ),
    "rule_interrupts": Case(
        "class Mine(Layer):\n    def infer(self, site): raise KeyboardInterrupt", "NS603", "shapes: KeyboardInterrupt"
    ),
    "rule_recurses": Case(
        "class Mine(Layer):\n    def infer(self, site): return self.infer(site)", "NS603", "RecursionError: maximum"
    ),
    "error_without_words": Case(
        "class Odd(Exception):\n    def __str__(self): raise ValueError\n"
        "class Mine(Formula):\n    def formula(self, x): raise Odd",
        "NS603",
        "give its shapes: Odd",
    ),
    "canonical_raises": Case(
        f"{NATIVE}    def canonical(self): return 1 / 0", "NS603", "read its parameters: ZeroDivisionError"
    ),
    "canonical_is_no_layer": Case(
        f"{NATIVE}    def canonical(self): return 3", "NS603", "canonical gave 3, not a layer"
    ),
    "rule_gives_a_list": Case(
        "class Mine(Layer):\n    def infer(self, site): return [(1, 2)]",
        "NS603",
        "infer gave [(1, 2)], not a tuple of 1",
    ),
    "rule_gives_too_many": Case(
        "class Mine(Layer):\n    def infer(self, site): return ((1,), (2,))", "NS603", "infer gave ((1,), (2,)), not"
    ),
    "rule_gives_floats": Case(
        "class Mine(Layer):\n    def infer(self, site): return ((1, 1.5),)", "NS603", "infer gave ((1, 1.5),), not"
    ),
    "blobs_are_none": Case(f"{NATIVE}    def blobs(self, site): return (3,)", "NS603", "blobs gave (3,), not"),
    "shapes_do_not_meet": Case(
        "class Mine(Formula):\n    def formula(self, x): return x + netspec_full()\n"
        "from netspec.arrays import full\ndef netspec_full(): return full((2, 4), 1.0)",
        "NS301",
        "shapes do not meet: 2×3 and 2×4",
    ),
}
WRITING = {
    "no_emitter": Case(NATIVE, "NS401", 'no PyTorch meaning yet for Mine: EMITTERS["torch"] of plugin'),
    "raises": Case(
        NATIVE + "EMITTERS = {'torch': {Mine: lambda layer, place: place.nothing}}",
        "NS603",
        "fails to write PyTorch code: AttributeError",
    ),
    "gives_text": Case(
        NATIVE + "EMITTERS = {'torch': {Mine: lambda layer, place: 'F.mine(x)'}}",
        "NS603",
        "the emitter of Mine gave 'F.mine(x)', not a Code for each top",
    ),
    "exits": Case(
        f"import sys\n{NATIVE}EMITTERS = {{'torch': {{Mine: lambda layer, place: sys.exit(3)}}}}",
        "NS603",
        "fails to write PyTorch code: SystemExit: 3",
    ),
    "formula_raises": Case(
        "class Mine(Elementwise):\n    def formula(self, x): return x.mine", "NS603", "fails to write PyTorch code"
    ),
}


def checked(path: Path | str) -> list[Diagnostic]:
    return check_source(Source("mine.net", NET), plugins=[path])


def shown(found: list[Diagnostic], code: str, message: str) -> None:
    (only,) = found
    assert only.code == code, only.message
    assert message in only.message


@pytest.mark.filterwarnings("ignore:Field name")  # pydantic says it, too
@pytest.mark.parametrize("case", LOADING.values(), ids=LOADING.keys())
def test_a_plugin_that_cannot_be_used(case: Case, plugin: Plugin) -> None:
    shown(checked(plugin(case.text)), case.code, case.message)


@pytest.mark.parametrize("case", READING.values(), ids=READING.keys())
def test_a_rule_that_fails(case: Case, plugin: Plugin) -> None:
    shown(checked(plugin(case.text + "\nLAYERS = (Mine,)")), case.code, case.message)


# Rules that are asked of what the spec leaves open.
READ = """
class Read(DataLayer):
    batch_first: ClassVar = True
    def infer(self, site): return ((2, UNKNOWN, UNKNOWN, UNKNOWN),)
    %s
class Mine(Formula):
    message: ClassVar = "mine_param"
    def formula(self, x): return x + 1
    %s
LAYERS = (Read, Mine)
"""
IMPORTS = "from netspec.shapes import UNKNOWN\n"
READ_NET = """
layer { name: "in" type: "Read" top: "x" }
layer { name: "mine" type: "Mine" bottom: "x" top: "y" }
layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "z" top: "l" }
"""
SECOND = 'layer { name: "z" type: "Input" top: "z" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }\n'
GUESSING = {
    "assumed_channels": ("def assumed_channels(self): return 1 / 0", "", SECOND + READ_NET),
    "needs": ("", "def size_requirements(self, bottoms, tops): return 1 / 0", SECOND + READ_NET),
    "needs_nothing": ("", "def size_requirements(self, bottoms, tops): return None", SECOND + READ_NET),
    "assumed_shape": (
        "def assumed_shape(self, top, shape): raise SystemExit",
        "",
        READ_NET.replace('bottom: "z"', 'bottom: "y"'),
    ),
    "alternative_shape": (
        "def alternative_shape(self, top, shape): return 1 / 0",
        "",
        SECOND.replace("dim: 2", "dim: 3") + READ_NET,
    ),
}


@pytest.mark.parametrize("case", GUESSING)
def test_a_guess_that_fails(case: str, plugin: Plugin) -> None:
    read, mine, net = GUESSING[case]
    path = plugin(IMPORTS + READ % (read or "pass", mine or "pass"))
    found = check_source(Source("mine.net", net), plugins=[path])
    (failed,) = (d for d in found if d.code == "NS603")
    assert "fails to guess what the spec leaves open" in failed.message and failed.labels


# Rules that are asked of a net that is known.
ASKING = {
    "macs": (show_cost, "def macs(self, site, tops): return 1 / 0", "fails to say what it costs: ZeroDivisionError"),
    "macs_none": (show_cost, "def macs(self, site, tops): return None", "macs gave None, not a number"),
    "wish": (
        in_tensorflow,
        "def layout_preference(self, site): raise SystemExit(3)",
        "say how it likes its axes: SystemExit: 3",
    ),
    "random": (drawn, "def random(self, site): return 1 / 0", "say what it leaves to chance: ZeroDivisionError"),
    "ranges": (
        drawn,
        "def random(self, site): return False\n    def ranges(self, site): return 1 / 0",
        "say what its bottoms hold: ZeroDivisionError",
    ),
}


@pytest.mark.parametrize("case", ASKING)
def test_a_rule_asked_later_that_fails(case: str, plugin: Plugin) -> None:
    ask, rule, message = ASKING[case]
    path = plugin(
        f"class Mine(Stochastic, Elementwise):\n    {rule}\n    def formula(self, x): return x\nLAYERS = (Mine,)"
    )
    net = netspec.load_text(NET.replace("dim: 2 dim: 3", "dim: 2 dim: 3 dim: 4 dim: 4"), plugins=[path])
    with pytest.raises(netspec.SpecError) as refused:
        ask(net)
    shown(list(refused.value.diagnostics), "NS603", message)


def test_an_expectation_of_what_a_layer_cannot_say(plugin: Plugin) -> None:
    rule = "def macs(self, site, tops): return 1 / 0"
    path = plugin(f"class Mine(Elementwise):\n    def formula(self, x): return x\n    {rule}\nLAYERS = (Mine,)")
    text = "input x: [2, 3]\ny = Mine(x)\nexpect macs <= 5\nexpect parameters <= 5\n"
    shown(check_source(Source("mine.net", text), plugins=[path]), "NS603", "fails to say what it costs")


def test_the_users_own_interrupt_is_one() -> None:
    def raises(run: Callable[[], object]) -> BaseException:
        with pytest.raises(KeyboardInterrupt) as caught:
            run()
        return caught.value

    def cry() -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
    try:
        assert interrupted(raises(lambda: signal.raise_signal(signal.SIGINT)))
    finally:
        signal.signal(signal.SIGINT, before)
    assert not interrupted(raises(cry))
    assert not interrupted(ValueError())


@pytest.mark.parametrize("case", WRITING.values(), ids=WRITING.keys())
def test_an_emitter_that_fails(case: Case, plugin: Plugin) -> None:
    net = netspec.load_text(NET, plugins=[plugin(case.text + "\nLAYERS = (Mine,)")])
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(net, "torch")
    shown(list(refused.value.diagnostics), case.code, case.message)


def test_the_line_is_shown(plugin: Plugin) -> None:
    path = plugin("class Mine(Formula):\n    def formula(self, x):\n        return x.mine\nLAYERS = (Mine,)")
    ((place, line),) = (found.labels for found in checked(path))
    assert place.source.name == "mine.net"
    assert (line.source.name, line.source.text[slice(*line.span)]) == (str(path), "return x.mine")


@pytest.mark.parametrize("path", ["nowhere.py", ".", "nul\0.py"])
def test_no_file(path: str) -> None:
    shown(checked(path), "NS601", f"plugin {path} cannot be read: ")


def test_load_raises_what_check_finds() -> None:
    with pytest.raises(netspec.SpecError) as refused:
        netspec.load_text(NET, plugins=["nowhere.py"])
    assert refused.value.diagnostics == tuple(checked("nowhere.py"))


def test_named_twice_counts_once(plugin: Plugin) -> None:
    path = plugin(MINE + "LAYERS = (Mine,)")
    assert check_source(Source("mine.net", NET), plugins=[path, str(path)]) == []


def test_two_with_one_type(plugin: Plugin, tmp_path: Path) -> None:
    path = plugin(MINE + "LAYERS = (Mine,)")
    other = tmp_path / "other.py"
    other.write_text(path.read_text("utf-8"), "utf-8")
    found = check_source(Source("mine.net", NET), plugins=[path, other])
    shown(found, "NS602", f"plugin {other} defines the layer type Mine, which plugin {path} has already")


def test_a_module_is_a_plugin() -> None:
    module = ModuleType("mine")
    shown(check_source(Source("mine.net", NET), plugins=[module]), "NS601", "plugin mine has no LAYERS")
    vars(module)["LAYERS"] = (type("Mine", (Elementwise,), {"formula": lambda self, x: x}),)
    assert check_source(Source("mine.net", NET), plugins=[module]) == []


def test_a_backend_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def entry_points(group: str) -> list[EntryPoint]:
        return [EntryPoint("mine", "no_such_module:BACKEND", group)]

    monkeypatch.setattr("netspec.backend.door.entry_points", entry_points)
    net = netspec.load_text("input x: [2, 3]\ny = ReLU(x)")
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(net, "mine")
    shown(list(refused.value.diagnostics), "NS403", 'backend "mine" cannot be loaded: ModuleNotFoundError')
