"""Expression graphs to code, through a backend's vocabulary: in the forward function, and in functions it calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from netspec.arrays import Array
from netspec.arrays.functions import Call, Function, kind
from netspec.arrays.vocabulary import POINTWISE, Vocabulary, channels_last, last_axis, last_order, postorder, spelled
from netspec.emit.code import Code, Number, call, literal
from netspec.emit.lines import assignment, docstring, header, statement
from netspec.emit.named_sizes import Source, Symbols
from netspec.emit.names import Namespace
from netspec.emit.parts import Definition
from netspec.emit.place import Place
from netspec.layers.base import Formula
from netspec.net import Layout
from netspec.shapes import Size, integers

# Words that take a value whose leading axes of 1 have been left to broadcasting (`align`). Others number the axes.
_STRETCHING = (POINTWISE - {"call"}) | {"align", "reshape"}


def traced(layer: Formula, place: Place) -> tuple[Code, ...]:
    """The code of each top, from what the layer's formula says."""
    tops, words = layer.trace(place.site), place.words(place)
    tops = spelled(tops, words)
    if place.layout is Layout.CHANNELS_LAST:
        tops = channels_last(tops)
    leaves = {f"x{i}": code for i, code in enumerate(place.inputs)}
    leaves |= {param.blob.name: place.parameter(i, _order(place, i)) for i, param in enumerate(place.node.blobs)}
    return express(tops, leaves, words, place)


def _order(place: Place, i: int) -> tuple[int, ...] | None:
    """How a formula that runs channels last keeps a parameter blob; one of fewer than three axes is as Caffe has it."""
    rank = len(place.node.blobs[i].blob.shape)
    return integers(last_order(tuple(range(rank)))) if place.layout is Layout.CHANNELS_LAST and rank > 2 else None


def express(
    tops: Sequence[Array], leaves: Mapping[str, Code], words: Vocabulary[Code], place: Place
) -> tuple[Code, ...]:
    """The code of each top. Values used more than once, and long ones with a name, become temporaries before it."""
    nodes = postorder(tops, calls=True)
    uses = Counter(id(arg) for node in nodes for arg in node.args if isinstance(arg, Array))
    roots = {id(top) for top in tops}
    done: dict[int, Code] = {}
    loops = {name for node in nodes if node.word == "for_each" for name in node.options["ranges"]}
    variables = {name: place.symbols.loop(name, place.locals) for name in sorted(loops)}
    for node in nodes:
        if not node.args and node.label in leaves:
            done[id(node)] = replace(leaves[node.label], shape=node.shape)
            continue
        args = [_operand(node, done[id(a)], a, words) if isinstance(a, Array) else _size(a, place) for a in node.args]
        match node.word:
            case "call":
                code = _call(node.options["call"], args, place)
            case "native":
                code = _native(node, args, place)
            case word:
                options = node.options
                if word == "for_each":
                    ranges = {variables[name]: values for name, values in options["ranges"].items()}
                    options = {**options, "ranges": ranges}
                if word == "align":
                    options = {**options, "axis": _left_out(node, args)}
                code: Code = getattr(words, word)(*args, **options)
        shared = uses[id(node)] + (id(node) in roots) > 1
        if (shared and not code.text.isidentifier()) or (node.label and id(node) not in roots):
            code = place.let(node.label or "value", code, node.note)
        done[id(node)] = replace(code, shape=node.shape[_left_out(node, args) :])
    return tuple(_whole(done[id(top)], top, words) for top in tops)


def _size(operand: float | Size, place: Place) -> Code | float:
    return place.size(operand) if isinstance(operand, Size) else operand


def _operand(node: Array, code: Code, x: Array, words: Vocabulary[Code]) -> Code:
    return code if node.word in _STRETCHING else _whole(code, x, words)


def _whole(code: Code, x: Array, words: Vocabulary[Code]) -> Code:
    """What `x` is, with all its axes."""
    for _ in range(x.rank - len(code.shape or ())):
        code = replace(words.insert_axis(code, axis=0), shape=(1, *(code.shape or ())))
    return code


