"""What a filler can fill. Source: the checks in Caffe's filler.hpp and math_functions.cpp (caffe_rng_…)."""

from collections.abc import Iterable, Iterator
from math import isfinite

from netspec.layers.base import Blob, FillerParameter, Layer, Refusal
from netspec.layers.gabor import KERNELS
from netspec.problems.fields import InvalidValue, UnknownEnumValue
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, product, show

# The types, and the fields that each reads.
READS = {
    "constant": ("value",),
    "uniform": ("min", "max"),
    "gaussian": ("mean", "std", "sparse"),
    "positive_unitball": (),
    "xavier": ("variance_norm",),
    "msra": ("variance_norm", "alpha"),
    "bilinear": (),
    "radial": ("variance_norm", "symmetric_fraction"),
    "diagonal": ("diag_val",),
    "gabor": (),
    "gaussian_unitball": (),
    "identity": (),
    "values": ("values",),
}
MEANT = tuple(READS)
# Those of forks that no backend fills by, and why.
UNMEANT = {
    "blob_proto": "filler blob_proto of gnina reads a file; load the weights, and use another filler",
}
TYPES = (*MEANT, *UNMEANT)
# What other frameworks call them, without `_`.
NAMES = {
    "constant": ("zeros", "zero", "ones", "one"),
    "uniform": ("randomuniform", "randuniform", "rand"),
    "gaussian": ("normal", "randomnormal", "randnormal", "randn", "truncatednormal", "truncnormal"),
    "xavier": ("xavieruniform", "xaviernormal", "glorot", "glorotuniform", "glorotnormal"),
    "msra": ("he", "heuniform", "henormal", "kaiming", "kaiminguniform", "kaimingnormal", "msrafill"),
    "identity": ("eye", "dirac"),
}
LONGEST = 40  # of a name that may be a misspelt type

FORKS_FIELDS = frozenset({"alpha", "diag_val", "source", "symmetric_fraction"})  # of a filler, that Caffe's has not
OWN = "values"  # a type and a field that netspec has, and no Caffe
MOST_VALUES = 100_000  # that a spec may write out for one blob


def check_blobs(layer: Layer, blobs: Iterable[Blob]) -> None:
    """Raises Refusal for a blob that cannot begin as its layer's field says. Fields that are not given are in order."""
    for blob in blobs:
        given = (name for name in layer.model_fields_set if getattr(layer, name) is blob.filler)
        if field := next(given, None):
            check(blob.filler, blob.shape, field)


def unread(layer: Layer, blobs: Iterable[Blob]) -> Iterator[tuple[str, str, str]]:
    """The fields of its fillers that have no effect: the type, the name, and its place among the layer's fields."""
    for field in layer.model_fields_set:
        filler = getattr(layer, field)
        if isinstance(filler, FillerParameter) and any(blob.filler is filler for blob in blobs):
            read = READS.get(filler.type, FillerParameter.model_fields)
            for name in FillerParameter.model_fields:  # in the order of the message
                if name in filler.model_fields_set and name not in ("type", *read):
                    yield filler.type, name, f"{field}.{name}"


def check(filler: FillerParameter, shape: Shape, field: str) -> None:
    """Raises Refusal for a blob of this shape that the filler in this field cannot fill."""
    if filler.type not in TYPES:
        from netspec.diagnostics.suggest import sure

        close = _near(filler.type) if len(filler.type) <= LONGEST else []
        raise Refusal(
            UnknownEnumValue,
            f'the type of a filler is one of {", ".join(TYPES)}; "{filler.type}" is not',
            fields=(f"{field}.type",),
            help=f"did you mean {close[0]}?" if close else None,
            meant=sure(filler.type, TYPES),
        )
    _check_fields(filler, field)
    _check_shape(filler, shape, field)
    if filler.sparse >= 0 and shape[0] < filler.sparse:
        raise Refusal(
            InvalidValue,
            f"sparse keeps {filler.sparse} of {shape[0]}, the first size of {show(shape)}",
            fields=(f"{field}.sparse",),
            help=f"at most {shape[0]}; leave it out to keep all",
        )


