"""Diagnostics for other programs: as JSON, GitHub annotations, SARIF and JUnit XML."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from netspec.diagnostics.diagnostic import Diagnostic, Label, Severity
from netspec.diagnostics.render import extent, harmless, human

SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list with an object for each diagnostic. This form is stable, though fields may be added.

    The object has `code`, `title`, `severity` ("error", "warning" or "note"), `message`, `help` (or null) and
    `labels`, the place at fault first. A label has `file`, `line`, `column`, `end_line`, `end_column` and `text`. Lines
    and columns count from 1, columns in characters; the end is where the first character after the label stands.
    """
    return json.dumps([_record(diagnostic) for diagnostic in diagnostics], indent=2) + "\n"


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """One GitHub workflow command a diagnostic, which GitHub shows at the line at fault."""
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


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


def junit(files: Iterable[tuple[str, Sequence[Diagnostic]]], crashes: Sequence[tuple[str, str]] = ()) -> str:
    """A test suite with a test for each file, which fails for errors; what else is said of it is its output.

    crashes: the files on which netspec itself failed, and how.
    """
    from xml.etree import ElementTree as xml

    cases = list(files)
    failing = [any(d.severity is Severity.ERROR for d in found) for _, found in cases]
    tests, errors = str(len(cases) + len(crashes)), str(len(crashes))
    counts = {"tests": tests, "failures": str(sum(failing)), "errors": errors, "skipped": "0"}
    root = xml.Element("testsuites", counts)
    suite = xml.SubElement(root, "testsuite", {"name": "netspec check", **counts})
    for (path, found), fails in zip(cases, failing, strict=True):
        case = xml.SubElement(suite, "testcase", {"classname": "netspec.check", "name": harmless(path)})
        if fails:
            faults = [d for d in found if d.severity is Severity.ERROR]
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
    return {
        "code": diagnostic.code,
        "title": diagnostic.title,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "labels": labels,
    }


def _command(diagnostic: Diagnostic) -> str:
    # https://docs.github.com/actions/reference/workflow-commands-for-github-actions; columns only within one line.
    properties: dict[str, object] = {}
    said = [diagnostic.message]
    if diagnostic.labels:
        label = diagnostic.labels[0]
        start, end = extent(label)
        properties = {"file": label.source.name, "line": start.line}
        if start.line == end.line:
            properties |= {"col": start.column, "endColumn": max(end.column, start.column + 1)}
        else:
            properties |= {"endLine": end.line}
        said += [label.text] if label.text else []
    properties["title"] = diagnostic.code
    said += [f"help: {diagnostic.help}"] if diagnostic.help else []
    listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    level = "notice" if diagnostic.severity is Severity.NOTE else diagnostic.severity.value
    return f"::{level} {listed}::{_escaped(chr(10).join(said), '')}"


def _escaped(text: str, also: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in also:
        text = text.replace(character, f"%{ord(character):02X}")
    return harmless(text)


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
