"""The generated table is what the planner says today: every number at the common size, and the cheaper limits."""

from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script

from proofformer.planner import Plan, dtype_named
from proofformer.planner.dtypes import DTYPES
from proofformer.problems.problem import KINDS, QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "capability.md").read_text()
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if "float" in line and "|" in line
]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/capability.py")


def number(cell: str) -> int:
    return int(cell.split()[0].replace(",", ""))


def test_the_table_is_complete() -> None:
    labels = {(row[0], row[1]) for row in ROWS}
    assert labels == {(f"{k.name}, {q}", d.name) for k in KINDS for q in QUESTIONS for d in DTYPES}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_numbers_of_the_table(script: ModuleType, row: list[str]) -> None:
    name, question = row[0].split(", ")
    dtype = dtype_named(row[1])
    at = script.plan(name, question, False, dtype, script.DIM, script.MAX_N)
    two = script.plan(name, question, True, dtype, script.DIM, script.MAX_N)
    assert isinstance(at, Plan)
    attention, blocks = at.depth
    radix = {str(1 << (stop - start)) for _, digits in at.digits for start, stop in digits}
    expected = [str(at.layout.width), f"{blocks} ({attention})", str(max(h.b for h in at.heads))]
    assert row[6:9] == expected
    assert row[9] == (", ".join(radix) or "-")
    assert row[10] == (str(at.rounds) if radix else "-")
    assert (two.layout.width, two.depth) == (at.layout.width + 1, at.depth)
    if "or more" not in row[2]:
        largest = number(row[2])
        assert isinstance(script.plan(name, question, False, dtype, script.DIM, largest), Plan)
        refused = script.plan(name, question, False, dtype, script.DIM, largest + 1)
        assert script.shortened(refused) == row[3]
    if "or more" not in row[4] and number(row[4]) <= 256:
        largest = number(row[4])
        assert isinstance(script.plan(name, question, False, dtype, largest, script.MAX_N), Plan)
        refused = script.plan(name, question, False, dtype, largest + 1, script.MAX_N)
        assert script.shortened(refused) == row[5]
