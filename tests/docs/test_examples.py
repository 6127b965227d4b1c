"""The example scripts run, and find what the oracle finds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.scripts import ROOT, shell


def printed(example: str) -> str:
    code, stdout, stderr = shell(f"python {ROOT}/examples/{example}")
    assert code == 0, stdout + stderr
    return stdout


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_eight_and_the_one_most_alike(tmp_path: Path, dtype: str) -> None:
    said = printed(f"digits.py 8 1 --dtype {dtype} --figure {tmp_path}/x/d.png")
    found = re.search(r"Transformer: (.*)\noracle: +(.*)\n", said)
    assert found is not None
    assert found[1] == found[2] == "pair (21, 35), value 1"
    assert "242 and 346 of the data set differ in 1 of 64 pixels; pairs that tie: 1" in said
    assert (tmp_path / "x" / "d.png").read_bytes().startswith(b"\x89PNG")


def test_patching_finds_the_partner_head() -> None:
    said = printed("patching.py")
    rows = re.findall(r"^ +(\d) +(\d)  (documents|READ) +\d+  (yes|no) +(.*)$", said, re.MULTILINE)
    assert len(rows) == 8
    assert {(on, name) for _, _, on, back, name in rows if back == "yes"} == {
        ("documents", "partner"),
        ("READ", "best"),
    }
    grid = [line.split()[1:] for line in said.split(":\n\n")[-1].splitlines()]
    i, j = map(int, re.match(r"clean: pair \((\d+), (\d+)\)", said).groups())  # type: ignore[union-attr]
    assert [[10 - token for token, cell in enumerate(row) if cell == "x"] for row in grid] == [[j - 1], [i], [i], [i]]
    for line in said.splitlines()[:2]:
        got, oracle = line.split(": ", 1)[1].split("; the oracle says ")
        assert got == oracle


def test_interventions_do_what_the_circuit_says() -> None:
    """The notebook's cells, in order: a head ablated, a signal patched on each document. It has no outputs."""
    cells = json.loads((ROOT / "examples" / "interventions.ipynb").read_text())["cells"]
    space: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), space)
    assert space["named"](space["ablated"])["found"] == 0
    assert len(space["table"]) == 7
    assert all(got == wanted for got, wanted in space["table"])


def test_the_nearest_digits_of_grey_values() -> None:
    lines = [line for line in printed("digits_grid.py --count 60").splitlines() if "float" in line]
    assert [line.split("│")[1].strip() for line in lines] == ["sqeuclidean", "cityblock", "cosine"]
    assert all(line.count("equal") == 2 for line in lines)
