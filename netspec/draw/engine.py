"""What lays pictures out: dagre, a library in JavaScript whose file is part of netspec, run without a browser.

Pictures of the command line and of the page come from the same code, `picture.js`.
"""

import json
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from netspec.diagnostics import SpecError
from netspec.draw.assets import as_json, asset, kinds
from netspec.draw.graph import View
from netspec.host.packages import require
from netspec.problems.backends import PictureTooLarge

STACK = 256 << 20  # bytes; dagre calls itself as often as there are boxes in a row
MEMORY = 2 << 30
SECONDS = 60  # of computing
# What the engine lacks, and dagre calls for lists of points and numbers.
_LACKING = "globalThis.structuredClone ??= (value) => JSON.parse(JSON.stringify(value));"

T = TypeVar("T")


def svg(view: View, heading: str, remark: str) -> str:
    """A view as an SVG file, under a heading and a line of remarks.

    Raises SpecError: NS404 where the extra `draw` is not installed, NS418 where laying out takes too much.
    """
    require("draw", "quickjs")
    arguments = json.dumps([as_json(view), kinds(), heading, remark])
    return _in_thread(lambda: _run(f"standalone(...{arguments})"))


def _run(expression: str) -> str:
    quickjs: Any = import_module("quickjs")
    context = quickjs.Context()
    context.set_max_stack_size(STACK // 2)
    context.set_memory_limit(MEMORY)
    context.set_time_limit(SECONDS)
    try:
        context.eval("\n".join((_LACKING, asset("dagre.min.js"), asset("picture.js"))))
        return json.loads(
            context.eval(f"JSON.stringify({expression})")
        )  # a string made of many parts cannot be handed over
    except (quickjs.JSException, quickjs.StackOverflow) as error:
        reason = str(error).partition("\n")[0].replace("null", "out of memory")  # for which nothing is raised
        raise SpecError([PictureTooLarge(f"the picture cannot be laid out: {reason}")]) from None


def _in_thread(work: Callable[[], T]) -> T:
    """With a stack that is large enough."""
    result: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:
            failed.append(error)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=run, daemon=True)  # so that an interrupt is not waited for
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if failed:
        raise failed[0]
    return result[0]
