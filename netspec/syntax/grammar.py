"""The grammar `net.lark`, read once per process."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import lark
from lark.parsers.lalr_analysis import Shift

from netspec.syntax.build import Builder
from netspec.syntax.tokens import Token


class Parse(Protocol):
    """A parse under way: what this package uses of Lark's `ParserState`. The stacks may be popped together."""

    state_stack: list[Any]
    value_stack: list[Any]
    parse_conf: Any

    def feed_token(self, token: Token, is_end: bool = False) -> Any:
        """Takes a token; at the end gives the parse's value.

        Raises `lark.UnexpectedToken`, which names the `expected` types.
        """
        ...


def cache_folder() -> Path:
    """Where the parse tables are kept between processes: this user's cache folder, as the platform has it."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "netspec"


@cache
def grammar() -> lark.Lark:
    """The parser. Its callbacks make the nodes of `netspec.syntax.document` directly: there is no tree between.

    Computing the tables takes ten times as long as reading them back (60 ms and 5 ms), so they are kept in a file whose
    name is made from all that they depend on. A process that cannot write there computes them and goes on.
    """
    text = files("netspec.grammars").joinpath("net.lark").read_text("utf-8")
    key = sha256(f"{lark.__version__} {sys.version} {text}".encode()).hexdigest()[:16]
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home folder
        kept = cache_folder() / f"grammar-{key}"
        if kept.exists():
            return _read(text, str(kept))
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            written = Path(folder) / kept.name
            parser = _read(text, str(written))
            written.replace(kept)
        return parser
    return _read(text, cache=False)


def _read(text: str, cache: str | bool) -> lark.Lark:
    return lark.Lark(text, parser="lalr", lexer="basic", transformer=Builder(), cache=cache)


def new_parse() -> Parse:
    parser: Any = grammar()
    return parser.parse_interactive().parser_state


def accepts(parse: Parse, kind: str) -> bool:
    """Whether a token of this type may come next: what the parser would do with one, without doing it."""
    states, below = parse.parse_conf.states, parse.state_stack
    kept, above = len(below), list[Any]()  # the stack is `below[:kept]`, and `above` on it
    while True:
        action, target = states[above[-1] if above else below[kept - 1]].get(kind, (None, None))
        if action is None or action is Shift:
            return action is Shift
        size = len(target.expansion)
        from_above = min(size, len(above))
        del above[len(above) - from_above :]
        kept -= size - from_above
        state = states[above[-1] if above else below[kept - 1]][target.origin.name][1]
        if state == parse.parse_conf.end_state:
            return True
        above.append(state)


def accepted(parse: Parse) -> frozenset[str]:
    """The types of the tokens that may come next."""
    possible = parse.parse_conf.states[parse.state_stack[-1]]
    return frozenset(kind for kind in possible if kind.upper() == kind and accepts(parse, kind))
