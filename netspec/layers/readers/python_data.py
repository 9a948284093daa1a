"""Layers written in Python that make data for nets of their projects: inputs of the compiled model."""

import re
from typing import ClassVar

from netspec.layers.base import ANY_NUMBER, CallSite, Field, PythonLayer
from netspec.layers.data_layer import DataLayer
from netspec.shapes import UNKNOWN, Shape

FRAMES = 16  # of each film
SCENE = (256, 256)  # every image of the data set SIFT Flow
CHANNELS = {"color": 3, "hha": 3, "depth": 1, "label": 1}


class PythonSegmentation(PythonLayer, DataLayer):
    """An image and its map of labels: inputs of the compiled model.

    Shape: 1×3×H×W and 1×1×H×W. The size is that of each image. Source: voc_layers.py of shelhamer/fcn.
    """

    edition: ClassVar = "fcn"
    python: ClassVar = ("voc_layers", "VOCSegDataLayer")
    tops: ClassVar = ANY_NUMBER
    size: ClassVar[Shape] = (UNKNOWN, UNKNOWN)

    param_str: str = Field("", description="where images are, and in which order they come")

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        return ((1, 3, *self.size), *((1, 1, *self.size),) * (site.tops - 1))


class PythonSBDD(PythonSegmentation):
    """An image of SBDD and its map of labels: inputs of the compiled model.

    Shape: 1×3×H×W and 1×1×H×W. Source: voc_layers.py of shelhamer/fcn.
    """

    edition: ClassVar = "fcn"
    python: ClassVar = ("voc_layers", "SBDDSegDataLayer")


class PythonContext(PythonSegmentation):
    """An image of PASCAL-Context and its map of labels: inputs of the compiled model.

    Shape: 1×3×H×W and 1×1×H×W. Source: pascalcontext_layers.py of shelhamer/fcn.
    """

    edition: ClassVar = "fcn"
    python: ClassVar = ("pascalcontext_layers", "PASCALContextSegDataLayer")


class PythonSIFTFlow(PythonSegmentation):
    """An image of SIFT Flow and its maps of labels, semantic and geometric: inputs of the compiled model.

    Shape: 1×3×256×256, and 1×1×256×256 for each map. Source: siftflow_layers.py of shelhamer/fcn.
    """

    edition: ClassVar = "fcn"
    python: ClassVar = ("siftflow_layers", "SIFTFlowSegDataLayer")
    size: ClassVar = SCENE


class PythonNYUD(PythonLayer, DataLayer):
    """What NYUDv2 has of a scene, each a top: color and hha 1×3×H×W, depth and label 1×1×H×W.

    Unknown where param_str does not name as many of them as there are tops. Source: nyud_layers.py of shelhamer/fcn.
    """

    edition: ClassVar = "fcn"
    python: ClassVar = ("nyud_layers", "NYUDSegDataLayer")
    tops: ClassVar = ANY_NUMBER

    param_str: str = Field("", description="a dictionary; its tops say what the tops are: color, hha, depth or label")

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        named: list[str] = re.findall(r"['\"](color|hha|depth|label)['\"]", self.param_str)
        if len(named) != site.tops:
            return (None,) * site.tops
        return tuple((1, CHANNELS[name], UNKNOWN, UNKNOWN) for name in named)


class PythonFilms(PythonLayer, DataLayer):
    """Frames of films, their classes, and which frames go on: inputs of the compiled model.

    Shape: 384×3×227×227, 384 and 384: 16 frames of 24 films. Unknown with another number of tops.
    Source: sequence_input_layer.py of LisaAnne/lisa-caffe-public (LRCN).
    """

    edition: ClassVar = "lrcn"
    python: ClassVar = ("sequence_input_layer", "videoReadTrain_RGB")
    tops: ClassVar = ANY_NUMBER
    films: ClassVar = 24

    param_str: str = Field("", description="has no effect")

    def infer(self, site: CallSite) -> tuple[Shape | None, ...]:
        if site.tops != 3:
            return (None,) * site.tops
        n = FRAMES * self.films
        return (n, 3, 227, 227), (n,), (n,)


class PythonFlow(PythonFilms):
    """The flow of films as images, else as PythonFilms: inputs of the compiled model.

    Source: sequence_input_layer.py of LisaAnne/lisa-caffe-public (LRCN).
    """

    edition: ClassVar = "lrcn"
    python: ClassVar = ("sequence_input_layer", "videoReadTrain_flow")


class PythonTestFilms(PythonFilms):
    """Frames of 3 films, for judging a net, else as PythonFilms: inputs of the compiled model.

    Shape: 48×3×227×227, 48 and 48. Source: sequence_input_layer.py of LisaAnne/lisa-caffe-public (LRCN).
    """

    edition: ClassVar = "lrcn"
    python: ClassVar = ("sequence_input_layer", "videoReadTest_RGB")
    films: ClassVar = 3


class PythonTestFlow(PythonTestFilms):
    """The flow of 3 films, for judging a net, else as PythonTestFilms: inputs of the compiled model.

    Source: sequence_input_layer.py of LisaAnne/lisa-caffe-public (LRCN).
    """

    edition: ClassVar = "lrcn"
    python: ClassVar = ("sequence_input_layer", "videoReadTest_flow")
