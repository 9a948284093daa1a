"""Texts of the whole language, drawn by chance: every statement and expression, in any layout, with comments anywhere.

`texts` is a strategy of valid texts. `plain_texts` are those that are prototxt throughout. Each is written by the bytes
that Hypothesis draws, one a choice; at their end, and where Hypothesis makes them small, the choice is the simplest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from netspec.diagnostics.source import Source
from netspec.syntax.parser import quick

T = TypeVar("T")

GAPS = ("", "", " ", " ", "  ", "\t", "\n", "\r\n", "\n\n", "\n\n\n", " # remark\n", "\n # own\n", "\n\n#\n\n")
BLANKS = (" ", "  ", "\t")  # behind a keyword
ENDS = ("\n", "\n", "\n", "\n\n\n", " # beside\n", " ")
# Some words that are keywords elsewhere are names like any other; others only at the end of a line.
NAMES = ("a", "x_1", "conv", "N", "_", "in", "from", "a_name_so_long_that_lines_have_to_end_for_it")
TYPES = ("ReLU", "Convolution", "conv_bn", "min", "a_block_whose_name_is_so_long_that_lines_have_to_end")
FIELDS = ("a", "layer", "num_output", "convolution_param", "train", "else", "if", "let")
WORDS = ("MAX", "true", "inf", "-inf", "- inf", "or", "let")
NUMBERS = ("0", "1", "64", "-1", "- 2.5f", "0x1F", "017", ".5", "5.", "1e-4", "-\n3")
MORE = ("5M", "1.5GB", "3k")
TEMPLATES = ('f"conv{i}"', "f'res{n + 1}'", "f'{\"a\"}'", r"f'\'{i}'")
SINGLE = ('"s"', "'s'", "'#'", "'\"'", r'"\""', r"'\''", r"'\\'", '"}"', "'if x {'", '""', f'"{"y" * 50}"')
STRINGS = (*SINGLE, '"a" "b"', "\"a\"'b'", '"a"\n\'b\' # c\n"d"', '"a" # c\n # d\n "b"')
SIGNS = (" + ", "+", "-", "\n-", "*", " * ", "/ ", "%", " # why\n + ")
RELATIONS = ("==", "!=", "<", ">", "<=", ">=")
RANGES = ("1..3", "1 .. n", "a..b + 1", "1.5 .. .5", "0x1F .. f(2)", "(1)..len([1])")
DEPTH = 3


class _Writer:
    """Writes by what the bytes choose. `depth` is how deep brackets may still go."""

    def __init__(self, choices: bytes) -> None:
        self.choices = iter(choices)
        self.depth = DEPTH

    def below(self, end: int) -> int:
        return next(self.choices, 0) % end

    def pick(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]

    def of(self, words: Sequence[str]) -> str:
        return self.pick(words)

    def chance(self, times: int = 2) -> bool:
        """Once in so many times."""
        return self.below(times) == times - 1

    def many(self, least: int = 0, most: int = 3) -> range:
        return range(least + self.below(most - least + 1))

    def one(self, *choices: Callable[[], str]) -> str:
        return self.pick(choices)()

    def joined(self, *parts: str) -> str:
        """The parts with any space between."""
        return "".join(part + (self.of(GAPS) if i < len(parts) - 1 else "") for i, part in enumerate(parts))

    def keyword(self, word: str, rest: str) -> str:
        return f"{word}{self.of(BLANKS)}{rest}"

    def listed(self, value: Callable[[], str], least: int = 0, most: int = 3, comma: str = ",") -> str:
        return self.joined(*(f"{comma if i else ''}{self.of(BLANKS)}{value()}" for i in self.many(least, most)))

    def deeper(self, value: Callable[[], str]) -> str:
        self.depth -= 1
        text = value()
        self.depth += 1
        return text

    # Expressions.

    def scalar(self) -> str:
        return self.of(self.pick((NAMES, NAMES, NUMBERS, STRINGS, MORE, TEMPLATES)))

    def atom(self) -> str:
        if self.depth <= 0 or self.chance():
            return self.scalar()
        return self.deeper(lambda: self.one(self.items, self.call, self.group))

    def sum(self) -> str:
        text = self.atom()
        while self.chance(3):
            text += self.of(SIGNS) + self.atom()
        return text

    def items(self) -> str:
        return self.joined("[", self.listed(self.sum), "]")

    def group(self) -> str:
        return self.joined("(", self.condition(), ")")

    def call(self) -> str:
        return self.joined(self.of(TYPES), "(", self.listed(self.argument, most=4), ")")

    def argument(self) -> str:
        if self.chance(4):
            return self.joined(self.of(NAMES), "=", self.sum())
        return self.deeper(self.pipe) if self.depth > 0 and self.chance(6) else self.sum()

    def condition(self) -> str:
        text = self.comparison()
        while self.chance(3):
            text += self.of((" and ", " and  ", " or ", "\nor (1)\nand ")) + self.comparison()
        return text

    def comparison(self) -> str:
        text = self.sum()
        if self.chance():
            text = self.joined(text, self.of(RELATIONS), self.sum())
        return f"{self.of(('not ', 'not  not '))}{text}" if self.chance(4) else text

    # Statements.

    def braces(self, statement: Callable[[], str], angles: bool = False) -> str:
        inside = self.deeper(lambda: self.statements(statement)) if self.depth > 0 else ""
        return self.joined("<", inside, ">") if angles and self.chance(4) else self.joined("{", inside, "}")

    def statements(self, statement: Callable[[], str]) -> str:
        return "".join(f"{statement()}{self.of(ENDS)}" for _ in self.many())

    def literal(self) -> str:
        return self.of(self.pick((NUMBERS, STRINGS, WORDS)))

    def message(self) -> str:
        return self.braces(self.plain_field, True)

    def plain_field(self) -> str:
        name = self.of(FIELDS)
        if self.chance():
            value = self.joined("[", self.listed(self.literal), "]") if self.chance(4) else self.literal()
            text = self.joined(name, ":", value)
        else:
            value = self.joined("[", self.listed(self.message, 1), "]") if self.chance(4) else self.message()
            text = self.joined(name, ":" if name == "else" else self.of((":", "")), value)
        return text + self.of(("", "", ",", ";"))

    def body(self) -> str:
        return self.braces(self.any_statement)

    def target(self) -> str:
        return self.of(self.pick((NAMES, NAMES, SINGLE, TEMPLATES)))

    def configured(self) -> str:
        return self.joined(self.of(TYPES) if self.chance() else self.call(), self.body())

    def pipe(self) -> str:
        first = self.one(self.target, self.call, self.configured)
        return self.joined(first, "|", self.listed(self.piped, 1, 3, "|"))

    def piped(self) -> str:
        return self.one(lambda: self.of(TYPES), self.call, self.configured)

    def binding(self) -> str:
        return self.joined(self.listed(self.target, 1), "=", self.one(self.sum, self.call, self.configured, self.pipe))

    def parameter(self) -> str:
        return self.joined(self.of(NAMES), "=", self.sum()) if self.chance() else self.of(NAMES)

    def name(self) -> str:
        return self.of(NAMES)

    def block(self) -> str:
        head = self.joined(self.of(TYPES), "(", self.listed(self.parameter, most=4), ")")
        result = self.joined("->", self.listed(self.name, 1)) if self.chance() else ""
        return self.keyword("block", self.joined(head, result, self.body()))

    def repeat(self) -> str:
        over = self.of(RANGES) if self.chance() else self.sum()
        names = self.listed(self.name, 1).lstrip()
        return self.keyword("repeat", f"{names} {self.keyword('in', over)}{self.of(GAPS)}{self.body()}")

    def conditional(self) -> str:
        text = self.joined(self.keyword("if", self.condition()), self.body())
        for _ in self.many(most=2):
            text = self.joined(text, self.keyword("else if", self.joined(self.condition(), self.body())))
        return self.joined(text, f"else {self.body()}") if self.chance() else text

    def stage(self) -> str:
        return self.keyword(self.of(("stage", "stage not")), self.joined(self.of(STRINGS), self.body()))

    def declared(self) -> str:
        rest = self.joined(self.target(), ":", self.items())
        return self.keyword(self.of(("input", "expect")), rest)

    def expect(self) -> str:
        return self.keyword("expect", self.joined(self.sum(), self.of(RELATIONS), self.sum()))

    def let(self) -> str:
        return self.keyword("let", self.joined(self.name(), "=", self.sum()))

    def imported(self) -> str:
        path = self.of(STRINGS)
        if self.chance():
            return self.keyword("import", path)
        return self.keyword("import", f"{self.listed(self.name, 1).lstrip()} {self.keyword('from', path)}")

    def any_statement(self) -> str:
        return self.one(
            self.plain_field,
            lambda: self.joined(self.of(FIELDS), ":", self.sum()),
            self.binding,
            self.binding,
            self.let,
            self.block,
            self.repeat,
            self.conditional,
            self.stage,
            self.declared,
            self.expect,
            self.imported,
        )


def _text(choices: bytes) -> str:
    writer = _Writer(choices)
    return writer.of(GAPS) + writer.statements(writer.any_statement)


def _plain_text(choices: bytes) -> str:
    writer = _Writer(choices)
    return writer.of(GAPS) + writer.statements(writer.plain_field)


def _valid(text: str) -> bool:
    return quick(Source("drawn.net", text)) is not None


_choices = st.binary(min_size=100, max_size=300)
# Of what is written, a part is no text of the language: words where they are keywords, strings that join.
texts = _choices.map(_text).filter(_valid)
plain_texts = _choices.map(_plain_text).filter(_valid)
