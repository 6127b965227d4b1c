"""Rows with entries 0..levels, for squared Euclidean and cityblock distances and for tasks of one's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances.rows import Bits, Sets


def uniform(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Independent entries, now and then mostly small or mostly large. For mistakes that need no structure."""
    power = rng.choice([0.3, 1.0, 1.0, 3.0])
    drawn = (rng.random((n, asked.dim)) ** power for n in sizes)
    return tuple(np.floor((asked.levels + 1) * shares).astype(np.uint8) for shares in drawn)


def few_rows(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Copies of two to five rows, in any order. For averages over tied keys, and for ties of every kind."""
    (distinct,) = uniform(rng, asked, (int(rng.integers(2, 6)),))
    return tuple(distinct[rng.integers(0, len(distinct), size)] for size in sizes)


def extremes(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Rows of only 0 and rows of only `levels`, both among two or more. For the ends of the range of scores."""
    tops = np.array([0, asked.levels], np.uint8)[rng.permutation(sum(sizes)) % 2]
    return _dealt(np.repeat(tops[:, None], asked.dim, 1), sizes)


def constant(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Each set is of one row over and over, of only 0 or only `levels`. For ties between all pairs."""
    return tuple(np.full((n, asked.dim), rng.choice([0, asked.levels]), np.uint8) for n in sizes)


def corners(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Entries 0 and `levels` only, but for one entry here and there that is one less extreme.

    For the largest coordinates, and steps as small as the largest distances allow.
    """
    made, l = [], asked.dim
    for n in sizes:
        bits = rng.random((n, l)) < rng.choice([0.1, 0.5, 0.9])
        inward = rng.random((n, l)) < 1 / (2 * l)
        made.append(np.where(bits, asked.levels - inward, inward).astype(np.uint8))
    return tuple(made)


def near_duplicates(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Rows at one unit in at most one entry from a few centres. For ties at distances 0 and 1, and steps near 0."""
    n = sum(sizes)
    (centres,) = uniform(rng, asked, (max(1, n // int(rng.integers(2, 9))),))
    rows = centres[rng.integers(0, len(centres), n)].astype(np.int64)
    moved, at = np.arange(n), rng.integers(0, asked.dim, n)
    rows[moved, at] += rng.integers(-1, 2, n)
    return _dealt(np.clip(rows, 0, asked.levels).astype(np.uint8), sizes)


def lattice(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Points of a line, a plane or a box of the lattice, neighbours one unit apart; all different if there is room.

    For ties of many neighbours, in every direction.
    """
    n, l, levels = sum(sizes), asked.dim, asked.levels
    axes = min(l, int(rng.integers(1, 4)))
    side = min(levels + 1, int(np.ceil(n ** (1 / axes))) + 1)
    box = np.stack(np.unravel_index(rng.permutation(n) % side**axes, (side,) * axes), 1)
    rows = np.repeat(uniform(rng, asked, (1,))[0], n, 0)
    rows[:, rng.permutation(l)[:axes]] = box + rng.integers(0, levels + 2 - side)
    return _dealt(rows, sizes)


def lifted(rng: np.random.Generator, sets: Sets, levels: int, stretch: int = 1) -> Sets:
    """0/1 rows with every column stretched, moved up by some amount, and some turned round.

    Unstretched, both distances are the Hamming distance: one step to one step, up to l.
    """
    l = sets[0].shape[1]
    low = rng.integers(0, levels - stretch + 1, l)
    turned = rng.random(l) < rng.choice([0.0, 0.5])
    return tuple((low + stretch * (rows ^ turned)).astype(np.uint8) for rows in sets)


def _dealt(rows: Bits, sizes: Sequence[int]) -> Sets:
    """The rows, as many as the sizes add up to, cut into sets of these."""
    return tuple(np.split(rows, np.cumsum(sizes)[:-1]))
