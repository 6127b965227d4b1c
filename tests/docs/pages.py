"""Pages that write files of their own: what they show, done in order in an empty folder."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.scripts import ROOT, shell, surroundings


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def run(page: str, folder: Path, *, alone: bool) -> int:
    """Write, run and type all that the page shows, each command in a process of its own if `alone`; how many lines of
    output were compared.

    Python that begins with a comment of a file's name is that file, and else a script. A line of output that is shown
    has to be in what the command prints, whatever the spaces.
    """
    told = 0
    (folder / "examples").symlink_to(ROOT / "examples")
    for language, block in re.findall(r"```(python|console)\n(.*?)```", page, re.DOTALL):
        file = re.match(r"# (\w+\.py)\n", block)
        if language == "python":
            (folder / (file[1] if file else "script.py")).write_text(block)
        for step in block.split("$ ")[1:] if language == "console" else [] if file else ["python script.py"]:
            command, *expected = step.splitlines()
            said = " ".join(_said(command, folder, alone).split())
            assert "Traceback" not in said, said
            for line in expected:
                assert " ".join(line.split()) in said, f"{command!r} printed {said!r}"
                told += 1
    return told


def _said(command: str, folder: Path, alone: bool) -> str:
    if alone:
        words, env = ["bash", "-c", command], surroundings(folder)
        done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)
        return done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _, stdout, stderr = shell(command)
    return stdout + stderr
