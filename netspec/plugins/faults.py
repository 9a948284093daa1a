"""What to say when the code of a plugin raises an exception."""

from __future__ import annotations

from importlib.util import decode_source
from pathlib import Path
from traceback import walk_tb

from netspec.diagnostics import Label
from netspec.plugins import Plugin
from netspec.problems.plugins import PluginFailure
from netspec.source import Source, Span

LONGEST = 300  # characters of an exception's text


def failure(plugin: Plugin, doing: str, error: Exception, place: Label) -> PluginFailure:
    """`place` is the layer in the spec; the line in the plugin is added to it."""
    return PluginFailure(f"plugin {plugin.name} fails to {doing}: {said(error)}", (place, *raised(plugin.file, error)))


def said(error: BaseException) -> str:
    """An exception in a line."""
    text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def raised(file: str, error: BaseException) -> tuple[Label, ...]:
    """The line of a file that an exception came from, if it is of that file."""
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == file else lines[-1] if lines else None
    if not line:
        return ()
    try:
        source = Source(file, decode_source(Path(file).read_bytes()))
    except (OSError, SyntaxError, ValueError):
        return ()
    if line > len(source.line_starts):
        return ()
    start, text = source.line_starts[line - 1], source.line(line)
    return (Label(source, Span(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))),)
