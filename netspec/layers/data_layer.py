"""Layers whose tops come from outside the net, and what is known of these tops beside the spec."""

from typing import ClassVar, NamedTuple

from netspec.layers.base import NONE, Layer
from netspec.shapes import Shape


class Preprocessing(NamedTuple):
    """What is done to images before a net sees them: (image − mean)·scale of the middle of the image.

    mean_value: one for all channels, or one for each. crop: height and width, None for the whole image.
    """

    mean_value: tuple[float, ...] = ()
    mean_file: str = ""
    crop: tuple[int, int] | None = None
    scale: float = 1.0


class DataLayer(Layer):
    """A layer whose tops come from outside the net; they are inputs of the compiled model.

    What it has under `assumed_channels` and below are guesses about shapes that the spec leaves open; None for none.
    """

    bottoms: ClassVar = NONE
    from_caller: ClassVar[bool] = False  # whether Caffe, too, is given them (Input); these come first among inputs
    batch_first: ClassVar[bool] = False  # whether the first axis of every top counts the items of one batch

    def batch_items(self) -> int:
        """How many items a batch has, where the shapes do not say it; 0 for unknown."""
        return 0

    def preprocessing(self) -> Preprocessing | None:
        """What Caffe does to the images of the first top; None for nothing."""
        return None

    def assumed_channels(self) -> int | None:
        """How many channels the images of the first top have."""
        return None

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        """The top with numbers for sizes that only the data has."""
        return None

    def alternative_shape(self, top: int, shape: Shape) -> Shape | None:
        """Another shape of the top; taken where the net is wrong with the first."""
        return None

    def with_more_axes(self, top: int, shape: Shape) -> Shape | None:
        """The top with more axes; taken where what reads it asks for an axis that it lacks."""
        return None
