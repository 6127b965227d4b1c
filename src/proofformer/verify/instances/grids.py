"""Families for closest and farthest pairs of rows with entries 0..levels, by squared Euclidean or cityblock distance.

Every generator takes `(rng, *shape, levels=C)`: the sizes of the sets and l.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from proofformer.problems.kinds import KINDS, Kind
from proofformer.verify.instances import closest_pair, contrasts, farthest_pair, two_sets
from proofformer.verify.instances.planting import shuffled
from proofformer.verify.instances.rows import Family, Sets
from proofformer.verify.instances.scales import scale_of


def uniform(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Independent entries, now and then mostly small or mostly large. For mistakes that need no structure."""
    *sizes, l = shape
    power = rng.choice([0.3, 1.0, 1.0, 3.0])
    return tuple(np.floor((levels + 1) * rng.random((n, l)) ** power).astype(np.uint8) for n in sizes)


def extremes(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Rows of only 0 and rows of only `levels`, both among two or more. For the ends of the range of scores."""
    *sizes, l = shape
    tops = np.array([0, levels], np.uint8)[rng.permutation(sum(sizes)) % 2]
    return tuple(np.split(np.repeat(tops[:, None], l, 1), np.cumsum(sizes)[:-1]))


def constant(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Each set is of one row over and over, of only 0 or only `levels`. For ties between all pairs."""
    *sizes, l = shape
    return tuple(np.full((n, l), rng.choice([0, levels]), np.uint8) for n in sizes)


def corners(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Entries 0 and `levels` only, but for one entry here and there that is one less extreme.

    For the largest coordinates, and steps as small as the largest distances allow.
    """
    *sizes, l = shape
    made = []
    for n in sizes:
        bits = rng.random((n, l)) < rng.choice([0.1, 0.5, 0.9])
        inward = rng.random((n, l)) < 1 / (2 * l)
        made.append(np.where(bits, levels - inward, inward).astype(np.uint8))
    return tuple(made)


def near_duplicates(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Rows at one unit in at most one entry from a few centres. For ties at distances 0 and 1, and steps near 0."""
    *sizes, l = shape
    n = sum(sizes)
    (centres,) = uniform(rng, max(1, n // int(rng.integers(2, 9))), l, levels=levels)
    rows = centres[rng.integers(0, len(centres), n)].astype(np.int64)
    moved, at = np.arange(n), rng.integers(0, l, n)
    rows[moved, at] += rng.integers(-1, 2, n)
    return tuple(np.split(np.clip(rows, 0, levels).astype(np.uint8), np.cumsum(sizes)[:-1]))


def lattice(rng: np.random.Generator, *shape: int, levels: int) -> Sets:
    """Points of a line, a plane or a box of the lattice, neighbours one unit apart; all different if there is room.

    For ties of many neighbours, in every direction.
    """
    *sizes, l = shape
    n = sum(sizes)
    axes = min(l, int(rng.integers(1, 4)))
    side = min(levels + 1, int(np.ceil(n ** (1 / axes))) + 1)
    box = np.stack(np.unravel_index(rng.permutation(n) % side**axes, (side,) * axes), 1)
    rows = np.repeat(uniform(rng, 1, l, levels=levels)[0], n, 0)
    rows[:, rng.permutation(l)[:axes]] = box + rng.integers(0, levels + 2 - side)
    return tuple(np.split(rows, np.cumsum(sizes)[:-1]))


def embedded(rng: np.random.Generator, *shape: int, levels: int, family: Family) -> Sets:
    """A family of 0/1 rows, lifted into the grid, now and then stretched."""
    *sizes, l = shape
    stretch = 1 if rng.random() < 0.85 else int(rng.integers(1, levels + 1))
    return lifted(rng, family.make(rng, sizes, l), levels, stretch)


def lifted(rng: np.random.Generator, sets: Sets, levels: int, stretch: int = 1) -> Sets:
    """0/1 rows with every column stretched, moved up by some amount, and some turned round.

    Unstretched, both distances are the Hamming distance: one step to one step, up to l.
    """
    l = sets[0].shape[1]
    low = rng.integers(0, levels - stretch + 1, l)
    turned = rng.random(l) < rng.choice([0.0, 0.5])
    return tuple((low + stretch * (rows ^ turned)).astype(np.uint8) for rows in sets)


def ground(
    rng: np.random.Generator, sizes: Sequence[int], rank: int | None, *, l: int, kind: Kind, levels: int
) -> Sets:
    """Rows to plant pairs in: far from one another for closest pairs, near for farthest ones.

    Uniform, in the corners or in the middle; copies of a pair one step worse, where equal documents do no harm.
    """
    scale = scale_of(kind.measure, l, levels)
    n, style = sum(sizes), rng.random()
    if style < 0.3 and (len(sizes) == 2 or kind.largest):
        beside = int(rng.integers(scale.size)) if rank is None else rank - 1 if kind.largest else rank + 1
        if 0 <= beside < scale.size:
            x, y = scale.pairs(rng, scale.shapes(rng, beside), 1, np.zeros((0, l), np.uint8))
            if len(sizes) == 2:
                return np.repeat(x, sizes[0], 0), np.repeat(y, sizes[1], 0)
            return shuffled(rng, (np.vstack((x, y))[np.arange(n) % 2],))
    rows = rng.random((n, l))
    if kind.largest:
        share = (
            rng.random() if rank is None else min(1.0, float(scale.value(rank)) / float(scale.value(scale.size - 1)))
        )
        rows = 0.5 + (rows - 0.5) * share
    elif style < 0.6:
        rows = np.where(rows < 0.5, 0.0, 1.0)
    made = np.rint(levels * rows).astype(np.uint8)
    if len(sizes) == 2 and not kind.largest and rng.random() < 0.5:
        # Sets on two sides, so that there is nothing near between them.
        half = rng.random(l) < rng.random()
        made[: sizes[0], half] //= 2
        made[sizes[0] :, half] = levels - made[sizes[0] :, half] // 2
    return tuple(np.split(made, np.cumsum(sizes)[:-1]))


_ALSO_EMBEDDED = ("planted_ends", "duplicates", "one_hot", "nested")


def _embedded(kind: Kind, levels: int, bichromatic: bool) -> tuple[Family, ...]:
    if bichromatic:
        hamming = next(k for k in KINDS if k.name == kind.name)
        step = partial(two_sets.one_step_worse, kind=hamming)
        bits: tuple[Family, ...] = (
            Family("one_step_worse", "leak of the softmax from keys one step worse", step, 6),
            Family("planted_first", "mask off by one at the start", partial(step, where="first"), 3),
            Family("planted_last", "mask off by one at the end", partial(step, where="last"), 3),
            Family("planted_ends", "indices of the two sets mixed up", partial(step, where="ends"), 3),
            Family("tied", "averages over tied keys, wrong tie order", partial(two_sets.tied, kind=hamming), 5),
        )
    else:
        table = farthest_pair.FARTHEST_PAIR_FAMILIES if kind.largest else closest_pair.CLOSEST_PAIR_FAMILIES
        bits = tuple(family for family in table if family.weight > 2 or family.name in _ALSO_EMBEDDED)
    return tuple(
        Family(f"embedded_{f.name}", f.purpose, partial(embedded, levels=levels, family=f), f.weight) for f in bits
    )


def _about(kind: Kind, l: int, levels: int) -> dict[str, Any]:
    return {
        "scale": scale_of(kind.measure, l, levels),
        "largest": kind.largest,
        "ground": partial(ground, l=l, kind=kind, levels=levels),
    }


def _families(about: dict[str, Any], levels: int) -> tuple[Family, ...]:
    step = partial(contrasts.one_step_worse, **about)
    return (
        Family("one_step_worse", "leak of the softmax from keys one step worse", step, 4),
        Family("planted_first", "mask off by one at the start", partial(step, where="first"), 2),
        Family("planted_last", "mask off by one at the end", partial(step, where="last"), 2),
        Family("planted_ends", "index bits of the farthest pair, sets mixed up", partial(step, where="ends"), 2),
        Family("tied_pairs", "wrong tie order, of unlike differences", partial(contrasts.tied_pairs, **about), 5),
        Family("misleading", "one distance in place of the other", partial(contrasts.misleading, **about), 4),
        Family("uniform", "mistakes without structure", partial(uniform, levels=levels), 3),
        Family("extremes", "scores at both ends of the range", partial(extremes, levels=levels), 2),
        Family("constant", "ties between all pairs", partial(constant, levels=levels), 1),
        Family("corners", "the largest coordinates", partial(corners, levels=levels), 3),
        Family("near_duplicates", "distances of 0 and 1", partial(near_duplicates, levels=levels), 3),
        Family("lattice", "ties of neighbours in every direction", partial(lattice, levels=levels), 3),
    )


def one_set(kind: Kind, l: int, levels: int) -> tuple[Family, ...]:
    """The families of one set for rows of l entries 0..levels; names and weights do not depend on l and levels."""
    return (*_families(_about(kind, l, levels), levels), *_embedded(kind, levels, bichromatic=False))


def two_set(kind: Kind, l: int, levels: int) -> tuple[Family, ...]:
    """The families of two sets; their names and weights do not depend on l and levels."""
    alone = one_set(kind, l, levels)
    about = _about(kind, l, levels)
    return (
        *_families(about, levels),
        *_embedded(kind, levels, bichromatic=True),
        Family("block", "averages over tied keys of both sets", partial(contrasts.block, **about), 4),
        Family("parted", "a set that sees itself", partial(two_sets.parted, families=alone), 12),
        Family(
            "copied", "pairs (i, j) and (j, i), a document and its copy", partial(two_sets.copied, families=alone), 5
        ),
    )