def _left_out(node: Array, args: Sequence[Code | float]) -> int:
    """How many leading axes, all of size 1, the code of a node has not. The shape of a code is that of its value."""
    ranks = [len(arg.shape or ()) for arg in args if isinstance(arg, Code)]
    if node.word == "align":
        (own,), (inner,) = ranks, (x.rank for x in node.args if isinstance(x, Array))
        return node.options["axis"] + inner - own if own else node.rank
    if node.word in _STRETCHING and node.word != "reshape":
        return node.rank - max(ranks, default=node.rank)
    return 0


def _call(called: Call, args: Sequence[Code | float], place: Place) -> Code:
    behind = len(args) - len(called.keywords)
    return call(_name(called, place), *args[:behind], **dict(zip(called.keywords, args[behind:], strict=True)))


def _native(node: Array, args: Sequence[Code | float], place: Place) -> Code:
    named = node.options["named"].items()
    named = {key: Code(_name(value, place)) if isinstance(value, Call) else value for key, value in named}
    return call(place.helper(node.options["name"]), *args, **named)


def _called(tops: Sequence[Array]) -> Iterator[Call]:
    """The functions that a formula calls, or has helpers call."""
    for node in postorder(tops, calls=True):
        values = (*node.options.values(), *node.options.get("named", {}).values())
        yield from (value for value in values if isinstance(value, Call))


def _name(called: Call, place: Place) -> str:
    """The name of a function, whose definition the emitted file then carries: once for all calls that it says alike."""
    key = called.function.name, _definition(called, place)
    names = place.gathered.functions
    if key not in names:
        names[key] = (place.forward or place.locals).fresh(called.function.name)
    return names[key]


def _definition(called: Call, outer: Place) -> Definition:
    function, spelling = called.function, outer.spelling
    arguments = function.arguments()
    arrays = {name: value for name, value in arguments.items() if isinstance(value, Array)}
    tops = spelled((function.body(*arguments.values(), **called.settled),), outer.words(outer))
    tops = channels_last(tops) if called.channels_last else tops
    names = Namespace(outer.locals.reserved | {_name(other, outer) for other in _called(tops)})
    variables = {name: names.fresh(name) for name in arguments}
    leaves = {name: (Code if x.shape else Number)(variables[name]) for name, x in arrays.items()}
    sizes = {name: variables[name] for name in arguments.keys() - arrays.keys()}
    symbols = Symbols(_sources(arrays, called.channels_last), names, sizes)
    place = outer.inside(next(leaf for leaf in leaves.values() if not isinstance(leaf, Number)), names, symbols)
    (result,) = express(tops, leaves, place.words(place), place)
    bound = symbols.statements({name: variables[name] for name in arrays}, spelling.dimension)
    statements = (*bound, *place.gathered.statements)
    return Definition(
        _parameters(function, variables, spelling.tensor), spelling.tensor, function.doc, statements, result
    )


def _parameters(function: Function, variables: Mapping[str, str], tensor: str) -> tuple[str, ...]:
    """Those of a definition with their types: arrays, and behind them what is handed over by name."""
    kinds = {"Array": tensor, "Dim": "int", "float": "float"}
    parameters = [
        f"{variables[p.name]}: {kinds[kind(p)]}" + ("" if p.default is p.empty else f" = {literal(p.default)}")
        for p in function.parameters
    ]
    arrays = sum(kind(p) == "Array" for p in function.parameters)
    return (*parameters[:arrays], *(("*", *parameters[arrays:]) if arrays < len(parameters) else ()))


def printed(name: str, definition: Definition) -> str:
    """The text of a definition."""
    lines = [
        *header(f"def {name}", definition.parameters, 0, f" -> {definition.returned}:"),
        *docstring(definition.doc, 4),
        *(
            line
            for let in definition.statements
            for line in assignment(let.target, let.value, 4, let.comment, let.note)
        ),
        *statement("return ", definition.result, 4),
    ]
    return "\n".join(lines)


def _sources(arrays: Mapping[str, Array], last: bool) -> dict[str, Source]:
    """Where the names of sizes are found."""
    found: dict[str, Source] = {}
    for name, x in arrays.items():
        for axis, size in enumerate(x.shape):
            found.setdefault(str(size), Source(name, last_axis(axis, x.rank) if last else axis, 1, 0))
    return found
