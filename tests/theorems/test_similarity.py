"""What has to be shared, ranks and classes, against brute force with exact numbers."""

from fractions import Fraction
from itertools import pairwise, product

import pytest
from tests.cases import SIMILARITIES, value

from proofformer.problems.answer_format import similarity
from proofformer.problems.numbers import Exact, Root, square_root
from proofformer.theorems.similarity import classes, least_shared, most_shared, ranks

L = 9
EVERY = range(1, L + 1)
THRESHOLDS: list[Exact] = [
    *(0, 1, Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(3, 4), Fraction(4, 5), Fraction(999, 1000)),
    *(Root(Fraction(1, 2)), Root(Fraction(2, 3)), Root(Fraction(3, 8)), Root(Fraction(1, 72)), Root(Fraction(71, 72))),
]


def documents(k: int, a: int, b: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two of norms a and b that share k."""
    return (1,) * a + (0,) * b, (1,) * k + (0,) * (a - k) + (1,) * (b - k) + (0,) * k


def square_of(measure: str, k: int, a: int, b: int) -> Fraction:
    return value(measure, *documents(k, a, b))


@pytest.mark.parametrize("measure", SIMILARITIES)
def test_value_of_three_numbers(measure: str) -> None:
    for a, b in product(EVERY, repeat=2):
        for k in range(min(a, b) + 1):
            exact = similarity(measure, k, a, b)
            assert exact == square_root(square_of(measure, k, a, b))
            assert 0 <= exact <= 1
            assert (exact == 0) is (k == 0)
            assert (exact == 1) is (k == a == b)
    assert str(similarity("cosine", 1, 2, 5)) == "sqrt(1/10)"
    assert similarity("jaccard", 2, 3, 3) == Fraction(1, 2)
    assert similarity("dice", 2, 3, 5) == Fraction(1, 2)


@pytest.mark.parametrize("t", THRESHOLDS, ids=str)
@pytest.mark.parametrize("measure", SIMILARITIES)
def test_what_has_to_be_shared_for_a_threshold(measure: str, t: Exact) -> None:
    """More than there can be, where nothing is enough; nothing, where everything is too much."""
    least, most = least_shared(measure, t, EVERY), most_shared(measure, t, EVERY)
    limit = t.square if isinstance(t, Root) else Fraction(t) ** 2
    for a, b in product(EVERY, repeat=2):
        squares = [square_of(measure, k, a, b) for k in range(min(a, b) + 1)]
        assert least[a, b] == sum(s < limit for s in squares)
        assert most[a, b] == sum(s <= limit for s in squares) - 1
        assert 0 <= most[a, b] <= min(a, b)
    assert set(least) == set(most) == set(product(EVERY, repeat=2))


@pytest.mark.parametrize("measure", SIMILARITIES)
def test_thresholds_that_are_hit(measure: str) -> None:
    """At every value that two documents can have, just below it and just above it, for all norms at once."""
    values = sorted({square_of(measure, k, a, b) for a, b in product(EVERY, repeat=2) for k in range(min(a, b) + 1)})
    between = [(x + y) / 2 for x, y in pairwise(values)]
    for square in values[:: 5 if measure == "cosine" else 2] + between[::7]:
        least, most = (f(measure, square_root(square), EVERY) for f in (least_shared, most_shared))
        for a, b in product(EVERY, repeat=2):
            squares = [square_of(measure, k, a, b) for k in range(min(a, b) + 1)]
            assert least[a, b] == sum(s < square for s in squares)
            assert most[a, b] == sum(s <= square for s in squares) - 1


@pytest.mark.parametrize("norms", [(1,), (2, 8), (1, 3, 4, 9), tuple(EVERY)], ids=str)
@pytest.mark.parametrize("measure", SIMILARITIES)
def test_ranks_are_the_order(measure: str, norms: tuple[int, ...]) -> None:
    """Of what can occur: k of norms a and b within l bits. Equal values have equal ranks, and none is left out."""
    order = ranks(measure, norms, L, None)
    assert set(order) == {(k, a, b) for a in norms for b in norms for k in range(max(0, a + b - L), min(a, b) + 1)}
    squares = {key: square_of(measure, *key) for key in order}
    places = {s: at for at, s in enumerate(sorted(set(squares.values())), start=1)}
    assert order == {key: places[s] for key, s in squares.items()}


@pytest.mark.parametrize("gamma", [Fraction(11, 10), Fraction(3, 2), Fraction(2), Fraction(9)], ids=str)
@pytest.mark.parametrize("measure", SIMILARITIES)
def test_ranks_within_a_factor(measure: str, gamma: Fraction) -> None:
    """Similarities of one rank are within gamma, of different ranks in order; 0 is alone; no rank is too narrow."""
    order = ranks(measure, EVERY, L, gamma)
    by_rank: dict[int, set[Fraction]] = {}
    for key, rank in order.items():
        by_rank.setdefault(rank, set()).add(square_of(measure, *key))
    assert sorted(by_rank) == list(range(1, len(by_rank) + 1))
    assert by_rank[1] == {0}
    for rank, squares in by_rank.items():
        assert max(squares) <= gamma**2 * min(squares)
        if rank + 1 in by_rank:
            assert max(squares) < min(by_rank[rank + 1])
            assert rank == 1 or min(by_rank[rank + 1]) > gamma**2 * min(squares)


@pytest.mark.parametrize("gamma", [Fraction(1001, 1000), Fraction(5, 4), Fraction(2), Fraction(50)], ids=str)
@pytest.mark.parametrize("largest", [0, 1, 2, 17, 300])
def test_classes_of_whole_numbers(largest: int, gamma: Fraction) -> None:
    found = classes(largest, gamma)
    assert len(found) == largest + 1
    assert found == sorted(found)
    assert set(found) == set(range(len(set(found))))
    assert found.count(0) == 1, "0 is within no factor of anything else"
    for x, y in product(range(largest + 1), repeat=2) if largest < 100 else zip(range(300), range(1, 301), strict=True):
        if found[x] == found[y]:
            assert max(x, y) <= gamma * min(x, y) or x == y
    starts = [found.index(number) for number in sorted(set(found))][1:]
    for first, after in pairwise(starts):
        assert after > gamma * first >= after - 1, "as wide as can be"
