"""Pages that write files of their own: what they show, done in order in an empty folder."""

import re
import subprocess
import sys
from pathlib import Path

from tests.scripts import ROOT, surroundings


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def run(page: str, folder: Path) -> int:
    """Write, run and type all that the page shows; how many lines of output were compared.

    Python that begins with a comment of a file's name is that file, and else a script. A line of output that is shown
    has to be in what the command prints, whatever the spaces.
    """
    env, told = surroundings(folder), 0
    for language, block in re.findall(r"```(python|console)\n(.*?)```", page, re.DOTALL):
        file = re.match(r"# (\w+\.py)\n", block)
        if language == "python" and file is not None:
            (folder / file[1]).write_text(block)
            continue
        steps = [block] if language == "python" else block.split("$ ")[1:]
        for step in steps:
            command, *expected = [step] if language == "python" else step.splitlines()
            words = [sys.executable, "-c", command] if language == "python" else ["bash", "-c", command]
            done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)
            said = " ".join((done.stdout + done.stderr).split())
            assert "Traceback" not in said, said
            for line in expected:
                assert " ".join(line.split()) in said, f"{command!r} printed {said!r}"
                told += 1
    return told
