"""Windows that see nothing of the image."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.layers.base import CallSite
from netspec.layers.caffe.convolution import Convolution
from netspec.layers.caffe.pooling import Pooling
from netspec.lints.case import Case, own_field
from netspec.net import Node
from netspec.problems.lints import WindowOutside
from netspec.shapes import show

FRAME = 4  # kernels: a frame as wide is meant, as the 100 pixels around the images of fully convolutional nets


def outside(case: Case, report: Findings) -> None:
    for view in case.views:
        for node in view.net.layers:
            if isinstance(node.params, Pooling | Convolution) and (site := view.site(node)):
                if isinstance(node.params, Pooling):
                    _pooling(node.params, site, node, report)
                else:
                    _convolution(node.params, site, node, report)


def _pooling(layer: Pooling, site: CallSite, node: Node, report: Findings) -> None:
    at = layer.geometry(site)
    for i, out in enumerate(at.outside):
        if out:
            message = f"the last window on axis {2 + i} begins behind the end of the image, and holds nothing of it"
            help = "use a smaller stride, a larger kernel, or round_mode: FLOOR"
            report.add(WindowOutside, message, own_field(node, "stride", ("stride_h", "stride_w")[i % 2]), help=help)
            return


def _convolution(layer: Convolution, site: CallSite, node: Node, report: Findings) -> None:
    at = layer.geometry(site)
    if any(extent <= pad < FRAME * extent for pad, extent in zip(at.pad, at.extent, strict=True)):
        message = f"the kernel spans {show(at.extent)}, and pad is {show(at.pad)}: at the border it sees padding alone"
        report.add(WindowOutside, message, own_field(node, "pad", "pad_h", "pad_w"), help="give less pad than it spans")
