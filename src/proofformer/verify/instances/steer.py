"""An instance changed, column by column, until its optimum is a value asked for."""

import numpy as np
import numpy.typing as npt

from proofformer.problems.kinds import Kind
from proofformer.problems.oracle import extreme_pair
from proofformer.verify.instances.rows import Sets


def optimum(kind: Kind, sets: Sets) -> int:
    """The best inner product or Hamming distance of a pair."""
    value = extreme_pair(*sets, measure=kind.measure, largest=kind.largest).value
    assert isinstance(value, int), "inner products and Hamming distances are whole"
    return value


def steer(rng: np.random.Generator, kind: Kind, sets: Sets, target: int) -> Sets:
    """The sets with some columns changed so that the optimum is exactly `target`, 0..l.

    Each column changed moves the optimum by at most one, and all of them take it to the target or beyond: on the way it
    is right. The exception is one set whose closest pair is closer than the target: it comes back as it is.
    """
    value = optimum(kind, sets)
    end = sets if value == target else _end(rng, kind, sets, rising=value < target)
    if end is sets:
        return sets
    order = rng.permutation(sets[0].shape[1])
    short, enough = 0, len(order)
    while enough - short > 1:
        middle = (short + enough) // 2
        reached = optimum(kind, _changed(sets, end, order[:middle]))
        if (reached >= target) if value < target else (reached <= target):
            enough = middle
        else:
            short = middle
    return _changed(sets, end, order[:enough])


def _end(rng: np.random.Generator, kind: Kind, sets: Sets, rising: bool) -> Sets:
    """Sets of the same shapes whose optimum is l (`rising`) or 0."""
    if not rising:
        return tuple(np.zeros_like(rows) for rows in sets)
    if kind.measure == "inner":
        return tuple(np.ones_like(rows) for rows in sets)
    if len(sets) == 2:
        return np.zeros_like(sets[0]), np.ones_like(sets[1])
    if not kind.largest:
        return sets
    rows = sets[0].copy()
    i, j = rng.choice(len(rows), 2, replace=False)
    rows[i] = 1 - rows[j]
    return (rows,)


def _changed(sets: Sets, end: Sets, columns: npt.NDArray[np.int64]) -> Sets:
    changed = tuple(rows.copy() for rows in sets)
    for rows, last in zip(changed, end, strict=True):
        rows[:, columns] = last[:, columns]
    return changed
