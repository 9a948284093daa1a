"""From a Document with blocks, repetition and short layers to one of plain `layer` fields.

The one stage between syntax and lowering. What it makes is prototxt in all but its places: each layer still knows the
text it came from, and every use that led there (`netspec.source.Atlas`).
"""

from netspec.expand.expansion import Expansion as Expansion
from netspec.expand.expansion import expand as expand
from netspec.expand.library import Library as Library
