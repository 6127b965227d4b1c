"""Theorems from files that are no part of the package."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from proofformer.errors import InputError
from proofformer.plugins import load_file
from proofformer.problems import Task
from proofformer.theorems.theorem import Theorem


def theorem_file(path: str | PathLike[str]) -> Theorem:
    """The THEOREM of a Python file, which is run. Raises `InputError`, one sentence, when it has no such thing."""
    found = load_file(path, "THEOREM")
    if not isinstance(found, Theorem):
        kind = type(found).__name__
        raise InputError(
            f"THEOREM in {path} is of type {kind}: make it a Theorem(task, says, proof, source, lemma, ..)"
        )
    if not isinstance(found.task, Task):
        raise InputError(f"the name {found.task[0].name!r} is taken: give the THEOREM in {path} a Task of its own")
    return replace(found, task=replace(found.task, origin=(_task, (str(Path(path).resolve()),))))


def _task(path: str) -> object:
    return theorem_file(path).task
