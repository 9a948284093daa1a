"""What FlowNet 2.0 leaves to chance when it augments images, and when.

Source: caffe.proto, augmentation_layer_base.cpp and rng.cpp of lmb-freiburg/flownet2.
"""

from typing import Any, ClassVar

from netspec.layers.base import CallSite, Field, Formula, Layer, Message, Phase, Stochastic, UInt


class RandomGeneratorParameter(Message):
    """How a number is drawn."""

    rand_type: str = Field(
        default="uniform", description="uniform, gaussian, bernoulli, uniform_bernoulli or gaussian_bernoulli"
    )
    exp: bool = Field(default=False, description="whether it is an exponent")
    mean: float = Field(default=0.0, description="the mean")
    spread: float = Field(default=0.0, description="uniform: how far from the mean; gaussian: the standard deviation")
    prob: float = Field(default=1.0, description="bernoulli: how often")
    apply_schedule: bool = Field(default=True, description="whether the spread grows during training")
    discretize: bool = Field(default=False, description="whether it is rounded")
    multiplier: float = Field(default=1.0, description="what it is multiplied by in the end")


class CoeffScheduleParameter(Message):
    """How what chance does grows during training."""

    half_life: float = Field(default=1.0, description="after how many iterations half of the way is gone")
    initial_coeff: float = Field(default=1.0, description="the factor at first")
    final_coeff: float = Field(default=1.0, description="the factor in the end")


def drawn(what: str) -> Any:
    """A field that says how something is drawn."""
    return Field(None, description=f"how {what} is drawn")


class Augmentation(Stochastic, Formula):
    """The fields that the layers have in common."""

    message: ClassVar = "augmentation_param"
    in_place: ClassVar = False
    ignored: ClassVar = {"write_augmented": str, "write_mean": str}

    crop_width: UInt = Field(0, description="the width to cut out, with crop_height; nothing is changed without")
    crop_height: UInt = Field(0, description="the height to cut out, with crop_width")
    max_multiplier: float = Field(255.0, description="the largest value of recolored images")
    augment_during_test: bool = Field(False, description="whether chance plays in TEST, too")
    recompute_mean: UInt = Field(0, description="from how many passes the mean is found that is taken away; 0 is none")
    mean_per_pixel: bool = Field(True, description="recompute_mean: a mean for each pixel, or one for each channel")
    mean: tuple[float, ...] = Field((), description="the mean of three channels, if not mean_per_pixel")
    mode: str = Field("add", description="what is drawn is added to parameters that are given, or replaces them")
    bottomwidth: UInt = Field(0, description="the width of the images, where no bottom has it")
    bottomheight: UInt = Field(0, description="their height")
    num: UInt = Field(0, description="how many images there are, where no bottom says it")
    chromatic_eigvec: tuple[float, ...] = Field((), description="the axes of colors, 3×3")
    mirror: RandomGeneratorParameter | None = drawn("mirroring")
    translate: RandomGeneratorParameter | None = drawn("a movement, as a part of the size")
    rotate: RandomGeneratorParameter | None = drawn("an angle")
    zoom: RandomGeneratorParameter | None = drawn("a factor of the size")
    squeeze: RandomGeneratorParameter | None = drawn("a factor of the width, and its inverse of the height")
    translate_x: RandomGeneratorParameter | None = drawn("a movement to the side")
    translate_y: RandomGeneratorParameter | None = drawn("a movement up or down")
    gamma: RandomGeneratorParameter | None = drawn("a power of values")
    brightness: RandomGeneratorParameter | None = drawn("what is added to values")
    contrast: RandomGeneratorParameter | None = drawn("a factor of their distance from 1/2")
    color: RandomGeneratorParameter | None = drawn("a factor of each channel")
    lmult_pow: RandomGeneratorParameter | None = drawn("a power of the length of colors")
    lmult_mult: RandomGeneratorParameter | None = drawn("a factor of it")
    lmult_add: RandomGeneratorParameter | None = drawn("what is added to it")
    sat_pow: RandomGeneratorParameter | None = drawn("a power of the saturation")
    sat_mult: RandomGeneratorParameter | None = drawn("a factor of it")
    sat_add: RandomGeneratorParameter | None = drawn("what is added to it")
    col_pow: RandomGeneratorParameter | None = drawn("a power along the second and third axis of colors")
    col_mult: RandomGeneratorParameter | None = drawn("a factor along them")
    col_add: RandomGeneratorParameter | None = drawn("what is added along them")
    ladd_pow: RandomGeneratorParameter | None = drawn("a power along the first axis of colors")
    ladd_mult: RandomGeneratorParameter | None = drawn("a factor along it")
    ladd_add: RandomGeneratorParameter | None = drawn("what is added along it")
    col_rotate: RandomGeneratorParameter | None = drawn("an angle between colors")
    fog_amount: RandomGeneratorParameter | None = drawn("how much fog there is")
    fog_size: RandomGeneratorParameter | None = drawn("how large it is")
    motion_blur_angle: RandomGeneratorParameter | None = drawn("which way images are blurred")
    motion_blur_size: RandomGeneratorParameter | None = drawn("how far")
    shadow_angle: RandomGeneratorParameter | None = drawn("where a shadow lies")
    shadow_distance: RandomGeneratorParameter | None = drawn("how far from the middle")
    shadow_strength: RandomGeneratorParameter | None = drawn("how dark it is")
    noise: RandomGeneratorParameter | None = drawn("the deviation of noise")
    coeff_schedule_param: CoeffScheduleParameter | None = Field(None, description="how chance grows during training")

    def chance(self, site: CallSite) -> str:
        """The first field that leaves something to chance, if the phase lets it; else ""."""
        if site.phase is Phase.TEST and not self.augment_during_test:
            return ""
        return next((name for name, value in self if isinstance(value, RandomGeneratorParameter)), "")

    def random(self, site: CallSite) -> bool:
        return bool(self.chance(site))

    def deterministic(self) -> Layer:
        kept = {name: value for name, value in self if not isinstance(value, RandomGeneratorParameter)}
        return type(self).model_validate({name: value for name, value in kept.items() if self.has(name)})

    def lacks(self, site: CallSite) -> str:
        if name := self.chance(site):
            return f"what {name} draws is not there: augment the data, and compile for TEST"
        return ""
