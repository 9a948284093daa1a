"""The list of layer types, held against the files that define them, and what each type must bring along."""

from __future__ import annotations

import importlib
import pkgutil

import layerpages
import pytest

import netspec.layers
from netspec.cli.describe import describe
from netspec.emit.build import Target
from netspec.layers import FAMILIES, FAMILY, every
from netspec.layers.base import Formula, Layer, Made, PythonLayer
from netspec.layers.data_layer import DataLayer
from netspec.layers.extensions import IN_COMPANY, groups
from netspec.layers.model import Model
from netspec.layers.unknown import Unknown

TYPES = every()
GROUPS = {group.__name__ for layer in TYPES for group in groups(layer)}
GROUPS |= {path.rpartition(".")[2] for _, path in IN_COMPANY.values()}
GROUPS |= {"DoubledPriorBox"}  # of a reading, which is a function
CAFFE = """
AbsVal Accuracy ArgMax BNLL BatchNorm BatchReindex Bias Clip Concat ContrastiveLoss Convolution Crop Data Deconvolution
Dropout DummyData ELU Eltwise Embed EuclideanLoss Exp Filter Flatten HDF5Data HDF5Output HingeLoss Im2col ImageData
InfogainLoss InnerProduct Input LRN LSTM LSTMUnit Log MVN MemoryData MultinomialLogisticLoss PReLU Parameter Pooling
Power Python RNN ReLU Reduction Reshape SPP Scale Sigmoid SigmoidCrossEntropyLoss Silence Slice Softmax SoftmaxWithLoss
Split Swish TanH Threshold Tile WindowData
"""
each_type = pytest.mark.parametrize("layer", TYPES, ids=[layer.__name__ for layer in TYPES])


@pytest.mark.every_type
def test_what_is_no_type_is_there_for_others() -> None:
    """A class that the index leaves out, since its docstring names no source, is a base, a group of fields, made,
    or stands for types that are nowhere."""
    found = pkgutil.walk_packages(netspec.layers.__path__, "netspec.layers.")
    modules = [importlib.import_module(info.name) for info in found if not info.ispkg]
    values = [value for module in modules for value in vars(module).values()]
    layers = {value for value in values if isinstance(value, type) and issubclass(value, Layer)}
    others = {layer for layer in layers if layer.__name__ not in FAMILY and not issubclass(layer, Made | Unknown)}
    assert {layer.__name__ for layer in others if not layer.__subclasses__()} - GROUPS == set()


def test_the_room_of_caffe_has_caffes_types() -> None:
    """Those that BVLC's Caffe registers on its master branch (9b89154)."""
    called = {layer.called(layer.model_construct()) for layer in TYPES if FAMILY[layer.__name__].startswith("caffe.")}
    assert called == set(CAFFE.split())


@pytest.mark.every_type
def test_no_type_is_listed_twice() -> None:
    assert len(FAMILY) == sum(len(types.split()) for types in FAMILIES.values())


@each_type
def test_documentation(layer: type[Layer]) -> None:
    """A first sentence. The file that it was read in makes it a type, see layerindex."""
    page = layer.__dict__.get("__doc__") or ""
    first = page.strip().split("\n\n")[0]
    assert first.endswith((".", ":", "…")), first


@each_type
def test_every_field_is_described(layer: type[Layer]) -> None:
    undescribed: list[str] = []
    waiting: list[type[Model]] = [layer]
    seen: set[type[Model]] = set()
    while waiting:
        message = waiting.pop()
        if message in seen:
            continue
        seen.add(message)
        undescribed += [f"{message.__name__}.{n}" for n, info in message.model_fields.items() if not info.description]
        waiting += [m for info in message.model_fields.values() for m in messages_in(info.annotation)]
    assert not undescribed


def messages_in(annotation: object) -> list[type[Model]]:
    """The message classes that an annotation holds, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return [annotation]
    return [found for inner in getattr(annotation, "__args__", ()) for found in messages_in(inner)]


@each_type
def test_describes_itself(layer: type[Layer]) -> None:
    page = describe(layer)
    assert page.name == layer.__name__
    assert page.summary
    assert page.facts


@each_type
def test_a_native_type_gives_its_own_shape_rule(layer: type[Layer]) -> None:
    assert issubclass(layer, Formula) or layer.infer is not Layer.infer


@each_type
@pytest.mark.parametrize("target", layerpages.TARGETS, ids=lambda target: target.title)
def test_every_backend_takes_it_or_says_why_not(layer: type[Layer], target: Target) -> None:
    assert layerpages.support(layer, target)


@each_type
def test_the_reference_takes_it_or_somebody_says_why_not(layer: type[Layer]) -> None:
    from netspec_numpy.runner import MEANINGS

    native = layer in MEANINGS or layer.unsupported or (layer.__name__, "") in layerpages.NOTES
    assert issubclass(layer, DataLayer | Formula) or layer.is_metric or native


@pytest.mark.every_type
def test_no_reason_outlives_its_need() -> None:
    names = {layer.__name__: layer for layer in TYPES}
    for (name, title), _ in layerpages.NOTES.items():
        targets = [target for target in layerpages.TARGETS if title in ("", target.title)]
        assert targets
        assert not issubclass(names[name], Formula)


@pytest.mark.every_type
def test_python_layers_take_what_param_str_says() -> None:
    assert {layer.message for layer in TYPES if issubclass(layer, PythonLayer)} == {"python_param"}
