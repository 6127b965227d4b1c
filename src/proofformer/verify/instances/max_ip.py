"""Rows of bits for the maximum inner product, in one set."""

import numpy as np

from proofformer.verify.instances.rows import Bits, Place, put_first_pair


def one_step_worse(rng: np.random.Generator, n: int, l: int, where: Place = "random", level: int | None = None) -> Bits:
    """Shape (n, l). For leaks: one pair has inner product v, all others exactly v - 1, 1 <= v <= l.

    All rows share v - 1 coordinates, the pair one more; each other coordinate is in one row.
    """
    return put_first_pair(rng, _meeting(rng, n, l, [[0, 1]], level), where)


def many_ties(rng: np.random.Generator, n: int, l: int, level: int | None = None) -> Bits:
    """Shape (n, l). For ties: several pairs have inner product v (n >= 3), all others exactly v - 1.

    Three rows or more meet in one coordinate, or disjoint pairs meet in one each, as far as l goes.
    """
    most = min(n // 2, l - max(0, (level or 1) - 1))
    if most >= 2 and rng.random() < 0.5:
        pairs = int(rng.integers(2, most + 1))
        groups = [[2 * k, 2 * k + 1] for k in range(pairs)]
    else:
        groups = [list(range(n if rng.random() < 0.25 else int(rng.integers(min(3, n), n + 1))))]
    return rng.permutation(_meeting(rng, n, l, groups, level), axis=0)


def _meeting(rng: np.random.Generator, n: int, l: int, groups: list[list[int]], level: int | None) -> Bits:
    """All rows share some coordinates, each group one more, every other coordinate is in one row at most."""
    most = l - len(groups)
    shared = int(rng.integers(0, most + 1)) if level is None else min(max(level - 1, 0), most)
    rows = np.zeros((n, l), np.uint8)
    rows[:, :shared] = 1
    for c, group in enumerate(groups, start=shared):
        rows[group, c] = 1
    private = np.arange(shared + len(groups), l)
    rows[rng.integers(0, n, len(private)), private] = rng.integers(0, 4) > 0
    return rng.permutation(rows, axis=1)
