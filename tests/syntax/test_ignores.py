"""Comments that say which faults of a line are known."""

from __future__ import annotations

import pytest

from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.syntax.ignores import settled

HEAD = "input data: [1, 3, 8, 8]\n"
WIDE = "a = Convolution(data) { num_output: 4 kernel_size: 9 }"
FINE = "a = Convolution(data) { num_output: 4 kernel_size: 3 }"
ODD = 'layer { name: "b" type: "ReLU" bottom: "data" top: "b" pooling_param { pool: MAX } }'  # a warning, below FINE
LIBRARY = "block wide(x) -> y {\n  y = Convolution(x) { num_output: 4 kernel_size: 9 }  # netspec: ignore[NS302]\n}\n"

# text below HEAD, what is left of it, each with what it is about
CASES: list[tuple[str, list[str]]] = [
    (f"{WIDE}\n", ["NS302 kernel_size: 9"]),
    (f"{WIDE}  # netspec: ignore[NS302]\n", []),
    (f"{WIDE} #netspec:ignore[ ns302 ] since we are odd", []),
    (f"# netspec: ignore[NS302]\n{WIDE}\n", []),
    (f"# netspec: ignore[NS302]\n# because\n\n  # really\n{WIDE}\n", []),
    (f"# netspec: ignore[NS302]\n{FINE}\n{WIDE.replace('a', 'b', 1)}\n", ["NS302 kernel_size: 9"]),
    (f"{WIDE}\n# netspec: ignore[NS302]\n", ["NS302 kernel_size: 9"]),
    (f"{WIDE}  # netspec: ignore[NS301]\n", ["NS302 kernel_size: 9"]),
    (f"{FINE}  # netspec: ignore[NS302]\n", ["NS905 NS302"]),
    (f"{FINE}\n{ODD}  # netspec: ignore[NS222]\n", []),
    (f"{FINE}\n{ODD}  # netspec: ignore[NS222, NS221]\n", ["NS905 NS221"]),
    (f"{WIDE}  # netspec: ignore[NS302, NS221, NS301]\n", ["NS905 NS301"]),
    (f"{FINE}\n# netspec: ignore[NS302]", ["NS905 NS302"]),
    (f"{FINE}  # netspec: ignore NS302\n", ["NS906 # netspec: ignore NS302"]),
    (f"{FINE}  # netspec: is good\n", ["NS906 # netspec: is good"]),
    (f"{FINE}  # netspec is good\n", []),
    (f"{FINE}  # netspec: ignore[NS999]\n", ["NS906 NS999"]),
    (f"{FINE}  # netspec: ignore[NS101]\n", ["NS906 NS101"]),
    ("layer {  # netspec: ignore[NS102]\n", ["NS102 layer {", "NS906 NS102"]),
    ('a = ReLU(data) { name: "# netspec: ignore[NS302]" }\n', []),
]


def left(text: str, whole: bool = True) -> list[str]:
    source = Source("a.net", text)
    found = settled(check_source(source), source, whole)
    return [f"{d.code} {d.labels[0].source.text[slice(*d.labels[0].span)]}" for d in found]


@pytest.mark.parametrize(("text", "codes"), CASES, ids=[text for text, _ in CASES])
def test_what_is_left(text: str, codes: list[str]) -> None:
    assert left(HEAD + text) == codes


def test_of_a_phase_alone_nothing_is_unused() -> None:
    assert left(f"{HEAD}{FINE}  # netspec: ignore[NS302]\n", whole=False) == []


def test_a_library_speaks_of_its_uses() -> None:
    assert left(LIBRARY) == []
    assert left(f"{LIBRARY}{HEAD}a = wide(data)\n") == []
    assert left(LIBRARY.replace("9", "3") + f"{HEAD}a = wide(data)\n") == ["NS905 NS302"]


def test_many_lines_take_linear_time() -> None:
    comments = "# netspec: ignore[NS302]\n" * 3000
    assert len(left(f"{HEAD}{FINE}\n{comments}")) == 3000
