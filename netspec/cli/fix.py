"""`netspec check --fix`: specs without the faults that have a fix."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from netspec.cli import FAULT, FINE
from netspec.cli.job import Job
from netspec.cli.jobs import in_phases
from netspec.cli.patch import unified
from netspec.cli.settings import Settings
from netspec.cli.streams import write_bytes
from netspec.cli.table import plural
from netspec.diagnostics import Diagnostic, SpecError
from netspec.diagnostics.mend import Mended, mended
from netspec.diagnostics.selection import Selection
from netspec.diagnostics.source import Source
from netspec.host.files import NotWritten, unwritable, write
from netspec.problems.fields import NotANet
from netspec.syntax.text import file_bytes, read_source


def fix(files: Mapping[str, Settings], unsafe: bool, diff: bool) -> int:
    """Writes the files anew that fixes change, each as a whole, or shows what would change. The exit status; with diff,
    1 where something would. Raises SpecError where a file cannot be written."""
    status = FINE
    for path, settings in files.items():
        source = _text(path)
        if source is None:
            continue
        text, number = _mended(source, settings.job, settings.selection, unsafe)
        if text == source.text:
            continue
        if diff:
            status = FAULT
            write_bytes("".join(unified(source.text, text, path)).encode())
        else:
            try:
                write(Path(path), text, replace=True)
            except NotWritten as error:
                raise unwritable(error.filename, error.strerror) from None
            print(f"{path}: {plural(number, 'fault')} fixed", file=sys.stderr)
    return status


def _text(path: str) -> Source | None:
    """What is in a file; None where not all of it would be the same once it is written again."""
    try:
        source, data = read_source(path), file_bytes(path)
    except SpecError:
        return None
    return source if source.text.encode() == data else None


def _mended(source: Source, job: Job, told: Selection, unsafe: bool) -> Mended:
    def check(text: Source) -> list[Diagnostic]:
        found = in_phases(job, text.name, text)
        return [] if any(isinstance(d, NotANet) for d in found) else [*found]

    def wanted(found: Diagnostic) -> bool:
        return found.fix is not None and (found.fix.safe or unsafe) and told.keeps(found)

    return mended(source, check, wanted)
