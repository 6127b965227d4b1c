"""Similarities: exact where floats cannot tell values apart, at ties of unequal norms and at the widest rows."""

from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.metrics.pairwise import cosine_similarity
from tests.cases import SIMILARITIES
from tests.problems.test_oracle import check

from proofformer.problems import Decision, PairAnswer, problem
from proofformer.problems.numbers import Root, square_root
from proofformer.problems.oracle import extreme_pair, pair_exists, profile
from proofformer.problems.oracle_blocks import similarity_keys


def square_of(measure: str, k: int, a: int, b: int) -> Fraction:
    """The square of the similarity, straight from its definition."""
    if measure == "cosine":
        return Fraction(k * k, a * b)
    return Fraction(k, a + b - k) ** 2 if measure == "jaccard" else Fraction(2 * k, a + b) ** 2


def pair_of(k: int, a: int, b: int) -> list[list[int]]:
    """Two rows of 13 with k common ones, a and b ones in all."""
    return [[1] * a + [0] * (13 - a), [0] * (a - k) + [1] * b + [0] * (13 - a + k - b)]


# Triples (k, a, b) of different norms with one and the same similarity.
TIES = [
    ("cosine", (1, 1, 4), (1, 2, 2)),
    ("cosine", (2, 2, 8), (3, 6, 6)),
    ("cosine", (2, 3, 6), (4, 8, 9)),
    ("cosine", (1, 1, 2), (3, 3, 6)),
    ("jaccard", (1, 1, 2), (2, 3, 3)),
    ("jaccard", (1, 2, 4), (2, 5, 7)),
    ("dice", (1, 1, 3), (2, 4, 4)),
    ("dice", (1, 2, 3), (2, 4, 6)),
]


@pytest.mark.parametrize(("measure", "one", "other"), TIES)
@pytest.mark.parametrize("block", [1, 3, 256])
def test_ties_between_unequal_norms(measure: Any, one: Any, other: Any, block: int) -> None:
    assert square_of(measure, *one) == square_of(measure, *other)
    zeros, value = [0] * 13, square_root(square_of(measure, *one))
    for first, second in ((pair_of(*one), pair_of(*other)), (pair_of(*other), pair_of(*one))):
        # Two pairs that share no keyword with each other, the members of one around those of the other.
        rows = [first[0] + zeros, zeros + second[0], zeros + second[1], first[1] + zeros]
        assert extreme_pair(rows, measure=measure, largest=True, block=block) == PairAnswer((0, 3), value)
        assert profile(rows, measure=measure, block=block) == {0: 4, value: 2}
        # One keyword that all share makes every pair similar; now all functions, in two sets.
        check(
            [[[1, *row] for row in (first[0], second[0])], [[1, *row] for row in (first[1], second[1])]],
            measure,
            block=block,
        )


@pytest.mark.parametrize("measure", SIMILARITIES)
def test_keys_order_all_values_of_small_norms_as_fractions_do(measure: Any) -> None:
    triples = [(k, a, b) for a in range(1, 25) for b in range(a, 25) for k in range(a + 1)]
    k, a, b = np.array(triples).T
    keys = similarity_keys(measure, k.astype(np.uint8), a, b).tolist()
    key_of: dict[Fraction, set[float]] = {}
    for triple, key in zip(triples, keys, strict=True):
        key_of.setdefault(square_of(measure, *triple), set()).add(key)
    assert all(len(found) == 1 for found in key_of.values()), "equal values, equal keys"
    ordered = [key_of[square].pop() for square in sorted(key_of)]
    assert all(x < y for x, y in pairwise(ordered)), "and different ones in their order"


@pytest.mark.parametrize("measure", SIMILARITIES)
def test_keys_tell_the_closest_values_of_the_widest_rows_apart(measure: Any) -> None:
    # Norms near 4096 give the values that are closest to each other: sort them by key, compare them as fractions.
    triples = [(k, a, b) for a, b in product(range(4076, 4097), repeat=2) for k in range(a + b - 4096, min(a, b) + 1)]
    triples += [(k, a, b) for k in range(2040, 2060) for a in range(2990, 3010) for b in range(2990, 3010)]
    k, a, b = np.array(triples).T
    keys = similarity_keys(measure, k.astype(np.uint16), a, b)
    order = np.argsort(keys, kind="stable")
    p, q = (k * k, a * b) if measure == "cosine" else (k, a + b - k) if measure == "jaccard" else (2 * k, a + b)
    p, q, keys = p[order], q[order], keys[order]
    left, right = p[:-1] * q[1:], p[1:] * q[:-1]
    assert (left <= right).all()
    assert ((left == right) == (keys[:-1] == keys[1:])).all()
    assert len(np.unique(keys)) > 100


@pytest.mark.parametrize(
    ("name", "threshold", "exists"),
    [
        ("msd", "sqrt(1/2)", True),
        ("msd", Root(Fraction(1, 2)), True),
        ("msd", "sqrt(500000000000000000/999999999999999999)", False),
        ("msd", "sqrt(499999999999999999/999999999999999999)", True),
        ("msd", "0.707106781186547524", True),
        ("msd", "0.707106781186547525", False),
        ("lsd", "sqrt(1/2)", True),
        ("lsd", "sqrt(499999999999999999/999999999999999999)", False),
        ("lsd", "0.707106781186547525", True),
    ],
)
def test_a_threshold_that_floats_cannot_tell_from_the_value(name: str, threshold: Any, exists: bool) -> None:
    X = [[1, 0, 0], [1, 1, 0], *([[0, 0, 1]] if name == "msd" else [])]
    assert problem(name, dim=3).answer(X) == PairAnswer((0, 1), Root(Fraction(1, 2)))
    assert problem(name, dim=3, threshold=threshold).answer(X) == Decision(exists)


def test_against_scikit_learn_and_scipy() -> None:
    generator = np.random.default_rng(7)
    rows = (generator.random((300, 70)) < generator.random((300, 1))).astype(np.uint8)
    rows[:, 0] = 1
    expected = {
        "cosine": cosine_similarity(rows.astype(float))[np.triu_indices(300, 1)],
        "jaccard": 1 - pdist(rows.astype(bool), "jaccard"),
        "dice": 1 - pdist(rows.astype(bool), "dice"),
    }
    for measure, near in expected.items():
        counts = profile(rows, measure=measure)  # type: ignore[arg-type]
        found = np.repeat([float(value) for value in counts], list(counts.values()))
        np.testing.assert_allclose(found, np.sort(near), rtol=1e-12, atol=1e-12)
        for largest, value in ((True, max(counts)), (False, min(counts))):  # type: ignore[type-var]
            assert extreme_pair(rows, measure=measure, largest=largest).value == value  # type: ignore[arg-type]


def test_the_widest_rows() -> None:
    rows = np.ones((3, 4096), dtype=np.uint8)
    rows[1, 0] = rows[2, 1] = 0
    assert extreme_pair(rows, measure="cosine", largest=True) == PairAnswer((0, 1), Root(Fraction(4095, 4096)))
    assert extreme_pair(rows, measure="jaccard", largest=False) == PairAnswer((1, 2), Fraction(4094, 4096))
    assert profile(rows, measure="dice") == {Fraction(4094, 4095): 1, Fraction(8190, 8191): 2}
    assert not pair_exists(rows, measure="cosine", at_least=1)
