"""From a Document with blocks, repetition and short layers to one of plain `layer` fields.

The one stage between syntax and lowering. What it makes is prototxt in all but its places: each layer still knows the
text it came from, and every use that led there (`netspec.diagnostics.source.Atlas`).
"""

from netspec.frontend.language.expansion import Expansion as Expansion
from netspec.frontend.language.expansion import expand as expand
from netspec.frontend.language.library import Library as Library
