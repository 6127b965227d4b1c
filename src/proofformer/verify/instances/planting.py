"""Pairs planted in a ground of rows that are all worse than they: the machine behind similarities and grids.

Sets are one set of rows or two; the pairs of one set are those of two different rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from proofformer.verify.instances.rows import Place, Sets, put_first_pair
from proofformer.verify.instances.scales import Keys, Scale, Shapes

# The sizes of the sets, and the rank that a pair planted in the ground is going to have, where that is known.
Ground = Callable[[np.random.Generator, Sequence[int], int | None], Sets]

_PLACES_TRIED = 48
_RANKS_TRIED = 6
_GROUNDS_TRIED = 3
_POOL = 4


def worse(table: Keys, key: float, largest: bool) -> npt.NDArray[np.bool_]:
    return np.asarray(table < key if largest else table > key)


def best_key(scale: Scale, largest: bool, sets: Sets) -> float | None:
    """The key of the best pair, or None without pairs."""
    table = scale.table(sets[0], sets[-1])
    if len(sets) == 1:
        table = table[np.triu_indices(len(table), 1)]
    if not table.size:
        return None
    return table.max().item() if largest else table.min().item()  # type: ignore[no-any-return]


def add_pair(
    rng: np.random.Generator, scale: Scale, largest: bool, sets: Sets, rank: int, shapes: Shapes | None = None
) -> Sets | None:
    """The sets with a pair of this rank in front, of one of the shapes, every other pair of the two being worse.

    None where no place of several was such.
    """
    shapes = scale.shapes(rng, rank) if shapes is None else shapes
    X, Y = scale.pairs(rng, shapes, _PLACES_TRIED, np.vstack(sets))
    key = scale.keys[rank]
    fits = worse(scale.table(X, sets[-1]), key, largest).all(1) & worse(scale.table(Y, sets[0]), key, largest).all(1)
    if not fits.any():
        return None
    x, y = (rows[int(fits.argmax())] for rows in (X, Y))
    if len(sets) == 1:
        return (np.vstack((x, y, sets[0])),)
    return np.vstack((x, sets[0])), np.vstack((y, sets[1]))


def room(sizes: Sequence[int], pairs: int) -> list[int] | None:
    """The sizes left beside so many pairs, or None where they do not fit."""
    left = [size - (2 * pairs if len(sizes) == 1 else pairs) for size in sizes]
    return left if min(left) >= 0 else None


def placed(rng: np.random.Generator, sets: Sets, where: Place) -> Sets:
    """The pair in front moved to the place asked for, the others in any order."""
    if len(sets) == 1:
        return (put_first_pair(rng, sets[0], where),)
    a, b = (len(rows) - 1 for rows in sets)
    places = {"first": (0, 0), "last": (a, b), "ends": ((0, b), (a, 0))[int(rng.integers(2))]}
    at = places.get(where, (int(rng.integers(a + 1)), int(rng.integers(b + 1))))
    return tuple(rows[np.insert(1 + rng.permutation(len(rows) - 1), to, 0)] for rows, to in zip(sets, at, strict=True))


def shuffled(rng: np.random.Generator, sets: Sets) -> Sets:
    return tuple(rng.permutation(rows, axis=0) for rows in sets)


def thinned(
    rng: np.random.Generator, scale: Scale, largest: bool, ground: Ground, sizes: Sequence[int], rank: int
) -> Sets:
    """Rows of several grounds of which every pair is worse than the rank, as many as are asked for.

    Where there are not so many, copies of them if these are worse too, or else rows that need not be.
    """
    pools = [ground(rng, sizes, rank) for _ in range(_POOL)]
    rows = np.vstack([part for pool in pools for part in pool])
    side = np.concatenate([np.full(len(part), s) for pool in pools for s, part in enumerate(pool)])
    key = scale.keys[rank]
    clash = ~worse(scale.table(rows, rows), key, largest)
    if len(sizes) == 1:
        copies = not clash.diagonal().any()
        np.fill_diagonal(clash, False)
    else:
        copies = True
        clash &= side[:, None] != side
    # First the rows that clash least, at random among equals, so that both sets get some.
    order = np.lexsort((rng.random(len(rows)), clash.sum(1)))
    out = np.zeros(len(rows), bool)
    chosen: list[list[int]] = [[] for _ in sizes]
    for row in order:
        if not out[row] and len(chosen[side[row]]) < sizes[side[row]]:
            chosen[side[row]].append(int(row))
            out |= clash[row]
    return tuple(
        rows[_filled(rng, np.array(mine, int), np.flatnonzero(side == s), size, copies)]
        for s, (mine, size) in enumerate(zip(chosen, sizes, strict=True))
    )


def _filled(
    rng: np.random.Generator, chosen: npt.NDArray[np.int64], all_of_them: npt.NDArray[np.int64], size: int, copies: bool
) -> npt.NDArray[np.int64]:
    short = size - len(chosen)
    if short <= 0:
        return chosen
    more = chosen if copies and len(chosen) else np.setdiff1d(all_of_them, chosen)
    return np.concatenate((chosen, rng.choice(more if len(more) else all_of_them, short)))


def planted(
    rng: np.random.Generator,
    scale: Scale,
    largest: bool,
    ground: Ground,
    sizes: Sequence[int],
    pairs: int,
    plant: Callable[[Sets, range], Sets | None],
    rank: int | None = None,
) -> Sets | None:
    """What `plant` makes of a ground with room for so many pairs and the ranks better than all of it, nearest first.

    With a rank the ground is made worse than that, and the one rank is all there is. None where nothing comes of it.
    """
    left = room(sizes, pairs)
    if left is None:
        return None
    for _ in range(_GROUNDS_TRIED):
        if rank is not None:
            made = plant(thinned(rng, scale, largest, ground, left, rank), range(rank, rank + 1))
        else:
            sets = ground(rng, left, None)
            key = best_key(scale, largest, sets)
            better = scale.better(key, largest)
            if key is None and len(better):
                better = range(int(rng.choice(better)), better[-1] + better.step, better.step)
            made = plant(sets, better) if len(better) else None
        if made is not None:
            return made
    return None


def nearest(
    rng: np.random.Generator, scale: Scale, largest: bool, sets: Sets, ranks: Sequence[int]
) -> tuple[Sets, int] | None:
    """A pair of the first rank that one finds a place for, of a few first and a few of any; and the rank."""
    some = [*ranks[:_RANKS_TRIED], *rng.permutation(ranks[_RANKS_TRIED:])[:_RANKS_TRIED]]
    for rank in some:
        made = add_pair(rng, scale, largest, sets, int(rank))
        if made is not None:
            return made, int(rank)
    return None
