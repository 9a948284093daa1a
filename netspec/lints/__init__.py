"""Lints: what Caffe takes, and is most likely not meant. Each is a function that reports what it finds.

The tables name them, so that one is imported only for a spec that has what it is about.
"""

from __future__ import annotations

from collections.abc import Container
from importlib import import_module
from typing import NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.grouping import once
from netspec.diagnostics.source import Source
from netspec.lints.case import Case


class Lint(NamedTuple):
    """codes: of what it finds. function: file and name below this package. types: classes of layers, one of which a net
    has to have for it; none: any will do. of: what else has to hold, a property of `Case`. optional: whether it is
    looked for only where one of its codes is wanted.
    """

    codes: str
    function: str
    types: str = ""
    of: str = ""
    optional: bool = False


TABLE = (
    Lint("NS851 NS852 NS853", "unneeded.unneeded", of="whole"),
    Lint("NS854", "names.alike"),
    Lint("NS855 NS856 NS857 NS858", "language.unused", of="more"),
    Lint("NS859", "sharing.apart", "ContrastiveLoss EuclideanLoss GeneralContrastiveLoss RankLoss", of="more"),
    Lint("NS860", "normalization.bias_before", "BatchNorm", optional=True),
    Lint("NS861", "normalization.unscaled", "BatchNorm", of="open"),
    Lint("NS862", "normalization.batch_statistics", "BatchNorm", of="deployed", optional=True),
    Lint("NS863", "losses.normalized_twice", "Softmax Sigmoid", of="learns"),
    Lint("NS864", "losses.rectified", "ReLU", of="learns"),
    Lint("NS865", "windows.outside", "Pooling Convolution"),
    Lint("NS866", "fillers.missing", "Convolution Deconvolution InnerProduct", of="learns"),
    Lint("NS867 NS868", "phases.unequal", of="phases"),
    Lint("NS869", "phases.training_alone", "Dropout", of="deployed", optional=True),
    Lint("NS870", "legacy.formats", of="plain", optional=True),
    Lint("NS871", "deprecated.fields", optional=True),
)


def lint(case: Case, source: Source, wanted: Container[str] = ()) -> list[Diagnostic]:
    """What is found, once each. wanted: the codes of optional lints that are looked for, too."""
    report = Findings(source)
    for each in TABLE:
        off = each.optional and not any(code in wanted for code in each.codes.split())
        if off or (each.types and case.types.isdisjoint(each.types.split())):
            continue
        if not each.of or getattr(case, each.of):
            file, _, name = each.function.partition(".")
            getattr(import_module(f"{__name__}.{file}"), name)(case, report)
    return once(report.found)
