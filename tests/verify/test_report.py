"""How a report tells what a comparison of backends found."""

from __future__ import annotations

import json
import math

import pytest

from netspec.verify.report import Item, Kind, Report, Row

np = pytest.importorskip("numpy")


NAN, INF = math.nan, math.inf


def _report(*rows: Row) -> Report:
    return Report(
        "Small", "TEST", "float64", 0, "torch", {"torch": "cpu", "tensorflow": "cpu"}, ("drop",), ("data",), rows
    )


GOOD = Row(Item(Kind.BLOB, "conv", "Convolution", "conv", (2, 3)), 1.5, {"tensorflow": 1e-15}, 1e-9)


BAD = Row(Item(Kind.GRADIENT, "ip", "InnerProduct", "weight", (4,)), 1.0, {"tensorflow": 1e-3}, 1e-9, "at (2,)")


STRANGE = Row(Item(Kind.BLOB, "log", "Log", "log", (4,)), 1.0, {"tensorflow": INF}, 1e-9, "at (0,) …")


def test_a_report_names_the_first_that_differs() -> None:
    report = _report(GOOD, BAD, STRANGE)
    assert not report.ok
    assert report.first is BAD
    (diagnostic,) = report.diagnostics
    assert diagnostic.code == "NS406"
    assert diagnostic.message == (
        '∂ weight of layer "ip" (InnerProduct, 4) differs between tensorflow and torch: '
        "by 1.0e-03 of its largest value; 1.0e-09 is allowed"
    )
    assert diagnostic.help == "at (2,)"
    assert "2 of 2 blobs and 1 gradient differ" in str(report)


def test_a_report_without_differences() -> None:
    report = _report(GOOD)
    assert report.ok
    assert not report.diagnostics
    assert str(report) == (
        "Small, TEST, float64: equal: 1 blob; worst error 1.0e-15 in conv (torch on cpu, tensorflow on cpu)"
    )


def test_json_is_json() -> None:
    data = json.loads(_report(GOOD, STRANGE).to_json())
    assert data["ok"] is False
    assert data["first"]["layer"] == "log"
    assert [row["errors"]["tensorflow"] for row in data["rows"]] == [1e-15, None]
    assert data["held"] == ["drop"]
    assert data["devices"] == {"torch": "cpu", "tensorflow": "cpu"}


def test_rows_of_several_backends_keep_the_worse() -> None:
    other = Row(GOOD.item, 2.0, {"numpy": 1e-12}, 1e-9)
    merged = GOOD.merged(other)
    assert merged.errors == {"tensorflow": 1e-15, "numpy": 1e-12}
    assert merged.error == 1e-12
    assert not GOOD.merged(Row(GOOD.item, 1.0, {"numpy": INF}, 1e-9)).ok
