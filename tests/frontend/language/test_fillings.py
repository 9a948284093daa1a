"""The braces of a layer are as if they had been evaluated in each use by itself."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from netspec.diagnostics.source import Atlas, Source
from netspec.frontend.language.fillings import Fillings
from netspec.frontend.language.library import Library
from netspec.frontend.language.machine import Machine
from netspec.plugins.registry import registry
from netspec.syntax.document import Field, Message
from netspec.syntax.parser import quick
from tests.frontend.language.lines import DATA, lines

FOLDER = Path(str(files("netspec.specs")))
SPECS = sorted(path.name for path in FOLDER.iterdir() if path.name.endswith(".net"))
POWER = "block b(x, v) -> y { y = Power(x) { scale: v } }\n"
TEXTS = {
    "kinds": f"""{DATA}{POWER}
        a = b(data, 1) c = b(data, 1.0) d = b(data, 1) e = b(data, -0.0) f = b(data, 0.0) g = b(data, 0)""",
    "names": DATA
    + """block b(x, n) -> y { y = ReLU(x) { name: f"r{n}" negative_slope: 2 } }
        a = b(data, 1) c = b(a, 2)""",
    "lists": f"{DATA}{POWER} let two = [1, 2] a = b(data, two) c = b(data, [1, 2]) d = b(data, 3)",
    "conditions": DATA
    + """block b(x, on) -> y { y = ReLU(x) { if on { negative_slope: 1 } } }
        a = b(data, true) c = b(a, false) d = b(c, true)""",
    "repeated": DATA + "repeat i in 1..3 { x = Slice(data) { repeat j in 1..2 { slice_point: j } } }",
    "stages": f"""{DATA}{POWER} a = b(data, 1) train {{ a = b(a, 1) a = b(a, 1) }} stage "s" {{ d = b(data, 1) }}""",
    "outside": DATA + "let v = 2\nblock b(x) -> y { y = Power(x) { scale: v } } a = b(data) c = b(data)",
    "faults": f"""{DATA}{POWER}
        a = b(data, nothing) c = b(data, 1) d = b(data, f"x" + 1) e = b(data, data) f = b(data, data)""",
    "misplaced": DATA + "block b(x) -> y { y = ReLU(x) { share: x } } a = b(data) c = b(data)",
    "twice": DATA + """block b(x) -> y { y = ReLU(x) { name: "a" name: "b" } } a = b(data) c = b(data)""",
    "no name": DATA + """block b(x, n) -> y { y = ReLU(x) { name: n } } a = b(data, 1) c = b(data, "r")""",
    **{name: (FOLDER / name).read_text(encoding="utf-8") for name in SPECS},
}


def written(field: Field) -> Any:
    value = field.value
    inner = (tuple(map(written, value.fields)), *value.span) if isinstance(value, Message) else value
    return type(field).__name__, field.name, inner, field.start


def expanded(text: str) -> tuple[Any, ...]:
    """The fields with their places, what is wrong, and the steps that it took."""
    document = quick(Source("test.net", text))
    assert document is not None, text
    atlas = Atlas("test.net", text)
    machine = Machine(atlas, document, registry(()), Library(FOLDER), False)
    fields = tuple(map(written, machine.run()))
    return fields, machine.found, machine.module.budget.spent


@pytest.mark.parametrize("name", TEXTS)
def test_each_use_is_as_if_evaluated_by_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    together = expanded(TEXTS[name])
    monkeypatch.setattr(Fillings, "_key", lambda *_: None)
    assert together == expanded(TEXTS[name])


def test_numbers_that_are_equal_are_not_alike() -> None:
    scales = [line.split()[-2] for line in lines(TEXTS["kinds"])]
    assert scales == ["1", "1.0", "1", "-0.0", "0.0", "0"]
