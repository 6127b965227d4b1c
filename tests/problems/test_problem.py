"""Problems: the answers they give and accept, exactly or within a factor, and the instances they take."""

import ast
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import CASES, Case, small_sets

import proofformer.problems
from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer, problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.numbers import Root, squared
from proofformer.problems.oracle import pair_value

HALF = Root(Fraction(1, 2))


@settings(deadline=None, max_examples=150)
@given(data=st.data(), case=st.sampled_from(CASES))
def test_every_problem_is_answered_by_its_statement(data: st.DataObject, case: Case) -> None:
    sets = case.legal(data.draw(small_sets(case.bichromatic)))
    asked, expected = case.problem(len(sets[0][0])), case.brute(sets)
    made = asked.instance(*sets)
    assert asked.answer(*sets) == asked.answer(made) == asked.answer(*map(np.array, sets)) == expected
    arrays = tuple(np.array(rows, dtype=np.float32) for rows in sets)
    for X in (sets, arrays) if case.bichromatic else (sets[0], arrays[0]):
        assert asked.accepts(X, expected)
    for wrong in (None, PairAnswer((0, 1), 10**6), Decision(not expected), sets, ANY):
        assert asked.accepts(made, wrong) is False


@settings(deadline=None, max_examples=100)
@given(
    kind=st.sampled_from([kind for kind in KINDS if kind.target is None]),
    gamma=st.sampled_from(["1.000001", "11/10", "3/2", 2, Fraction(7, 3), 100]),
    rows=st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5).filter(any), min_size=3, max_size=6),
    two=st.booleans(),
)
def test_every_pair_is_judged_by_the_definition(kind: Any, gamma: Any, rows: list[list[int]], two: bool) -> None:
    levels = 3 if kind.takes_levels else 1
    matrix = np.minimum(np.array(rows, dtype=np.uint8), levels)
    norms = "1-5" if kind.is_similarity else None
    asked = problem(kind.name, dim=5, metric=kind.metric, gamma=gamma, bichromatic=two, levels=levels, norms=norms)
    left, right = (matrix[:2], matrix[2:]) if two else (matrix, matrix)
    made = asked.instance(left, right) if two else asked.instance(matrix)
    pairs = [(i, j) for i in range(len(left)) for j in range(len(right)) if two or i < j]
    value = {(i, j): pair_value(left[i], right[j], measure=kind.measure) for i, j in pairs}
    factor = Fraction(gamma) ** 2
    squares = {pair: squared(v) for pair, v in value.items()}
    best = max(squares.values()) if kind.largest else min(squares.values())
    for pair in pairs:
        right_one = factor * squares[pair] >= best if kind.largest else squares[pair] <= factor * best
        assert asked.accepts(made, PairAnswer(pair, value[pair])) is right_one
        assert not asked.accepts(made, PairAnswer(pair, squared(value[pair]) + 1))
        if not two:
            assert not asked.accepts(made, PairAnswer(pair[::-1], value[pair]))
    assert asked.accepts(made, asked.answer(made))


