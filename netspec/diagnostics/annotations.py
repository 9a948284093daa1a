"""What a workflow of GitHub shows: annotations at lines, as many as it takes, and a summary of the step."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from netspec.diagnostics.diagnostic import Diagnostic, Severity
from netspec.diagnostics.render import extent, harmless, summary

# https://docs.github.com/actions/reference/workflow-commands-for-github-actions and …/limits: of each kind a step.
MOST = 10
ROWS = 1000  # of a summary, which takes a MiB
WIDEST = 500  # characters of a message in it


def annotated(diagnostics: Iterable[Diagnostic], printed: Counter[Severity]) -> str:
    """A workflow command for each; from the eleventh of a kind on a line of the log, since GitHub would not show it.
    printed: how many there have been of each kind; they are counted on."""
    lines: list[str] = []
    for diagnostic in diagnostics:
        printed[diagnostic.severity] += 1
        lines.append(command(diagnostic) if printed[diagnostic.severity] <= MOST else _line(diagnostic))
    return "".join(f"{line}\n" for line in lines)


def more(printed: Counter[Severity]) -> str:
    """How many got no annotation; "" for none."""
    rest = {severity: count - MOST for severity, count in printed.items() if count > MOST}
    said = ", ".join(f"{count} more {severity.value}{'s' * (count > 1)}" for severity, count in rest.items())
    return f"{said} without an annotation: GitHub shows {MOST} of each kind a step\n" if said else ""


def step_summary(results: Sequence[tuple[str, Sequence[Diagnostic]]]) -> str:
    """What was found, as Markdown for $GITHUB_STEP_SUMMARY."""
    found = [diagnostic for _, diagnostics in results for diagnostic in diagnostics]
    lines = ["### netspec check", "", summary(found, len(results)), ""]
    if found:
        lines += ["| | code | where | what |", "|---|---|---|---|"]
    for diagnostic in found[:ROWS]:
        cells = diagnostic.severity.value, diagnostic.code, _where(diagnostic), diagnostic.message[:WIDEST]
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    if len(found) > ROWS:
        lines += ["", f"… and {len(found) - ROWS} more"]
    return "\n".join(lines) + "\n"


def command(diagnostic: Diagnostic) -> str:
    """A workflow command, which GitHub shows at the line at fault. It takes columns within one line alone."""
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


def _line(diagnostic: Diagnostic) -> str:
    """A line of the log. What runs workflows obeys `##[` wherever it stands in one."""
    text = f"{diagnostic.severity.value}[{diagnostic.code}] {_where(diagnostic)}: {diagnostic.message}"
    return harmless(text).replace("##[", "#_[")


def _where(diagnostic: Diagnostic) -> str:
    if not diagnostic.labels:
        return ""
    label = diagnostic.labels[0]
    start = extent(label)[0]
    return f"{label.source.name}:{start.line}:{start.column}"


def _cell(text: str) -> str:
    """Text that Markdown takes as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~@:-])", r"\\\1", html.escape(harmless(text), quote=False))
