"""What is found by its name and never imported: checks, formats and the laboratory, each an entry point; and files.

A package adds its own with `[project.entry-points."proofformer.checks"]` and the like. Nothing is imported, and no file
run, before it is asked for.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from os import PathLike, chdir
from pathlib import Path
from traceback import walk_tb
from typing import Any

from proofformer.errors import InputError


@cache
def known(kind: str) -> dict[str, EntryPoint]:
    """The entry points `proofformer.KIND`, by name."""
    return {point.name: point for point in entry_points(group=f"proofformer.{kind}")}


def plugin(kind: str, name: str) -> Any:
    """What the entry point stands for. Raises `InputError` for a name that no installed package gives."""
    if name not in known(kind):
        names = ", ".join(known(kind)) or "none"
        raise InputError(f"{kind.removesuffix('s')} {name!r} is unknown: choose one of {names}")
    point = known(kind)[name]
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        one = kind.removesuffix("s")
        raise InputError(f"{one} {name!r} is {point.value}, which cannot be loaded: {error}") from None


def laboratory(part: str) -> Any:
    """A part of `prooflab`, which comes with this package. Raises `InputError` when it is not installed."""
    return plugin("laboratory", part)


def load_file(path: str | PathLike[str], name: str) -> Any:
    """What a Python file calls `name`. The file is run, which is for files that the user has named.

    Raises `InputError`, one sentence with the line, when it cannot be read or run, or has no such name.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"there is no file {file}: name a Python file that has a {name}")
    names: dict[str, Any] = {"__name__": file.stem, "__file__": str(file)}
    try:
        code = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): check its access") from None
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise InputError(f"{file}{line} is no Python ({getattr(error, 'msg', error)}): mend it") from None
    here = Path.cwd()
    try:
        # What it prints is no part of an answer, and where it goes is not where we write.
        with redirect_stdout(sys.stderr):
            exec(code, names)
    except InputError as error:
        raise InputError(f"{place_of(error) or file}: {error}") from None
    except (Exception, SystemExit) as error:
        raise InputError(f"{place_of(error) or file} raises {type(error).__name__} ({error}): mend it") from error
    finally:
        chdir(here)
    if name not in names:
        raise InputError(f"{file} has no {name}: end it in {name} = ..")
    return names[name]


def place_of(error: BaseException) -> str:
    """Where code that is not ours raised, called by whoever catches: "FILE, line N", the last in the file called into.

    Empty where it was not called at all.
    """
    _, *called = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    lines = [line for file, line in called if file == called[0][0]]
    return f"{called[0][0]}, line {lines[-1]}" if lines else ""
