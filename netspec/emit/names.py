"""Names of a spec made into Python identifiers. A spec is foreign text: nothing of it reaches the output unchecked."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Set

LONGEST = 60
_FOREIGN = re.compile(r"[^A-Za-z0-9_]+")
_REMARKABLE = re.compile(r"[^A-Za-z0-9_ .,:/+-]")
_DOTTED = re.compile(r"[\w.]+")
_BUILTIN = frozenset(dir(builtins))
# Strings, comments, and names with what they are attributes of: `nn.functional`, `self.F`.
_READ = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|\.\w+|\b([^\W\d]\w*)''', re.DOTALL
)


def identifier(name: str) -> str:
    """An ASCII identifier as near to the name as can be: `conv1/7x7_s2` is `conv1_7x7_s2`, `2x` is `_2x`."""
    text = _FOREIGN.sub("_", name[: 4 * LONGEST]).strip("_")[:LONGEST] or "blob"
    if text[0].isdigit():
        text = "_" + text
    return text + "_" if keyword.iskeyword(text) or keyword.issoftkeyword(text) or text in _BUILTIN else text


def class_name(name: str) -> str:
    """`bvlc_reference_net` is `BvlcReferenceNet`, `ResNet-50` is `ResNet50`."""
    words = [w for w in re.split(r"[^A-Za-z0-9]+", name[: 4 * LONGEST]) if w]
    text = "".join(w[0].upper() + w[1:] for w in words)[:LONGEST] or "Net"
    return identifier("Net" + text if text[0].isdigit() else text)


def remark(name: str) -> str:
    """A name as it may stand in a comment or a docstring."""
    return _REMARKABLE.sub("_", name[:LONGEST])


def read(text: str) -> set[str]:
    """The names that a text reads, other than as attributes: one for a name with dots, more for what a plugin wrote."""
    head = text.partition(".")[0]
    return {head} if head.isidentifier() and _DOTTED.fullmatch(text) else {m[1] for m in _READ.finditer(text) if m[1]}


class Namespace:
    """Hands out identifiers, each once, and none that is `reserved` or `beside` it."""

    def __init__(self, reserved: frozenset[str] = frozenset(), beside: Set[str] = frozenset()) -> None:
        self.reserved, self._taken, self._beside = reserved, set(reserved), beside
        self._next: dict[str, int] = {}

    def has(self, name: str) -> bool:
        """Whether a name is taken."""
        return name in self._taken or name in self._beside

    def fresh(self, name: str) -> str:
        """`name` made an identifier, with a number behind it where that is taken."""
        base = identifier(name)
        text = base
        while self.has(text):
            self._next[base] = self._next.get(base, 1) + 1
            text = f"{base}_{self._next[base]}"
        self._taken.add(text)
        return text
