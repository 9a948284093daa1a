"""Mutations of a spec's text that know its tokens: they keep most of it readable, and change what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz import sweep
from tests.fuzz.case import LARGEST
from tests.fuzz.pool import Pool

TOKEN = re.compile(
    r"""#[^\n]*|\s+|f?"(?:[^"\\\n]|\\.)*"|f?'(?:[^'\\\n]|\\.)*'|\w+(?:\.\w+)*|->|\.\.|[=!<>]=|.""", re.DOTALL
)
OPEN, CLOSE = "{[(<", "}])>"
SIGNS = (*OPEN, *CLOSE, ":", ",", ";", "=", "|", "->", "..", "==", "<=", "+", "-", "*", "/", "%", "#", '"', "'", "\\")
WORDS = (
    *("layer", "layers", "type", "name", "bottom", "top", "param", "include", "exclude", "phase", "TRAIN", "TEST"),
    *("stage", "input", "input_dim", "input_shape", "shape", "dim", "state", "solver", "net_param", "train_net"),
    *("let", "block", "repeat", "in", "if", "else", "expect", "import", "from", "not", "and", "or", "train", "test"),
    *(
        "layers",
        "parameters",
        "macs",
        "len",
        "min",
        "max",
        "int",
        "float",
        "true",
        "false",
        "inf",
        "nan",
        "i",
        "N",
        "H",
    ),
)
SNIPPETS = (
    *("repeat i in 1..3 { ", "repeat i, j in 1..3 { ", "if true { ", "if i == 1 { ", 'stage "s" { ', "train { "),
    *("block b(x, n = 2) -> y { ", "block b(x) { ", "layer { ", "input data: [", "expect data: [", "let n = "),
    *("y = ReLU(", "| Dropout { ", 'f"{i}"', 'f"{i + 1}_{', "include { phase: TRAIN } ", "include { not_stage: 's' } "),
    *("y = b(x) { share: x } ", "{ share: y } ", "share: "),
    *("param { name: 'w' } ", "loss_weight: 1 ", "propagate_down: false ", "1..9999999 ", "16*h, ", "expect layers < "),
    *(
        'import "x.net"\n',
        "import b from 'x.net'\n",
        "data_param { batch_size: 2 } ",
        "transform_param { crop_size: 5 } ",
    ),
    *("weight_filler { type: 'xavier' } ", "python_param { module: 'm' layer: 'L' param_str: '{}' } ", "\\x41\\101\\n"),
)
Tokens = list[str]


def mutated(random: Random, text: str, others: Pool[str]) -> str:
    """The text with a few changes."""
    tokens: Tokens = TOKEN.findall(text)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        if tokens:
            random.choice(CHANGES)(random, tokens, others)
    return "".join(tokens)[:LARGEST]


def _delete(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    at = random.randrange(len(tokens))
    del tokens[at : at + random.choice((1, 1, 2, 5))]


def _replace(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    tokens[random.randrange(len(tokens))] = _token(random, tokens, others)


def _insert(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    tokens.insert(random.randrange(len(tokens) + 1), _token(random, tokens, others))


def _swap(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    i, j = random.randrange(len(tokens)), random.randrange(len(tokens))
    tokens[i], tokens[j] = tokens[j], tokens[i]


def _number(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """Another number in the place of one."""
    if found := [i for i, token in enumerate(tokens) if token[0].isdigit()]:
        tokens[random.choice(found)] = random.choice((*sweep.INTEGERS, *sweep.FLOATS))


def _text(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """Another text in the place of one: an odd one, or another of this spec."""
    if found := [i for i, token in enumerate(tokens) if token[0] in "\"'"]:
        at = random.choice(found)
        tokens[at] = random.choice(sweep.STRINGS) if random.random() < 0.5 else tokens[random.choice(found)]


def _field(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """A field of a layer type, where one may stand."""
    if found := [i for i, token in enumerate(tokens) if token == "{"]:
        layer = sweep.layers().draw(random)
        field = sweep.message(random, layer) if random.random() < 0.5 else sweep.fields(random, layer)
        tokens.insert(random.choice(found) + 1, f" {field} ")


def _region(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """What stands in braces of some kind, with them: gone, twice, or somewhere else as well."""
    if region := _balanced(random, tokens):
        start, end = region
        piece = tokens[start:end]
        match random.randrange(3):
            case 0:
                del tokens[start:end]
            case 1:
                tokens[end:end] = piece * random.choice((1, 1, 30))
            case _:
                at = random.randrange(len(tokens))
                tokens[at:at] = piece


def _splice(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """A piece of another text."""
    other: Tokens = TOKEN.findall(others.draw(random))
    if not other:
        return
    region = _balanced(random, other) if random.random() < 0.6 else None
    start = random.randrange(len(other))
    start, end = region or (start, start + random.choice((1, 4, 20, 200)))
    at = random.randrange(len(tokens) + 1)
    tokens[at:at] = other[start:end]


def _rename(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """A word becomes another wherever it stands."""
    if found := [token for token in tokens if token[0].isalpha() or token[0] in "_\"'"]:
        old, new = random.choice(found), _token(random, tokens, others)
        tokens[:] = [new if token == old else token for token in tokens]


def _brackets(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """Brackets of another kind."""
    if region := _balanced(random, tokens):
        kind = random.randrange(4)
        tokens[region[0]], tokens[region[1] - 1] = OPEN[kind], CLOSE[kind]


def _wrap(random: Random, tokens: Tokens, others: Pool[str]) -> None:
    """A piece in a body of some kind."""
    start = random.randrange(len(tokens))
    end = random.randrange(start, len(tokens) + 1)
    opening = random.choice([snippet for snippet in SNIPPETS if snippet.endswith("{ ")])
    tokens[end:end] = [" }\n"]
    tokens[start:start] = ["\n" + opening]


CHANGES: tuple[Callable[[Random, Tokens, Pool[str]], None], ...] = (
    *(_delete, _replace, _insert, _swap, _number, _number, _text, _field, _field, _region, _splice, _rename),
    *(_brackets, _wrap),
)


def _token(random: Random, tokens: Tokens, others: Pool[str]) -> str:
    match random.randrange(6):
        case 0:
            return random.choice(SIGNS)
        case 1:
            return f" {random.choice(WORDS)} "
        case 2:
            return f" {random.choice(SNIPPETS)}"
        case 3:
            return f" {random.choice((*sweep.INTEGERS, *sweep.FLOATS, *sweep.STRINGS))} "
        case 4:
            return random.choice(TOKEN.findall(others.draw(random)) or [" "])
        case _:
            return random.choice(tokens)


def _balanced(random: Random, tokens: Tokens) -> tuple[int, int] | None:
    """A piece from an opening bracket to its closing one, with the words before it; None where there is none."""
    found = [i for i, token in enumerate(tokens) if token in OPEN]
    if not found:
        return None
    start = end = random.choice(found)
    depth = 0
    while end < len(tokens):
        depth += (tokens[end] in OPEN) - (tokens[end] in CLOSE)
        end += 1
        if not depth:
            break
    if random.random() < 0.5:
        while start and tokens[start - 1] not in (*OPEN, *CLOSE) and "\n" not in tokens[start - 1]:
            start -= 1
    return start, end
