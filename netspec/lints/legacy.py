"""Formats of the first years of Caffe."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.upgrade import INPUTS, shaped
from netspec.frontend.lower.upgrade_v0 import nested
from netspec.lints.case import Case
from netspec.problems.lints import LegacyFormat
from netspec.syntax.document import Field


def formats(case: Case, report: Findings) -> None:
    """Once for a text, with the fix of all of it."""
    fields = case.document.fields
    old = [f for f in fields if f.name == "layers" or (f.name in INPUTS and shaped(fields))]
    if not old:
        return
    from netspec.lints.modern import modernized

    fix = modernized(case.document)
    help = "netspec check --fix brings it up to date" if fix else "netspec convert --to prototxt writes it anew"
    report.add(LegacyFormat, _said(old), old[0].name_span, help=help, fix=fix)


def _said(old: list[Field]) -> str:
    layers = [field for field in old if field.name == "layers"]
    if not layers:
        return "inputs are declared by fields of the file; today a layer of type Input has them"
    if any(map(nested, layers)):
        return "layers in layers are Caffe's first format, V0; today a layer is one entry, called layer"
    return "layers is Caffe's format V1; today an entry is called layer, and its type stands in quotes"
