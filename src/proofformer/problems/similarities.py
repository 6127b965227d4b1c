"""Similarities from whole numbers: what two documents share and how many ones each has."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofformer.problems.numbers import Exact, square_root

Square = Callable[[int, int, int], Fraction]

SQUARES: dict[str, Square] = {
    "cosine": lambda k, a, b: Fraction(k * k, a * b),
    "jaccard": lambda k, a, b: Fraction(k, a + b - k) ** 2,
    "dice": lambda k, a, b: Fraction(2 * k, a + b) ** 2,
}
"""The square of each similarity, for norms of at least 1: a fraction for all of them."""


def value_of(measure: str, k: int, a: int, b: int) -> Exact:
    """The similarity of two documents of norms a and b that share k."""
    return square_root(SQUARES[measure](k, a, b))
