"""Families on any scale, of one set or two: a pair planted in a ground, and pairs that could be taken for it.

Where nowhere is found for what a docstring says, as where more documents are asked for than are different, a family
returns a ground as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances.grounds import Ground, ground, scale_for
from proofformer.verify.instances.planting import add_pair, best_key, nearest, planted, room
from proofformer.verify.instances.rows import Place, Sets, shuffled

_TRIES = 12
_MOST_PAIRS = 4


def one_step_worse(
    rng: np.random.Generator,
    asked: Problem,
    sizes: Sequence[int],
    where: Place = "random",
    *,
    rank: int | None = None,
    around: Ground = ground,
) -> Sets:
    """For leaks and rounding: one pair is best, and the best of the others is one step worse, or as near as was found.

    The pair is anywhere, first, last, or at the ends. With a rank, the best pair has that, and others are worse.
    """

    def plant(sets: Sets, ranks: range) -> Sets | None:
        beside = -1 if rank is None else rank - 1 if asked.kind.largest else rank + 1
        if 0 <= beside < scale_for(asked).size:
            sets = _with_next(rng, asked, sets, beside)
        return nearest(rng, asked, sets, ranks)

    return planted(rng, asked, sizes, 1, plant, where, rank=rank, around=around)


def _with_next(rng: np.random.Generator, asked: Problem, sets: Sets, beside: int) -> Sets:
    """The sets with two rows in the place of two so that the best pair is of that rank, if it is not and they can."""
    key = best_key(asked, sets)
    if key is None or scale_for(asked).keys[beside] == key:
        return sets
    return add_pair(rng, asked, tuple(rows[2 if len(sets) == 1 else 1 :] for rows in sets), beside) or sets


def close(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """For rounding: the best pair, and another of the next value, which differs as little as any two values do.

    Of the steps above all other pairs one of the twentieth that are the smallest.
    """

    def plant(sets: Sets, ranks: range) -> Sets | None:
        steps = np.abs(np.diff(scale_for(asked).keys[list(ranks)]))
        small = np.argsort(steps)[: max(1, len(steps) // 20)]
        for at in rng.permutation(small)[:_TRIES]:
            second = add_pair(rng, asked, sets, ranks[int(at)])
            first = second and add_pair(rng, asked, second, ranks[int(at) + 1])
            if first:
                return first
        return None

    return planted(rng, asked, sizes, 2, plant, "random")


def tied_pairs(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], *, unequal: bool = False) -> Sets:
    """For ties not broken by the smaller index: 2 to 4 pairs share the best value, and all others are worse.

    `unequal`, for similarities: two or more of them have different norms.
    """
    scale = scale_for(asked)
    pairs = next((p for p in range(int(rng.integers(2, _MOST_PAIRS + 1)), 1, -1) if room(sizes, p)), 2)

    def plant(sets: Sets, ranks: range) -> Sets | None:
        order = list(ranks[: 20 * _TRIES])
        if rng.random() < 0.7:
            order = [int(rank) for rank in rng.permutation(ranks)[: 20 * _TRIES]]
        tried = 0
        for rank in order:
            shapes = scale.shapes(rng, rank)
            other = shapes[(shapes[:, 1:] != shapes[0, 1:]).any(1)] if unequal else shapes
            if not len(other):
                continue
            made = add_pair(rng, asked, sets, rank, shapes[:1])
            for k in range(1, pairs):
                made = made and add_pair(rng, asked, made, rank, other if k == 1 else shapes)
            if made:
                return made
            tried += 1
            if tried == _TRIES:
                break
        return None

    return planted(rng, asked, sizes, pairs, plant)


def block(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], *, rank: int | None = None) -> Sets:
    """For averages over tied keys: copies of the documents of one pair, so that a block of pairs is best.

    For two sets; and for one where two equal documents are not the best pair.
    """
    if len(sizes) == 2:
        copies = [int(size ** rng.random()) if rng.random() < 0.75 else size for size in sizes]
        repeats = [[count, *[1] * (size - count)] for size, count in zip(sizes, copies, strict=True)]
    else:
        total = int(rng.integers(2, sizes[0] + 1))
        first = int(rng.integers(1, total))
        repeats = [[first, total - first, *[1] * (sizes[0] - total)]]
    made = one_step_worse(rng, asked, [len(counts) for counts in repeats], "first", rank=rank)
    return shuffled(rng, tuple(np.repeat(rows, counts, axis=0) for rows, counts in zip(made, repeats, strict=True)))


def misleading(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """For the wrong measure: another pair than the best is better by inner product, or by the other distance."""
    scale, largest = scale_for(asked), asked.kind.largest

    def plant(sets: Sets, ranks: range) -> Sets | None:
        for _ in range(_TRIES):
            drawn = np.sort(rng.choice(ranks, min(len(ranks), 24), replace=False))[:: 1 if largest else -1]
            shapes = [scale.shapes(rng, int(rank))[:1] for rank in drawn]
            rival = scale.rival(np.vstack(shapes))
            # Later ones are better.
            wrong = rival[:, None] > rival if largest else rival[:, None] < rival
            misled = np.argwhere(np.triu(wrong, 1))
            if not len(misled):
                continue
            p, q = misled[int(rng.integers(len(misled)))]
            second = add_pair(rng, asked, sets, int(drawn[p]), shapes[p])
            first = second and add_pair(rng, asked, second, int(drawn[q]), shapes[q])
            if first:
                return first
        return None

    return planted(rng, asked, sizes, 2, plant, "random")
