"""Which configuration holds for a file, looked up once for each folder and read once for each configuration."""

from __future__ import annotations

from pathlib import Path

from netspec.config import NONE, Configuration


class Configurations:
    """named: a file that holds for all, whatever lies nearer. isolated: none holds. What is asked raises SpecError
    where a configuration cannot be read, or says what it cannot say."""

    def __init__(self, named: str | None = None, isolated: bool = False) -> None:
        self._named, self._isolated = named, isolated
        self._nearest = dict[Path, str | None]()
        self._read = dict[str, Configuration]()

    def of(self, path: str | Path) -> Configuration:
        """That of a file, or of a folder in the folder that it is in."""
        return self.of_folder(Path(path).parent)

    def of_folder(self, folder: Path) -> Configuration:
        """That of what lies in a folder."""
        if self._isolated:
            return NONE
        path = self._named
        if path is None:
            from netspec.config.locate import nearest

            path = nearest(folder.resolve(), self._nearest)
        if path is None:
            return NONE
        if path not in self._read:
            from netspec.config.read import read

            self._read[path] = read(path)
        return self._read[path]

    def excluded(self, path: str) -> bool:
        """Whether a file or folder is left out."""
        configuration = self.of(path)
        return bool(configuration.exclude) and any(_meant(configuration.exclude, path, configuration))

    def ignored(self, path: str) -> tuple[str, ...]:
        """The codes that are ignored in a file alone."""
        configuration = self.of(path)
        if not configuration.per_file_ignores:
            return ()
        meant = _meant(tuple(configuration.per_file_ignores), path, configuration)
        lists = configuration.per_file_ignores.values()
        return tuple(code for codes, does in zip(lists, meant, strict=True) if does for code in codes)


def _meant(patterns: tuple[str, ...], path: str, configuration: Configuration) -> list[bool]:
    """Whether each of some patterns means a path."""
    from netspec.config.globs import matches

    whole, folder = Path(path).parent.resolve() / Path(path).name, Path(configuration.folder)
    name = (whole.relative_to(folder) if whole.is_relative_to(folder) else whole).as_posix()
    return [matches(pattern, name) for pattern in patterns]
