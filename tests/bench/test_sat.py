"""The measured run of formulas, in small: verdicts of a solver that cannot be imported while Transformers answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

from tests.scripts import load_script

ROOT = Path(__file__).resolve().parents[2]


def test_a_small_run_is_right() -> None:
    words = [sys.executable, "bench/sat.py", "--scale", "0.01", "--large", "12"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert all(" 0 wrong;" in line for line in lines)
    assert "random 3-SAT, 6..20 variables, via ov: 10 formulas" in lines[0]


def test_formulas_are_what_they_are_called() -> None:
    script = load_script("bench/sat.py")
    verdict = script.satisfiable()
    for pigeons in range(1, 5):
        for holes in range(1, 5):
            assert verdict(script.pigeons(pigeons, holes)) == (pigeons <= holes)
    for variables in range(3, 9):
        assert verdict(script.parity(Random(variables), variables, odd=False))
        assert not verdict(script.parity(Random(variables), variables, odd=True))
    formula = script.random_formula(Random(0), 10, 4.26)
    assert len(formula.clauses) == 43
    assert all(len({abs(x) for x in clause}) == 3 for clause in formula.clauses)
