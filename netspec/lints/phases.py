"""What differs between training and use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netspec.diagnostics.findings import Findings
from netspec.layers.base import Phase
from netspec.layers.data_layer import DataLayer
from netspec.lints.case import Case, place
from netspec.net import Net, Node
from netspec.plugins import owner
from netspec.problems.lints import TrainingAlone, UnequalPhases, UnequalPreprocessing
from netspec.shapes import show


class Steps(NamedTuple):
    """What is done to images, but for what chance and cropping do."""

    scale: float
    mean_value: tuple[float, ...]
    mean_file: str

    def __str__(self) -> str:
        values = f"mean_value {', '.join(f'{value:g}' for value in self.mean_value)}"
        mean = f"mean_file {self.mean_file}" if self.mean_file else values if self.mean_value else "no mean"
        return f"scale {self.scale:g}, {mean}"


def unequal(case: Case, report: Findings) -> None:
    """Parameters that are in TEST otherwise than in TRAIN, and images that are."""
    train = [net for net in case.nets if net.phase is Phase.TRAIN]
    test = [net for net in case.nets if net.phase is Phase.TEST]
    _parameters(train, test, report)
    _preprocessing(train, test, report)


def _parameters(train: list[Net], test: list[Net], report: Findings) -> None:
    trained: dict[str, Node] = {}
    shared = {param.name for net in train for node in net.layers for param in node.blobs if param.name}
    for net in train:
        for node in net.layers:
            trained.setdefault(node.name, node)
    for net in test:
        for node in net.layers:
            if not any(param.blob.learnable and param.name not in shared for param in node.blobs):
                continue
            other = trained.get(node.name)
            if other is None or not other.blobs:
                message = f'"{node.name}" is part of the net in TEST alone: nothing trains its parameters'
                help = "give it the name of the layer whose parameters it is to have"
                report.add(UnequalPhases, message, place(node), help=help)
            elif other.origin.name != node.origin.name and (sizes := _sizes(node)) != (theirs := _sizes(other)):
                message = f'the parameters of "{node.name}" are {sizes} in TEST, and {theirs} in TRAIN'
                report.add(UnequalPhases, message, place(node), (place(other), "in TRAIN"))


def _sizes(node: Node) -> str:
    return ", ".join(show(param.blob.shape) for param in node.blobs)


def _preprocessing(train: list[Net], test: list[Net], report: Findings) -> None:
    fed: dict[str, Node] = {}
    for net in train:
        for node in net.layers:
            if node.tops and isinstance(node.params, DataLayer):
                fed.setdefault(node.tops[0], node)
    for net in test:
        for node in net.layers:
            if node.tops and isinstance(node.params, DataLayer) and owner(net.plugins, type(node.params)) is None:
                _compare(node, fed, report)


def _compare(node: Node, fed: Mapping[str, Node], report: Findings) -> None:
    """Layers of one type that write one blob. Two mean files are taken to hold the same."""
    other = fed.get(node.tops[0])
    if other is None or type(node.params) is not type(other.params):
        return
    here, there = _steps(node), _steps(other)
    if here == there or (here.scale == there.scale and here.mean_file and there.mean_file):
        return
    message = f'images of "{node.tops[0]}" are prepared otherwise in TEST than in TRAIN'
    report.add(UnequalPreprocessing, message, (place(node), str(here)), (place(other), str(there)))


def _steps(node: Node) -> Steps:
    known = node.params.preprocessing() if isinstance(node.params, DataLayer) else None
    return Steps(known.scale, known.mean_value, known.mean_file) if known else Steps(1.0, (), "")


def training_alone(case: Case, report: Findings) -> None:
    """Layers of a deployed net that do something in TRAIN alone."""
    for view in case.views:
        for node in view.of("Dropout") if view.deployed else ():
            message = f'"{node.name}" does nothing: the net is a deployed one'
            report.add(TrainingAlone, message, place(node), help="remove it, and let its readers read its bottom")
