"""Exact oracles by exhaustive search over all pairs: the judge every compiled model is held against.

A pair is i < j in one set, or i in `rows` and j in `others`. Both are matrices of shape (n, l) in any form
`checked_rows` reads, with entries 0..levels; `rows` may also be an Instance, with its second set if it has one. A
measure is named, or one's own: a `Task`.
Blocks of pairs are compared by exact whole numbers or by exact sort keys (`oracle_blocks`), and a value that is
returned is computed from the two rows of its pair, so there is no rounding anywhere. Every function raises InputError
as `Instance` does, for an unknown measure, for a block below 1 and, for similarities, for rows without ones and
l > 4096; memory is O(block^2) beside the rows. Definitions: docs/theory.md, section 1.
"""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems.answers import PairAnswer
from proofformer.problems.instances import Instance
from proofformer.problems.kinds import Measure
from proofformer.problems.numbers import Exact, simplest, square_root
from proofformer.problems.oracle_blocks import cost_blocks, least_cost

# Eight bytes a pair: a block of words of this size stays in a core's second-level cache.
_BLOCK = 256


def extreme_pair(
    rows: object, others: object = None, *, measure: Measure, largest: bool, levels: int = 1, block: int = _BLOCK
) -> PairAnswer:
    """The lexicographically smallest pair of least (or largest) value, with that value.

    Stops early once the value cannot be beaten and no later pair is smaller.
    """
    instance = Instance(rows, others, levels)
    best: tuple[float, int, int] | None = None
    for i0, j0, costs in cost_blocks(instance, measure, largest, block):
        if best is not None and best[0] == least_cost(measure, largest) and best[1] < i0:
            break
        # argmin takes the first minimum in row-major order: the lexicographically smallest of this block.
        i, j = divmod(int(costs.argmin()), costs.shape[1])
        met = (costs.item(i, j), i0 + i, j0 + j)
        best = met if best is None else min(best, met)
    assert best is not None, "every instance has a pair"
    _, i, j = best
    return PairAnswer((i, j), pair_value(instance.rows[i], instance.sets[-1][j], measure=measure))


def first_pairs(
    rows: object, others: object = None, *, measure: Measure, largest: bool, most: int, block: int = _BLOCK
) -> list[PairAnswer]:
    """The first `most` pairs of 0/1 rows by value, the best first; pairs of one value in order of (i, j)."""
    instance = Instance(rows, others)
    costs: npt.NDArray[np.float64] = np.empty(0)
    lefts, rights = np.empty((2, 0), dtype=np.int64)
    for i0, j0, met in cost_blocks(instance, measure, largest, block):
        full = len(costs) == most
        later = full and bool(lefts[costs == costs[-1]].max() < i0)
        if later and costs[-1] == least_cost(measure, largest):
            break
        near = np.ones(met.shape, dtype=bool) if not full else met < costs[-1] if later else met <= costs[-1]
        if instance.others is None and i0 == j0:
            near &= np.triu(near, 1)
        i, j = np.nonzero(near)
        costs = np.concatenate((costs, met[i, j]))
        lefts, rights = np.concatenate((lefts, i0 + i)), np.concatenate((rights, j0 + j))
        order = np.lexsort((rights, lefts, costs))[:most]
        costs, lefts, rights = costs[order], lefts[order], rights[order]
    return [
        PairAnswer((i, j), pair_value(instance.rows[i], instance.sets[-1][j], measure=measure))
        for i, j in zip(lefts.tolist(), rights.tolist(), strict=True)
    ]


def orthogonal_pair(rows: object, others: object = None, *, block: int = _BLOCK) -> PairAnswer:
    """The lexicographically smallest pair of inner product 0, with value 0; PairAnswer(None, None) without one."""
    least = extreme_pair(rows, others, measure="inner", largest=False, block=block)
    return least if least.value == 0 else PairAnswer(None, None)


def pair_exists(
    rows: object,
    others: object = None,
    *,
    measure: Measure,
    at_most: Exact | None = None,
    at_least: Exact | None = None,
    levels: int = 1,
    block: int = _BLOCK,
) -> bool:
    """Whether some pair has a value <= at_most, or >= at_least; stops at the first block that holds such a pair.

    The best pair of a block decides for it: its exact value is compared with the exact bound. Raises InputError unless
    exactly one of the two bounds is given.
    """
    instance = Instance(rows, others, levels)
    if (at_most is None) == (at_least is None):
        raise InputError(f"the bounds are at_most={at_most} and at_least={at_least}: pass exactly one of them")
    largest = at_least is not None
    for i0, j0, costs in cost_blocks(instance, measure, largest, block):
        i, j = divmod(int(costs.argmin()), costs.shape[1])
        value = pair_value(instance.rows[i0 + i], instance.sets[-1][j0 + j], measure=measure)
        if (at_least is not None and value >= at_least) or (at_most is not None and value <= at_most):
            return True
    return False


def profile(
    rows: object, others: object = None, *, measure: Measure, levels: int = 1, block: int = _BLOCK
) -> dict[Exact, int]:
    """The number of pairs of each value that occurs, smallest value first."""
    instance = Instance(rows, others, levels)
    pairs_of: dict[float, int] = {}
    values: dict[float, Exact] = {}
    for i0, j0, costs in cost_blocks(instance, measure, False, block):
        diagonal = instance.others is None and i0 == j0
        found, where, counts = np.unique(costs, return_index=True, return_counts=True)
        if diagonal:
            # The largest cost here is that of what is no pair.
            found, where, counts = found[:-1], where[:-1], counts[:-1]
        for cost, place, count in zip(found.tolist(), where.tolist(), counts.tolist(), strict=True):
            if cost not in values:
                i, j = divmod(place, costs.shape[1])
                values[cost] = pair_value(instance.rows[i0 + i], instance.sets[-1][j0 + j], measure=measure)
            pairs_of[cost] = pairs_of.get(cost, 0) + count
    return {values[cost]: pairs_of[cost] for cost in sorted(values)}


def pair_value(left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8], *, measure: Measure) -> Exact:
    """The exact value of two rows of shape (l,); a similarity needs ones in both."""
    if not isinstance(measure, str):
        return measure.of(left, right)
    x, y = left.astype(np.int64), right.astype(np.int64)
    if measure == "inner":
        return int((x * y).sum())
    if measure in ("hamming", "cityblock"):
        return int(np.abs(x - y).sum())
    if measure == "sqeuclidean":
        return int(np.square(x - y).sum())
    k, a, b = int((x * y).sum()), int(x.sum()), int(y.sum())
    if measure == "cosine":
        return square_root(Fraction(k * k, a * b))
    return simplest(Fraction(k, a + b - k) if measure == "jaccard" else Fraction(2 * k, a + b))
