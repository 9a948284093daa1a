"""Lines: what is too long for one is broken as `ruff format` breaks it, and means the same."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import netspec
from netspec.emit.code import (
    Argument,
    Code,
    attribute,
    binary,
    call,
    choice,
    dictionary,
    for_all,
    literal,
    method,
    negative,
    prefixed,
    subscript,
)
from netspec.emit.documents import WIDTH
from netspec.emit.lines import assignment, docstring, header, statement
from tests.frameworks.cases import CASES
from tests.frameworks.half_cases import HALF_CASES

A, B, C, D = (Code(letter * 30) for letter in "abcd")


def ruff(files: Sequence[Path]) -> str:
    """What the formatter would change, in the width of emitted code."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        f"--line-length={WIDTH}",
        "--diff",
        *map(str, files),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


class Drawn:
    """Expressions drawn by chance, of the kinds that emitters make."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def tree(self, depth: int) -> Code:
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf()
        kinds: list[Callable[[int], Code]] = [
            *[self.call] * 3,
            *[self.binary] * 3,
            self.method,
            lambda depth: attribute(self.base(depth), self.random.choice(("T", "shape"))),
            lambda depth: subscript(self.base(depth), *self.items(depth)),
            lambda depth: negative(self.tree(depth)),
            lambda depth: literal(self.several(depth, 0, 4)),
            lambda depth: literal(tuple(self.several(depth, 1, 4))),
            lambda depth: for_all(self.tree(depth), {"b" * self.random.randint(1, 20): range(9), "c": range(1, 9, 2)}),
            lambda depth: choice(self.tree(depth), self.tree(depth), self.tree(depth)),
            lambda depth: dictionary([("key", self.tree(depth)), ("another key", self.tree(depth))]),
        ]
        return self.random.choice(kinds)(depth - 1 - (self.random.random() < 0.3))

    def leaf(self) -> Code:
        if self.random.random() < 0.7:
            return Code(self.random.choice(("x", "self.weight", "torch.float32", "a" * self.random.randint(1, 30))))
        numbers: tuple[Argument, ...] = (1, 2.5, -3, 0.0, True, "text", 1e-5)
        return literal(self.random.choice(numbers))

    def several(self, depth: int, least: int, most: int) -> list[Argument]:
        return [self.tree(depth) for _ in range(self.random.randint(least, most))]

    def base(self, depth: int) -> Code:
        """What attributes and subscripts may stand behind."""
        while not (code := self.tree(depth)).text[0].isalpha() or code.text == "True":
            pass
        return code

    def call(self, depth: int) -> Code:
        names = self.random.sample(("axis", "dim", "padding_mode"), self.random.randint(0, 2))
        function = self.random.choice(("f", "torch.where", "a" * 20))
        return call(function, *self.several(depth, 0, 3), **{name: self.tree(depth) for name in names})

    def binary(self, depth: int) -> Code:
        return binary(self.random.choice("+-*/@>&"), self.tree(depth), self.tree(depth))

    def method(self, depth: int) -> Code:
        return method(self.base(depth), self.random.choice(("sum", "flatten")), *self.several(depth, 0, 2))

    def items(self, depth: int) -> list[str | Code]:
        return [self.random.choice((":", "None", "1:3", self.tree(depth))) for _ in range(self.random.randint(1, 3))]


def test_what_is_drawn_is_as_the_formatter_has_it(tmp_path: Path) -> None:
    drawn, lines = Drawn(5), list[str]()
    for i in range(2_000):
        code, comment = drawn.tree(drawn.random.randint(1, 4)), drawn.random.choice(("", "2×3"))
        target = "t" * drawn.random.randint(1, 20)
        broken = assignment(target, code, 0, comment)
        assert ast.dump(ast.parse("\n".join(broken))) == ast.dump(ast.parse(f"{target} = {code}")), i
        lines += broken
    assert sum(len(line) > WIDTH for line in lines) < 10  # names alone may be longer than a line
    (tmp_path / "drawn.py").write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert ruff([tmp_path / "drawn.py"]) == ""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_emitted_files_are_as_the_formatter_has_them(backend: str, tmp_path: Path) -> None:
    files: list[Path] = []
    for phase in ("TEST", "TRAIN"):
        for name, text in {**CASES, **HALF_CASES}.items():
            try:
                printed = netspec.emit(netspec.load_text(text, phase=phase), backend)
            except netspec.SpecError:
                continue
            files.append(tmp_path / f"{name.replace('/', '_')}_{phase}.py")
            files[-1].write_text(printed, encoding="utf-8")
    assert len(files) > 200
    assert ruff(files) == ""
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    assert not [line for line in lines if len(line) > WIDTH]


ARGUMENTS = ["self", *(f"{letter * 17}: Tensor" for letter in "abcd")]
HEADS = [
    (ARGUMENTS[:2], ["    def f(self, aaaaaaaaaaaaaaaaa: Tensor) -> Tensor:"]),
    (
        ARGUMENTS[:4],
        [
            "    def f(",
            f"        {', '.join(ARGUMENTS[:4])}",
            "    ) -> Tensor:",
        ],
    ),
    (ARGUMENTS, ["    def f(", *(f"        {argument}," for argument in ARGUMENTS), "    ) -> Tensor:"]),
    ([], ["    def f() -> Tensor:"]),
]


@pytest.mark.parametrize(("arguments", "lines"), HEADS, ids=[str(len(arguments)) for arguments, _ in HEADS])
def test_headers(arguments: list[str], lines: list[str]) -> None:
    assert header("def f", arguments, 4, " -> Tensor:") == lines


def test_a_comment_stands_behind_the_last_line() -> None:
    assert assignment("y", A, 8, "2×3") == [f"        y = {A}  # 2×3"]
    assert assignment("y", A, 8, "x" * 90) == [f"        y = {A}"]
    broken = assignment("y", binary("+", call("f", A, B), binary("*", C, D)), 8, "2×3")
    assert broken == ["        y = (", f"            f({A}, {B})", f"            + {C} * {D}", "        )  # 2×3"]


DOCSTRINGS = [
    ("Short.", ['    """Short."""']),
    ("One\n\nx: two.", ['    """One', "", "    x: two.", '    """']),
    ("word " * 18 + "end.", [f'    """{("word " * 18).strip()}', "    end.", '    """']),
]


@pytest.mark.parametrize(("text", "lines"), DOCSTRINGS, ids=[text[:10] for text, _ in DOCSTRINGS])
def test_docstrings(text: str, lines: list[str]) -> None:
    assert docstring(text, 4) == lines


def test_a_tail_and_no_target() -> None:
    assert statement("for x in ", literal((A, B)), 4, tail=":") == [f"    for x in ({A}, {B}):"]
    assert statement("", call("f", prefixed("*", A)), 8) == [f"        f(*{A})"]


def test_what_is_nested_deeply_stays_on_its_line() -> None:
    code = A
    for _ in range(5_000):
        code = call("f", code)
    (line,) = assignment("y", code, 8)
    assert line.count("f(") == 5_000
