"""Many documents of 64 keywords, 8 ones each, of which no two share much: words of a Reed-Solomon code over GF(8).

The word of a polynomial p of degree below j over GF(8) has in its block x, for each x of the field, the one keyword
p(x) of eight. Two words agree where their difference, a polynomial of degree below j, is 0: at j - 1 places at most. So
there are 8^j documents, j up to 6, of which any two share j - 1 ones or fewer.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from proofformer.errors import InputError
from proofformer.problems.arrays import Array

FIELD, KEYWORDS, LONGEST = 8, 64, 6
_POLYNOMIAL = 0b1011
"""x^3 + x + 1, which is irreducible over GF(2): the field's numbers are polynomials of degree below 3."""


def size(n: int) -> int:
    """The j of 8^j = n. Raises InputError for other n, and beyond 8^6."""
    j = (n.bit_length() - 1) // 3
    if n != FIELD**j or not 1 <= j <= LONGEST:
        raise InputError(f"n is {n}: pass a power of 8 from 8 to {FIELD**LONGEST:,}")
    return j


def words(n: int) -> Array:
    """The documents, (n, 64) of 0 and 1; raises InputError as `size` does."""
    found = np.zeros((n, FIELD, FIELD), dtype=np.uint8)
    symbols = _symbols(size(n))
    found[np.arange(n)[:, None], np.arange(FIELD), symbols] = 1
    return found.reshape(n, KEYWORDS)


@lru_cache(maxsize=LONGEST)
def agreements(j: int) -> tuple[int, ...]:
    """How many of the 8^j words, itself among them, share 0, 1, .., 8 ones with a word: the same for each word."""
    zeros = (_symbols(j) == 0).sum(axis=1)
    return tuple(map(int, np.bincount(zeros, minlength=FIELD + 1)))


def _symbols(j: int) -> Array:
    """The values of all polynomials of degree below j at the eight numbers of the field, (8^j, 8)."""
    times, points = _times(), np.arange(FIELD)
    values = np.zeros((1, FIELD), dtype=np.int64)
    for _ in range(j):
        # Horner's rule, for every value of the next coefficient: addition is the exclusive or.
        values = (times[values, points][:, None, :] ^ points[:, None]).reshape(-1, FIELD)
    return values


def _times() -> Array:
    """The multiplication table of GF(8)."""
    table = np.zeros((FIELD, FIELD), dtype=np.int64)
    for a in range(FIELD):
        for b in range(FIELD):
            product = 0
            for bit in range(3):
                product ^= (a << bit) * (b >> bit & 1)
            for bit in (4, 3):
                product ^= (_POLYNOMIAL << bit - 3) * (product >> bit & 1)
            table[a, b] = product
    return table
