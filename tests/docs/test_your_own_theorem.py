"""The page that writes a theorem from nothing: its files and commands, in order, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "your-own-theorem.md").read_text()


def test_all_of_it_runs(tmp_path: Path) -> None:
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    told = 0
    for language, block in re.findall(r"```(python|console)\n(.*?)```", PAGE, re.DOTALL):
        if language == "python":
            (tmp_path / block.splitlines()[0].removeprefix("# ")).write_text(block)
            continue
        for step in block.split("$ ")[1:]:
            command, *expected = step.splitlines()
            run = subprocess.run(
                command, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, executable="/bin/bash"
            )
            said = " ".join((run.stdout + run.stderr).split())
            assert "Traceback" not in said, said
            for line in expected:
                assert " ".join(line.split()) in said, f"{command!r} printed {said!r}"
                told += 1
    assert told >= 14


def test_the_theorem_is_the_example() -> None:
    """But for its first lines."""
    shown = PAGE.split("# lacks.py\n")[1].split("```")[0]
    assert (ROOT / "examples" / "lacks.py").read_text().endswith(shown)