def _near(name: str) -> list[str]:
    """What else the type may be called, and then what is spelt alike."""
    from difflib import get_close_matches

    stem = name.lower().replace("_", "")
    return [kind for kind, others in NAMES.items() if stem in others] or get_close_matches(name.lower(), TYPES, 1)


def _check_fields(filler: FillerParameter, field: str) -> None:
    """What holds whatever is filled. Written so that NaN is refused, too."""
    fault = None
    if filler.values and filler.type != OWN:
        said = f'say type: "{OWN}"' + ("; value is one for all" if filler.type == "constant" else "")
        fault = ((OWN,), f"values are for a filler of type {OWN}, not for {filler.type}", said)
    elif len(filler.values) > MOST_VALUES:
        message = f"{len(filler.values)} values are too many to write out; {MOST_VALUES} are the most"
        fault = ((OWN,), message, "give them as weights")
    elif not all(map(isfinite, filler.values)):
        at, value = next((i, value) for i, value in enumerate(filler.values) if not isfinite(value))
        fault = ((OWN,), f"values must be finite; number {at + 1} is {value}", None)
    elif filler.sparse != -1 and filler.type != "gaussian":
        fault = (("sparse",), f"sparse is for gaussian fillers, not for {filler.type}", "leave it out")
    elif filler.sparse < -1:
        fault = (("sparse",), f"sparse must be at least -1, is {filler.sparse}", "-1 keeps all")
    elif filler.type == "gaussian" and not filler.std > 0:
        fault = (("std",), f"std must be greater than 0, is {filler.std}", "use a constant filler for one value")
    elif filler.type == "uniform" and not filler.min <= filler.max:
        fault = (("min", "max"), f"min must be at most max: {filler.min} and {filler.max}", None)
    if fault:
        names, message, help = fault
        raise Refusal(InvalidValue, message, fields=tuple(f"{field}.{name}" for name in names), help=help)


def _check_shape(filler: FillerParameter, shape: Shape, field: str) -> None:
    needs = None
    if filler.type == OWN:
        _check_count(filler, shape, field)
        return
    match filler.type:
        case "positive_unitball" | "gaussian_unitball" | "xavier" | "msra" if not shape:
            needs = "at least one axis"
        case "gaussian" if not shape and filler.sparse >= 0:
            needs = "at least one axis to be sparse"
        case "bilinear" if len(shape) != 4 or shape[2] != shape[3]:
            needs = "a square kernel on two axes"
        case "identity" if len(shape) < 2 or shape[0] != shape[1]:
            needs = "as many numbers along its first axis as along its second"
        case "radial" if len(shape) != 5 or shape[2] != shape[3] or shape[2] != shape[4]:
            needs = "a cubic kernel on three axes"
        case "radial" if filler.symmetric_fraction and shape[2] % 2 == 0:
            needs = "a kernel of odd size, which has a middle"
        case "gabor" if len(shape) != 4 or shape[1] != 3 or shape[2] != shape[3]:
            needs = "three channels and a square kernel on two axes"
        case "gabor" if (shape[0], shape[2]) not in KERNELS:
            known = [f"{count}×3×{size}×{size}" for count, size in KERNELS]
            needs = f"one of the weights that it knows, {', '.join(known[:-1])} or {known[-1]}"
        case "diagonal" if len(shape) > 4:
            needs = "at most four axes"
        case _ if product(shape) == 0:
            needs = "at least one number to fill"
        case _:
            pass
    if needs:
        message = f"a filler of type {filler.type} needs {needs}; this one fills {show(shape)}"
        raise Refusal(BadDimensions, message, fields=(f"{field}.type",))


def _check_count(filler: FillerParameter, shape: Shape, field: str) -> None:
    """As many values as there are numbers."""
    given, wanted = len(filler.values), product(shape)
    if given != wanted:
        times = " × ".join(map(str, shape)) if len(shape) > 1 else ""
        raise Refusal(
            BadDimensions,
            f"{given} value{'s' * (given != 1)} for a blob of {show(shape)}, "
            f"which has {wanted} number{'s' * (wanted != 1)}",
            fields=(f"{field}.{OWN}",) if given else (f"{field}.type",),
            help=f"write all {times + ' = ' if times else ''}{wanted}, the last axis counted first",
        )
