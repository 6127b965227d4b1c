"""Families for a task of one's own: nothing is known of its values, so pairs are planted by asking for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem, Task
from proofformer.verify.instances import grids
from proofformer.verify.instances.planting import placed
from proofformer.verify.instances.rows import Bits, Family, Place, Sets, positions

Values = npt.NDArray[np.int64]

MOST = 1 << 62
"""Larger values count as this one, here alone: these are only instances, and the oracle judges them."""


def values(task: Task, sets: Sequence[Bits]) -> Values:
    """What each pair is worth, (nA, nB); of one set (n, n), that of i < j at (j, i) too.

    Pairs of equal rows are asked for once. Not the oracle's code, which judges what is made here.
    """
    distinct, of_row = np.unique(np.vstack(sets), axis=0, return_inverse=True)
    first, last = of_row.reshape(-1)[: len(sets[0])], of_row.reshape(-1)[-len(sets[-1]) :]
    table = np.zeros((len(distinct), len(distinct)), np.int64)
    for x in np.unique(first):
        for y in np.unique(last):
            table[x, y] = min(task.of(distinct[x], distinct[y]), MOST)
    made = table[first[:, None], last]
    return made if len(sets) == 2 else np.triu(made, 1) + np.triu(made, 1).T


def pool(rng: np.random.Generator, asked: Problem) -> Bits:
    """Some two dozen different rows: of any entries, near one another, and those of 0 and of the largest entry only."""
    made = [
        make(rng, count, asked.dim, levels=asked.levels)[0]
        for make, count in ((grids.uniform, 12), (grids.near_duplicates, 12), (grids.extremes, 2))
    ]
    return rng.permutation(np.unique(np.vstack(made), axis=0))


def planted(
    rng: np.random.Generator, *shape: int, asked: Problem, goal: int | None = None, where: Place = "random"
) -> Sets:
    """Sets of the sizes before l, of few different rows: one pair has the value `goal`, or the nearest that was found
    (any, mostly a good one, for None), and all others are worse, where enough rows were found for that."""
    *sizes, _ = shape
    rows = pool(rng, asked)
    costs = _costs(asked, rows)
    q, g = _pair(rng, asked, costs, goal)
    worse = costs > costs[q, g]
    sides = [[q], [g]] if len(sizes) == 2 else [[q, g]]
    front = len(sides[0])
    for number in rng.permutation(len(sides) * len(rows)):
        side, row = divmod(int(number), len(rows))
        # Of one set, a row comes before some of the others and after some.
        before, after = side == 0, side == len(sides) - 1
        if not (before and not worse[row, sides[-1]].all()) and not (after and not worse[sides[0], row].all()):
            sides[side].append(row)
    filled = []
    for chosen, size in zip(sides, sizes, strict=True):
        others = chosen[front:]
        again = [row for row in others if len(sizes) == 2 or worse[row, row]] or others or chosen
        rest = [*others, *rng.choice(again, max(0, size - front - len(others)))]
        filled.append(rows[[*chosen[:front], *rng.permutation(rest)[: size - front].astype(int)]])
    if len(sizes) == 2:
        return placed(rng, tuple(filled), where)
    i, j = positions(rng, sizes[0], where)
    return (np.insert(filled[0][2:], [i, j - 1], filled[0][:2], axis=0),)


def pairs(rng: np.random.Generator, asked: Problem, goal: int | None) -> Iterator[tuple[Bits, Bits]]:
    """Pairs of rows, each of shape (1, l), whose value is the goal, or the nearest that was found; any for None."""
    while True:
        rows = pool(rng, asked)
        q, g = _pair(rng, asked, _costs(asked, rows), goal)
        yield rows[[q]], rows[[g]]


def _costs(asked: Problem, rows: Bits) -> Values:
    assert asked.task is not None, "families of a task of one's own"
    made = values(asked.task, (rows, rows))
    return -made if asked.task.largest else made


def _pair(rng: np.random.Generator, asked: Problem, costs: Values, goal: int | None) -> tuple[int, int]:
    if goal is None:
        chosen = costs.argsort(axis=None, kind="stable")[int(costs.size * rng.random() ** 3)]
    else:
        off = np.abs(costs - (-goal if asked.kind.largest else goal))
        chosen = rng.choice(np.flatnonzero(off == off.min()))
    q, g = divmod(int(chosen), len(costs))
    return q, g


def few_rows(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Copies of two to five rows, in any order. For averages over tied keys, and for ties of every kind."""
    *sizes, l = shape
    distinct = grids.uniform(rng, int(rng.integers(2, 6)), l, levels=levels)[0]
    return tuple(distinct[rng.integers(0, len(distinct), size)] for size in sizes)


def families(asked: Problem) -> tuple[Family, ...]:
    """Those of one set and of two; names and weights are the same for all tasks."""
    plant = partial(planted, asked=asked)

    def grid(make: Callable[..., Sets]) -> Callable[..., Sets]:
        return partial(make, levels=asked.levels)

    return (
        Family("one_step_worse", "leak of the softmax from keys that are worse", plant, 6),
        Family("planted_first", "mask off by one at the start", partial(plant, where="first"), 3),
        Family("planted_last", "mask off by one at the end", partial(plant, where="last"), 3),
        Family("planted_ends", "index bits of the farthest pair, sets mixed up", partial(plant, where="ends"), 2),
        Family("few_rows", "averages over tied keys, wrong tie order", grid(few_rows), 6),
        Family("uniform", "mistakes without structure", grid(grids.uniform), 4),
        Family("extremes", "scores at both ends of the range", grid(grids.extremes), 2),
        Family("constant", "ties between all pairs", grid(grids.constant), 1),
        Family("corners", "the largest coordinates", grid(grids.corners), 2),
        Family("near_duplicates", "documents that hardly differ", grid(grids.near_duplicates), 4),
    )
