"""Numbers as people read them: three digits and a prefix."""

from __future__ import annotations

from netspec.shapes import Dim, Size

_PREFIXES = ("", "k", "M", "G", "T", "P")


def count(n: Dim) -> str:
    """`61.0 M`, `431 k`, `520`: three digits; `?` where it is not known; with names ≈ what grows fastest."""
    if not isinstance(n, int):
        return _growth(n, "") if n.symbolic else str(n)
    value, prefix = float(n), 0
    while value >= 999.5 and prefix + 1 < len(_PREFIXES):
        value, prefix = value / 1000, prefix + 1
    if not prefix:
        return str(n)
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {_PREFIXES[prefix]}"


def size(n: Dim) -> str:
    """Bytes: `244 MB`, of 1000² bytes as disks count."""
    if not isinstance(n, int):
        return _growth(n, "B") if n.symbolic else str(n)
    return _measured(count(n), "B")


def _measured(number: str, unit: str) -> str:
    return f"{number}{' ' * (' ' not in number)}{unit}" if unit else number


def _growth(n: Size, unit: str) -> str:
    """`≈ 18.4 k·N·H·W`."""
    from netspec.shapes.symbols import Symbolic, leading

    assert isinstance(n, Symbolic)
    products = ["·".join([_measured(count(round(x)), unit), *names]) for x, names in leading(n)]
    return f"≈ {' + '.join(products)}"
