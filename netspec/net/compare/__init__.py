"""What differs between two nets, whatever their files are called and however they are written."""

from netspec.net.compare.difference import Difference, Pair, Resized, Side, difference
from netspec.net.compare.params import Change

__all__ = ["Change", "Difference", "Pair", "Resized", "Side", "difference"]
