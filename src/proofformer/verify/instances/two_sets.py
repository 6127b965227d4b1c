"""Families of two sets, for every problem: all pairs at one value or one step from it, and families of one set parted.

A generator is a function of `(rng, a, b, l)` and returns the sets A of shape (a, l) and B of shape (b, l); a, b >= 1.
"""

import numpy as np

from proofformer.problems.kinds import Kind, Measure
from proofformer.verify.instances.rows import Bits, Family, Place, subsets, uniform

Pair = tuple[Bits, Bits]
Sizes = tuple[int, int]


def near(rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, blocks: Sizes, weights: Sizes) -> Pair:
    """Shapes (a, l) and (b, l), for l = 2 + sum(blocks). For Hamming distance, with d = sum(weights).

    The first i rows of A are at distance exactly d from the first j of B, 1 <= i <= a and 1 <= j <= b. Every other row
    of either set is at d + 1 from some row of the other set and at least d + 1 from all. Each set varies on
    a sphere in a block of its own.
    """
    A, B = np.zeros((a, l), np.uint8), np.zeros((b, l), np.uint8)
    A[i:, 0] = 1
    if j < b:
        B[j:, 0] = 1
        A[i:, 1] = 1
    middle = 2 + blocks[0]
    A[:, 2:middle] = subsets(rng, a, blocks[0], weights[0])
    B[:, middle:] = subsets(rng, b, blocks[1], weights[1])
    return A, B


def crossing_distance(rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, level: int) -> Pair:
    """`near` at d = level, 0..l-2, with blocks drawn; for l = 1 random rows."""
    if l == 1:
        return uniform(rng, a, 1, 0.5), uniform(rng, b, 1, 0.5)
    first = int(rng.integers(0, l - 1))
    second = l - 2 - first
    weight = int(rng.integers(max(0, level - second), min(first, level) + 1))
    return near(rng, a, b, l, i, j, (first, second), (weight, level - weight))


def crossing_product(
    rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, level: int, largest: bool
) -> Pair:
    """Shapes (a, l) and (b, l). The first i rows of A have inner product exactly `level` with the first j of B.

    All other pairs are exactly one step worse: level - 1 if the largest is wanted, level 1..l; level + 1 if the least
    is, level 0..l-2. With i = 0 every pair is at `level`, 0..l.
    Either row of a pair varies where the other is all ones, and where the other is all zeros.
    """
    A, B = np.zeros((a, l), np.uint8), np.zeros((b, l), np.uint8)
    width = 0
    if i and largest:
        A[:i, 0] = B[:j, 0] = 1
        width, level = 1, level - 1
    elif i:
        A[:i, 0] = A[i:, 1] = B[:, 1] = B[j:, 0] = 1
        width = 2
    spare = l - width - level
    share = rng.multinomial(spare, [0.25] * 4) if rng.random() < 0.5 else spare * np.eye(4, dtype=int)[rng.integers(4)]
    first = int(rng.integers(0, level + 1))
    sizes = (first + share[0], level - first + share[1], share[2], share[3])
    at = width + np.cumsum((0, *sizes))
    density = rng.choice([0.0, 0.5, 1.0], 2)
    for mine, other, own, chosen, free, dense in (
        (A, B, 0, first, 2, density[0]),
        (B, A, 1, level - first, 3, density[1]),
    ):
        mine[:, at[own] : at[own + 1]] = subsets(rng, len(mine), sizes[own], chosen)
        other[:, at[own] : at[own + 1]] = 1
        mine[:, at[free] : at[free + 1]] = uniform(rng, len(mine), sizes[free], dense)
    return A, B


def crossing(
    rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, measure: Measure, largest: bool, level: int
) -> Pair:
    """Shapes (a, l) and (b, l). The first i rows of A and j of B are optimal pairs, at `level` or as near as can be.

    Every other row of either set has its best value exactly one step worse, for l >= 2 (for the largest inner product,
    l >= 1). With i = j = 0, for inner products, every pair is optimal. The roles of A and B are drawn.
    """
    swap = bool(rng.integers(2))
    if swap:
        a, b, i, j = b, a, j, i
    order = rng.permutation(l)
    if measure == "hamming":
        distance = min(l - level if largest else level, max(0, l - 2))
        A, B = crossing_distance(rng, a, b, l, i, j, distance)
        mask = uniform(rng, 1, l, rng.choice([0.0, 0.5, 1.0]))
        A, B = A ^ mask, B ^ mask ^ np.uint8(largest)
    elif l == 1 and i and not largest:
        A, B = np.full((a, 1), level, np.uint8), np.ones((b, 1), np.uint8)
    else:
        reachable = (0, l) if not i else (1, l) if largest else (0, l - 2)
        A, B = crossing_product(rng, a, b, l, i, j, min(max(level, reachable[0]), reachable[1]), largest)
    A, B = A[:, order], B[:, order]
    return (B, A) if swap else (A, B)


