"""Fields that have another name today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Edit, Fix
from netspec.diagnostics.source import Span
from netspec.lints.case import Case
from netspec.net import Node
from netspec.problems.lints import DeprecatedField
from netspec.syntax.document import Field, Scalar


class Renamed(NamedTuple):
    """today: the field's name. values: what each value is today, where that is another; others stay."""

    old: str
    today: str
    values: Mapping[str, str] = {}


# By where they stand in a layer. Source: caffe.proto, and LossLayer's GetNormalizer in softmax_loss_layer.cpp.
FIELDS = (
    Renamed("concat_param.concat_dim", "axis"),
    Renamed("slice_param.slice_dim", "axis"),
    Renamed("loss_param.normalize", "normalization", {"true": "VALID", "false": "BATCH_SIZE"}),
)


def fields(case: Case, report: Findings) -> None:
    for view in case.views:
        for node in view.net.layers:
            for renamed in FIELDS:
                _field(node, renamed, report)


def _field(node: Node, renamed: Renamed, report: Findings) -> None:
    message, _, name = renamed.old.partition(".")
    for field in node.origin.fields(message, name)[:1]:
        fix = today(field, renamed) if not node.origin.fields(message, renamed.today) else None
        report.add(DeprecatedField, f"{name} is called {renamed.today} today", field.name_span, fix=fix)


def today(field: Field, renamed: Renamed) -> Fix | None:
    """The field under the name of today, with the value of today."""
    if not isinstance(field.value, Scalar):
        return None
    old = field.value.text
    edits = [Edit(field.name_span, field.name, renamed.today)]
    if renamed.values:
        if old not in renamed.values:
            return None
        edits.append(Edit(Span(field.value.start, field.value.start + len(old)), old, renamed.values[old]))
    return Fix(tuple(edits))
