"""Families for the maximum inner product, in one set."""

from functools import partial

import numpy as np

from proofformer.verify.instances.closest_pair import CLOSEST_PAIR_FAMILIES
from proofformer.verify.instances.rows import COMMON_FAMILIES, Bits, Family, Place, put_first_pair, uniform


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


def paired(rng: np.random.Generator, n: int, l: int, *, family: Family) -> Bits:
    """Shape (n, l): x of half the length, of the family, as (x, 1 - x), between constant columns; for l = 1, x itself.

    All rows have one weight, and the inner product of two is a constant minus the distance of their x: closest pairs
    become the largest inner products and farthest ones the least, one step to one step.
    """
    if l == 1:
        return family.make(rng, (n,), 1)[0]
    half = l // 2 if rng.random() < 0.7 else int(rng.integers(1, l // 2 + 1))
    (x,) = family.make(rng, (n,), half)
    rest = np.repeat(uniform(rng, 1, l - 2 * half, 0.5), n, axis=0)
    return rng.permutation(np.hstack((x, 1 - x, rest)), axis=1)


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


MAX_IP_FAMILIES = (
    *COMMON_FAMILIES,
    Family("one_step_worse", "leak of the softmax from keys one step worse", one_step_worse, 6),
    Family("planted_first", "mask off by one at the start", partial(one_step_worse, where="first"), 3),
    Family("planted_last", "mask off by one at the end", partial(one_step_worse, where="last"), 3),
    Family("planted_ends", "index bits of the farthest pair", partial(one_step_worse, where="ends"), 2),
    Family("many_ties", "averages over tied keys, wrong tie order", many_ties, 5),
    *(
        Family(f"paired_{f.name}", f"all norms equal: {f.purpose}", partial(paired, family=f), f.weight // 2)
        for f in CLOSEST_PAIR_FAMILIES
        if f.weight > 2
    ),
)
