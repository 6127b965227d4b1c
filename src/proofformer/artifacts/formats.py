"""The formats there are, found by entry points: a package of one's own adds one with `proofformer.formats`."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from os.path import isfile
from typing import TYPE_CHECKING, cast

from proofformer.artifacts.artifact import Format
from proofformer.artifacts.folder import path_of
from proofformer.artifacts.model_folder import FOLDER
from proofformer.errors import InputError
from proofformer.plugins import known, plugin
from proofformer.theorems import Theorem

if TYPE_CHECKING:
    from proofformer.runtime import Front


def format_named(name: str) -> Format:
    """Raises `InputError` for a format that nobody knows."""
    return cast(Format, plugin("formats", name))


def formats() -> Mapping[str, Format]:
    return {name: format_named(name) for name in known("formats")}


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