def one_step_worse(
    rng: np.random.Generator,
    a: int,
    b: int,
    l: int,
    *,
    kind: Kind,
    where: Place = "random",
    level: int | None = None,
) -> Pair:
    """Shapes (a, l) and (b, l). For leaks: one optimal pair, every other row has its best exactly one step worse.

    The pair is at random, (0, 0), (a-1, b-1), or the first of one set and the last of the other. For l >= 2 (largest
    inner product: l >= 1).
    """
    level = int(rng.integers(0, l + 1)) if level is None else level
    A, B = crossing(rng, a, b, l, 1, 1, kind.measure, kind.largest, level)
    places = {"first": (0, 0), "last": (a - 1, b - 1), "ends": ((0, b - 1), (a - 1, 0))[int(rng.integers(2))]}
    i, j = places.get(where, (int(rng.integers(a)), int(rng.integers(b))))
    return _moved(rng, A, i), _moved(rng, B, j)


def tied(rng: np.random.Generator, a: int, b: int, l: int, *, kind: Kind, level: int | None = None) -> Pair:
    """Shapes (a, l) and (b, l). For ties across the sets and inside them: i rows of A, each optimal with j rows of B.

    Now and then all pairs are optimal. Every other row has its best exactly one step worse. For l >= 2.
    """
    i, j = (a, b) if rng.random() < 0.25 else (int(size ** rng.random()) for size in (a + 1, b + 1))
    level = int(rng.integers(0, l + 1)) if level is None else level
    A, B = crossing(rng, a, b, l, min(i, a), min(j, b), kind.measure, kind.largest, level)
    return rng.permutation(A, axis=0), rng.permutation(B, axis=0)


def all_one_step_off(rng: np.random.Generator, a: int, b: int, l: int) -> Pair:
    """Shapes (a, l) and (b, l). For leaks in the no-case: every inner product of the sets is exactly 1.

    Within a set there may be orthogonal rows.
    """
    return crossing(rng, a, b, l, 0, 0, "inner", False, 1)


def orthogonal_inside(rng: np.random.Generator, a: int, b: int, l: int) -> Pair:
    """Shapes (a, l) and (b, l). For documents of one set that vote for each other: no pair of the sets is orthogonal.

    For l >= 2 the rows of one set, of two documents or more if either is, are a row and its complement, both of them
    there; those of the other have a coordinate of each, so that most inner products are 1. For l = 1 all are ones.
    """
    if l == 1:
        return np.ones((a, 1), np.uint8), np.ones((b, 1), np.uint8)
    swap = b > 1 and (a == 1 or rng.random() < 0.5)
    mine, theirs = (b, a) if swap else (a, b)
    order, cut = rng.permutation(l), int(rng.integers(1, l))
    first = np.arange(l) < cut
    inside = (first == (rng.permutation(mine) % 2 == 0)[:, None]).astype(np.uint8)
    across = uniform(rng, theirs, l, rng.choice([0.0, 0.0, 0.5]))
    across[np.arange(theirs), rng.integers(0, cut, theirs)] = 1
    across[np.arange(theirs), rng.integers(cut, l, theirs)] = 1
    A, B = (across, inside) if swap else (inside, across)
    return A[:, order], B[:, order]


def parted(rng: np.random.Generator, a: int, b: int, l: int, *, families: tuple[Family, ...]) -> Pair:
    """Shapes (a, l) and (b, l): an instance of one set, of a family drawn by weight, cut in two or dealt out.

    For a mask that lets a set see itself: the best pair of all is often within a set.
    """
    weights = np.array([family.weight for family in families])
    family = families[int(rng.choice(len(families), p=weights / weights.sum()))]
    (rows,) = family.make(rng, (a + b,), l)
    if rng.random() < 0.5:
        rows = rng.permutation(rows, axis=0)
    return rows[:a], rows[a:]


def copied(rng: np.random.Generator, a: int, b: int, l: int, *, families: tuple[Family, ...]) -> Pair:
    """Shapes (a, l) and (b, l): every row of the smaller set is in the larger, in the same order or in any.

    For indices of one set taken for the other's, and for (i, j) and (j, i), which are two pairs.
    """
    weights = np.array([family.weight for family in families])
    family = families[int(rng.choice(len(families), p=weights / weights.sum()))]
    (rows,) = family.make(rng, (max(2, min(a, b)),), l)
    A, B = (rows[np.arange(size) % min(a, b)] for size in (a, b))
    return (A, B) if rng.random() < 0.5 else (A, rng.permutation(B, axis=0))


def uneven(rng: np.random.Generator, a: int, b: int, l: int) -> Pair:
    """Shapes (a, l) and (b, l), independent bits of two densities. For the roles of the sets mixed up."""
    first, second = rng.choice([0.02, 0.1, 0.5, 0.9, 0.98], 2)
    return uniform(rng, a, l, first), uniform(rng, b, l, second)


def extremes(rng: np.random.Generator, a: int, b: int, l: int) -> Pair:
    """Shapes (a, l) and (b, l), each set all zero, all one, or a mixture of both. For the ends of the range."""
    A, B = (np.repeat(uniform(rng, n, 1, rng.choice([0.0, 0.5, 1.0])), l, axis=1) for n in (a, b))
    return A, B


def _moved(rng: np.random.Generator, rows: Bits, to: int) -> Bits:
    """Row 0 at index `to`, the others in random order."""
    return rows[np.insert(1 + rng.permutation(len(rows) - 1), to, 0)]
