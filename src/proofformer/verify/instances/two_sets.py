"""Two sets of bits, for inner products and Hamming distances: all pairs at one value or one step from it.

A generator returns the sets A of shape (a, l) and B of shape (b, l); a, b >= 1.
"""

from collections.abc import Sequence

import numpy as np

from proofformer.problems.kinds import KINDS, Kind
from proofformer.verify.instances.rows import Place, Sets, placed, shuffled, subsets, uniform


def near(
    rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, blocks: tuple[int, int], weights: tuple[int, int]
) -> Sets:
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


def crossing_distance(rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, level: int) -> Sets:
    """`near` at d = level, 0..l-2, with blocks drawn; for l = 1 random rows."""
    if l == 1:
        return uniform(rng, a, 1, 0.5), uniform(rng, b, 1, 0.5)
    first = int(rng.integers(0, l - 1))
    second = l - 2 - first
    weight = int(rng.integers(max(0, level - second), min(first, level) + 1))
    return near(rng, a, b, l, i, j, (first, second), (weight, level - weight))


def crossing_product(
    rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, level: int, largest: bool
) -> Sets:
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


def crossing(rng: np.random.Generator, a: int, b: int, l: int, i: int, j: int, kind: Kind, level: int) -> Sets:
    """Shapes (a, l) and (b, l). The first i rows of A and j of B are optimal pairs, at `level` or as near as can be.

    Every other row of either set has its best value exactly one step worse, for l >= 2 (for the largest inner product,
    l >= 1). With i = j = 0, for inner products, every pair is optimal. The roles of A and B are drawn.
    """
    swap = bool(rng.integers(2))
    if swap:
        a, b, i, j = b, a, j, i
    order = rng.permutation(l)
    if kind.measure == "hamming":
        distance = min(l - level if kind.largest else level, max(0, l - 2))
        A, B = crossing_distance(rng, a, b, l, i, j, distance)
        mask = uniform(rng, 1, l, rng.choice([0.0, 0.5, 1.0]))
        A, B = A ^ mask, B ^ mask ^ np.uint8(kind.largest)
    elif l == 1 and i and not kind.largest:
        A, B = np.full((a, 1), level, np.uint8), np.ones((b, 1), np.uint8)
    else:
        reachable = (0, l) if not i else (1, l) if kind.largest else (0, l - 2)
        A, B = crossing_product(rng, a, b, l, i, j, min(max(level, reachable[0]), reachable[1]), kind.largest)
    A, B = A[:, order], B[:, order]
    return (B, A) if swap else (A, B)


def one_step_worse(
    rng: np.random.Generator,
    kind: Kind,
    sizes: Sequence[int],
    l: int,
    where: Place = "random",
    level: int | None = None,
) -> Sets:
    """For leaks: one optimal pair, every other row has its best exactly one step worse.

    The pair is at random, (0, 0), (a-1, b-1), or the first of one set and the last of the other. For l >= 2 (largest
    inner product: l >= 1). The optimum is `level`, or that of the kind, or any.
    """
    a, b = sizes
    return placed(rng, crossing(rng, a, b, l, 1, 1, kind, _level(rng, kind, l, level)), where)


def tied(rng: np.random.Generator, kind: Kind, sizes: Sequence[int], l: int, level: int | None = None) -> Sets:
    """For ties across the sets and inside them: i rows of A, each optimal with j rows of B.

    Now and then all pairs are optimal. Every other row has its best exactly one step worse. For l >= 2.
    """
    a, b = sizes
    i, j = (a, b) if rng.random() < 0.25 else (int(size ** rng.random()) for size in (a + 1, b + 1))
    return shuffled(rng, crossing(rng, a, b, l, min(i, a), min(j, b), kind, _level(rng, kind, l, level)))


def _level(rng: np.random.Generator, kind: Kind, l: int, level: int | None) -> int:
    level = kind.target if level is None else level
    return int(rng.integers(0, l + 1)) if level is None else level


def all_one_step_off(rng: np.random.Generator, a: int, b: int, l: int) -> Sets:
    """Shapes (a, l) and (b, l). For leaks in the no-case: every inner product of the sets is exactly 1.

    Within a set there may be orthogonal rows.
    """
    return crossing(rng, a, b, l, 0, 0, KINDS[0], 1)


def orthogonal_inside(rng: np.random.Generator, a: int, b: int, l: int) -> Sets:
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


def uneven(rng: np.random.Generator, a: int, b: int, l: int) -> Sets:
    """Shapes (a, l) and (b, l), independent bits of two densities. For the roles of the sets mixed up."""
    first, second = rng.choice([0.02, 0.1, 0.5, 0.9, 0.98], 2)
    return uniform(rng, a, l, first), uniform(rng, b, l, second)


def extremes(rng: np.random.Generator, a: int, b: int, l: int) -> Sets:
    """Shapes (a, l) and (b, l), each set all zero, all one, or a mixture of both. For the ends of the range."""
    A, B = (np.repeat(uniform(rng, n, 1, rng.choice([0.0, 0.5, 1.0])), l, axis=1) for n in (a, b))
    return A, B
