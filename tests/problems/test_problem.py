"""Problems: the answers they give and accept, and the instances they take."""

import ast
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest

import proofformer
import proofformer.problems
from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer, problem
from proofformer.problems.numbers import Root


def test_closest_pair_answers_and_accepts_only_the_first_optimum() -> None:
    closest = problem("closest-pair", dim=3)
    X = [[0, 0, 0], [1, 1, 1], [1, 1, 0], [1, 0, 0]]
    assert closest.answer(X) == PairAnswer((0, 3), 1)
    assert closest.answer(closest.instance(X)) == PairAnswer((0, 3), 1)
    assert closest.accepts(X, PairAnswer((0, 3), 1))
    assert closest.accepts(np.array(X, dtype=np.float32), PairAnswer((0, 3), 1))
    assert closest.accepts(closest.instance(X), PairAnswer((0, 3), 1))


@pytest.mark.parametrize(
    "answer",
    [
        PairAnswer((1, 2), 1),  # optimal too, but not the first
        PairAnswer((3, 0), 1),
        PairAnswer((0, 3), 2),
        PairAnswer((0, 3), None),
        PairAnswer(None, None),
        PairAnswer(None, 1),
        Decision(True),
        ((0, 3), 1),
        None,
        "pair (0, 3), value 1",
        np.array([0, 3]),
        ANY,
    ],
)
def test_closest_pair_does_not_accept(answer: object) -> None:
    X = [[0, 0, 0], [1, 1, 1], [1, 1, 0], [1, 0, 0]]
    assert problem("closest-pair", dim=3).accepts(X, answer) is False


def test_similar_documents_are_answered_and_accepted() -> None:
    X = [[1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 1, 0]]
    # Cosines: 1/2 (0, 1), sqrt(1/2) (0, 2), 0 (0, 3), sqrt(1/2) (1, 2) and (1, 3), 1/2 (2, 3).
    most, least = problem("msd", dim=4), problem("lsd", dim=4)
    assert most.answer(X) == PairAnswer((0, 2), Root(Fraction(1, 2)))
    assert most.accepts(X, PairAnswer((0, 2), Root(Fraction(1, 2))))
    assert not most.accepts(X, PairAnswer((1, 2), Root(Fraction(1, 2)))), "optimal too, but not the first"
    assert not most.accepts(X, PairAnswer((0, 2), Fraction(1, 2)))
    assert least.answer(X) == PairAnswer((0, 3), 0)
    assert least.accepts(X, PairAnswer((0, 3), 0))
    assert problem("msd", dim=4, metric="jaccard", norms="1-4").answer(X) == PairAnswer((0, 2), Fraction(1, 2))
    assert problem("lsd", dim=4, metric="dice", norms="2,4").answer(X[1:]) == PairAnswer((1, 2), Fraction(1, 2))
    for name, threshold, expected in (
        ("msd", "sqrt(1/2)", True),
        ("msd", "3/4", False),
        ("lsd", 0, True),
        ("msd", 0, True),
        ("lsd", 1, True),
    ):
        assert problem(name, dim=4, threshold=threshold).answer(X) == Decision(expected)
    assert problem("lsd", dim=4, threshold="0.499").answer(X[1:]) == Decision(False)


