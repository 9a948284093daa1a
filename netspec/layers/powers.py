"""Powers of numbers as C has them."""

import math


def power(base: float, exponent: float) -> float:
    """C's pow: infinite, or not a number, where Python raises."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan
