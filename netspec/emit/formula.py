"""Expression graphs to code, through a backend's vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from netspec.arrays import Array
from netspec.arrays.vocabulary import Vocabulary, postorder
from netspec.emit.code import Code
from netspec.emit.place import Place


def express(
    tops: Sequence[Array], leaves: Mapping[str, Code], words: Vocabulary[Code], place: Place
) -> tuple[Code, ...]:
    """The code of each top. Values used more than once, and long ones with a name, become temporaries before it."""
    uses = Counter(id(arg) for node in postorder(tops) for arg in node.args if isinstance(arg, Array))
    roots = {id(top) for top in tops}
    done: dict[int, Code] = {}
    for node in postorder(tops):
        if not node.args and node.label in leaves:
            done[id(node)] = replace(leaves[node.label], shape=node.shape)
            continue
        args = [done[id(a)] if isinstance(a, Array) else a for a in node.args]
        code: Code = getattr(words, node.word)(*args, **node.options)
        shared = uses[id(node)] + (id(node) in roots) > 1
        if (shared and not code.text.isidentifier()) or (node.label and id(node) not in roots):
            code = place.let(node.label or "value", code)
        done[id(node)] = replace(code, shape=node.shape)
    return tuple(done[id(top)] for top in tops)
