"""How many recorded cases of each layer type pass, as a run of the tests found it.

A test that is such a case has a property `tally` with the type and a column. With --update-golden, what was counted
goes into caffe/results.json, from where docs/layers.md has its figures.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

RESULTS = Path(__file__).parent / "caffe" / "results.json"


def recorded_results() -> dict[str, dict[str, tuple[int, int]]]:
    """For each type and column, how many cases passed, and of how many."""
    if not RESULTS.exists():
        return {}
    return {
        name: {column: (passed, of) for column, (passed, of) in row.items()}
        for name, row in json.loads(RESULTS.read_text("utf-8")).items()
    }


class Tally:
    """Counts the reports of all processes, and writes the file in the end."""

    def __init__(self) -> None:
        self.passed: Counter[tuple[str, str]] = Counter()
        self.all: Counter[tuple[str, str]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "tally":
                type_name, _, column = str(value).partition(" ")
                self.all[type_name, column] += 1
                self.passed[type_name, column] += report.passed

    def pytest_sessionfinish(self) -> None:
        if not self.all:
            return
        results = recorded_results()
        for (type_name, column), of in self.all.items():
            results.setdefault(type_name, {})[column] = (self.passed[type_name, column], of)
        lines = [f'  "{name}": {json.dumps(results[name], sort_keys=True)}' for name in sorted(results)]
        RESULTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8", newline="\n")
