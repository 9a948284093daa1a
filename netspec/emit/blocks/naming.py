"""What uses of blocks, and the layers in them, are called in emitted code."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.emit.blocks.tree import Scope
from netspec.emit.names import identifier
from netspec.net.scopes import beginning

# Layer types as people who write modules call them.
_WORDS = {
    "BatchNorm": "bn",
    "BN": "bn",
    "Convolution": "conv",
    "Deconvolution": "deconv",
    "DepthwiseConvolution": "conv",
    "InnerProduct": "fc",
    "Pooling": "pool",
    "ScaledBatchNorm": "bn",
}
# What stands for several layers of the spec.
_SEVERAL = {"ScaledBatchNorm": "BatchNorm, Scale"}


def word(kind: str) -> str:
    """What a member is called for its layer's type, where the layer's name says nothing."""
    return _WORDS.get(kind, identifier(kind.lower()))


def kinds_of(kind: str) -> str:
    """A layer type as specs have it."""
    return _SEVERAL.get(kind, kind)


def scope_name(scope: Scope) -> str:
    """What a use of a block is called: what the blobs that its layers write have in common at the beginning, or the
    last of these."""
    use = scope.use
    blobs = [top for leaf in scope.leaves() for top in leaf.step.node.tops]
    if not blobs:
        return use.block if use is not None else ""
    return beginning(blobs) or blobs[-1]


def local(name: str, outer: str) -> str | None:
    """What an identifier adds to that of the use that it is in; None where it does not begin with that."""
    if name == outer:
        return ""
    return name[len(outer) + 1 :].strip("_") if outer and name.startswith(f"{outer}_") else None


def agreed(names: Sequence[str | None], otherwise: str) -> str:
    """What all uses of a block call something, if they agree: `1x1` is then `conv1x1`."""
    first = names[0]
    if not first or any(name != first for name in names):
        return otherwise
    if not first[0].isdigit():
        return first
    return otherwise if otherwise.endswith(first) or not otherwise else f"{otherwise}{first}"
