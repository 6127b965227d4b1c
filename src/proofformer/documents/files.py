"""Which files the paths mean, and the text in a file."""

import codecs
import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from proofformer.errors import InputError

_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Text that is not UTF-8 may hold any byte but these: control characters other than backspace, the spaces and escape.
_CONTROLS = bytes(set(range(32)) - set(b"\b\t\n\v\f\r\x1a\x1b"))


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


@dataclass(frozen=True)
class Text:
    """What is in a file: text is None when it is not text."""

    text: str | None
    cut: bool = False
    latin1: bool = False


def read_text(file: Path, limit: int) -> Text:
    """The first `limit` bytes as text, out of gzip where the file is compressed.

    The encoding is UTF-8, or UTF-16 with a byte order mark, or else Latin-1. Raises OSError where the file cannot be
    read or its compression is damaged.
    """
    # Also spares the files of /proc, which say that they are empty and may keep a reader waiting.
    if file.stat().st_size == 0:
        return Text("")
    with open(file, "rb") as raw:
        compressed = raw.read(2) == _GZIP
        raw.seek(0)
        try:
            data = (gzip.GzipFile(fileobj=raw) if compressed else raw).read(limit + 1)
        except (EOFError, zlib.error) as error:
            raise OSError(None, "its gzip compression is damaged", str(file)) from error
    cut = len(data) > limit
    data = data[:limit]
    if data.startswith(_UTF16):
        return Text(data.decode("utf-16", errors="replace"), cut)
    if b"\0" in data:
        return Text(None)
    try:
        # Not final where the text was cut: that may have been inside a character.
        return Text(codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=not cut), cut)
    except UnicodeDecodeError:
        if data.translate(None, _CONTROLS) != data:
            return Text(None)
        return Text(data.decode("latin-1"), cut, latin1=True)
