"""Values of a pair: similarities from what two documents share and how many ones each has, and what an answer has to
agree with. It shares nothing with the oracle: the two check each other."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from proofformer.problems.kinds import Measure
from proofformer.problems.numbers import Exact, square_root

Row = npt.NDArray[np.uint8]

Square = Callable[[int, int, int], Fraction]

SQUARES: dict[str, Square] = {
    "cosine": lambda k, a, b: Fraction(k * k, a * b),
    "jaccard": lambda k, a, b: Fraction(k, a + b - k) ** 2,
    "dice": lambda k, a, b: Fraction(2 * k, a + b) ** 2,
}
"""The square of each similarity, for norms of at least 1: a fraction for all of them."""


STEPS: dict[str, Callable[[int, int], int]] = {
    "inner": lambda a, b: a * b,
    "hamming": lambda a, b: a != b,
    "cityblock": lambda a, b: abs(a - b),
    "sqeuclidean": lambda a, b: (a - b) ** 2,
}
"""What two entries add to each whole value."""


def value_of(measure: str, k: int, a: int, b: int) -> Exact:
    """The similarity of two documents of norms a and b that share k."""
    return square_root(SQUARES[measure](k, a, b))


def value_between(measure: Measure, left: Row, right: Row) -> Exact:
    """The exact value of two rows of shape (l,), in Python's integers; of a task of one's own, what it says."""
    if not isinstance(measure, str):
        return measure.of(left, right)
    x, y = left.tolist(), right.tolist()
    if measure in STEPS:
        return sum(map(STEPS[measure], x, y))
    return value_of(measure, sum(map(STEPS["inner"], x, y)), sum(x), sum(y))
