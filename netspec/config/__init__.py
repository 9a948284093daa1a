"""What a project says of its checks, in `netspec.toml` or under `[tool.netspec]` in `pyproject.toml`.

The file that lies nearest above a spec holds, and no other; of two in one folder, `netspec.toml`. What it names by
relative paths lies beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_EMPTY: Mapping[str, Any] = MappingProxyType({})


class Configuration(NamedTuple):
    """file: where it stands, as it is shown; "" for none. folder: where that lies. lines: of the keys that it gives,
    the line of each. inputs: shapes of inputs, for nets that have such. per_file_ignores: patterns of paths, and the
    codes that are ignored there. Paths are joined to the folder; patterns are relative to it."""

    file: str = ""
    folder: str = ""
    lines: Mapping[str, int] = _EMPTY
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    inputs: Mapping[str, tuple[int | str, ...]] = _EMPTY
    plugins: tuple[str, ...] = ()
    import_path: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = _EMPTY
    baseline: str | None = None
    strict: bool = False
    cache: bool = True


NONE = Configuration()