def test_ov_answers_and_accepts() -> None:
    ov = problem("ov", dim=3, question="decide")
    yes, no = [[1, 1, 0], [1, 1, 1], [0, 0, 1]], [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
    assert ov.answer(yes) == Decision(True)
    assert ov.answer(no) == Decision(False)
    assert ov.accepts(yes, Decision(True))
    assert ov.accepts(no, Decision(False))
    for wrong in (Decision(False), PairAnswer((0, 2), 0), True, 1, None):
        assert ov.accepts(yes, wrong) is False


A, B = [[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 1, 1], [1, 0, 0]]
"""Inner products 2, 1, 1 and 1, 0, 1; distances 1, 2, 1 and 2, 3, 0."""

TWO_SETS: list[tuple[str, int | str | None, object]] = [
    ("ov", None, PairAnswer((1, 1), 0)),
    ("min-ip", None, PairAnswer((1, 1), 0)),
    ("max-ip", None, PairAnswer((0, 0), 2)),
    ("closest-pair", None, PairAnswer((1, 2), 0)),
    ("farthest-pair", None, PairAnswer((1, 1), 3)),
    ("max-ip", 2, Decision(True)),
    ("max-ip", "5/2", Decision(False)),
    ("min-ip", "1/2", Decision(True)),
    ("farthest-pair", "5/2", Decision(True)),
    ("closest-pair", 0, Decision(True)),
]


@pytest.mark.parametrize(("name", "threshold", "expected"), TWO_SETS)
def test_two_sets(name: str, threshold: Any, expected: Any) -> None:
    asked = problem(name, dim=3, bichromatic=True, threshold=threshold)
    made = asked.instance(A, B)
    assert [matrix.shape for matrix in made.sets] == [(2, 3), (3, 3)]
    assert asked.answer(A, B) == asked.answer(made) == asked.answer(np.array(A), np.array(B)) == expected
    arrays = (np.array(A, dtype=np.float32), np.array(B, dtype=bool))
    for X in ((A, B), arrays, made, asked.instance(made)):
        assert asked.accepts(X, expected)
        for wrong in (None, PairAnswer((0, 1), 1), PairAnswer(None, None), Decision(not expected), (A, B)):
            assert asked.accepts(X, wrong) is False


def test_two_sets_of_one_document_each() -> None:
    asked = problem("max-ip", dim=2, bichromatic=True)
    assert asked.least_n == 1
    assert asked.answer([[1, 1]], [[1, 1]]) == PairAnswer((0, 0), 2)
    assert problem("max-ip", dim=2).least_n == 2


@pytest.mark.parametrize("method", ["instance", "answer"])
def test_one_set_where_two_are_asked_for_and_the_other_way_round(method: str) -> None:
    one, two = problem("ov", dim=3), problem("ov", dim=3, bichromatic=True)
    for given in ((A,), (one.instance(A),)):
        with pytest.raises(InputError, match="ov, bichromatic, search, l = 3 takes two sets of documents, got one"):
            getattr(two, method)(*given)
    for given in ((A, B), (two.instance(A, B),), (one.instance(A), B)):
        with pytest.raises(InputError, match="ov, search, l = 3 takes one set of documents, got two: pass one"):
            getattr(one, method)(*given)
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
    pair_of_rows = ([1, 1, 0], [0, 0, 1])
    assert one.accepts(pair_of_rows, PairAnswer((0, 1), 0)), "a tuple of two rows is one set"


@pytest.mark.parametrize("method", ["instance", "answer"])
@pytest.mark.parametrize(
    ("sets", "named"),
    [
        (([], B), "A is empty"),
        ((A, []), "B is empty"),
        ((A, np.zeros((0, 3))), "B is empty"),
        ((A, [[1, 0]]), "A has 3 columns and B has 2"),
        (([[1, 0]], [[1, 0]]), "2 columns but the problem has l = 3"),
        (([[1, 0, 2]], B), "row 0, column 2 of A holds 2"),
        ((A, [[1, 0, 0], [1, 0.5, 1]]), "row 1, column 1 of B holds 0.5"),
        ((A, "B"), "B"),
        ((A, 3), "B is 3, not a matrix"),
        ((None, B), "A is None"),
        ((A, [1, 0, 0]), "B has shape"),
    ],
    ids=str,
)
def test_bad_sets_are_named(method: str, sets: tuple[Any, Any], named: str) -> None:
    with pytest.raises(InputError) as caught:
        getattr(problem("min-ip", dim=3, bichromatic=True), method)(*sets)
    assert named in str(caught.value)


@pytest.mark.parametrize("method", ["instance", "answer"])
def test_bad_matrices_are_refused_by_every_method(method: str) -> None:
    closest = problem("closest-pair", dim=3)
    with pytest.raises(InputError, match="row 1, column 2 holds 2"):
        getattr(closest, method)([[0, 0, 0], [0, 0, 2]])
    with pytest.raises(InputError, match="l = 3"):
        getattr(closest, method)([[0, 0], [0, 0]])
    with pytest.raises(InputError, match="l = 3"):
        closest.accepts([[0, 0], [0, 0]], None)


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
