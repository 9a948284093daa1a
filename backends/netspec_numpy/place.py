"""What a native layer sees when it runs: `(layer, place) -> one array for each top`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from netspec.layers.base import CallSite, Phase
from netspec_numpy.words import Values


@dataclass(frozen=True)
class Place:
    """A layer at work on one set of inputs. `site` has the shapes that these really have.

    params: the parameter blobs in Caffe's order and layout, the arrays that are kept: what is written into them lasts.
    memory: what else lasts from one forward pass to the next, by names of the layer's own.
    """

    site: CallSite
    inputs: tuple[Values, ...]
    params: tuple[Values, ...]
    random: np.random.Generator
    memory: dict[str, Values] = field(default_factory=dict[str, Values])

    @property
    def phase(self) -> Phase:
        return self.site.phase


Meaning: TypeAlias = Callable[[Any, Place], tuple[Values, ...]]
