"""The pages about reductions say what the code says; their measured numbers are kept, the commands on them run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.scripts import load_script

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def test_the_page_of_reductions_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "reductions.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| [^|]+ \| ([\d,]+) \| ([\d,]+) \| (\d+) \|$", text, re.MULTILINE)
    counts = {name: tuple(int(cell.replace(",", "")) for cell in cells) for name, *cells in rows}
    assert load_script("bench/reductions.py").page(counts) == text
    assert all(instances >= 500 and wrong == 0 for instances, _, wrong in counts.values())


def test_the_page_about_quadratic_time_is_its_template() -> None:
    template, page = ((DOCS / f"why-quadratic{end}").read_text() for end in (".template.md", ".md"))
    parts = re.split(r"\{(?:figure|summary|table)\}", template)
    at = 0
    for part in parts:
        assert part in page[at:]
        at = page.index(part, at) + len(part)
    assert re.search(r"to the power \*\*1\.[5-9]\d*|2\.[0-4]\d*\*\*", page)
    tokens = [int(x.replace(",", "")) for x in re.findall(r"^\| \d+ \| ([\d,]+) \|", page, re.MULTILINE)]
    assert tokens == [2 * 2 ** (n // 2) + 2 for n in range(8, 27, 2)]


def test_the_command_on_the_page_prints_this() -> None:
    (block,) = re.findall(r"```console\n\$ (.*?)\n(.*?)```", (DOCS / "why-quadratic.md").read_text(), re.DOTALL)
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(block[0], shell=True, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    for line in block[1].splitlines():
        assert line in done.stdout