# Distances 2 (0, 1), 3 (0, 2) and 5 (1, 2); cosines 1/2 (0, 1), sqrt(1/2) (0, 2) and 0 (1, 2).
APART = [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]
ALIKE = [[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("name", "X", "gamma", "pairs"),
    [
        ("closest-pair", APART, "3/2", {(0, 1): 2, (0, 2): 3}),
        ("closest-pair", APART, "1.499999", {(0, 1): 2}),
        ("closest-pair", APART, "5/2", {(0, 1): 2, (0, 2): 3, (1, 2): 5}),
        ("farthest-pair", APART, "5/3", {(1, 2): 5, (0, 2): 3}),
        ("farthest-pair", APART, "1.666666", {(1, 2): 5}),
        ("msd", ALIKE, "1.414213562373095049", {(0, 2): HALF, (0, 1): Fraction(1, 2)}),
        ("msd", ALIKE, "1.414213562373095048", {(0, 2): HALF}),
        # An optimum of zero has to be met, whatever the factor.
        ("lsd", ALIKE, 10**18, {(1, 2): 0}),
        ("min-ip", ALIKE, 10**18, {(1, 2): 0}),
        ("closest-pair", [*APART[:2], APART[1]], 10**18, {(1, 2): 0}),
    ],
)
def test_exactly_within_and_just_beyond_the_factor(name: str, X: Any, gamma: Any, pairs: dict[Any, Any]) -> None:
    asked = problem(name, dim=len(X[0]), gamma=gamma)
    for pair in ((0, 1), (0, 2), (1, 2)):
        value = pair_value(*np.array([X[k] for k in pair], np.uint8), measure=asked.kind.measure)
        assert asked.accepts(X, PairAnswer(pair, value)) is (pair in pairs)
        assert pairs.get(pair, value) == value


@pytest.mark.parametrize("gamma", [None, 100])
@pytest.mark.parametrize(
    "answer",
    [
        PairAnswer((1, 0), 2),
        PairAnswer((0, 1), 3),
        PairAnswer((0, 0), 0),
        PairAnswer((0, 3), 2),
        PairAnswer((-3, 2), 3),
        PairAnswer((0, -1), 3),
        PairAnswer((0, 1), None),
        PairAnswer(None, None),
        PairAnswer(None, 2),
        Decision(True),
        ((0, 1), 2),
        None,
        "pair (0, 1), value 2",
        np.array([0, 1]),
        ANY,
    ],
)
def test_what_is_never_accepted(answer: object, gamma: int | None) -> None:
    assert problem("closest-pair", dim=5, gamma=gamma).accepts(APART, answer) is False


def test_only_the_first_optimum_is_accepted_unless_any_will_do() -> None:
    X = [[0, 0, 0], [1, 1, 1], [1, 1, 0], [1, 0, 0]]
    closest = problem("closest-pair", dim=3)
    assert closest.answer(X) == PairAnswer((0, 3), 1)
    assert not closest.accepts(X, PairAnswer((1, 2), 1))
    assert closest.accepts(X, PairAnswer((1, 2), 1), any_best=True)


def test_indices_of_two_sets_are_per_set() -> None:
    asked = problem("max-ip", dim=2, gamma=2, bichromatic=True)
    X = [[1, 1], [0, 1]], [[1, 1], [1, 0], [0, 1]]
    assert asked.accepts(X, PairAnswer((1, 0), 1))
    assert asked.accepts(X, PairAnswer((1, 2), 1))
    for pair, value in (((2, 0), 1), ((0, 3), 1), ((1, 1), 0), ((0, -3), 2), ((-2, 0), 2), ((-1, 0), 1), ((0, -1), 1)):
        assert not asked.accepts(X, PairAnswer(pair, value))


@pytest.mark.parametrize("width", [1, 7])
@pytest.mark.parametrize(("metric", "largest"), [("sqeuclidean", 255 * 255), ("cityblock", 255)])
def test_decisions_at_the_largest_values(metric: str, largest: int, width: int) -> None:
    rows, value = [[0] * width, [255] * width], largest * width
    for threshold in (value, value - 1, 0):
        far = problem("farthest-pair", dim=width, metric=metric, levels=255, threshold=threshold)
        assert (far.largest_value, far.answer(rows)) == (value, Decision(True))
    near = problem("closest-pair", dim=width, metric=metric, levels=255, threshold=value - 1)
    assert near.answer(rows) == Decision(False)


A, B = [[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 1, 1], [1, 0, 0]]
"""Inner products 2, 1, 1 and 1, 0, 1; distances 1, 2, 1 and 2, 3, 0."""


@pytest.mark.parametrize("name", ["min-ip", "max-ip", "closest-pair", "farthest-pair"])
@pytest.mark.parametrize("threshold", [Fraction(k, 4) for k in range(13)])
def test_decisions_compare_with_the_threshold_itself(name: str, threshold: Fraction) -> None:
    values = range(3) if name.endswith("ip") else range(4)
    expected = any(v >= threshold if name in ("max-ip", "farthest-pair") else v <= threshold for v in values)
    assert problem(name, dim=3, bichromatic=True, threshold=threshold).answer(A, B) == Decision(expected)


@pytest.mark.parametrize("method", ["instance", "answer"])
def test_one_set_where_two_are_asked_for_and_the_other_way_round(method: str) -> None:
    one, two = problem("ov", dim=3), problem("ov", dim=3, bichromatic=True)
    assert (one.least_n, two.least_n) == (2, 1)
    for given_ in ((A,), (one.instance(A),)):
        with pytest.raises(InputError, match="ov, bichromatic, search, l = 3 takes two sets of documents, got one"):
            getattr(two, method)(*given_)
    for given_ in ((A, B), (two.instance(A, B),), (one.instance(A), B)):
        with pytest.raises(InputError, match="ov, search, l = 3 takes one set of documents, got two: pass one"):
            getattr(one, method)(*given_)
    with pytest.raises(InputError, match="of two sets, not one"):
        getattr(two, method)(two.instance(A, B), B)


def test_accepts_refuses_the_wrong_number_of_sets() -> None:
    one, two = problem("ov", dim=3), problem("ov", dim=3, bichromatic=True)
    for X in (A, (A, B, B), one.instance(A)):
        with pytest.raises(InputError, match="takes two sets of documents, got one"):
            two.accepts(X, None)
    with pytest.raises(InputError, match="takes one set of documents, got two"):
        one.accepts(two.instance(A, B), None)
    with pytest.raises(InputError):
        one.accepts((A, B), None)
    with pytest.raises(InputError, match="3 entries"):
        one.accepts([[0, 0], [0, 0]], None)
    pair_of_rows = ([1, 1, 0], [0, 0, 1])
    assert one.accepts(pair_of_rows, PairAnswer((0, 1), 0)), "a tuple of two rows is one set"


@pytest.mark.parametrize("method", ["instance", "answer"])
@pytest.mark.parametrize(
    ("sets", "named"),
    [
        (([], B), "A is empty"),
        ((A, np.zeros((0, 3))), "B is empty"),
        ((A, [[1, 0]]), "A has 3 columns and B has 2"),
        (([[1, 0]], [[1, 0]]), "2 columns but a document here has 3 entries"),
        (([[1, 0, 2]], B), "row 0, column 2 of A holds 2"),
        ((A, [[1, 0, 0], [1, 0.5, 1]]), "row 1, column 1 of B holds 0.5"),
        ((None, B), "A is None"),
    ],
    ids=str,
)
def test_bad_sets_are_refused_by_every_method(method: str, sets: tuple[Any, Any], named: str) -> None:
    with pytest.raises(InputError) as caught:
        getattr(problem("min-ip", dim=3, bichromatic=True), method)(*sets)
    assert named in str(caught.value)


def test_the_judge_imports_neither_torch_nor_the_compiler() -> None:
    allowed = {"proofformer.errors", "proofformer.problems", "proofformer.documents"}
    for source in Path(proofformer.problems.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] != "torch", source
                assert name.split(".")[0] != "proofformer" or ".".join(name.split(".")[:2]) in allowed, source
