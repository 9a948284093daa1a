"""A baseline: what was wrong with files when a project began to check them, which does not count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from netspec.config.data import data_of, shown
from netspec.config.fingerprint import Fingerprint, Outlines
from netspec.diagnostics import Diagnostic, Severity, SpecError
from netspec.diagnostics.selection import fixed
from netspec.host.files import unwritable, write
from netspec.problems.configuration import BadBaseline

DEFAULT = "netspec-baseline.json"
VERSION = 1

Accepted = Mapping[str, Counter[Fingerprint]]  # by file, from the folder of the baseline on


def counts(diagnostic: Diagnostic) -> bool:
    """Whether a baseline may accept it: not that something cannot be read, behind which anything may be wrong."""
    return diagnostic.severity is not Severity.NOTE and not fixed(diagnostic)


def name_in(baseline: str, path: str) -> str:
    """What a baseline calls a file."""
    whole, folder = Path(path).resolve(), Path(baseline).resolve().parent
    return (whole.relative_to(folder) if whole.is_relative_to(folder) else whole).as_posix()


def new(
    found: Sequence[Diagnostic], path: str, accepted: Counter[Fingerprint], outlines: Outlines
) -> tuple[list[Diagnostic], Counter[Fingerprint]]:
    """What is not accepted, and what was accepted and is not there any more. Of equal ones, as many as there were."""
    left, kept = Counter(accepted), list[Diagnostic]()
    for diagnostic in found:
        mark = outlines.of(diagnostic, path) if counts(diagnostic) else None
        if mark is not None and left[mark] > 0:
            left[mark] -= 1
        else:
            kept.append(diagnostic)
    return kept, +left


def of(found: Iterable[Diagnostic], path: str, outlines: Outlines) -> Counter[Fingerprint]:
    """What a baseline takes of what is found in a file."""
    return Counter(outlines.of(diagnostic, path) for diagnostic in found if counts(diagnostic))


def read(path: str) -> Accepted:
    """Raises SpecError (NS903 where the file cannot be read, NS907)."""
    try:
        value: Any = json.loads(data_of(path))
        if value["version"] != VERSION:
            raise ValueError
        return {
            str(name): Counter(
                {Fingerprint(str(f["code"]), str(f["at"]), str(f["text"])): int(f["count"]) for f in marks}
            )
            for name, marks in value["accepted"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise bad(path) from None


def bad(path: str) -> SpecError:
    return SpecError([BadBaseline(f"{shown(path)} is no baseline, or not of this version of netspec")])


def save(path: str, accepted: Accepted) -> None:
    """Writes a baseline, in the place of an earlier one alone. Raises SpecError (NS907, NS108)."""
    if Path(path).exists():
        read(path)
    files = {
        name: [{**mark._asdict(), "count": count} for mark, count in sorted(marks.items()) if count]
        for name, marks in sorted(accepted.items())
        if marks
    }
    value = {"version": VERSION, "accepted": files}
    try:
        write(Path(path), f"{json.dumps(value, indent=1, ensure_ascii=False)}\n", replace=True)
    except OSError as error:
        raise unwritable(path, error.strerror) from None
