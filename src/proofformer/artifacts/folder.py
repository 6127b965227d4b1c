"""Files on disk: read with a sentence for whatever may be wrong with them, written whole or not at all.

A folder takes the place of another in one exchange where the system has one. Elsewhere the old folder is set aside for
a moment; a reader that finds it there says how to restore it. Whoever is killed while writing leaves the old artifact
or the new one, and perhaps a hidden folder beside it that nobody reads.
"""

from __future__ import annotations

import ctypes
import errno
import os
import reprlib
import shlex
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from proofformer.errors import InputError
from proofformer.interruptions import uninterrupted

Files = Mapping[str, bytes]
"""Contents by file name; those of an artifact that is one file, under ``""``."""

READS = 100
"""How often an artifact is read anew when it was replaced meanwhile: files of two would be no artifact."""

EXCHANGE = 2
HERE = -100
ABSENT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def path_of(said: object) -> Path:
    """Raises `InputError` for what is no path."""
    try:
        return Path(said)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(f"{reprlib.repr(said)} is no path: pass a str or a Path") from None


def load_files(source: Path, names: Collection[str], what: str) -> Files:
    """Those of the files that are there. Raises `InputError`, naming `what` was expected, when there is nothing at all,
    or a file for a folder; and when it cannot be read."""
    try:
        for _ in range(READS):
            if not source.exists() or source.is_dir() != ("" not in names):
                raise InputError(_absent(source, what))
            folder, found = source.stat().st_ino, {}
            for name in names:
                file = source / name if name else source
                if file.is_file():
                    found[name] = file.read_bytes()
                elif not name:
                    raise InputError(f"{source} is no file: there is no {what}")
            if source.exists() and source.stat().st_ino == folder:
                return found
        raise InputError(f"{source} was replaced again and again while it was read: let its writer end")
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # of a circle of links, Path raises a RuntimeError
        raise InputError(
            f"{source} cannot be read: {getattr(error, 'strerror', None) or error}; check the path"
        ) from None


def _absent(source: Path, what: str) -> str:
    """Why there is nothing: who sets a folder aside puts it beside what a link leads to."""
    target = source.resolve()
    aside = _aside(target)
    if target.exists() or not aside.exists():
        return f"{source} is no {what}"
    return (
        f"{source} was being replaced when its writer ended: what it was before is {aside}, "
        f"`{shlex.join(['mv', str(aside), str(target)])}` restores it"
    )


def write_files(path: Path, files: Files, replaceable: Callable[[Path], bool], what: str) -> None:
    """Write the files as the file or folder `path`, in one move, over nothing but what is `replaceable` or empty, and
    before a signal to stop is heard.

    Raises `InputError` for any other target, and when it cannot be written; what was there is then still there.
    """
    try:
        # A link stays a link: what it leads to is replaced.
        target = path.resolve()
        if "" not in files and Path.cwd().is_relative_to(target):
            raise InputError(f"{path} is the folder you are in, which a new one would replace: name one inside it")
        if not target.exists() and _aside(target).exists():
            _aside(target).rename(target)
        if target.exists() and not ("" not in files and _empty(target)) and not replaceable(target):
            raise InputError(f"{path} exists and is no {what}: choose another path or remove it")
        target.parent.mkdir(parents=True, exist_ok=True)
        with uninterrupted(), tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
            new = Path(scratch) / "new"
            if "" in files:
                new.write_bytes(files[""])
                new.replace(target)
                return
            new.mkdir()
            for name, data in files.items():
                (new / name).write_bytes(data)
            _put(new, target)
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"cannot write {path}: {getattr(error, 'strerror', None) or error}; choose another path"
        ) from None


def _empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())


def _put(new: Path, target: Path) -> None:
    """The folder `new` in the place of `target`."""
    if not target.exists() or _exchanged(new, target):
        if not target.exists():
            new.rename(target)
        return
    aside = _aside(target)
    if aside.exists():
        # Whoever left it there had put a new folder in its place.
        aside.rename(new.with_name("left"))
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise
    # In one step out of sight of readers: what is set aside is always whole.
    aside.rename(new.with_name("old"))


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.before")


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system does not know how."""
    library, paths = ctypes.CDLL(None, use_errno=True), (os.fsencode(one), os.fsencode(other))
    if hasattr(library, "renameat2"):  # Linux
        failed = library.renameat2(HERE, paths[0], HERE, paths[1], EXCHANGE)
    elif hasattr(library, "renamex_np"):  # macOS
        failed = library.renamex_np(*paths, EXCHANGE)
    else:
        return False
    code = ctypes.get_errno()
    if failed and code not in ABSENT:
        raise OSError(code, os.strerror(code), str(other))
    return not failed
