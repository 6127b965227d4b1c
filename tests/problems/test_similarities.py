"""The oracle of similarities against plain Python whole numbers and fractions, floats and scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from sklearn.metrics.pairwise import cosine_similarity

from proofformer.errors import InputError
from proofformer.problems import Decision, Instance, PairAnswer, problem
from proofformer.problems.kinds import Measure
from proofformer.problems.numbers import Exact, Root, square_root, squared
from proofformer.problems.oracle import extreme_pair, pair_exists, profile
from proofformer.problems.oracle_blocks import similarity_keys

Rows = Sequence[Sequence[int]]

MEASURES: tuple[Measure, ...] = ("cosine", "jaccard", "dice")


def square_of(measure: Measure, k: int, a: int, b: int) -> Fraction:
    """The square of the similarity, straight from its definition."""
    if measure == "cosine":
        return Fraction(k * k, a * b)
    return Fraction(k, a + b - k) ** 2 if measure == "jaccard" else Fraction(2 * k, a + b) ** 2


def squares_of_pairs(rows: Rows, others: Rows | None, measure: Measure) -> list[tuple[tuple[int, int], Fraction]]:
    """Every pair with the square of its similarity, one bit at a time, in lexicographic order."""
    found = []
    for i, left in enumerate(rows):
        for j, right in enumerate(rows if others is None else others):
            if others is None and j <= i:
                continue
            common = sum(1 for x, y in zip(left, right, strict=True) if x and y)
            found.append(((i, j), square_of(measure, common, sum(map(bool, left)), sum(map(bool, right)))))
    return found


def check(rows: Rows, others: Rows | None = None, block: int = 256) -> None:
    """Searches, profiles and decisions at, just below and just above every value, against the list of all pairs."""
    for measure in MEASURES:
        pairs = squares_of_pairs(rows, others, measure)
        squares = [square for _, square in pairs]
        for largest, optimum in ((False, min(squares)), (True, max(squares))):
            first = next(pair for pair, square in pairs if square == optimum)
            answer = extreme_pair(rows, others, measure=measure, largest=largest, block=block)
            assert answer == PairAnswer(first, square_root(optimum)), (measure, largest)
        counts = profile(rows, others, measure=measure, block=block)
        assert {squared(value): count for value, count in counts.items()} == Counter(squares)
        assert [squared(value) for value in counts] == sorted(set(squares))
        step = Fraction(1, 10**17)
        near = {square + move for square in squares for move in (-step, 0, step)}
        bounds: list[Exact] = [-1, 0, 1, 2, *(square_root(square) for square in near if square >= 0)]
        for bound in bounds:
            at_most = pair_exists(rows, others, measure=measure, at_most=bound, block=block)
            assert at_most is any(bound >= square_root(square) for square in squares), (measure, bound)
            at_least = pair_exists(rows, others, measure=measure, at_least=bound, block=block)
            assert at_least is any(bound <= square_root(square) for square in squares), (measure, bound)


@st.composite
def pools(draw: st.DrawFn) -> list[list[int]]:
    width = draw(st.integers(1, 10))
    bit = draw(st.sampled_from([st.integers(0, 1), st.sampled_from([0, 0, 0, 1]), st.sampled_from([0, 1, 1, 1])]))
    row = st.lists(bit, min_size=width, max_size=width).filter(any)
    return draw(st.lists(row, min_size=1, max_size=6))


@settings(deadline=None, max_examples=60)
@given(data=st.data(), pool=pools(), block=st.integers(1, 12))
def test_one_set(data: st.DataObject, pool: Rows, block: int) -> None:
    check(data.draw(st.lists(st.sampled_from(pool), min_size=2, max_size=9)), block=block)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), pool=pools(), block=st.integers(1, 9))
def test_two_sets(data: st.DataObject, pool: Rows, block: int) -> None:
    documents = st.lists(st.sampled_from(pool), min_size=1, max_size=6)
    check(data.draw(documents), data.draw(documents), block)


@pytest.mark.parametrize("width", [63, 64, 65, 130, 300])
def test_widths_around_words(width: int) -> None:
    generator = np.random.default_rng(width)
    rows = (generator.random((7, width)) < generator.random((7, 1))).astype(int)
    rows[:, 0] = 1
    check(rows.tolist(), block=3)
    check(rows[:3].tolist(), rows[3:].tolist(), block=2)


def pair_of(k: int, a: int, b: int, width: int) -> list[list[int]]:
    """Two rows with k common ones, a and b ones in all."""
    left = [1] * a + [0] * (width - a)
    right = [0] * (a - k) + [1] * b + [0] * (width - a + k - b)
    return [left, right]


# Triples (k, a, b) of different norms with one and the same similarity.
TIES: list[tuple[Measure, tuple[int, int, int], tuple[int, int, int]]] = [
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
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("block", [1, 2, 3, 256])
def test_ties_between_unequal_norms(
    measure: Measure, one: tuple[int, int, int], other: tuple[int, int, int], swap: bool, block: int
) -> None:
    assert square_of(measure, *one) == square_of(measure, *other)
    first, second = (pair_of(*other, 13), pair_of(*one, 13)) if swap else (pair_of(*one, 13), pair_of(*other, 13))
    zeros = [0] * 13
    # Two pairs that share no keyword with each other, the members of one around those of the other.
    rows = [first[0] + zeros, zeros + second[0], zeros + second[1], first[1] + zeros]
    value = square_root(square_of(measure, *one))
    assert extreme_pair(rows, measure=measure, largest=True, block=block) == PairAnswer((0, 3), value)
    assert profile(rows, measure=measure, block=block) == {0: 4, value: 2}
    assert pair_exists(rows, measure=measure, at_least=value, block=block)
    rows = [rows[1], rows[0], rows[3], rows[2]]
    assert extreme_pair(rows, measure=measure, largest=True, block=block) == PairAnswer((0, 3), value)
    # One keyword that all share makes every pair similar; now all functions, in two sets.
    A, B = [[1, *row] for row in (first[0], second[0])], [[1, *row] for row in (first[1], second[1])]
    check(A, B, block)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("place", [0, 5, 8])
@pytest.mark.parametrize("block", [1, 2, 4, 5, 256])
def test_first_and_last_rows_count(measure: Measure, place: int, block: int) -> None:
    rows = np.repeat(np.eye(10, dtype=int), 3, axis=1)
    rows[place + 1] = rows[place]
    pair = (place, place + 1)
    assert extreme_pair(rows, measure=measure, largest=True, block=block) == PairAnswer(pair, 1)
    assert extreme_pair(1 - rows, measure=measure, largest=True, block=block) == PairAnswer(pair, 1)
    assert pair_exists(rows, measure=measure, at_least=1, block=block)
    assert not pair_exists(np.delete(rows, place, axis=0), measure=measure, at_least=Fraction(1, 10**18), block=block)
    ones = np.ones((10, 10), dtype=int)
    ones[place] = np.eye(10, dtype=int)[0]
    ones[place + 1] = np.eye(10, dtype=int)[1]
    assert extreme_pair(ones, measure=measure, largest=False, block=block) == PairAnswer(pair, 0)
    assert pair_exists(ones, measure=measure, at_most=0, block=block)


@pytest.mark.parametrize("measure", MEASURES)
def test_keys_order_all_values_of_small_norms_as_fractions_do(measure: Measure) -> None:
    triples = [(k, a, b) for a in range(1, 25) for b in range(a, 25) for k in range(a + 1)]
    k, a, b = np.array(triples).T
    keys = similarity_keys(measure, k.astype(np.uint8), a, b).tolist()
    squares = [square_of(measure, *triple) for triple in triples]
    key_of: dict[Fraction, set[float]] = {}
    for square, key in zip(squares, keys, strict=True):
        key_of.setdefault(square, set()).add(key)
    assert all(len(found) == 1 for found in key_of.values()), "equal values, equal keys"
    ordered = [key_of[square].pop() for square in sorted(key_of)]
    assert all(x < y for x, y in pairwise(ordered)), "and different ones in their order"


@pytest.mark.parametrize("measure", MEASURES)
def test_keys_tell_the_closest_values_of_the_widest_rows_apart(measure: Measure) -> None:
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
    ("threshold", "exists"),
    [
        ("sqrt(1/2)", True),
        (Root(Fraction(1, 2)), True),
        ("sqrt(500000000000000000/999999999999999999)", False),
        ("sqrt(499999999999999999/999999999999999999)", True),
        ("0.707106781186547524", True),
        ("0.707106781186547525", False),
    ],
)
def test_a_threshold_that_floats_cannot_tell_from_the_value(threshold: str | Root, exists: bool) -> None:
    X = [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert problem("msd", dim=3).answer(X) == PairAnswer((0, 1), Root(Fraction(1, 2)))
    assert problem("msd", dim=3, threshold=threshold).answer(X) == Decision(exists)


@pytest.mark.parametrize(
    ("threshold", "exists"),
    [("sqrt(1/2)", True), ("sqrt(499999999999999999/999999999999999999)", False), ("0.707106781186547525", True)],
)
def test_a_least_similarity_that_floats_cannot_tell_from_the_threshold(threshold: str, exists: bool) -> None:
    X = [[1, 0, 0], [1, 1, 0]]
    assert problem("lsd", dim=3).answer(X) == PairAnswer((0, 1), Root(Fraction(1, 2)))
    assert problem("lsd", dim=3, threshold=threshold).answer(X) == Decision(exists)


def test_against_scikit_learn() -> None:
    generator = np.random.default_rng(7)
    rows = (generator.random((300, 70)) < generator.random((300, 1))).astype(np.uint8)
    rows[:, 0] = 1
    upper = np.triu_indices(300, 1)
    expected = {
        "cosine": cosine_similarity(rows.astype(float))[upper],
        "jaccard": 1 - pdist(rows.astype(bool), "jaccard"),
        "dice": 1 - pdist(rows.astype(bool), "dice"),
    }
    for measure in MEASURES:
        counts = profile(rows, measure=measure)
        values = np.repeat([float(value) for value in counts], list(counts.values()))
        np.testing.assert_allclose(values, np.sort(expected[measure]), rtol=1e-12, atol=1e-12)
        for largest, best in ((True, expected[measure].max()), (False, expected[measure].min())):
            answer = extreme_pair(rows, measure=measure, largest=largest)
            assert answer.pair is not None
            assert answer.value is not None
            i, j = answer.pair
            assert abs(float(answer.value) - best) < 1e-12
            common, a, b = int((rows[i] & rows[j]).sum()), int(rows[i].sum()), int(rows[j].sum())
            assert squared(answer.value) == square_of(measure, common, a, b)


def test_the_widest_rows() -> None:
    rows = np.ones((3, 4096), dtype=np.uint8)
    rows[1, 0] = rows[2, 1] = 0
    assert extreme_pair(rows, measure="cosine", largest=True) == PairAnswer((0, 1), Root(Fraction(4095, 4096)))
    assert extreme_pair(rows, measure="jaccard", largest=False) == PairAnswer((1, 2), Fraction(4094, 4096))
    assert profile(rows, measure="dice") == {Fraction(4094, 4095): 1, Fraction(8190, 8191): 2}
    assert not pair_exists(rows, measure="cosine", at_least=1)
    wide = np.ones((2, 4097), dtype=np.uint8)
    for measure in MEASURES:
        with pytest.raises(InputError, match="l is 4097: similarities are told apart up to l = 4096"):
            extreme_pair(wide, measure=measure, largest=True)
        with pytest.raises(InputError, match="l is 4097"):
            pair_exists(wide, measure=measure, at_least=1)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_oracle_itself_refuses_rows_without_ones_and_levels(measure: Measure) -> None:
    for call in (
        lambda *sets: extreme_pair(*sets, measure=measure, largest=True),
        lambda *sets: pair_exists(*sets, measure=measure, at_most=1),
        lambda *sets: profile(*sets, measure=measure),
    ):
        with pytest.raises(InputError, match="row 1 is all zero"):
            call([[1, 0], [0, 0]])
        with pytest.raises(InputError, match="compares 0/1 rows and levels is 3: leave levels out"):
            call(Instance([[1, 0], [2, 0]], levels=3))
