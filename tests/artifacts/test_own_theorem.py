"""Models of a theorem of one's own on disk: read with the theorem, and with that theorem alone."""

from dataclasses import replace
from pathlib import Path

import pytest

import proofformer as pf
from proofformer.artifacts import format_named
from proofformer.circuit import Builder, inner, least
from proofformer.errors import InputError
from proofformer.problems import Task
from proofformer.theorems import Theorem, best_pair, theorem_file

LACKS = theorem_file(Path(__file__).resolve().parents[2] / "examples" / "lacks.py")
ROWS = [[1, 1, 0, 0], [1, 0, 1, 1], [1, 1, 0, 1]]


def other(c: Builder) -> None:
    best_pair(c, least(inner(c.doc, c.doc)), c.count_and, least)


OTHER = replace(LACKS, task=Task("other", lambda a, b: int((a & b).sum()), "least", True), construct=other, decide=None)
SAME_NAME = replace(LACKS, construct=other)


@pytest.mark.parametrize("name", ["folder", "onnx"])
def test_with_the_theorem_and_without(name: str, tmp_path: Path) -> None:
    form = format_named(name)
    at = tmp_path / f"m{form.suffix}"
    form.write(pf.compile(LACKS, dim=4, max_n=8), at)
    found = pf.read(at, theorem=LACKS)
    assert found.solve(ROWS) == LACKS.problem(dim=4).answer(ROWS)
    for theorem in (None, OTHER):
        with pytest.raises(InputError, match=r"'lacks' is of a theorem .*: pass theorem=THEOREM$"):
            pf.read(at, theorem=theorem)
    most = replace(LACKS, task=Task("lacks", lambda a, b: int((a > b).sum()), "most", False))
    with pytest.raises(InputError, match=r"'prefers': 'least'.* is .*'most'.*pass that theorem"):
        pf.read(at, theorem=most)
    with pytest.raises(InputError, match="nothing is proved of it"):
        pf.read(at, theorem=SAME_NAME)


def test_a_theorem_of_ones_own_changes_nothing_for_others(tmp_path: Path) -> None:
    pf.compile("ov", dim=4, max_n=8).save(tmp_path / "m")
    assert pf.load(tmp_path / "m", theorem=LACKS).problem == pf.problem("ov", dim=4)
    assert isinstance(LACKS, Theorem)
