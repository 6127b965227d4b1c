"""Kills a writer at every step, and looks at what it leaves: the old artifact, the new one, or how to have the old one.

A child process writes over an artifact, and is killed (SIGKILL) before each call that changes the file system, and in
the middle of each file that it writes. Then the path has to read as the old artifact or the new one; or, where the
system cannot exchange two folders, a sentence says how to have the old one back, and doing that does. The next write
has to work, and to leave the new one.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import proofformer as pf
from proofformer.artifacts import Format, folder
from proofformer.errors import InputError
from proofformer.runtime import Model

STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "shutil.rmtree", "tempfile.mkdtemp"}
OLD, NEW, RESTORED = "old", "new", "old, restored as it says"


def write(form: Format, model: Model, path: Path, last: int) -> bool:
    """Write in a child that is killed at its step `last`; whether it was, or had fewer."""
    child = os.fork()
    if child == 0:
        steps = count()

        def step() -> None:
            if next(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)

        def torn(file: Path, data: bytes) -> None:
            with file.open("wb") as out:
                for part in (data[: len(data) // 2], data[len(data) // 2 :]):
                    step()
                    out.write(part)
                    out.flush()
            step()

        def exchanged(one: Path, other: Path) -> bool:
            step()
            return real(one, other)

        try:
            real, Path.write_bytes, folder._exchanged = folder._exchanged, torn, exchanged
            sys.addaudithook(lambda event, _: step() if event in STEPS else None)
            form.write(model, path)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def left(form: Format, path: Path, specs: Mapping[object, str]) -> str:
    """What the path reads as: `OLD`, `NEW`, `RESTORED`, or what it must not."""
    try:
        return specs[form.read(path).spec]
    except InputError as error:
        command = re.search("`(mv .*?)`", str(error))
        if command is None:
            return f"refused: {error}"
    subprocess.run(command[1], shell=True, check=True)
    found = left(form, path, specs)
    return RESTORED if found == OLD else f"restored, then {found}"


def kills(form: Format, scratch: Path) -> Iterator[str]:
    """For each step of writing, what is left when the writer is killed there."""
    old, new = (pf.compile("min-ip", dim=5, max_n=20, threshold=t, mask=_mask(form)) for t in (1, 2))
    specs = {old.spec: OLD, new.spec: NEW}
    for last in count():
        path = scratch / str(last) / f"the artifact{form.suffix}"
        form.write(old, path)
        killed = write(form, new, path, last)
        yield left(form, path, specs)
        form.write(new, path)
        assert left(form, path, specs) == NEW
        # What was killed may leave what nobody reads, and nothing else.
        assert all(file == path or file.name.startswith(".") for file in path.parent.iterdir())
        shutil.rmtree(path.parent)
        if not killed:
            return


def _mask(form: Format) -> str:
    """The one with which the format writes the model's own spec."""
    return "inclusive" if form.name in ("hf", "transformerlens") else "strict"
