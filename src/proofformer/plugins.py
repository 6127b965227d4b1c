"""What is found by its name and never imported: checks, formats and the laboratory, each an entry point; and files.

A package adds its own with `[project.entry-points."proofformer.checks"]` and the like. Nothing is imported, and no file
run, before it is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import Signature, getdoc, signature
from os import PathLike, chdir
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

from proofformer.errors import InputError, one_of, raised

FOREIGN = ("FILE.py:NAME", "MODULE:NAME")
"""How an object of the user's is named."""


@cache
def known(kind: str) -> dict[str, EntryPoint]:
    """The entry points `proofformer.KIND`, by name."""
    return {point.name: point for point in entry_points(group=f"proofformer.{kind}")}


def plugin(kind: str, name: str) -> Any:
    """What the entry point stands for. Raises `InputError` for a name that no installed package gives."""
    if name not in known(kind):
        raise InputError(f"{kind.removesuffix('s')} {name!r} is unknown: {one_of(name, known(kind))}")
    point = known(kind)[name]
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        one = kind.removesuffix("s")
        raise InputError(f"{one} {name!r} is {point.value}, which cannot be loaded: {error}") from None


def laboratory(part: str) -> Any:
    """A part of `prooflab`, which comes with this package. Raises `InputError` when it is not installed."""
    return plugin("laboratory", part)


def make_callable(package: str, function: str) -> None:
    """Let a package be called: that calls MODULE:NAME, whose signature and help it has too. It is imported then.

    Once imported, a submodule hides whatever its package has of the same name: so `pf.verify` is a module always, and
    `pf.verify(model)` calls the function `verify` in it.
    """
    module, _, name = function.partition(":")

    class Callable(ModuleType):
        def __call__(self, *given: Any, **asked: Any) -> Any:
            return getattr(import_module(module), name)(*given, **asked)

        @property
        def __signature__(self) -> Signature:
            return signature(getattr(import_module(module), name))

        @property
        def __doc__(self) -> str:  # type: ignore[override]
            return f"{name}{self.__signature__}\n\n{getdoc(getattr(import_module(module), name))}"

    sys.modules[package].__class__ = Callable


def object_named(where: str) -> Any:
    """What FILE.py:NAME or MODULE:NAME stands for. The file is run, or the module imported, for the user has named it.

    Raises `InputError`, one sentence, when it cannot be, or has no such name.
    """
    place, _, name = where.rpartition(":")
    if not place or not name.isidentifier():
        raise InputError(f"{where!r} names nothing: write {' or '.join(FOREIGN)}")
    if place.endswith(".py"):
        return load_file(place, name)
    try:
        with _found_beside(Path.cwd()):
            module = import_module(place)
    except BaseException as error:
        raise InputError(f"the module {place} cannot be imported ({raised(error)}): check its name") from error
    if not hasattr(module, name):
        raise InputError(f"the module {place} has no {name}: define it there, or name another")
    return getattr(module, name)


def load_file(path: str | PathLike[str], name: str) -> Any:
    """What a Python file calls `name`. The file is run, which is for files that the user has named.

    Raises `InputError`, one sentence with the line, when it cannot be read or run, or has no such name.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"there is no file {file}: name a Python file that defines {name}")
    # Known by a name that no other module has: dataclasses, for one, look theirs up.
    module = ModuleType(f"{file.stem} ({file.resolve()})")
    module.__file__ = str(file)
    try:
        code = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): check its access") from None
    except (RecursionError, MemoryError):
        raise InputError(f"{file} is no Python that can be read (nested too deep): mend it") from None
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise InputError(f"{file}{line} is no Python ({getattr(error, 'msg', error)}): mend it") from None
    here = Path.cwd()
    try:
        # What it prints is no part of an answer, and where it goes is not where we write.
        with redirect_stdout(sys.stderr), _found_beside(file.resolve().parent):
            sys.modules[module.__name__] = module
            exec(code, vars(module))
    except InputError as error:
        raise InputError(f"{place_of(error) or file}: ", error) from None
    except BaseException as error:
        raise InputError(f"{place_of(error) or file} raises {raised(error)}: mend it") from error
    finally:
        chdir(here)
    if name not in vars(module):
        raise InputError(f"{file} has no {name}: end it in {name} = ..")
    return vars(module)[name]


@contextmanager
def _found_beside(folder: Path) -> Iterator[None]:
    """Modules of this folder can be imported, as when Python runs a file of it."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.path.remove(str(folder))


def place_of(error: BaseException) -> str:
    """Where code that is not ours raised, called by whoever catches: "FILE, line N", the last in the file called into.

    Empty where it was not called at all.
    """
    _, *called = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    lines = [line for file, line in called if file == called[0][0]]
    return f"{called[0][0]}, line {lines[-1]}" if lines else ""
