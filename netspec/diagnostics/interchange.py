"""Diagnostics for other programs: as JSON, SARIF, JUnit XML and GitLab's code quality."""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from netspec.diagnostics.diagnostic import Diagnostic, Label, Severity, fails
from netspec.diagnostics.fix import Edit
from netspec.diagnostics.render import extent, harmless, human
from netspec.diagnostics.source import Position

SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list with an object for each diagnostic. This form is stable, though fields may be added.

    The object has `code`, `title`, `severity` ("error", "warning" or "note"), `message`, `help` (or null) and
    `labels`, the place at fault first. A label has `file`, `line`, `column`, `end_line`, `end_column` and `text`. Lines
    and columns count from 1, columns in characters; the end is where the first character after the label stands.
    `fix`, where there is one, has `safe` (whether --fix makes it) and `edits` in the file of the first label: places as
    those of a label, and the `text` that is to stand there.
    """
    return json.dumps([_record(diagnostic) for diagnostic in diagnostics], indent=2) + "\n"


def gitlab(diagnostics: Iterable[tuple[Diagnostic, str]]) -> str:
    """A report of GitLab's code quality. Each comes with what tells it from others, whatever line it moves to."""
    return json.dumps([_issue(diagnostic, mark) for diagnostic, mark in diagnostics], indent=2) + "\n"


def sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """A log in the Static Analysis Results Interchange Format 2.1.0, with a rule for each code that is met."""
    from importlib.metadata import version

    found = list(diagnostics)
    kinds = {d.code: type(d) for d in sorted(found, key=lambda d: d.code)}
    places = {code: i for i, code in enumerate(kinds)}
    driver = {
        "name": "netspec",
        "version": version("netspec-compiler"),
        "rules": [_rule(kind) for kind in kinds.values()],
    }
    results = [{"ruleIndex": places[d.code], **_result(d)} for d in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def junit(
    files: Iterable[tuple[str, Sequence[Diagnostic]]],
    crashes: Sequence[tuple[str, str]] = (),
    strict: Collection[str] = (),
) -> str:
    """A test suite with a test for each file, which fails for errors; what else is said of it is its output.

    crashes: the files on which netspec itself failed, and how. strict: those that fail for warnings, too.
    """
    from xml.etree import ElementTree as xml

    cases = list(files)
    faulty = [[d for d in found if fails(d, path in strict)] for path, found in cases]
    failing = [bool(faults) for faults in faulty]
    tests, errors = str(len(cases) + len(crashes)), str(len(crashes))
    counts = {"tests": tests, "failures": str(sum(failing)), "errors": errors, "skipped": "0"}
    root = xml.Element("testsuites", counts)
    suite = xml.SubElement(root, "testsuite", {"name": "netspec check", **counts})
    for (path, found), faults in zip(cases, faulty, strict=True):
        case = xml.SubElement(suite, "testcase", {"classname": "netspec.check", "name": harmless(path)})
        if faults:
            said = f"{faults[0].code}: {harmless(faults[0].message)}"
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            xml.SubElement(case, "failure", {"type": faults[0].code, "message": said + more}).text = human(found)
        elif found:
            xml.SubElement(case, "system-out").text = human(found)
    for path, reason in crashes:
        case = xml.SubElement(suite, "testcase", {"classname": "netspec.check", "name": harmless(path)})
        xml.SubElement(case, "error", {"message": harmless(reason)})
    xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{xml.tostring(root, encoding="unicode")}\n'


def _record(diagnostic: Diagnostic) -> dict[str, object]:
    labels: list[dict[str, object]] = []
    for label in diagnostic.labels:
        start, end = extent(label)
        places = {"line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column}
        labels.append({"file": label.source.name, **places, "text": label.text})
    fix: dict[str, object] = {}
    if diagnostic.fix:
        edits = [{**_region(*_ends(diagnostic, e), _JSON), "text": e.new} for e in diagnostic.fix.edits]
        fix = {"fix": {"safe": diagnostic.fix.safe, "edits": edits}}
    return {
        "code": diagnostic.code,
        "title": diagnostic.title,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "labels": labels,
        **fix,
    }


def _issue(diagnostic: Diagnostic, mark: str) -> dict[str, Any]:
    # https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
    label = diagnostic.labels[0] if diagnostic.labels else None
    start, end = extent(label) if label else (Position(1, 1), Position(1, 1))
    return {
        "description": diagnostic.message,
        "check_name": f"{diagnostic.code} {diagnostic.title}",
        "fingerprint": mark,
        "severity": {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}[diagnostic.severity],
        "location": {
            "path": Path(label.source.name).as_posix() if label else "",
            "lines": {"begin": start.line, "end": end.line},
        },
    }


_JSON, _SARIF = ("line", "column", "end_line", "end_column"), ("startLine", "startColumn", "endLine", "endColumn")


def _region(start: Position, end: Position, names: Sequence[str]) -> dict[str, object]:
    return dict(zip(names, (*start, *end), strict=True))


def _ends(diagnostic: Diagnostic, edit: Edit) -> tuple[Position, Position]:
    """Where the text stands that an edit replaces."""
    return extent(Label(diagnostic.labels[0].source, edit.span))


def _rule(kind: type[Diagnostic]) -> dict[str, Any]:
    """A kind of fault, as SARIF describes it: its title, and what `netspec explain` says."""
    text = inspect.cleandoc(kind.__doc__ or kind.title)
    return {
        "id": kind.code,
        "name": kind.title,
        "shortDescription": {"text": text.split("\n\n")[0]},
        "help": {"text": text},
        "defaultConfiguration": {"level": kind.severity.value},
    }


def _result(diagnostic: Diagnostic) -> dict[str, Any]:
    said = [diagnostic.message, *([f"help: {diagnostic.help}"] if diagnostic.help else [])]
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity.value,
        "message": {"text": "\n".join(said)},
    }
    if diagnostic.labels:
        places = [_location(label) for label in diagnostic.labels]
        result["locations"] = places[:1]
        result["relatedLocations"] = places[1:]
    if diagnostic.fix and diagnostic.labels:
        made = [
            {"deletedRegion": _region(*_ends(diagnostic, e), _SARIF), "insertedContent": {"text": e.new}}
            for e in diagnostic.fix.edits
        ]
        change = {"artifactLocation": {"uri": _uri(diagnostic.labels[0].source.name)}, "replacements": made}
        result["fixes"] = [{"artifactChanges": [change]}]
    return result


def _location(label: Label) -> dict[str, Any]:
    start, end = extent(label)
    region = {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}
    place: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(label.source.name)}, "region": region}
    }
    return place | ({"message": {"text": label.text}} if label.text else {})


def _uri(name: str) -> str:
    """Of a file; a relative path stays relative, so that it is one of the repository."""
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
