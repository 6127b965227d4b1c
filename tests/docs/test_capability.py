"""The generated table is what the planner says today: every number at the common size, and the cheaper limits."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.scripts import load_script

from proofformer.planner import Plan, dtype_named
from proofformer.planner.dtypes import DTYPES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "capability.md").read_text()


def rows() -> list[tuple[str, list[str]]]:
    """The lines of the tables, each with the title of its section."""
    found = []
    for section in PAGE.split("\n## ")[1:]:
        for line in section.splitlines():
            cells = [cell.strip() for cell in line.split("|")[1:-1]]
            if len(cells) == 11 and "float" in cells[1]:
                found.append((section.splitlines()[0], cells))
    return found


ROWS = rows()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/capability.py")


def number(cell: str) -> int:
    return int(cell.split()[0].replace(",", ""))


def asked_by(script: ModuleType, title: str, label: str) -> list[Any]:
    """The questions that share a line: `a / b, search` or `a, decide, bichromatic`."""
    section = next(name for name, heading, _ in script.SECTIONS if heading == title)
    two = label.endswith(", bichromatic")
    names, _, question = label.removesuffix(", bichromatic").rpartition(", ")
    known = {(q.label, q.question): q for where, q in script.questions() if where == section}
    return [replace(known[name, question], bichromatic=two) for name in names.split(" / ")]


def test_the_table_is_complete(script: ModuleType) -> None:
    listed = {(title, q, row[1]) for title, row in ROWS for q in asked_by(script, title, row[0]) if not q.bichromatic}
    titles = {name: title for name, title, _ in script.SECTIONS}
    assert listed == {(titles[where], q, d.name) for where, q in script.questions() for d in DTYPES}


@pytest.mark.parametrize(("title", "row"), ROWS, ids=lambda x: x if isinstance(x, str) else f"{x[0]}-{x[1]}")
def test_numbers_of_the_table(script: ModuleType, title: str, row: list[str]) -> None:
    dtype, questions = dtype_named(row[1]), asked_by(script, title, row[0])
    for asked in (questions[0], questions[-1]):
        at = script.plan(asked, dtype, script.DIM, script.MAX_N)
        if row[2] == "-":
            assert isinstance(at, str)
            assert row[6:] == ["-"] * 5
        else:
            attention, blocks = at.depth
            radix = list(dict.fromkeys(str(1 << (b - a)) for _, digits in at.digits for a, b in digits))
            assert row[6:9] == [str(at.layout.width), f"{blocks} ({attention})", str(max(h.b for h in at.heads))]
            assert row[9:] == [", ".join(radix) or "-", str(at.rounds) if radix else "-"]
    if row[2] != "-" and "or more" not in row[2]:
        largest = number(row[2])
        assert isinstance(script.plan(asked, dtype, script.DIM, largest), Plan)
        assert script.shortened(script.plan(asked, dtype, script.DIM, largest + 1)) == row[3]
    if row[4] != "none" and "or more" not in row[4] and number(row[4]) <= 64:
        largest = number(row[4])
        assert isinstance(script.plan(asked, dtype, largest, script.MAX_N), Plan)
        assert script.shortened(script.plan(asked, dtype, largest + 1, script.MAX_N)) == row[5]
