"""Formulas that Transformers answer, judged by a SAT solver that cannot be imported while they do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import combinations, product
from random import Random

import pytest
from tests.scripts import load_script

from proofformer.reductions import Formula
from proofformer.reductions.reduction import solve
from proofformer.reductions.routes import route
from proofformer.reductions.sat import SAT
from proofformer.runtime.on_demand import OnDemand

random_formula = load_script("bench/quadratic.py").random_formula
THRESHOLD = 4.26
"""Clauses a variable at which random 3-SAT turns from mostly satisfiable to mostly not."""


def pigeons(count: int, holes: int) -> Formula:
    """Every pigeon in a hole, no two in one: satisfiable when there are holes enough."""
    at = {pair: k + 1 for k, pair in enumerate(product(range(count), range(holes)))}
    some = [tuple(at[p, h] for h in range(holes)) for p in range(count)]
    apart = [(-at[p, h], -at[q, h]) for h in range(holes) for p, q in combinations(range(count), 2)]
    return Formula(len(at), (*some, *apart))


def parity(random: Random, variables: int, odd: bool) -> Formula:
    """x_i + x_(i+1) = b_i modulo 2 around a circle: satisfiable exactly when the b_i add up to an even number."""
    ends = [random.randrange(2) for _ in range(variables - 1)]
    ends.append((sum(ends) + odd) % 2)
    clauses = []
    for i, b in enumerate(ends):
        x, y = i + 1, (i + 1) % variables + 1
        clauses += [(x, y), (-x, -y)] if b else [(x, -y), (-x, y)]
    return Formula(variables, tuple(clauses))


def near_the_threshold(count: int, seed: str, most: int) -> Iterator[Formula]:
    """Random 3-SAT of 6 to so many variables."""
    random = Random(seed)
    for k in range(count):
        ratio = THRESHOLD * random.choice([0.8, 0.9, 1, 1, 1, 1.1, 1.2])
        yield random_formula(random, range(6, most + 1)[k % (most - 5)], ratio)


def crafted() -> Iterator[Formula]:
    """Pigeonhole and parity formulas, at most 20 variables."""
    for count, holes in ((2, 1), (2, 2), (3, 2), (3, 3), (4, 3), (4, 4), (5, 4)):
        yield pigeons(count, holes)
    random = Random(0)
    for variables in range(3, 21):
        for odd in (False, True):
            yield parity(random, variables, odd)


def satisfiable(formula: Formula) -> bool:
    from pysat.solvers import Solver

    with Solver(bootstrap_with=[list(c) for c in formula.clauses]) as solver:
        return bool(solver.solve())


@pytest.mark.parametrize("scale", [0.01, pytest.param(1.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("via", "count", "most"), [("ov", 1000, 20), ("lsd", 300, 20), ("min-ip", 300, 20), ("max-ip", 50, 10)]
)
def test_random_formulas(via: str, count: int, most: int, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    check(via, list(near_the_threshold(max(1, round(count * scale)), via, most)), monkeypatch)


@pytest.mark.parametrize("via", ["ov", "lsd"])
def test_crafted_formulas(via: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(via, list(crafted()), monkeypatch)


def test_a_formula_of_many_half_assignments(monkeypatch: pytest.MonkeyPatch) -> None:
    check("ov", [random_formula(Random(1), 22, 4.0)], monkeypatch)


def check(via: str, formulas: list[Formula], monkeypatch: pytest.MonkeyPatch) -> None:
    answering, chain = OnDemand(), route(SAT, via)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pysat.solvers", None)
        with pytest.raises(ImportError):
            satisfiable(formulas[0])
        found = [solve(chain, f, lambda asked: answering.answer(asked.problem, asked.instance)) for f in formulas]
    for formula, assignment in zip(formulas, found, strict=True):
        assert satisfiable(formula) == (assignment is not None)
        assert assignment is None or formula.holds(assignment)


def test_formulas_are_what_they_are_called() -> None:
    for count in range(1, 5):
        for holes in range(1, 5):
            assert satisfiable(pigeons(count, holes)) == (count <= holes)
    for variables in range(3, 9):
        assert satisfiable(parity(Random(variables), variables, odd=False))
        assert not satisfiable(parity(Random(variables), variables, odd=True))
    formula = random_formula(Random(0), 10, 4.26)
    assert len(formula.clauses) == 43
    assert all(len({abs(x) for x in clause}) == 3 for clause in formula.clauses)
