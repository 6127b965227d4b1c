"""The certificate of a model folder: what `check.py` proves of its weights, written down beside them.

Nobody has to believe it, and loading a model doesn't read it: `proofformer check` proves all of it again and compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from proofformer.artifacts.folder import Files, write_files
from proofformer.check import CERTIFICATE, CERTIFIED, OwnTask, Unreadable, bytes_of, check, examine
from proofformer.problems import Task

MOST = 1_000_000
"""Weights of the models that are certified when they are written; larger ones are when somebody asks."""


def certificate_of(files: Files) -> Files:
    """The certificate of the files of a model folder; nothing for a model that the checker doesn't know."""
    found = examine({name: data for name, data in files.items() if name != CERTIFICATE}.get)
    return {CERTIFICATE: _as_json(found)} if found["code"] == CERTIFIED else {}


def own_task(task: Task | None) -> OwnTask | None:
    """A task as the checker takes it."""
    return None if task is None else (task.name, task.prefers, lambda a, b: task.of(np.array(a), np.array(b)))


def certify(folder: Path) -> dict[str, Any]:
    """What `check` finds of a folder, but for a certificate that is there; one that is due is written in its place.

    Raises `InputError` when it cannot be written, or something else has its name.
    """
    found = check(folder, claimed=False)
    if found["code"] == CERTIFIED:
        write_files(folder / CERTIFICATE, {"": _as_json(found)}, is_certificate, "certificate of proofformer")
    return found


def _as_json(found: dict[str, Any]) -> bytes:
    return (json.dumps(found["certificate"], indent=1) + "\n").encode()


def is_certificate(file: Path) -> bool:
    """Whether a file is a certificate, perhaps a damaged one, or empty or not there: nothing is lost with it."""
    try:
        told = bytes_of(file) or b""
    except Unreadable:
        return False
    return not told or b"proofformer-certificate" in told[:200]
