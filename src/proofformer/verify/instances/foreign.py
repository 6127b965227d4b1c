"""Tasks of one's own: nothing is known of their values, so pairs are planted by asking for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proofformer.problems import Problem, Task
from proofformer.problems.arrays import Ints
from proofformer.problems.numbers import Exact
from proofformer.verify.instances import grids
from proofformer.verify.instances.rows import Bits, Place, Sets, placed, positions
from proofformer.verify.instances.scales import Keys, Ranks, Scale, Shapes

MOST = 1 << 62
"""Larger values count as this one, here alone: these are only instances, and the oracle judges them."""


class OwnValues(Scale):
    """The values of a task, each its own rank: which of them pairs have is not known before they are asked for.

    A shape is a pair of rows, one after the other.
    """

    def __init__(self, asked: Problem, task: Task) -> None:
        self.asked, self.task, self.l = asked, task, asked.dim

    def table(self, A: Bits, B: Bits | None = None) -> Keys:
        """Of one set, the value of i < j at (j, i) too. Pairs of equal rows are asked for once.

        Not the oracle's code, which judges what is made here.
        """
        sets = (A,) if B is None else (A, B)
        distinct, of_row = np.unique(np.vstack(sets), axis=0, return_inverse=True)
        first, last = of_row.reshape(-1)[: len(A)], of_row.reshape(-1)[-len(sets[-1]) :]
        table = np.zeros((len(distinct), len(distinct)), np.int64)
        for x in np.unique(first):
            for y in np.unique(last):
                table[x, y] = min(self.task.of(distinct[x], distinct[y]), MOST)
        made = table[first[:, None], last]
        return np.triu(made, 1) + np.triu(made, 1).T if B is None else made

    def value(self, rank: int) -> Exact:
        return rank

    def ranks(self, table: Keys) -> Ranks:
        return table

    @property
    def size(self) -> int:
        return MOST + 1

    def pair(self, rng: np.random.Generator, rank: int | None) -> tuple[Bits, Bits]:
        """Of a value as near as was found; of any, mostly a good one, for None."""
        rows, values = self.pool(rng)
        q, g = self.nearest(rng, values, rank)
        return rows[[q]], rows[[g]]

    def shapes(self, rng: np.random.Generator, rank: int) -> Shapes:
        return np.hstack(self.pair(rng, rank)).astype(np.int64)

    def pairs(self, rng: np.random.Generator, shapes: Shapes, count: int, rows: Bits) -> tuple[Bits, Bits]:
        x, y = np.split(np.repeat(shapes[:1], count, 0).astype(np.uint8), 2, axis=1)
        return x, y

    def pool(self, rng: np.random.Generator) -> tuple[Bits, Ints]:
        """Some two dozen different rows, and the values of their pairs, shape (rows, rows).

        They are of any entries, near one another, and of 0 and of the largest entry only.
        """
        made = [
            make(rng, self.asked, (count,))[0]
            for make, count in ((grids.uniform, 12), (grids.near_duplicates, 12), (grids.extremes, 2))
        ]
        rows = rng.permutation(np.unique(np.vstack(made), axis=0))
        return rows, self.table(rows, rows)

    def nearest(self, rng: np.random.Generator, values: Ints, goal: int | None) -> tuple[int, int]:
        """A pair of the table whose value is nearest to the goal; any, mostly a good one, for None."""
        if goal is None:
            order = (-values if self.task.largest else values).argsort(axis=None, kind="stable")
            chosen = order[int(values.size * rng.random() ** 3)]
        else:
            off = np.abs(values - goal)
            chosen = rng.choice(np.flatnonzero(off == off.min()))
        q, g = divmod(int(chosen), len(values))
        return q, g


def planted(
    rng: np.random.Generator, asked: Problem, sizes: Sequence[int], where: Place = "random", goal: int | None = None
) -> Sets:
    """Sets of few different rows: one pair has the value `goal`, or the nearest that was found (any, mostly a good one,
    for None), and all others are worse, where enough rows were found for that."""
    assert asked.task is not None, "of a task of one's own"
    scale = OwnValues(asked, asked.task)
    rows, values = scale.pool(rng)
    q, g = scale.nearest(rng, values, goal)
    worse = values < values[q, g] if asked.task.largest else values > values[q, g]
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
