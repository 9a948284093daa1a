"""The docstring of an emitted file."""

from __future__ import annotations

from netspec.emit.build import Body
from netspec.emit.documents import WIDTH
from netspec.emit.names import remark
from netspec.net import Net
from netspec.shapes import show


def docstring(net: Net, body: Body, title: str, mode: str = "") -> str:
    """Which net it is, in which framework, what it reads and what it returns, and for which phase; `mode` says what
    that means there."""
    inputs = ", ".join(f"{remark(feed.blob)} {show(feed.shape)}" for feed in body.feeds)
    outputs = ", ".join(f"{remark(blob)} {show(net.blobs[blob])}" for blob, _ in body.results)
    lines = [f'"""{remark(net.name) or "A net"} in {title}, written by netspec.', ""]
    for kind, blobs in (("Input", inputs), ("Output", outputs)):
        lines += _filled(f"{kind}: {blobs or 'none'}.")
    lines.append(f"Phase: {net.phase}{mode}.")
    if net.plain:
        lines += _filled("Optimized for inference (-O): factors and offsets, as of BatchNorm, are in other weights.")
    return "\n".join([*lines, '"""'])


def _filled(text: str) -> list[str]:
    """Lines of at most WIDTH, broken at spaces, the later ones indented."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1].strip() and len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines
