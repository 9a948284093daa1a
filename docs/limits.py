"""How much a spec may come to when it is expanded, as docs/language.md shows it."""

from __future__ import annotations

from netspec.frontend.expressions.evaluate import DEEPEST_LIST, LARGEST, LONGEST_LIST, LONGEST_TEXT
from netspec.frontend.expressions.values import MAX_STEPS
from netspec.frontend.language.library import MAX_FILES
from netspec.frontend.language.machine import MAX_DEPTH, MAX_LAYERS, MAX_PROBLEMS

LIMITS = {
    "layers": MAX_LAYERS,
    "steps": MAX_STEPS,
    "blocks, bodies and imports in each other": MAX_DEPTH,
    "imported files": MAX_FILES,
    "faults told": MAX_PROBLEMS,
    "characters of a text": LONGEST_TEXT,
    "values of a list, those of lists in it included": LONGEST_LIST,
    "lists in each other": DEEPEST_LIST,
    "integers": LARGEST,
}

if __name__ == "__main__":
    for what, most in LIMITS.items():
        print(f"{what:<50}{most:>26,}")
