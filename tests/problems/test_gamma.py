"""Searches within a factor: what is accepted, checked against exact fractions."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofformer.problems import Decision, PairAnswer, Problem, problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.numbers import Root, squared
from proofformer.problems.oracle import pair_value

SEARCHES = [kind for kind in KINDS if kind.target is None]


def asked_for(
    name: str, metric: str | None, dim: int, gamma: Any, bichromatic: bool = False, levels: int = 1
) -> Problem:
    norms = f"1-{dim}" if name in ("msd", "lsd") else None
    return problem(name, dim=dim, metric=metric, gamma=gamma, bichromatic=bichromatic, levels=levels, norms=norms)


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(SEARCHES),
    gamma=st.sampled_from(["1.000001", "11/10", "3/2", 2, Fraction(7, 3), 100]),
    rows=st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5).filter(any), min_size=3, max_size=6),
    two=st.booleans(),
)
def test_every_pair_is_judged_by_the_definition(kind: Any, gamma: Any, rows: list[list[int]], two: bool) -> None:
    levels = 3 if kind.takes_levels else 1
    matrix = np.minimum(np.array(rows, dtype=np.uint8), levels)
    asked = asked_for(kind.name, kind.metric, 5, gamma, two, levels)
    left, right = (matrix[:2], matrix[2:]) if two else (matrix, matrix)
    X: Any = (left, right) if two else matrix
    pairs = [(i, j) for i in range(len(left)) for j in range(len(right)) if two or i < j]
    value = {(i, j): pair_value(left[i], right[j], measure=kind.measure) for i, j in pairs}
    factor = Fraction(gamma) ** 2
    squares = {pair: squared(v) for pair, v in value.items()}
    best = max(squares.values()) if kind.largest else min(squares.values())
    for pair in pairs:
        right_one = factor * squares[pair] >= best if kind.largest else squares[pair] <= factor * best
        assert asked.accepts(X, PairAnswer(pair, value[pair])) is right_one
        assert not asked.accepts(X, PairAnswer(pair, squared(value[pair]) + 1))
        if not two:
            assert not asked.accepts(X, PairAnswer(pair[::-1], value[pair]))
    assert asked.accepts(X, asked.answer(*X) if two else asked.answer(X))


def test_exactly_within_and_just_beyond_the_factor() -> None:
    # Distances 2 (0, 1), 3 (0, 2) and 5 (1, 2).
    X = [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]
    for gamma, second, third in (("3/2", True, False), ("1.499999", False, False), ("5/2", True, True)):
        asked = problem("closest-pair", dim=5, gamma=gamma)
        assert asked.accepts(X, PairAnswer((0, 1), 2))
        assert asked.accepts(X, PairAnswer((0, 2), 3)) is second
        assert asked.accepts(X, PairAnswer((1, 2), 5)) is third
    for gamma, second, third in (("5/3", True, False), ("1.666666", False, False), ("5/2", True, True)):
        asked = problem("farthest-pair", dim=5, gamma=gamma)
        assert asked.accepts(X, PairAnswer((1, 2), 5))
        assert asked.accepts(X, PairAnswer((0, 2), 3)) is second
        assert asked.accepts(X, PairAnswer((0, 1), 2)) is third


def test_roots_within_a_rational_factor() -> None:
    # Cosines 1/2 (0, 1), sqrt(1/2) (0, 2) and 0 (1, 2).
    X = [[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0]]
    half = Root(Fraction(1, 2))
    assert problem("msd", dim=4).answer(X) == PairAnswer((0, 2), half)
    for gamma, within in (("1.414213562373095049", True), ("1.414213562373095048", False)):
        asked = problem("msd", dim=4, gamma=gamma)
        assert asked.accepts(X, PairAnswer((0, 2), half))
        assert asked.accepts(X, PairAnswer((0, 1), Fraction(1, 2))) is within
        assert not asked.accepts(X, PairAnswer((1, 2), 0))


@pytest.mark.parametrize("name", ["closest-pair", "min-ip", "lsd"])
def test_an_optimum_of_zero_has_to_be_met(name: str) -> None:
    X = {"closest-pair": [[1, 1, 0], [1, 1, 0], [1, 1, 1]]}.get(name, [[1, 0, 0], [0, 1, 0], [1, 1, 1]])
    asked = problem(name, dim=3, gamma=10**18)
    assert asked.accepts(X, PairAnswer((0, 1), 0))
    first = X[0], X[2]
    measure = asked.kind.measure
    value = pair_value(*(np.array(row, dtype=np.uint8) for row in first), measure=measure)
    assert value > 0
    assert not asked.accepts(X, PairAnswer((0, 2), value))


@pytest.mark.parametrize(
    "answer",
    [
        PairAnswer((0, 2), 2),
        PairAnswer((2, 0), 3),
        PairAnswer((0, 0), 0),
        PairAnswer((0, 3), 3),
        PairAnswer((-3, 2), 3),
        PairAnswer((0, -1), 3),
        PairAnswer((0, 2), None),
        PairAnswer(None, None),
        PairAnswer(None, 2),
        Decision(True),
        ((0, 2), 3),
        None,
    ],
)
def test_what_is_never_accepted(answer: object) -> None:
    X = [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]
    assert problem("closest-pair", dim=5, gamma=100).accepts(X, answer) is False


def test_indices_of_two_sets_are_per_set() -> None:
    asked = problem("max-ip", dim=2, gamma=2, bichromatic=True)
    A, B = [[1, 1], [0, 1]], [[1, 1], [1, 0], [0, 1]]
    assert asked.accepts((A, B), PairAnswer((1, 0), 1))
    assert asked.accepts((A, B), PairAnswer((1, 2), 1))
    assert not asked.accepts((A, B), PairAnswer((2, 0), 1))
    assert not asked.accepts((A, B), PairAnswer((0, 3), 1))
    assert not asked.accepts((A, B), PairAnswer((1, 1), 0))
    for beyond in ((0, -3), (-2, 0), (-1, 0), (0, -1)):
        assert not asked.accepts((A, B), PairAnswer(beyond, 2))
        assert not asked.accepts((A, B), PairAnswer(beyond, 1))
