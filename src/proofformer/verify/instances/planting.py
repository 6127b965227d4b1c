"""Pairs planted in a ground of rows that are all worse than they, for any problem whose values are known.

Sets are one set of rows or two; the pairs of one set are those of two different rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem
from proofformer.verify.instances.grounds import Ground, ground, scale_for
from proofformer.verify.instances.rows import Place, Sets, placed, shuffled
from proofformer.verify.instances.scales import Keys, Shapes

_PLACES_TRIED = 48
_RANKS_TRIED = 6
_GROUNDS_TRIED = 3
_POOL = 4

Plant = Callable[[Sets, range], Sets | None]


def worse(asked: Problem, table: Keys, key: float) -> npt.NDArray[np.bool_]:
    return np.asarray(table < key if asked.kind.largest else table > key)


def best_key(asked: Problem, sets: Sets) -> float | None:
    """The key of the best pair, or None without pairs."""
    table = scale_for(asked).table(sets[0], sets[-1])
    if len(sets) == 1:
        table = table[np.triu_indices(len(table), 1)]
    if not table.size:
        return None
    return table.max().item() if asked.kind.largest else table.min().item()  # type: ignore[no-any-return]


def add_pair(
    rng: np.random.Generator, asked: Problem, sets: Sets, rank: int, shapes: Shapes | None = None
) -> Sets | None:
    """The sets with one more pair of rows in front, of this rank and one of the `shapes`.

    Every other pair with either of the two rows is worse. None where that was so for none of several pairs tried.
    """
    scale = scale_for(asked)
    shapes = scale.shapes(rng, rank) if shapes is None else shapes
    X, Y = scale.pairs(rng, shapes, _PLACES_TRIED, np.vstack(sets))
    fits = [
        worse(asked, scale.table(rows, others), scale.keys[rank]).all(1)
        for rows, others in ((X, sets[-1]), (Y, sets[0]))
    ]
    fitting = fits[0] & fits[1]
    if not fitting.any():
        return None
    x, y = (rows[int(fitting.argmax())] for rows in (X, Y))
    if len(sets) == 1:
        return (np.vstack((x, y, sets[0])),)
    return np.vstack((x, sets[0])), np.vstack((y, sets[1]))


def nearest(rng: np.random.Generator, asked: Problem, sets: Sets, ranks: Sequence[int]) -> Sets | None:
    """The sets with a pair planted of the first rank that fits beside the other rows; a few of the best ranks are tried
    and then a few of any."""
    some = [*ranks[:_RANKS_TRIED], *rng.permutation(ranks[_RANKS_TRIED:])[:_RANKS_TRIED]]
    tries = (add_pair(rng, asked, sets, int(rank)) for rank in some)
    return next((made for made in tries if made is not None), None)


def room(sizes: Sequence[int], pairs: int) -> list[int] | None:
    """How many rows of each set are left when so many planted pairs are taken off; None where they do not fit."""
    left = [size - (2 * pairs if len(sizes) == 1 else pairs) for size in sizes]
    return left if min(left) >= 0 else None


def planted(
    rng: np.random.Generator,
    asked: Problem,
    sizes: Sequence[int],
    pairs: int,
    plant: Plant,
    where: Place | None = None,
    *,
    rank: int | None = None,
    around: Ground = ground,
) -> Sets:
    """What `plant` makes of a ground with room for so many pairs and the ranks better than all of it, nearest first.

    With a rank the ground is made worse than that, and the one rank is all there is. The pair in front is moved to the
    place asked for; for None all documents are in any order. A ground as it is where nothing comes of it.
    """
    made = _planted(rng, asked, sizes, pairs, plant, rank, around)
    if made is not None and where is not None:
        return placed(rng, made, where)
    made = around(rng, asked, sizes, rank) if made is None else made
    return shuffled(rng, made) if where is None else made


def _planted(
    rng: np.random.Generator,
    asked: Problem,
    sizes: Sequence[int],
    pairs: int,
    plant: Plant,
    rank: int | None,
    around: Ground,
) -> Sets | None:
    left = room(sizes, pairs)
    if left is None:
        return None
    for _ in range(_GROUNDS_TRIED):
        if rank is not None:
            made = plant(_thinned(rng, asked, around, left, rank), range(rank, rank + 1))
        else:
            sets = around(rng, asked, left, None)
            key = best_key(asked, sets)
            better = scale_for(asked).better(key, asked.kind.largest)
            if key is None and len(better):
                better = range(int(rng.choice(better)), better[-1] + better.step, better.step)
            made = plant(sets, better) if len(better) else None
        if made is not None:
            return made
    return None


def _thinned(rng: np.random.Generator, asked: Problem, around: Ground, sizes: Sequence[int], rank: int) -> Sets:
    """Rows of several grounds of which every pair is worse than the rank, as many as are asked for.

    Where there are not so many, copies of them if these are worse too, or else rows that need not be.
    """
    pools, scale = [around(rng, asked, sizes, rank) for _ in range(_POOL)], scale_for(asked)
    rows = np.vstack([part for pool in pools for part in pool])
    side = np.concatenate([np.full(len(part), s) for pool in pools for s, part in enumerate(pool)])
    clash = ~worse(asked, scale.table(rows, rows), scale.keys[rank])
    copies = True
    if len(sizes) == 1:
        copies = not clash.diagonal().any()
        np.fill_diagonal(clash, False)
    else:
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
