"""Rows of bits for farthest pairs, in one set."""

import numpy as np

from proofformer.verify.instances.rows import Bits, Place, disguise, put_first_pair, uniform
from proofformer.verify.instances.two_sets import near


def one_step_worse(rng: np.random.Generator, n: int, l: int, where: Place = "random", level: int | None = None) -> Bits:
    """Shape (n, l). For leaks: one pair at the largest distance d, every other row has its farthest at exactly d - 1.

    For l >= 2 (for l = 1, random rows). The pair is at a random position, (0, 1), (n-2, n-1) or (0, n-1).
    """
    rows, a = _opposite(rng, n, l, 1, 1, level)
    return put_first_pair(rng, rows[np.r_[0, a, 1:a, a + 1 : n]], where)


def many_ties(rng: np.random.Generator, n: int, l: int, level: int | None = None) -> Bits:
    """Shape (n, l). For ties: i rows are each at the largest distance from j others (n >= 3: i j >= 2)."""
    i = int(rng.integers(1, max(2, n - 1)))
    j = n - i if rng.random() < 0.25 else int(rng.integers(1 + (i == 1 and n > 2), n - i + 1))
    return rng.permutation(_opposite(rng, n, l, i, j, level)[0], axis=0)


def _opposite(rng: np.random.Generator, n: int, l: int, i: int, j: int, level: int | None) -> tuple[Bits, int]:
    """Two sets of which one is complemented, and the size of the first: near pairs of `near` become far ones.

    Pairs within a set are no farther than one step from the optimum. Constant columns bring it down to `level`.
    """
    if l == 1:
        return uniform(rng, n, 1, 0.5), int(rng.integers(i, n - j + 1))
    if level is None:
        width = l if rng.random() < 0.5 else int(rng.integers(2, l + 1))
        near_by = int(rng.integers(0, width // 4 + 1))
    else:
        width = int(rng.integers(max(2, level), min(l, max(2, level + level // 3)) + 1))
        near_by = width - max(2, level)
    a = int(rng.integers(i, n - j + 1)) if width > 2 else i
    for _ in range(20):
        first = int(rng.integers(0, width - 1))
        weight = int(rng.integers(0, near_by + 1))
        blocks, weights = (first, width - 2 - first), (weight, near_by - weight)
        reach = [2 * min(k, size - k) for k, size in zip(weights, blocks, strict=True)]
        if min(reach) >= 0 and reach[0] + 2 < width - near_by and reach[1] + 1 < width - near_by:
            break
    else:
        blocks, weights = (0, width - 2), (0, 0)
    A, B = near(rng, a, n - a, width, i, j, blocks, weights)
    rows = np.vstack((A, 1 - B))
    return disguise(rng, np.hstack((rows, np.zeros((n, l - width), np.uint8)))), a
