"""Similarities of 0/1 documents in whole numbers: what has to be shared, and ranks (docs/theory.md, section 7).

A similarity depends on k = <a,b> and the norms |a|, |b| alone, and grows with k.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from proofformer.problems.answer_format import SQUARES
from proofformer.problems.numbers import Exact, squared


def least_shared(measure: str, t: Exact, norms: Sequence[int]) -> dict[tuple[int, int], int]:
    """For norms (a, b) the least k whose similarity is t or more; one more than there can be if there is none."""
    return _shared(measure, norms, lambda square: square >= squared(t))


def most_shared(measure: str, t: Exact, norms: Sequence[int]) -> dict[tuple[int, int], int]:
    """For norms (a, b) the largest k whose similarity is t or less (t >= 0, and k = 0 has the similarity 0)."""
    beyond = _shared(measure, norms, lambda square: square > squared(t))
    return {pair: k - 1 for pair, k in beyond.items()}


def _shared(measure: str, norms: Sequence[int], meets: Callable[[Fraction], bool]) -> dict[tuple[int, int], int]:
    """For each (a, b) the least k that meets; with b it does not fall, so that each row is walked once."""
    square, found = SQUARES[measure], {}
    for a in norms:
        k = 0
        for b in (b for b in norms if b >= a):
            while k <= a and not meets(square(k, a, b)):
                k += 1
            found[a, b] = found[b, a] = k
    return found


def ranks(measure: str, norms: Sequence[int], l: int, gamma: Fraction | None) -> dict[tuple[int, int, int], int]:
    """For (k, a, b) that two documents of l bits can have, a place in the order of the similarities, from 1.

    Equal similarities have equal ranks. With gamma neighbours share a rank too: all of one rank, within that factor.
    """
    square = SQUARES[measure]
    values = {(k, a, b): square(k, a, b) for a in norms for b in norms for k in range(max(0, a + b - l), min(a, b) + 1)}
    factor = Fraction(1) if gamma is None else gamma**2
    place: dict[Fraction, int] = {}
    rank, first = 0, Fraction(-1)
    for value in sorted(set(values.values())):
        if value > factor * first or first < 0:
            rank, first = rank + 1, value
        place[value] = rank
    return {key: place[value] for key, value in values.items()}


def classes(largest: int, gamma: Fraction) -> list[int]:
    """A class for each whole number 0..largest that grows with it: all numbers of one class are within gamma."""
    found, first = [0], 0
    for value in range(1, largest + 1):
        new = value > gamma * first
        first = value if new else first
        found.append(found[-1] + new)
    return found
