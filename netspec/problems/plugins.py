"""NS6xx: layer types of the user's own cannot be had."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic


class BadPlugin(Diagnostic):
    """A plugin cannot be used: its file is not there, running it fails, or it does not say what its layer types are.

    ## Example
    `netspec check net.prototxt --plugin my_layers.py` where my_layers.py has no `LAYERS`.
    ## Instead
    A plugin is a Python module with a tuple `LAYERS` of classes derived from `netspec.layers.base.Layer`. Those that
    are no formulas have code for each backend in `EMITTERS`. docs/user-layers.md shows a whole one.
    """

    code = "NS601"
    title = "bad-plugin"


class RedefinedType(Diagnostic):
    """A plugin defines a layer type that there is already: one of netspec's own, or of another plugin.

    ## Example
    `class Pooling(Layer)` in a plugin.
    ## Instead
    Give the class, and the layers in the spec, a name of their own. Where the same plugin is named twice, name it once.
    """

    code = "NS602"
    title = "redefined-type"


class PluginFailure(Diagnostic):
    """The code of a plugin raised an exception as it was asked for a layer's parameters, shapes, cost or code.

    ## Instead
    It is a fault of the plugin; the message names the exception, and the line it came from. What a spec can get wrong
    is better said by `raise Refusal(…)` (netspec/layers/base.py), which becomes a diagnostic at its place in the spec.
    """

    code = "NS603"
    title = "plugin-failure"


PROBLEMS = (BadPlugin, RedefinedType, PluginFailure)
