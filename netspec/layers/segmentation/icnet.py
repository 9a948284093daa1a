"""The pyramid of ICNet in one layer."""

from typing import ClassVar

from netspec.layers.base import CallSite, Refusal
from netspec.layers.caffe.pooling import Pooling, PoolMethod, RoundMode, pooled
from netspec.layers.fit import axes
from netspec.layers.rewriting import Composite, Step, Unfolded
from netspec.layers.window import Windows
from netspec.problems.shapes import BadDimensions, EmptyOutput
from netspec.shapes import Dim, Shape, integers, product, show

# Kernel and stride of each level, as they fit a map of 33×65.
LEVELS = (((33, 65), (33, 65)), ((17, 33), (16, 32)), ((13, 25), (10, 20)), ((8, 15), (5, 10)))


class ICNetSubgraph(Composite):
    """y = x + the sum over four levels of x pooled and interpolated again, as ICNet has them behind its last stage.

    A level takes the mean of every window, of 33×65 elements at steps of 33×65, of 17×33 at 16×32, of 13×25 at 10×20,
    or of 8×15 at 5×10, and gives it the size of x, so that the corners of both coincide. The number of windows is
    ceil((S − kernel) / stride) + 1; of a last window counts what lies within the input.
    Shape: N×C×H×W, kept. The fork has no gradient for it; here it has that of what it computes.
    Source: icnet_subgraph_layer.cpp of Synopsys' fork.
    """

    edition: ClassVar = "synopsys"
    in_place: ClassVar = False

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        (shape,) = site.bottoms
        if len(shape) != 4:
            message = f"ICNetSubgraph takes N×C×H×W, not {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""}, label=axes(len(shape)))
        for windows in self.levels(site):
            for axis, count in enumerate(windows.output, 2):
                if count < 1:
                    message = f"ICNetSubgraph has windows of {show(windows.kernel)}, and none fits {show(shape[2:])}"
                    raise Refusal(
                        EmptyOutput, message, bottoms={0: ""}, label=f"axis {axis}", help="use a larger input"
                    )
        return (shape,)

    def levels(self, site: CallSite) -> tuple[Windows, ...]:
        """The windows of each level."""
        space = site.bottoms[0][2:]
        sizes = ((kernel, stride, pooled(space, kernel, stride, (0, 0), RoundMode.CEIL)) for kernel, stride in LEVELS)
        return tuple(Windows(space, kernel, stride, (0, 0), output) for kernel, stride, output in sizes)

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * 8

    def unfolded(self, site: CallSite, tops: tuple[Shape, ...]) -> Unfolded:
        """A Pooling and an Interp for each level, and the sum of these and the input."""
        from netspec.layers.caffe.merge import Eltwise  # which only compiling asks for
        from netspec.layers.segmentation.resize import Interp

        (shape,) = site.bottoms
        height, width = integers(shape[2:]) or (1, 1)
        steps: list[Step] = []
        for i, at in enumerate(self.levels(site)):
            pool = Pooling(pool=PoolMethod.AVE, kernel_size=integers(at.kernel) or (), stride=at.stride, pad=(0, 0))
            steps.append(Step(pool, (0,), ((*shape[:2], *at.output),), f"level{i}"))
            steps.append(Step(Interp(height=height, width=width), (len(steps),), (shape,), f"whole{i}"))
        terms = range(0, len(steps) + 1, 2)
        return Unfolded((*steps, Step(Eltwise.model_construct(), tuple(terms), tops)))

    def lacks(self, site: CallSite) -> str:
        return "" if integers(site.bottoms[0][2:]) else "height and width have to be known: give them with --input"
