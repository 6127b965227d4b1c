"""Which files the paths mean."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from proofformer.errors import InputError


@dataclass(frozen=True)
class Found:
    """The files to read, in order, those that a folder cannot give, and how many of its entries are hidden."""

    files: tuple[Path, ...]
    unreadable: tuple[Path, ...]
    hidden: int


def find_files(paths: Iterable[str | os.PathLike[str]]) -> Found:
    """The files among `paths` and, sorted by path, those in its folders; a file reached twice counts once.

    In folders, what is hidden (a leading dot) is passed over and links to folders are not followed. Raises InputError
    for a path that does not exist or is neither a file nor a folder.
    """
    files: list[Path] = []
    unreadable: list[Path] = []
    hidden = 0
    # os.path answers False where pathlib raises: a name that is too long, a folder that may not be searched.
    for path in map(Path, paths):
        if os.path.isdir(path):
            for entry in _walk(path, unreadable):
                if entry.name.startswith("."):
                    hidden += 1
                elif os.path.isfile(entry):
                    files.append(entry)
                else:
                    unreadable.append(entry)
        elif os.path.isfile(path):
            files.append(path)
        elif os.path.exists(path):
            raise InputError(f"{str(path)!r} is neither a file nor a folder: name text files or folders of them")
        else:
            raise InputError(f"there is no file or folder {str(path)!r}: check the path")
    return Found(tuple(_once(files)), tuple(unreadable), hidden)


def _walk(folder: Path, unreadable: list[Path]) -> Iterator[Path]:
    """Every file below, and every hidden folder, which is not entered."""
    entries: list[Path] = []

    def refuse(error: OSError) -> None:
        unreadable.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=refuse):
        entries += [Path(parent, name) for name in names]
        entries += [Path(parent, name) for name in folders if name.startswith(".")]
        folders[:] = [name for name in folders if not name.startswith(".")]
    yield from sorted(entries)


def _once(files: list[Path]) -> Iterator[Path]:
    """The files without those that are the same one again, by another link; a file comes before links to it."""
    chosen: dict[Path, Path] = {}
    for file in files:
        real = file.resolve()
        if real not in chosen or (chosen[real].is_symlink() and not file.is_symlink()):
            chosen[real] = file
    kept = set(chosen.values())
    return (file for file in dict.fromkeys(files) if file in kept)
