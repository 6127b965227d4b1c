"""What is found by its name and never imported: checks, formats and the laboratory, each an entry point.

A package adds its own with `[project.entry-points."proofformer.checks"]` and the like. Nothing is imported before it is
asked for.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
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
    return known(kind)[name].load()


def laboratory(part: str) -> Any:
    """A part of `prooflab`, which comes with this package. Raises `InputError` when it is not installed."""
    return plugin("laboratory", part)
