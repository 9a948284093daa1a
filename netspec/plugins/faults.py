"""What to say when the code of a layer type raises an exception: one of a plugin's, or one of netspec's own."""

from __future__ import annotations

from collections.abc import Sequence
from opcode import opmap

from netspec.diagnostics import Diagnostic, Label, SpecError
from netspec.diagnostics.source import Source, Span
from netspec.layers.base import Layer, Refusal
from netspec.plugins import Plugin, owner
from netspec.problems.plugins import PluginFailure
from netspec.problems.shapes import FailedRule
from netspec.syntax.text import file_bytes

LONGEST = 300  # characters of an exception's text


def failure(
    plugins: Sequence[Plugin], layer: type[Layer], doing: str, error: BaseException, places: Sequence[Label]
) -> Diagnostic:
    """What to say of an exception that a layer type raised and ought not to have. Raises it again where it is Ctrl-C.

    `places` are those of the layer in the spec; the line in the plugin is added to them.
    """
    if interrupted(error):
        raise error
    if plugin := owner(plugins, layer):
        message = f"plugin {plugin.name} fails to {doing}: {said(error)}"
        return PluginFailure(message, (*places[:1], *raised(plugin.file, error)))
    if isinstance(error, Refusal):  # where nothing more is known of its places
        return error.problem(error.message, tuple(places), error.help)
    message = f"{layer.type_name()} cannot {doing}: {said(error)}"
    sums = isinstance(error, ArithmeticError | ValueError | MemoryError)
    help = "look for a number that is far too large, far too small, or none" if sums else "please report it"
    return FailedRule(message, tuple(places), help)


def interrupted(error: BaseException) -> bool:
    """Whether an exception is the user's Ctrl-C: a KeyboardInterrupt that no `raise` made."""
    if not isinstance(error, KeyboardInterrupt):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return True
    return trace.tb_frame.f_code.co_code[trace.tb_lasti] != opmap["RAISE_VARARGS"]


def said(error: BaseException) -> str:
    """An exception in a line."""
    try:
        text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    except Exception:  # its own code may fail, too
        text = ""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def raised(file: str, error: BaseException) -> tuple[Label, ...]:
    """The line of a file that an exception came from, if it is of that file."""
    from importlib.util import decode_source
    from traceback import walk_tb

    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == file else lines[-1] if lines else None
    if not line:
        return ()
    try:
        source = Source(file, decode_source(file_bytes(file)))
    except (SpecError, SyntaxError, ValueError):
        return ()
    if line > source.lines:
        return ()
    start, text = source.start(line), source.line(line)
    return (Label(source, Span(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))),)
