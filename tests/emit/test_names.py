"""Names as Python has them."""

from __future__ import annotations

import pytest

from netspec.emit.names import read

# Code, and which of these names it reads.
READING = [
    ("x = torch.relu(x)", "torch"),
    ("x = x.torch.F", ""),
    ("x = F . relu(x)", "F"),
    ("x = {\"torch\": x, 'F': y}  # math", ""),
    ('x = f("say \\"torch\\" now", math)', "math"),
    ('"""A net.\n\nWith "torch" and math.\n"""\nx = F', "F"),
    ("torch_2 = nF + F2 + _math + mathé", ""),
    ("x = 1.5 + torch.inf\n", "torch"),
    ('x = ""  # "\ny = torch', "torch"),
]


@pytest.mark.parametrize(("code", "names"), READING)
def test_which_names_code_reads(code: str, names: str) -> None:
    assert read(code) & {"torch", "F", "math"} == set(names.split())


def test_a_name_with_dots_is_one() -> None:
    assert read("torch.nn.init.zeros_") == {"torch"}
    assert read("self.fc.weight") == {"self"}
