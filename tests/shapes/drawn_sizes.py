"""Arithmetic over H, W and small numbers, drawn by chance."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if not depth or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(["H", "W", "1", "2", "3", "5"]))
    a, b = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    match draw(st.sampled_from("+-*/")):
        case "/":
            return f"({a}) // {draw(st.integers(1, 7))}"
        case "*":
            return f"{draw(st.integers(-3, 4))} * ({a})" if draw(st.booleans()) else f"({a}) * ({b})"
        case sign:
            return f"({a}) {sign} ({b})"
