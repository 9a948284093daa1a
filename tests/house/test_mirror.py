"""Tests mirror sources: who changes a file finds its tests in the file of its name, in the folder of its room's name.

A name that two rooms have begins with its room: tests/cli/test_cli_convert.py is for netspec/cli/convert.py. What is in
an `__init__.py` goes by the name of its package.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Files that have no tests of their own: those that hold of them, by the test file.
THROUGH = {
    "backend/test_executable": "backend/live",
    "cli/test_cache": "cli/results",
    "cli/test_check": "cli/find cli/jobs cli/options cli/tally",
    "cli/test_config": "cli/settings config/holding",
    "cli/test_repository": "cli/accepting cli/statistics",
    "cli/test_cli_convert": "convert/numbers convert/same convert/spec",
    "cli/test_cli_layers": "cli/describe layers/literal",
    "cli/test_cli_weights": "weights/blobs",
    "cli/test_diff": "cli/changes cli/comment cli/compared cli/folding",
    "cli/test_fix": "diagnostics/fix diagnostics/mend",
    "cli/test_fmt": "syntax/printing/formatting",
    "cli/test_show": "cli/training diagnostics/listing",
    "cli/test_train": "cli/progress training/optimizers training/prepared training/tensorboard",
    "cli/test_test": "training/confusion training/tested",
    "cli/test_plot": "training/log training/plots",
    "convert/test_convert": "convert/comments convert/layer convert/param_names convert/prototxt "
    "convert/short convert/solver convert/text",
    "config/test_baseline": "config/fingerprint",
    "config/test_read": "config/data config/toml",
    "diagnostics/test_render": "diagnostics/diagnostic diagnostics/diagnostics diagnostics/source",
    "cli/test_compile": "cli/keys cli/output",
    "cli/test_cli_data": "data/inspecting data/making data/writing",
    "data/test_feed": "data/data data/fitting data/npz data/rows",
    "data/test_data_kinds": "data/classes data/idx data/items data/joined",
    "data/test_opening": "data/hdf5 data/lists data/pictures data/places",
    "draw/test_draw_engine": "draw/assets",
    "emit/blocks/test_fold": "emit/blocks/arguments emit/blocks/classes emit/blocks/draft emit/blocks/flow "
    "emit/blocks/joining emit/blocks/loops emit/blocks/naming emit/blocks/optional emit/blocks/outline "
    "emit/blocks/text emit/blocks/tree emit/bodies",
    "emit/test_formula": "arrays/functions",
    "emit/test_lines": "emit/documents",
    "emit/test_named_sizes": "backend/binding emit/runtime_sizes",
    "emit/test_stubs": "emit/shared/unknown",
    "emit/test_slots": "emit/place",
    "frameworks/test_fillers": "layers/gabor",
    "frameworks/test_goldens": "arrays/arrays emit/build emit/header emit/library",
    "frontend/expressions/test_evaluate": "frontend/expressions/literals",
    "frontend/language/test_expectations": "frontend/judge",
    "frontend/language/test_imports": "frontend/language/library",
    "frontend/language/test_language": "frontend/language/ruling",
    "frontend/language/test_language_golden": "frontend/expressions/values frontend/language/blocks "
    "frontend/language/calls frontend/language/machine frontend/language/repetition",
    "frontend/language/test_language_laws": "frontend/language/expansion",
    "frontend/language/test_language_layers": "frontend/language/bodies frontend/language/drafts "
    "frontend/language/full",
    "frontend/lower/guesses/test_guesses_table": "frontend/lower/guesses/case frontend/lower/guesses/data "
    "frontend/lower/guesses/forks frontend/lower/guesses/notes frontend/lower/guesses/usual frontend/lower/measure",
    "frontend/lower/guesses/test_implied": "layers/requirements",
    "frontend/lower/test_inputs": "frontend/expressions/sizes",
    "frontend/lower/test_upgrade": "frontend/lower/upgrade_v0 frontend/messages/rewrite",
    "frontend/lower/test_unknown": "layers/unknown",
    "frontend/messages/test_decode": "diagnostics/findings frontend/lower/read frontend/lower/validate "
    "frontend/messages/schema",
    "frontend/messages/test_synonyms": "frontend/messages/suggest",
    "frontend/test_driver": "frontend/spec",
    "frontend/test_check_golden": "frontend/lower/inference frontend/messages/locate syntax/origin",
    "house/test_bare_installation": "host/packages",
    "house/test_layer_index": "layers/layers",
    "house/test_problems": "problems/problems",
    "house/test_public": "netspec",
    "layers/caffe/test_activation": "layers/powers layers/detection/activation layers/segmentation/activation "
    "layers/tensors/activation",
    "layers/caffe/test_convolution": "layers/hardware/convolution layers/segmentation/convolution",
    "layers/caffe/test_data": "emit/shared/data layers/data_layer layers/readers/data",
    "layers/caffe/test_linear": "layers/weighted",
    "layers/caffe/test_loss": "layers/fit layers/losses layers/segmentation/loss",
    "layers/caffe/test_merge": "layers/hardware/merge layers/tensors/eltwise",
    "layers/caffe/test_normalization": "layers/hardware/normalization layers/tensors/normalization",
    "layers/caffe/test_pooling": "emit/shared/pooling layers/window layers/detection/pooling layers/hardware/pooling "
    "layers/tensors/window",
    "layers/caffe/test_reduction": "layers/tensors/reduction",
    "layers/caffe/test_shape": "layers/tensors/shape",
    "layers/detection/test_boxes": "layers/detection/geometry layers/detection/selection",
    "layers/detection/test_prior_box": "emit/shared/prior_box",
    "layers/detection/test_multibox": "layers/detection/matching",
    "layers/detection/test_proposals": "layers/hardware/proposals",
    "layers/detection/test_regions": "emit/shared/regions",
    "layers/detection/test_region_loss": "layers/detection/yolo_losses",
    "layers/detection/test_yolo3": "layers/detection/yolo3_loss",
    "layers/detection/test_yolo_cells": "layers/detection/yolo_cells_loss",
    "layers/metric/test_contrast": "layers/metric/softmax",
    "layers/metric/test_normface": "layers/metric/accuracy layers/metric/input",
    "layers/segmentation/test_resize": "arrays/images emit/shared/resize",
    "frontend/lower/test_foreign": "layers/accepted",
    "layers/test_editions": "layers/extensions",
    "layers/test_model": "layers/fields layers/judging layers/translated",
    "layers/test_odd_fields": "layers/base layers/message",
    "layers/test_quantized": "layers/tensors/quantized",
    "layers/test_transform": "layers/readers/augment layers/readers/transform",
    "lints/test_legacy": "lints/deprecated lints/modern lints/pen",
    "lints/test_lints": "lints/case lints/fillers lints/language lints/losses lints/names lints/normalization "
    "lints/phases lints/sharing lints/unneeded lints/windows",
    "net/compare/test_difference": "net/compare/equality net/compare/match net/compare/params",
    "net/passes/test_layout": "arrays/vocabulary",
    "net/passes/test_optimize": "emit/reckoning",
    "net/passes/test_unfold": "emit/shared/convolution layers/batch_axes layers/rewriting net/passes/passes "
    "net/passes/transposes",
    "plugins/test_faults": "backend/door frontend/lower/failing frontend/lower/guesses/questions net/asking "
    "plugins/plugins",
    "plugins/test_plugin_differences": "verify/failing",
    "plugins/test_plugins_load": "plugins/registry",
    "shapes/test_symbols": "shapes/terms",
    "frontend/test_solvers": "solver/solver",
    "syntax/printing/test_printer": "syntax/build syntax/document syntax/printing/layout syntax/printing/pieces "
    "syntax/printing/same syntax/printing/spelling",
    "syntax/recovery/test_language_mistakes": "syntax/recovery/bodies syntax/recovery/expressions "
    "syntax/recovery/habits syntax/recovery/situation syntax/recovery/statements syntax/recovery/synchronise",
    "syntax/recovery/test_recovery": "syntax/recovery/characters syntax/recovery/mistakes",
    "syntax/recovery/test_recovery_laws": "syntax/grammar syntax/lexer syntax/reading syntax/recovery/repair "
    "syntax/recovery/unclosed syntax/tokens",
    "test_highlight": "syntax/words",
    "training/test_training_run": "training/begin training/evaluation training/finite training/snapshots",
    "training/test_trainer": "weights/layer_message weights/solverstate",
    "verify/test_run": "net/net verify/subject",
    "weights/test_caffemodel": "weights/wire",
}


def does(path: Path) -> bool:
    """Whether a file has a function that says more than what it is for."""
    functions = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))
    statements = (statement for function in functions for statement in function.body)
    return any(not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)) for s in statements)


def sources() -> dict[str, list[Path]]:
    """The files of netspec that do something, by room and name, and the test files that each may have."""
    found: dict[str, list[Path]] = {}
    for path in sorted((ROOT / "netspec").rglob("*.py")):
        if does(path):
            room = path.parent
            name = room.name if path.stem == "__init__" else path.stem
            folder = room.relative_to(ROOT / "netspec")
            tests = ROOT / "tests" / folder
            found[(folder / name).as_posix()] = [tests / f"test_{name}.py", tests / f"test_{room.name}_{name}.py"]
    return found


def alone() -> list[str]:
    """The files that have no test file of their name."""
    return [name for name, tests in sources().items() if not any(test.exists() for test in tests)]


def through() -> list[str]:
    return [name for names in THROUGH.values() for name in names.split()]


def test_every_file_has_tests_of_its_name_or_is_listed() -> None:
    assert sorted(set(alone()) - set(through())) == []


def test_what_is_listed_needs_to_be_and_is_once() -> None:
    assert sorted(set(through()) - set(alone())) == []
    assert len(through()) == len(set(through()))


def test_every_test_file_that_is_listed_is_there() -> None:
    assert [name for name in THROUGH if not (ROOT / "tests" / f"{name}.py").exists()] == []


def test_no_two_test_files_have_one_name() -> None:
    """Which pytest cannot tell apart where folders are no packages."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
