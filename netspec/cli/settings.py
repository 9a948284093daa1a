"""What holds for each file: what the command line says, else the configuration nearest above, else what is usual."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netspec.cli.find import NoSpecs, find
from netspec.cli.job import Job
from netspec.cli.options import STDIN, options, selection
from netspec.config import Configuration
from netspec.config.holding import Configurations
from netspec.diagnostics.selection import Selection

if TYPE_CHECKING:
    from netspec.diagnostics.source import Source

PHASES = {None: (None,), "both": ("TRAIN", "TEST")}  # of --phase; any other is itself


class Settings(NamedTuple):
    """What holds for a file. strict: warnings fail. baseline: the file of it."""

    job: Job
    selection: Selection
    strict: bool
    baseline: str | None


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """--config, --isolated and --force-exclude."""
    group = parser.add_argument_group("configuration")
    help = "the configuration of all files; else for each that of the nearest netspec.toml or pyproject.toml above it"
    group.add_argument("--config", metavar="FILE", help=help)
    group.add_argument("--isolated", action="store_true", help="no configuration")
    help = "take what SPEC names as if found in a folder: leave out what is excluded, and what is no net"
    group.add_argument("--force-exclude", action="store_true", help=help)


def specs_of(
    args: argparse.Namespace, parser: argparse.ArgumentParser, configurations: Configurations
) -> dict[str, bool]:
    """The files that a command is for, each with whether its line names it."""
    if args.config is not None and args.isolated:
        parser.error("--isolated is without a configuration, and --config names one")
    excluded = configurations.excluded
    names = args.specs or configurations.of_folder(Path()).paths
    if not names:
        parser.error("the following arguments are required: SPEC, where no configuration has paths")
    try:
        files = find(names, excluded)
    except NoSpecs as none:
        parser.error(str(none))
    if not args.force_exclude:
        return files
    return {path: path == STDIN for path in files if path == STDIN or not excluded(path)}


class Book:
    """What holds for a file. args: of a parser that has what `netspec check` has. What is asked raises SpecError where
    a configuration cannot be taken."""

    def __init__(self, args: argparse.Namespace, parser: argparse.ArgumentParser, stdin: Source | None) -> None:
        self.configurations = Configurations(args.config, args.isolated)
        self._args, self._stdin = args, stdin
        self._selection = selection(args, parser)
        self._merged = dict[str, Settings]()

    def of(self, path: str) -> Settings:
        here = path == STDIN
        configuration = self.configurations.of_folder(Path()) if here else self.configurations.of(path)
        if configuration.file not in self._merged:
            self._merged[configuration.file] = self._merge(configuration)
        settings = self._merged[configuration.file]
        never = () if here else self.configurations.ignored(path)
        return settings._replace(selection=settings.selection._replace(never=never)) if never else settings

    def _merge(self, configuration: Configuration) -> Settings:
        args, own = self._args, self._selection
        given = options(args)
        given["likely"] = {name: dims for name, dims in configuration.inputs.items() if name not in dict(args.input)}
        given["plugins"] = tuple(args.plugin) or self._trusted(configuration)
        given["import_path"] = tuple(args.import_path) or configuration.import_path
        phases = PHASES.get(args.phase, (args.phase,)) if args.phase else configuration.phases or (None,)
        told = Selection(
            configuration.select if own.select is None else own.select,
            own.extend or configuration.extend_select,
            own.ignore or configuration.ignore,
        )
        given["lints"] = asked(told)
        job = Job(phases, given, self._stdin, configuration.cache and not args.no_cache)
        return Settings(job, told, args.strict or configuration.strict, args.baseline or configuration.baseline)

    def _trusted(self, configuration: Configuration) -> Sequence[str]:
        """Its plugins, which are programs: run where somebody has named the configuration, or works below it."""
        asked = not configuration.plugins or self._args.config is not None
        if asked or Path.cwd().is_relative_to(configuration.folder):
            return configuration.plugins
        from netspec.config.read import untrusted

        raise untrusted(configuration)


def asked(told: Selection) -> tuple[str, ...]:
    """The codes of optional lints that are told."""
    if not told.select and not told.extend:
        return ()
    from netspec.problems import catalogue  # and not the lints themselves, which need the whole compiler

    return tuple(code for code, kind in catalogue().items() if kind.optional and told.keeps(kind))
