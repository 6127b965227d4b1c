"""Whole numbers that order cosines: how much a key of each norm counts, and logarithms (docs/theory.md, section 7).

A document i ranks its partners j by `k / sqrt|v_j|`, k the ones they share, and pairs are ranked by their squares `k^2
/ (|v_i| |v_j|)`. In place of the first stands `k * scale[|v_j|]`, of the second `2 logs[k] - logs[|v_i|] -
logs[|v_j|]`. Both are checked here for every value that occurs in dimension l, so that

* without gamma, different values are ordered as they should be, by at least 1, and equal values stay equal. So tables
  respect the ties: `scale[s m^2]` is proportional to 1/m for each squarefree s, and `logs` of a product is the sum of
  those of its factors, whatever the primes have;
* with gamma, of two pairs that the tables put in the wrong order, or make equal, the values are within the factor.

Nothing is subtracted in floating point. Values are compared by the quotients of their whole numbers: distinct fractions
p/q and p'/q' differ relatively by 1/(p q') or more, more than the rounding of a float64 quotient while p q' < 2^52.
Roots and logarithms are rounded by whole numbers (`logarithms.py`). Floats, in sizes and quotients, meet nothing but
+ - * / and comparisons, where IEEE 754 leaves no choice: every machine makes the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt, lcm
from typing import TYPE_CHECKING

import numpy as np

from proofformer.errors import ProofError
from proofformer.theorems.logarithms import scaled_log

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Reals = npt.NDArray[np.float64]

LARGEST = 1 << 50
"""Of any number of a table: beyond, no dtype could add it up."""

SAFE = 1 - 2.0**-40
"""Rounding of quotients stays below 2^-50: a factor that is met by so much is met."""

TIGHTEST = 4096


@dataclass(frozen=True)
class CosineTables:
    """`scale[b]` for norms b and `logs[x]` for whole numbers x, 1..l, both 0 at 0.

    `offset` makes `offset + 2 logs[k] - logs[a] - logs[b]` at least 1 for all k >= 1 that occur.
    """

    scale: tuple[int, ...]
    logs: tuple[int, ...]
    offset: int


@cache
def cosine_tables(l: int, gamma: Fraction | None = None) -> CosineTables:
    """Tables for documents of l bits, the smallest found; exact, or within the factor `gamma` of the cosine.

    Of gamma, a factor sqrt(gamma) goes to the choice of a partner and as much to the choice among the pairs.
    """
    scale = _exact_scale(l) if gamma is None else _near_scale(l, float(gamma))
    k, a, b = triples(l)
    logs = _exact_logs(l, k, a, b) if gamma is None else _near_logs(l, k, a, b, float(gamma))
    offset = 1 - int((2 * logs[k] - logs[a] - logs[b]).min())
    return CosineTables(tuple(scale.tolist()), tuple(logs.tolist()), offset)


def triples(l: int) -> tuple[Integers, Integers, Integers]:
    """All (k, a, b) with 1 <= k, a <= b that two documents of l bits can have: k <= a and k >= a + b - l."""
    found = []
    for k in range(1, l + 1):
        a, b = np.meshgrid(np.arange(k, l + 1), np.arange(k, l + 1), indexing="ij")
        fits = (a <= b) & (a + b - l <= k)
        found.append((np.full(np.count_nonzero(fits), k), a[fits], b[fits]))
    ks, norms_a, norms_b = (np.concatenate(column).astype(np.int64) for column in zip(*found, strict=True))
    return ks, norms_a, norms_b


def _sizes(start: float, step: int) -> Iterator[float]:
    """Sizes to try, from `start` upwards by a factor 1 + 1/step."""
    size = start
    while size < LARGEST:
        yield size
        size *= 1 + 1 / step
    raise ProofError("no whole numbers below 2^50 order the cosines")


def _first(tables: Iterator[Integers], good: Callable[[Integers], bool]) -> Integers:
    return next(table for table in tables if good(table))


def _exact_scale(l: int) -> Integers:
    """For b = s m^2, s squarefree: a whole multiple of L_s / m near S / sqrt(b), L_s a multiple of all m of that s."""
    parts = [(1, 1), *(_square_part(b) for b in range(1, l + 1))]
    multiple = {s: lcm(*(m for t, m in parts if t == s)) for s, _ in parts}
    k, b, better_k, better_b, tied = _neighbours(l)

    def orders(scale: Integers) -> bool:
        more = better_k * scale[better_b] - k * scale[b]
        return not more[tied].any() and bool((more[~tied] > 0).all())

    def table(size: int) -> Integers:
        units = {s: _nearest_root(size * size, s * multiple[s] ** 2) for s in multiple}
        return np.array([0, *(units[s] * multiple[s] // m for s, m in parts[1:])], dtype=np.int64)

    # The multiples of L_1 are exact for all square norms, whose L is the largest.
    return _first((table(multiple[1] * int(size)) for size in _sizes(1, 64)), orders)


def _nearest_root(p: int, q: int) -> int:
    """The whole number nearest to sqrt(p / q), the larger one half way: half of floor(2 sqrt(p / q)), rounded up."""
    return (isqrt(4 * p // q) + 1) // 2


def _square_part(b: int) -> tuple[int, int]:
    """(s, m) with b = s m^2 and s squarefree."""
    m = next(m for m in range(isqrt(b), 0, -1) if b % (m * m) == 0)
    return b // (m * m), m


def _neighbours(l: int) -> tuple[Integers, Integers, Integers, Integers, npt.NDArray[np.bool_]]:
    """(k, b), the next better or equal (k', b') that the same document may see, and whether they are equal.

    An order that is right for these is right for any two.
    """
    codes = []
    base = l + 1
    for a in range(1, l + 1):
        k, b = np.meshgrid(np.arange(a + 1), np.arange(1, l + 1), indexing="ij")
        fits = (k <= b) & (a + b - l <= k)
        k, b = k[fits], b[fits]
        order = np.argsort(k * k / b, kind="stable")
        code = (k * base + b)[order].astype(np.int64)
        codes.append(code[:-1] * base**2 + code[1:])
    first, second = np.divmod(np.unique(np.concatenate(codes)), base**2)
    (k, b), (better_k, better_b) = np.divmod(first, base), np.divmod(second, base)
    return k, b, better_k, better_b, k * k * better_b == better_k * better_k * b


def _exact_logs(l: int, k: Integers, a: Integers, b: Integers) -> Integers:
    """Each prime p has a whole number near S ln p, the others the sum of their factors'."""
    quotients = k * k / (a * b)
    values, first = np.unique(quotients, return_index=True)
    k, a, b = k[first], a[first], b[first]
    # The neighbours that are nearest fail first: they are looked at first.
    tight = np.argsort(values[1:] / values[:-1])[:TIGHTEST]

    def orders(logs: Integers) -> bool:
        def below(x: npt.NDArray[np.int64] | slice, y: npt.NDArray[np.int64] | slice) -> bool:
            low, high = (2 * logs[k[z]] - logs[a[z]] - logs[b[z]] for z in (x, y))
            return bool((low < high).all())

        return below(tight, tight + 1) and below(slice(None, -1), slice(1, None))

    start = 1.0 if len(values) < 2 else 1 / (8 * (values[1:] / values[:-1]).min() - 8)
    return _first((_logs(l, size) for size in _sizes(max(1.0, start), 64)), orders)


