"""BatchNorm, and what stands around it."""

from __future__ import annotations

from netspec.diagnostics.findings import Findings
from netspec.layers.caffe.convolution import BaseConvolution
from netspec.layers.caffe.normalization import BatchNorm
from netspec.layers.weighted import Weighted
from netspec.lints.case import Case, View, kind, own_field, place
from netspec.net import Node
from netspec.problems.lints import BatchStatistics, BiasBeforeBatchNorm, UnscaledBatchNorm

AFFINE = frozenset({"Scale", "Bias"})
CURVED = frozenset({"ReLU", "ReLU6", "PReLU", "RReLU", "ELU", "SeLU", "Sigmoid", "TanH", "BNLL", "Swish"})


def bias_before(case: Case, report: Findings) -> None:
    """A bias that goes with the mean, which BatchNorm takes away; one that is told to keep its mean does not."""
    for view in case.views:
        for norm in view.of("BatchNorm"):
            assert isinstance(norm.params, BatchNorm)
            if norm.params.use_global_stats:
                continue
            node = view.writers[norm.inputs[0]]
            layer = node.params
            if (
                not isinstance(layer, Weighted)
                or not layer.bias_term
                or (_axis(node) != 1 and isinstance(layer, BaseConvolution))
            ):
                continue
            if len(view.readers[norm.inputs[0]]) == 1 and len(node.outputs) == 1:
                message = (
                    f'the bias of "{node.name}" has no effect: BatchNorm takes the mean away, and the bias with it'
                )
                at = own_field(node, "bias_term", "num_output")
                help = "write bias_term: false; trained weights of the layer then have one blob less"
                report.add(BiasBeforeBatchNorm, message, at, (place(norm), "reads it alone"), help=help)


def _axis(node: Node) -> int:
    return node.params.axis if isinstance(node.params, BaseConvolution) else 1


def unscaled(case: Case, report: Findings) -> None:
    """Where what is normalized goes into a curve, whose place on it no parameter moves."""
    for view in case.views:
        norms = [n for n in view.of("BatchNorm") if isinstance(n.params, BatchNorm) and not n.params.affine]
        scaled = sum(not AFFINE.isdisjoint(_readers(view, norm)) for norm in norms)
        bare = [n for n in norms if not CURVED.isdisjoint(kinds := _readers(view, n)) and AFFINE.isdisjoint(kinds)]
        help = "Scale { bias_term: true } between the two"
        if len(bare) > scaled:
            count = f'"{bare[0].name}", and {len(bare) - 1} more,' if len(bare) > 1 else f'"{bare[0].name}"'
            message = f"{count} {'have' if len(bare) > 1 else 'has'} an activation behind, and no Scale before that"
            report.add(UnscaledBatchNorm, message, place(bare[0]), help=help)
            continue
        for norm in bare:
            message = f'"{norm.name}" has an activation behind it, and no Scale before that, as {scaled} others have'
            report.add(UnscaledBatchNorm, message, place(norm), help=help)


def _readers(view: View, node: Node) -> set[str]:
    return {kind(reader) for value in node.outputs for reader in view.readers.get(value, ())}


def batch_statistics(case: Case, report: Findings) -> None:
    """In a deployed net."""
    for view in case.views:
        for norm in view.of("BatchNorm") if view.deployed else ():
            if isinstance(norm.params, BatchNorm) and norm.params.use_global_stats is False:
                message = "in a deployed net, what comes out for an image depends on the others of its batch"
                at = own_field(norm, "use_global_stats")
                report.add(BatchStatistics, message, at, help="leave it out: in TEST the running averages are used")
