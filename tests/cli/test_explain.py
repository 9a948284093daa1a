"""`netspec explain`: what a diagnostic means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from netspec.problems import catalogue

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


def test_explain_lists_every_code(netspec: Netspec) -> None:
    assert [line.split()[0] for line in netspec("explain").out.splitlines()[1:]] == list(catalogue())


def test_explain_sets_examples_apart(netspec: Netspec, golden: Callable[[str, str], None]) -> None:
    golden("cli/explain-NS102.txt", netspec("explain", "NS102").out)


@pytest.mark.parametrize("code", catalogue())
def test_every_code_is_explained(netspec: Netspec, code: str) -> None:
    out = netspec("explain", code).out
    assert out.startswith(code)
    assert "```" not in out
    assert len(out.splitlines()) > 3
