"""NS5xx: weights that do not fit."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic


class ParamShape(Diagnostic):
    """Parameters given for a layer do not have its number of blobs or their shapes.

    ## Example
    `set_params({"conv1": [w]})` where conv1 has a weight of 20×1×5×5 and a bias of 20.
    ## Instead
    Give all blobs of the layer in Caffe's order and layout; `netspec show SPEC` prints the shapes.
    """

    code = "NS501"
    title = "param-shape"


class UnknownLayer(Diagnostic):
    """Parameters were given for a layer that the net does not have, or that has none.

    ## Instead
    `net.params` lists the layers with parameters.
    """

    code = "NS502"
    title = "unknown-layer"


PROBLEMS = (ParamShape, UnknownLayer)
