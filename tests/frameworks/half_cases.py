"""A small net for each layer type that `cases` has none of, from the test files of the families; named by the class."""

from __future__ import annotations

from tests.layers.test_every_type import table, with_table

HALF_CASES: dict[str, str] = {
    name: text for family in with_table("NETS") for name, text in table(family, "NETS").items()
}
