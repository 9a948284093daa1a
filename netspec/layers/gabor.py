"""The kernels of intel's filler gabor, which knows the first layers of four nets. Source: gabor.hpp of intel's fork."""

from collections.abc import Callable
from typing import NamedTuple

WHITE = (1.0, 1.0, 1.0)
VIOLET, ROSE, YELLOW = (-1.0, -1.0, 1.0), (0.25, -1.0, 1.0), (-0.5, 0.1, 1.0)


class Wave(NamedTuple):
    """A kernel: colour·exp(−(x² + y²) / 2sigma²)·cos(π·(frequency·(x·cos πturn − y·sin πturn) + phase)), with x and y
    from −1 to 1, for each of three channels."""

    turn: float
    frequency: float
    phase: float
    sigma: float
    colour: tuple[float, float, float]


def waves(filters: int, size: int) -> list[Wave]:
    """The kernels of a weight filters×3×size×size of KERNELS."""
    kernel, half = KERNELS[filters, size], (size - 1) / 2
    return [kernel(i, half) for i in range(filters)]


def _wave(
    height: float,
    frequency: float,
    turn: float = 0.0,
    phase: float = 0.0,
    sigma: float = 0.6,
    colour: tuple[float, float, float] = WHITE,
) -> Wave:
    red, green, blue = colour
    return Wave(turn, frequency, phase, sigma, (height * red, height * green, height * blue))


def _cifar(i: int, half: float) -> Wave:
    """32 kernels of 5×5."""
    if i < 8:
        return _wave(0.5, half, i / 8)
    if i < 14:
        return _wave(0.5, half / 2, (i - 2) % 6 / 6 + 1 / 12)
    if i < 16:
        return _wave(0.5, half / 8, 0, i % 2, 0.75, (1, -1, 1))
    if i < 28:
        colour = WHITE if i < 20 else (1.0, 0.0, -1.0) if i < 24 else (-1.0, 1.0, 1.0)
        return _wave(0.5, half / 4, i % 4 / 2 + 3 / 8, 0.5, 0.6, colour)
    turn, colour = (i % 2 / 2 + 1 / 8, (-1, 1, -1)) if i < 30 else (i % 2 / 2 + 3 / 8, (1, 1, 0))
    return _wave(0.5, half / 4, turn, 0.5, 0.6, colour)


def _googlenet(i: int, half: float) -> Wave:
    """64 kernels of 7×7."""
    rotation, step = i // 8, i % 8
    if i < 32:
        return _wave(1 / (1 + step / 8), half / (1 + step / 2), rotation / 4, i % 2 + 3 / 8, 0.4 + 0.2 * step / 8)
    if i < 40:
        return _wave(0.5, half, step / 8, 1, 0.45)
    if i < 46:
        wide = (i - 1) % 3 / 2
        return _wave(1 / (1 + wide), 1 / 4, 0, (i - 1) // 3, 1 / (2.5 - wide), ROSE)
    if i < 48:
        return _wave(2 / 3, half / 12, step + 1 / 8, 0.5, 1, (1, 0.1, -0.5))
    if i < 56:
        return _wave(2 / 3, half / 12, step / 4 + 1 / 32, 0.5, 1, YELLOW)
    height, colour = (1, ROSE) if i < 60 else (2 / 3, VIOLET)
    return _wave(height, half / 12, step / 2 + 1 / 8, 0.5, 1, colour)


def _vgg(i: int, half: float) -> Wave:
    """64 kernels of 3×3."""
    return _googlenet(i, half)._replace(sigma=1)


def _alexnet(i: int, half: float) -> Wave:
    """96 kernels of 11×11."""
    rotation, step = i // 8, i % 8
    eighth, quarter = step / 4 + 1 / 32, i % 4 / 2 + 1 / 8
    if i < 48:
        height, frequency = 1 / 3 / (1 + step / 8), half / (1 + step / 2)
        return _wave(height, frequency, rotation / 6, i % 2 + 3 / 8, 0.5 + 0.2 * step / 8)
    if i < 56:
        wide = i % 4 / 2
        return _wave(1 / 3 / (1 + wide), 1 / 4, 0, i // 4, 1 / (2.5 - wide), ROSE)
    if i < 60:
        return _wave(1 / 3 / 1.5, half / 8, quarter, 0.5, 0.75, (-1, 1, -0.5))
    if i < 64:
        return _wave(1 / 3 / 3, half / 8, quarter, 0.5, 2, (1, -0.5, -0.75))
    if i < 72:
        return _wave(1 / 3 / 1.5, half / 4, eighth, 0.5, 0.75, (1, 0.1, -0.75))
    if i < 80:
        return _wave(1 / 3 / 1.5, half / 12, eighth, 0.5, 1, YELLOW)
    if i < 88:
        return _wave(1 / 3 / 2.5, half / 8, eighth, 0.5, 1, VIOLET)
    if i < 92:
        return _wave(1 / 3, half / 16, i % 4 / 2 + 1 / 16, 0.5)
    return _wave(1 / 3 / 4, half / 4, eighth, 0.5, 0.75, VIOLET)


KERNELS: dict[tuple[int, int], Callable[[int, float], Wave]] = {
    (32, 5): _cifar,
    (64, 7): _googlenet,
    (64, 3): _vgg,
    (96, 11): _alexnet,
}
