"""The formats there are, found by entry points: a package of one's own adds one with `proofformer.formats`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from os.path import isfile
from typing import TYPE_CHECKING, cast

from proofformer.artifacts.artifact import Format
from proofformer.artifacts.folder import path_of
from proofformer.artifacts.model_folder import FOLDER, device_named
from proofformer.errors import InputError
from proofformer.plugins import known, plugin
from proofformer.theorems import Theorem

if TYPE_CHECKING:
    from proofformer.runtime import Front, Model


def format_named(name: str) -> Format:
    """Raises `InputError` for a format that nobody knows."""
    return cast(Format, plugin("formats", name))


def formats() -> Mapping[str, Format]:
    return {name: format_named(name) for name in known("formats")}


def load(path: str | PathLike[str], device: str = "cpu", theorem: Theorem | None = None) -> Model:
    """Read a model folder; of a theorem of one's own, with the theorem.

    Raises `InputError` naming the file and what is at fault.
    """
    where = device_named(device)
    with no_export(path):
        return cast("Model", FOLDER.read(path, theorem)).to(where)


@contextmanager
def no_export(path: str | PathLike[str]) -> Iterator[None]:
    """Where a model folder is read: an export in its place is told from other things that are none."""
    try:
        yield
    except InputError:
        for form in formats().values():
            if form is not FOLDER and form.is_kind(path_of(path)):
                takes = f"`verify --runtime {form.name}` and `inspect` take it, and pf.read in Python"
                raise InputError(f"{path} is no model folder but its export to {form.name}: {takes}") from None
        raise


def read(path: str | PathLike[str], theorem: Theorem | None = None) -> Front:
    """A model folder or any export: what it answers by, in its own runtime, from its own files.

    A model of a theorem of one's own needs the theorem. Raises `InputError` for what is none, naming the file and what
    is at fault.
    """
    source = path_of(path)
    # os.path says no where Path raises: to names that are too long, or that one may not look at.
    if isfile(source):
        ends = {form.suffix: form for form in formats().values() if form.suffix}
        if source.suffix not in ends:
            raise InputError(f"{source} is no export: their names end in {' or '.join(sorted(ends))}")
        return ends[source.suffix].read(source, theorem)
    folders = [form for form in formats().values() if not form.suffix]
    found = next((form for form in folders if form.is_kind(source)), FOLDER)
    return found.read(source, theorem)
