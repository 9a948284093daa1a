"""A picture as PNG, made of the SVG by resvg."""

import re
from importlib import import_module
from typing import Any

from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.problems.backends import NoFont, PictureTooLarge

ZOOM = 2  # pixels for each of the SVG, for screens of today
LARGE = 24_000_000  # pixels from which one has to do
LARGEST = 100_000_000
_SIZE = re.compile(r'<svg [^>]*width="(\d+)" height="(\d+)" [^>]*font-family="([^"]*)"')
_LETTER = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" font-family="{}"><text y="15">{}</text></svg>'


def png(svg: str) -> bytes:
    """An SVG of `netspec.draw.engine` in pixels.

    Raises SpecError: NS404 where the extra `draw` is not installed, NS418 where there would be too many pixels, NS419
    where this machine has no font that the text can be drawn in.
    """
    require("draw", "resvg_py")
    found = _SIZE.match(svg)
    assert found
    width, height, family = int(found[1]), int(found[2]), found[3]
    if width * height > LARGEST:
        message = f"the picture would have {width}×{height} pixels; {LARGEST} are drawn at most"
        raise SpecError([PictureTooLarge(message, help="fold uses of blocks, or write .svg, which has no pixels")])
    if _drawn(_LETTER.format(family, "A")) == _drawn(_LETTER.format(family, "")):
        help = "install DejaVu Sans Mono, as with `apt-get install fonts-dejavu-core`, or write .svg"
        raise SpecError([NoFont("there is no font here that text can be drawn in", help=help)])
    return _drawn(svg, ZOOM if ZOOM**2 * width * height <= LARGE else 1)


def _drawn(svg: str, zoom: int = 1) -> bytes:
    resvg: Any = import_module("resvg_py")
    return bytes(resvg.svg_to_bytes(svg_string=svg, zoom=zoom))
