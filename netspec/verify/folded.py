"""A comparison with a use of a block as one row: the worst that is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netspec.net import Net
from netspec.net.scopes import Scope, folded
from netspec.verify.report import Row


@dataclass(frozen=True)
class Fold:
    """All that was compared in a use of a block; or one row by itself, for which `scope` is None."""

    scope: Scope | None
    rows: tuple[Row, ...]

    @property
    def worst(self) -> Row:
        """The row nearest to its bound, or farthest above it."""
        return max(self.rows, key=lambda row: (not row.ok, row.error / row.bound if row.bound else row.error))

    @property
    def failed(self) -> int:
        return sum(not row.ok for row in self.rows)


def folds(net: Net, rows: Sequence[Row], depth: int) -> list[Fold]:
    """The rows in their order, those of a use where its first one stands. Uses that `depth` others or more do not
    contain are one each; with a depth of 0 nothing is folded."""
    named = folded(net, depth) if depth else ()
    scopes = {node.name: scope for scope in named if scope.block for node in scope.nodes}
    found: dict[int, tuple[Scope | None, list[Row]]] = {}
    for row in rows:
        scope = scopes.get(row.item.layer)
        found.setdefault(id(row) if scope is None else id(scope), (scope, []))[1].append(row)
    return [Fold(scope, tuple(inside)) for scope, inside in found.values()]
