"""The text that users read is held against one class: whatever is broken in it is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from netspec_torch import backend as torch

import netspec
from netspec.net import Net
from netspec.verify.report import Kind
from netspec.verify.run import verify

TEXT = """
input data: [2, 3, 8, 8]
block conv(x, n, kernel = 1, act = false) -> y {
  y = Convolution(x) { num_output: n kernel_size: kernel pad: kernel / 2 } | BatchNorm | Scale { bias_term: true }
  if act { y = ReLU(y) }
}
block unit(x, n, project = false) -> y {
  short = x
  if project { short = conv(x, n) }
  a = conv(x, n, kernel = 3, act = true)
  y = Eltwise(short, conv(a, n)) | ReLU
}
a = unit(data, 4, project = true)
x = a
repeat i in 1..3 { x = unit(x, 4) { name: f"unit{i}" } }
repeat i in 1..3 {
  new = conv(x, 2, kernel = 3, act = true) { name: f"grow{i}" }
  x = Concat(x, new)
}
b = unit(x, 6, project = true)
y = InnerProduct(b) { num_output: 3 }
z = Softmax(y)
"""
# What a fault of the emission might write, in PyTorch. Each is run by `verify` in the place of the text.
BROKEN = {
    "a sum becomes a difference": ("F.relu(short + ", "F.relu(short - "),
    "operands change places": ("torch.cat((x, grow_y), dim=1)", "torch.cat((grow_y, x), dim=1)"),
    "a nonlinearity is left out": ("return F.relu(short + conv, inplace=True)", "return short + conv"),
    "another nonlinearity": ("return F.relu(short", "return F.leaky_relu(short"),
    "a condition is turned round": ("if self.act else y", "if not self.act else y"),
    "a condition in the constructor": ("if project else nn.Identity()", "if project else nn.Tanh()"),
    "a default": ("act: bool = False", "act: bool = True"),
    "an argument of a use": (", act=True)", ")"),
    "padding": ("padding=kernel // 2", "padding=kernel // 2, padding_mode='reflect'"),
    "a module is called twice": ("self.y(torch.flatten(b, 1))", "self.y(torch.flatten(self.b.conv(b), 1))"),
    "a chain twice": ("self.unit(a)", "self.unit(self.unit(a))"),
    "a bound in a loop": ("(x, grow_y)", "(x, grow_y.clamp(max=0.1))"),
    "turns in another order": ("(str(i), Unit(4, 4)) for i in range(1, 4)", "(str(i), Unit(4, 4)) for i in (2, 1, 3)"),
    "no gradient": ("return F.relu(short", "return F.relu(short.detach()"),
    "half a gradient": ("F.softmax(y", "F.softmax((y + y.detach()) / 2"),
    "eps": ("nn.BatchNorm2d(n, momentum=0.001)", "nn.BatchNorm2d(n, eps=1e-4, momentum=0.001)"),
    "a bit of rounding": ("z = F.softmax(y", "z = (1 + 2**-52) * F.softmax(y"),
    "single precision": ("z = F.softmax(y, dim=1)", "z = F.softmax(y.float(), dim=1).double()"),
    "a temporary": ("short = self.short(x)", "short = 2 * self.short(x)"),
    "a weight that another uses, too": (
        "self.eval()",
        "self.unit[0].conv.y.weight = self.unit[1].conv.y.weight\n        self.eval()",
    ),
}


def net() -> Net:
    return netspec.load_text(TEXT)


def test_what_is_not_broken_is_equal() -> None:
    report = verify(net())
    assert report.ok
    assert set(report.printed) == {"torch", "tensorflow"}
    assert min(report.printed.values()) > 30
    assert "classes of blocks give the same to the last bit" in str(report)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = BROKEN[name]
    emitted = torch.emitted

    def broken(*args: Any, **named: Any) -> Any:
        made = emitted(*args, **named)
        if not made.folded or "nn.BatchNorm2d" not in made.text:  # this while statistics are drawn, as in TRAIN
            return made
        changed.append(name)
        return replace(made, text=made.text.replace(before, after))

    changed: list[str] = []
    monkeypatch.setattr(torch, "emitted", broken)
    report = verify(net(), backends=("torch",), dtype="float32")
    assert changed
    assert not report.ok
    assert report.first and report.first.item.kind is Kind.PRINTED
    assert "as one class" in report.diagnostics[0].message
