"""Scores as weighted counts of bits, for whatever queries and keys: from the numbers they are, not from what they mean.

Of a query i and a key j, with q and k for ends of row r on all documents, both the low or both the high ones,

    sum_r Q[r, i] K[r, j] = sum_r q K[r, j] + sum_r (Q[r, i] - q) (K[r, j] - k) + sum_r (Q[r, i] - q) k

The first sum is a bias of the key. The products of the second are at least 0: where both factors have two numbers each
it is a weight times an AND of bits, and else one for each pair of binary digits. The third is the same for all keys of
a query, so that softmax does not see it; START, whose K[r, 0] may be a third number, has it subtracted instead. Of the
two ends of a query that nearer to 0 is taken, since keys whose biases are alike are more easily ruled out together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.bits import FULL, ones, turned, words_of
from proofformer.runtime.engine.counts import MOST_PLANES
from proofformer.runtime.engine.rows import Rows
from proofformer.runtime.engine.sparse import kernel

BITS = 32
"""Of a number that is taken apart."""

MOST_REPEATED = 4
"""How often, in the middle, planes may stand there for their weights to become one."""

MOST_KINDS, LARGEST_TABLE = 128, 1 << 24
"""Of queries with biases of their own for all keys, and of the table of those."""

SMALL, LARGE = 2**29, 2**53
"""Below these, in units of the scores, int32 and float64 add up whole numbers exactly, a sentinel included."""

FINEST = 2.0**-22
"""The least unit of scores: the margin of softmax, which is at most 64, is then below 2^29 units."""

NEVER = -(1 << 30)
"""The int32 score of what is no key."""


@dataclass(frozen=True)
class Planes:
    """Planes with one weight, a number or one for each key (n,): its queries' and keys' bits, each (count, words)."""

    weight: Array
    queries: Array
    keys: Array


@dataclass(frozen=True)
class Scores:
    """score(i, j) = sum of weight[j] * (ones that both have), by groups, + bias[kind[i], j], and start[i] for key 0.

    But for a number of the query's own. All are float64 and whole multiples of `unit`, exact in int32 if `small`.
    """

    groups: list[Planes]
    bias: Array
    kind: Array
    start: Array
    unit: float
    small: bool

    @property
    def counted(self) -> bool:
        """Whether one weight times a count is all that a query's keys differ in, but for their biases."""
        one = len(self.groups) == 1 and self.groups[0].weight.size == 1
        return one and self.small and len(self.groups[0].keys) <= MOST_PLANES

    @property
    def words(self) -> int:
        return sum(-(-len(group.keys) // 64) for group in self.groups)


def scores_of(queries: Rows, keys: Rows) -> Scores | None:
    """None for what is no sum of few planes, or too large to be added up exactly."""
    if not _exact(queries, keys):
        return None
    n = queries.n
    flipped = _flipped(queries, keys)
    asked, held = np.where(flipped, queries.high, queries.low), np.where(flipped, keys.high, keys.low)
    bias, start = np.full(n, asked @ keys.low), np.full(n, asked @ keys.start)
    for r in map(int, np.nonzero((asked != 0) & (keys.span != 0))[0]):
        keys.add_above(r, asked[r], bias)
    apart = keys.start - held
    for r in map(int, np.nonzero((queries.span != 0) & (apart != 0))[0]):
        start += apart[r] * (queries.low[r] - asked[r])
        queries.add_above(r, apart[r], start)
    varying = np.nonzero((queries.span != 0) & (keys.span != 0))[0]
    groups, mixed = _groups(queries, keys, varying, flipped)
    kinds = _kinds(queries, keys, mixed)
    if kinds is None:
        products = _products(queries, keys, mixed)
        if products is None:
            return None
        groups += products
    kind, own = kinds or (np.zeros(n, np.int64), np.zeros((1, n)))
    own += bias
    own[:, 0] = 0.0
    made = _in_unit(_merged(groups), own, kind, start)
    # A word of planes costs about as much as four rows of a dense product.
    few = made is not None and (made.counted or made.words <= 16 + len(queries.low) // 4)
    return made if few else None


def _flipped(queries: Rows, keys: Rows) -> Array:
    """The rows of which the high ends are taken."""
    nearer: Array = np.abs(queries.high) < np.abs(queries.low)
    nearer[[*queries.others, *keys.others]] = False
    return nearer & (queries.span > 0) & (keys.span > 0)


def _merged(groups: list[Planes]) -> list[Planes]:
    """One group where a few weights are small multiples of the least: a plane that counts twice stands there twice."""
    if len(groups) < 2 or any(group.weight.size > 1 for group in groups):
        return groups
    least = min(float(group.weight[0]) for group in groups)
    times = [float(group.weight[0]) / least for group in groups]
    planes = sum(len(group.keys) for group in groups)
    repeated = sum(of * len(group.keys) for of, group in zip(times, groups, strict=True))
    if any(of != int(of) for of in times) or repeated > MOST_REPEATED * planes:
        return groups
    sides = [
        np.concatenate([np.repeat(bits, int(of), axis=0) for of, bits in zip(times, side, strict=True)])
        for side in ([group.queries for group in groups], [group.keys for group in groups])
    ]
    return [Planes(np.array([least]), *sides)]


def _in_unit(groups: list[Planes], bias: Array, kind: Array, start: Array) -> Scores | None:
    """With their unit, if their sums are exact."""
    unit = _unit(bias, start[1:], *(group.weight for group in groups))
    size = sum(np.abs(group.weight).max() * len(group.keys) for group in groups)
    size = (size + np.abs(bias).max() + np.abs(start[1:]).max()) / unit
    made = Scores(groups, bias, kind, start, unit, bool(size < SMALL))
    return made if size < LARGE and unit >= FINEST else None


def _exact(queries: Rows, keys: Rows) -> bool:
    """Whether float64 adds up all products of these rows exactly, in any order and with any ends taken off."""
    most, unit = np.ones(len(queries.low)), np.ones(len(queries.low))
    for of in (queries, keys):
        ends = np.stack([of.low, of.high, of.start], axis=1)
        units = _units(ends)
        for r, numbers in of.others.items():
            units[r] = min(units[r], _unit(numbers))
        most *= np.abs(ends).max(1)
        unit *= units
    size, least = most.sum(), unit[most > 0].min(initial=np.inf)
    return bool(8 * size / least < LARGE)


def _groups(queries: Rows, keys: Rows, varying: Array, flipped: Array) -> tuple[list[Planes], list[int]]:
    """Rows that are planes, and those that are not."""
    groups = []
    mixed = [int(r) for r in varying if r in queries.others]
    scaled = [int(r) for r in varying if r in keys.others and r not in queries.others]
    plain = np.setdiff1d(varying, [*mixed, *scaled]).astype(np.int64)
    weights = queries.span[plain] * keys.span[plain]
    for weight in np.unique(weights):
        rows = plain[weights == weight]
        flip = np.where(flipped[rows, None], FULL, np.uint64(0))
        groups.append(Planes(np.array([weight]), queries.bits[rows] ^ flip, keys.bits[rows] ^ flip))
    for weight in np.unique(queries.span[scaled]):
        rows = [r for r in scaled if queries.span[r] == weight]
        above = np.stack([keys.above(r) for r in rows])
        above[:, 0] = 0.0
        scale = above.max(0)
        if len(rows) > 2 and bool(((above == 0) | (above == scale)).all()):
            # The key is a vector of bits, times a number of its own.
            groups.append(Planes(weight * scale, queries.bits[rows], words_of(above != 0)))
        else:
            mixed += rows
    return groups, mixed


def _kinds(queries: Rows, keys: Rows, rows: list[int]) -> tuple[Array, Array] | None:
    """The kind of each query (n,), by what it is in these rows, and the biases of the keys for each kind: a sum of rows
    of keys. None where there are too many kinds."""
    if not rows:
        return None
    asked = np.stack([queries.above(r) for r in rows])
    odd = np.random.default_rng(0).integers(0, 1 << 62, len(rows), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    _, first, kind = np.unique(odd @ asked.view(np.uint64), return_index=True, return_inverse=True)
    # Equal vectors have equal hashes; that unequal ones have not is looked at.
    if len(first) > MOST_KINDS or len(first) * len(kind) > LARGEST_TABLE or (asked[:, first[kind]] != asked).any():
        return None
    return kind, asked[:, first].T @ np.stack([keys.above(r) for r in rows])


def _products(queries: Rows, keys: Rows, rows: list[int]) -> list[Planes] | None:
    """The products of binary digits, by weight."""
    products: dict[float, tuple[list[Array], list[Array]]] = {}
    for r in rows:
        left, right = _digits(queries.above(r)), _digits(keys.above(r))
        if left is None or right is None:
            return None
        for a, x in left:
            for b, y in right:
                asked, seen = products.setdefault(a * b, ([], []))
                asked.append(x)
                seen.append(y)
    return [Planes(np.array([weight]), np.concatenate(x), np.concatenate(y)) for weight, (x, y) in products.items()]


def _digits(above: Array) -> list[tuple[float, Array]] | None:
    """Numbers from 0 as sums of `weight * bits`, bits (1, words); column 0 is nobody's."""
    numbers = above.copy()
    numbers[0] = 0.0
    unit = _unit(numbers)
    if numbers.max() / unit >= LARGE:
        return None
    digits = (numbers / unit).astype(np.int64)
    common = int(np.gcd.reduce(digits)) or 1
    digits //= common
    bits = int(digits.max()).bit_length()
    if bits > BITS:
        return None
    return [(unit * common * 2.0**k, words_of((digits >> k & 1)[None])) for k in range(bits)]


def by_token(scores: Scores, *, keys: bool) -> tuple[Array, Array]:
    """All planes, 64 of them in a word (words, tokens), and the group of each word."""
    none = np.zeros((0, 64 * -(-len(scores.kind) // 64)), np.uint64)
    made = [turned(group.keys if keys else group.queries) for group in scores.groups]
    return np.concatenate([none, *made]), np.repeat(np.arange(len(made)), [len(words) for words in made])


def _unit(*numbers: Array) -> float:
    """The largest power of two of which all are whole multiples; 1 if all are 0."""
    return float(min((_units(of.reshape(1, -1))[0] for of in numbers if of.any()), default=1.0))


def _units(numbers: Array) -> Array:
    """`_unit` of each row (rows, ..)."""
    least = _exponents(np.ascontiguousarray(numbers, np.float64))
    units: Array = np.ldexp(1.0, np.where(least == NONE, 0, least))
    return units


NONE = 1 << 12


@kernel
def _exponents(numbers: Array) -> Array:
    """For each row the largest e for which all are whole multiples of 2^e; NONE if all are 0."""
    least = np.full(len(numbers), NONE)
    for r in range(len(numbers)):
        stored = numbers[r].view(np.int64)
        for k in range(len(stored)):
            power, whole = (stored[k] >> 52) & 2047, stored[k] & ((1 << 52) - 1)
            if power:
                whole |= 1 << 52
            if whole:
                zeros = np.int64(ones(np.uint64((whole & -whole) - 1)))
                least[r] = min(least[r], max(power, 1) - 1075 + zeros)
    return least
