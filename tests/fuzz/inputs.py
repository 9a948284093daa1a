"""The inputs, by number: each is made of a seed and its number alone, so that any of them can be made again."""

from __future__ import annotations

from random import Random

from tests.fuzz import commands, raw, seeds, sweep, tokens, weights
from tests.fuzz.case import LARGEST, Case

# Of a hundred inputs, how many are of what kind.
SHARES = {"tokens": 46, "sweep": 30, "bytes": 10, "weights": 8, "command": 6}


def case(seed: int, number: int) -> Case:
    random = Random(f"{seed}:{number}")
    match random.choices(list(SHARES), list(SHARES.values()))[0]:
        case "sweep":
            text = sweep.drawn(random)
            if random.random() < 0.3:
                text = tokens.mutated(random, text, seeds.small())
            return _spec(random, text.encode(errors="replace"))
        case "weights":
            return weights.mutated(random)
        case "command":
            return commands.drawn(random)
        case kind:
            text = (seeds.texts() if random.random() < 0.1 else seeds.small()).draw(random)
            if kind == "tokens" or random.random() < 0.2:
                text = tokens.mutated(random, text, seeds.small())
            data = text.encode(errors="replace")
            for _ in range(random.choice((1, 1, 2, 5)) if kind == "bytes" else 0):
                data = raw.mutated(random, data)
            return _spec(random, data)


def _spec(random: Random, data: bytes) -> Case:
    return Case(".net", data[:LARGEST])
