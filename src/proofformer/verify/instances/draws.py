"""Random instances for a problem, told by a seed: how many documents, of which family, how near to the threshold."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem
from proofformer.verify.instances import grids
from proofformer.verify.instances.family import of_weight
from proofformer.verify.instances.grounds import form, scale_for
from proofformer.verify.instances.planter import goal, planted
from proofformer.verify.instances.rows import Bits, Sets, uniform
from proofformer.verify.instances.similarity import fitted
from proofformer.verify.instances.tables import families_for

Costs = npt.NDArray[np.int64]
UNPAIRED = np.iinfo(np.int64).max

LARGEST_DRAWN = 600
LARGEST_EDGE = 4096
EDGE_EVERY = 50


def generator(seed: int, family: str, number: int) -> np.random.Generator:
    """The random numbers of one instance: whatever shard it is in."""
    return np.random.default_rng((seed, zlib.crc32(family.encode()), number))


def draw_n(rng: np.random.Generator, max_n: int, number: int) -> int:
    """n of both sets together, from 2..min(max_n, 600), a quarter of the time a small one.

    Every 50th instance has n = max_n or max_n - 1 where that is at most 4,096.
    """
    if number % EDGE_EVERY == EDGE_EVERY - 1 and 3 <= max_n <= LARGEST_EDGE:
        return max_n - int(rng.integers(0, 2))
    most = min(max_n, LARGEST_DRAWN)
    if rng.random() < 0.25:
        return min(most, int(2 * ((most + 1) / 2) ** rng.random()))
    return int(rng.integers(2, most + 1))


def costs(asked: Problem, sets: Sequence[Bits]) -> Costs:
    """What a pair costs, (n, n) or (nA, nB): its value, negated where the largest is wanted; `UNPAIRED` on a diagonal.

    In place of the value its rank among those that pairs of such rows can have, which is the value itself where that
    can be any whole number. By a matrix product in float64, exact for these sizes: neither the oracle's way nor the
    model's. A task of one's own is asked for its values.
    """
    scale = scale_for(asked)
    ranks = scale.ranks(scale.table(*sets))
    made = -ranks if asked.kind.largest else ranks
    if len(sets) == 1:
        np.fill_diagonal(made, UNPAIRED)
    return made


def split(rng: np.random.Generator, n: int, bichromatic: bool) -> tuple[int, ...]:
    """The size of one set, or the sizes of two of n in all: often even, often one document against the rest."""
    if not bichromatic:
        return (n,)
    kind = rng.random()
    first = 1 if kind < 0.1 else n - 1 if kind < 0.2 else n // 2 if kind < 0.4 else int(rng.integers(1, n))
    return first, n - first


def random_sets(rng: np.random.Generator, asked: Problem, n: int) -> Sets:
    """Independent entries, of a density of its own for each set; n documents in all. Bits are fitted to the norms."""
    sizes = split(rng, n, asked.bichromatic)
    if asked.kind.takes_levels:
        return tuple(grids.uniform(rng, asked, (size,))[0] for size in sizes)
    sets = tuple(uniform(rng, size, asked.dim, float(rng.uniform(0.02, 0.98))) for size in sizes)
    if asked.kind.is_similarity:
        return tuple(fitted(rng, rows, asked, alike=False) for rows in sets)
    return sets


def sample(asked: Problem, rng: np.random.Generator, n: int) -> Sets:
    """An adversarial instance of n documents in all, of a family drawn by weight.

    For a decision at a threshold, mostly one whose optimum is exactly there or one step off on the no side, and half of
    these built for that value, with as many pairs as can be at one step from it. (Similarities and grids: all of these
    are built for it; where the documents cannot have that value, the instance has another.)
    """
    sizes = split(rng, n, asked.bichromatic)
    family = of_weight(rng, families_for(asked))
    if asked.threshold is None or asked.cut is None or rng.random() < 0.1:
        return family.make(rng, asked, sizes)
    rank = goal(asked, int(rng.integers(2)))
    if form(asked) == "bits" and rng.random() < 0.5:
        sets = planted(rng, asked, sizes, rank, family)
        if abs(int(costs(asked, sets).min())) == rank:
            return sets
    return planted(rng, asked, sizes, rank)
