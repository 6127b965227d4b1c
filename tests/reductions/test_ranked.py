"""The best pairs in turn against sorting all pairs, by values that are computed here."""

from fractions import Fraction
from itertools import combinations, islice
from random import Random

import numpy as np
import pytest

from proofformer.problems import problem
from proofformer.problems.numbers import squared
from proofformer.reductions.ranked import ranked

ASKED = {
    "closest-pair": lambda a, b: sum(x != y for x, y in zip(a, b, strict=True)),
    "farthest-pair": lambda a, b: -sum(x != y for x, y in zip(a, b, strict=True)),
    "max-ip": lambda a, b: -sum(x & y for x, y in zip(a, b, strict=True)),
    "min-ip": lambda a, b: sum(x & y for x, y in zip(a, b, strict=True)),
    "msd": lambda a, b: -Fraction(sum(x & y for x, y in zip(a, b, strict=True)) ** 2, sum(a) * sum(b)),
    "lsd": lambda a, b: Fraction(sum(x & y for x, y in zip(a, b, strict=True)) ** 2, sum(a) * sum(b)),
}
"""A cost for each question: the best pair has the least."""


def asking(name, rows, asked):
    """What answers a question on some of the rows by the exact oracle, and keeps what it was asked."""
    one, two = (problem(name, dim=rows.shape[1], bichromatic=both) for both in (False, True))

    def ask(lefts, rights):
        asked.append((tuple(lefts), rights))
        return one.answer(rows[lefts]) if rights is None else two.answer(rows[lefts], rows[rights])

    return ask


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("seed", range(12))
def test_pairs_come_in_the_order_of_sorting_all(name, seed):
    """Few columns, so that there are ties and rows that come again."""
    rng = Random(f"{name} {seed}")
    n, l = rng.randint(2, 9), rng.randint(1, 4)
    rows = np.array([[1, *(rng.randint(0, 1) for _ in range(l))] for _ in range(n)], dtype=np.uint8)
    costs = {(i, j): ASKED[name](rows[i].tolist(), rows[j].tolist()) for i, j in combinations(range(n), 2)}
    expected = sorted(costs, key=lambda pair: (costs[pair], pair))
    largest = problem(name, dim=l + 1).kind.largest
    asked = []
    found = list(ranked(asking(name, rows, asked), range(n), largest=largest))
    assert [one.pair for one in found] == expected
    assert len(asked) <= 2 * len(expected)
    for one in found:
        assert (squared(one.value) if name in ("msd", "lsd") else one.value) == abs(costs[one.pair])
    for center in range(n):
        others = [k for k in range(n) if k != center]
        beside = [one.pair for one in ranked(asking(name, rows, []), [center], others, largest=largest)]
        assert beside == [pair for pair in expected if center in pair]


def test_no_more_is_asked_than_the_pairs_that_are_wanted():
    rows, asked = np.eye(8, dtype=np.uint8), []
    pairs = ranked(asking("closest-pair", rows, asked), range(8), largest=False)
    assert [one.pair for one in islice(pairs, 1)] == [(0, 1)]
    assert asked == [(tuple(range(8)), None)]
    assert [one.pair for one in islice(pairs, 2)] == [(0, 2), (0, 3)]
    assert len(asked) == 4
