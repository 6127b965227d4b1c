"""Generators of one set or two for any scale: a pair planted in a ground, and pairs that could be taken for it.

Each takes `(rng, *shape)`, with the sizes of the sets and l for the shape, the scale, whether the largest value is
wanted, and a ground: rows to plant pairs in. Where nowhere is found for what a docstring says, as where more documents
are asked for than are different, it returns a ground as it is.
"""

from __future__ import annotations

import numpy as np

from proofformer.verify.instances.planting import Ground, add_pair, best_key, nearest, placed, planted, room, shuffled
from proofformer.verify.instances.rows import Place, Sets
from proofformer.verify.instances.scales import Scale

_TRIES = 12
_MOST_PAIRS = 4


def one_step_worse(
    rng: np.random.Generator,
    *shape: int,
    scale: Scale,
    largest: bool,
    ground: Ground,
    where: Place = "random",
    rank: int | None = None,
) -> Sets:
    """For leaks and rounding: one pair is best, and the best of the others is one step worse, or as near as was found.

    The pair is anywhere, first, last, or at the ends. With a rank, the best pair has that, and others are worse.
    """
    sizes = shape[:-1]

    def plant(sets: Sets, ranks: range) -> Sets | None:
        beside = -1 if rank is None else rank - 1 if largest else rank + 1
        if 0 <= beside < scale.size:
            sets = _with_next(rng, scale, largest, sets, beside)
        made = nearest(rng, scale, largest, sets, ranks)
        return None if made is None else made[0]

    made = planted(rng, scale, largest, ground, sizes, 1, plant, rank)
    return ground(rng, sizes, rank) if made is None else placed(rng, made, where)


def _with_next(rng: np.random.Generator, scale: Scale, largest: bool, sets: Sets, beside: int) -> Sets:
    """The sets with two rows in the place of two so that the best pair is of that rank, if it is not and they can."""
    key = best_key(scale, largest, sets)
    if key is None or scale.keys[beside] == key:
        return sets
    return add_pair(rng, scale, largest, tuple(rows[2 if len(sets) == 1 else 1 :] for rows in sets), beside) or sets


def close(rng: np.random.Generator, *shape: int, scale: Scale, largest: bool, ground: Ground) -> Sets:
    """For rounding: the best pair, and another of the next value, which differs as little as any two values do.

    Of the steps above all other pairs one of the twentieth that are the smallest.
    """

    def plant(sets: Sets, ranks: range) -> Sets | None:
        if len(ranks) < 2:
            return None
        steps = np.abs(np.diff(scale.keys[list(ranks)]))
        small = np.argsort(steps)[: max(1, len(steps) // 20)]
        for at in rng.permutation(small)[:_TRIES]:
            second = add_pair(rng, scale, largest, sets, ranks[int(at)])
            first = second and add_pair(rng, scale, largest, second, ranks[int(at) + 1])
            if first:
                return first
        return None

    made = planted(rng, scale, largest, ground, shape[:-1], 2, plant)
    return ground(rng, shape[:-1], None) if made is None else placed(rng, made, "random")


def tied_pairs(
    rng: np.random.Generator, *shape: int, scale: Scale, largest: bool, ground: Ground, unequal: bool = False
) -> Sets:
    """For ties not broken by the smaller index: 2 to 4 pairs share the best value, and all others are worse.

    `unequal`, for similarities: two or more of them have different norms.
    """
    sizes = shape[:-1]
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
            made = add_pair(rng, scale, largest, sets, rank, shapes[:1])
            for k in range(1, pairs):
                made = made and add_pair(rng, scale, largest, made, rank, other if k == 1 else shapes)
            if made:
                return made
            tried += 1
            if tried == _TRIES:
                break
        return None

    made = planted(rng, scale, largest, ground, sizes, pairs, plant)
    return shuffled(rng, ground(rng, sizes, None) if made is None else made)


def block(
    rng: np.random.Generator, *shape: int, scale: Scale, largest: bool, ground: Ground, rank: int | None = None
) -> Sets:
    """For averages over tied keys: copies of the documents of one pair, so that a block of pairs is best.

    For two sets; and for one where two equal documents are not the best pair.
    """
    sizes = shape[:-1]
    if len(sizes) == 2:
        copies = [int(size ** rng.random()) if rng.random() < 0.75 else size for size in sizes]
    else:
        total = int(rng.integers(2, sizes[0] + 1))
        copies = [first := int(rng.integers(1, total)), total - first]
    rest = [size - count + 1 for size, count in zip(sizes, copies, strict=True)] if len(sizes) == 2 else None
    rest = rest or [sizes[0] - sum(copies) + 2]
    made = one_step_worse(rng, *rest, shape[-1], scale=scale, largest=largest, ground=ground, where="first", rank=rank)
    if len(made) == 1:
        rows = made[0]
        return shuffled(rng, (np.repeat(rows, [*copies, *[1] * (len(rows) - 2)], axis=0),))
    return shuffled(
        rng, tuple(np.repeat(r, [c, *[1] * (len(r) - 1)], axis=0) for r, c in zip(made, copies, strict=True))
    )


def misleading(rng: np.random.Generator, *shape: int, scale: Scale, largest: bool, ground: Ground) -> Sets:
    """For the wrong measure: another pair than the best is better by inner product, or by the other distance."""

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
            second = add_pair(rng, scale, largest, sets, int(drawn[p]), shapes[p])
            first = second and add_pair(rng, scale, largest, second, int(drawn[q]), shapes[q])
            if first:
                return first
        return None

    made = planted(rng, scale, largest, ground, shape[:-1], 2, plant)
    return ground(rng, shape[:-1], None) if made is None else placed(rng, made, "random")