def _logs(l: int, size: float) -> Integers:
    logs = np.zeros(l + 1, dtype=np.int64)
    for x in range(2, l + 1):
        p = _least_prime(x)
        logs[x] = scaled_log(p, size) if p == x else logs[p] + logs[x // p]
    return logs


@cache
def _least_prime(x: int) -> int:
    """The least prime factor of x >= 2."""
    return next(p for p in range(2, x + 1) if x % p == 0)


def _near_scale(l: int, gamma: float) -> Integers:
    k, b = np.meshgrid(np.arange(l + 1), np.arange(1, l + 1), indexing="ij")
    fits = k <= b
    k, b = k[fits], b[fits]

    def table(size: float) -> Integers:
        p, q = size.as_integer_ratio()
        return np.array([0, *(_nearest_root(p * p, q * q * b) for b in range(1, l + 1))], dtype=np.int64)

    return _first(map(table, _sizes(1, 16)), lambda scale: _within(k * scale[b], k * k / b, gamma))


def _near_logs(l: int, k: Integers, a: Integers, b: Integers, gamma: float) -> Integers:
    quotients = k * k / (a * b)

    def table(size: float) -> Integers:
        return np.array([0, *(scaled_log(x, size) for x in range(1, l + 1))], dtype=np.int64)

    def keeps(logs: Integers) -> bool:
        # Most tables fail for every 64th already, and need not be looked at any further.
        some = (slice(None, None, step) for step in (64, 1))
        return all(_within(2 * logs[k[z]] - logs[a[z]] - logs[b[z]], quotients[z], gamma) for z in some)

    return _first(map(table, _sizes(1, 16)), keeps)


def _within(scores: Integers, values: Reals, gamma: float) -> bool:
    """Whether a value is at least 1/gamma of any other whose score is not larger. 0 is within no factor of others."""
    level = scores - scores.min()
    most, least = np.zeros(level.max() + 1), np.full(level.max() + 1, np.inf)
    np.maximum.at(most, level, values)
    np.minimum.at(least, level, values)
    return bool((np.maximum.accumulate(most) <= gamma * SAFE * least).all())
