"""What `verify` says where a plugin's code raises an exception as a model runs: a report up to that layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netspec.net import Net
from netspec.plugins.faults import said
from netspec.shapes import integers
from netspec.verify.report import Item, Kind, Report, Row
from netspec.verify.subject import Broken
from netspec.verify.tolerance import EQUAL


def up_to_failure(net: Net, broken: Broken, compared: Callable[[Net], Report], nothing: Report) -> Report:
    """The report of the layers before the first with which a model breaks, and a row for that one.

    `compared` compares a net, and raises Broken; the layer is found by halves. `nothing` is the report of no layers.
    """
    whole, report = 0, nothing  # how many layers run
    most = len(net.layers)
    while most - whole > 1:
        middle = (whole + most) // 2
        try:
            report, whole = compared(net.changed(net.layers[:middle])), middle
        except Broken as error:
            broken, most = error, middle
    node = net.layers[most - 1]
    top = node.outputs[0] if node.outputs else None
    shape = integers(net.shapes[top] or ()) if top else None
    item = Item(Kind.BLOB, node.name, node.type, top.blob if top else "", shape or ())
    note = f"{broken}: {said(broken.__cause__ or broken)}"
    row = Row(item, 1.0, {broken.backend: np.inf}, EQUAL, note, unlike=True)
    return replace(report, rows=(*report.rows, row))
