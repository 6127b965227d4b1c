"""What the pairs of a problem can be worth, and rows to plant better pairs in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances import closest_pair, farthest_pair
from proofformer.verify.instances.foreign import OwnValues
from proofformer.verify.instances.rows import Sets, shuffled
from proofformer.verify.instances.scales import Scale, Similarities, scale_of
from proofformer.verify.instances.similarity import of_norms

# The sizes of the sets, and the rank that a pair planted in the ground is going to have, where that is known.
Ground = Callable[[np.random.Generator, Problem, Sequence[int], int | None], Sets]


def form(asked: Problem) -> Literal["own", "similar", "grid", "bits"]:
    """A task of one's own; a similarity; a distance of grids; an inner product or Hamming distance of bits."""
    if asked.task is not None:
        return "own"
    return "similar" if asked.kind.is_similarity else "grid" if asked.kind.takes_levels else "bits"


def scale_for(asked: Problem) -> Scale:
    """The values that pairs of rows of the problem can have."""
    if asked.task is not None:
        return OwnValues(asked, asked.task)
    return scale_of(asked.kind.measure, asked.dim, asked.levels, asked.norms)


def copies_do_no_harm(asked: Problem, sizes: Sequence[int]) -> bool:
    """Whether copies of a document are no better than other pairs."""
    return len(sizes) == 2 or asked.kind.largest != asked.kind.is_similarity


def ground(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], rank: int | None) -> Sets:
    """Rows to plant pairs in, as alike or as unlike as it takes for better pairs of the rank, if there is one.

    Copies of a pair that is one step worse, where equal documents do no harm, or rows of the kind of problem.
    """
    style = rng.random()
    if style < (0.25 if asked.kind.is_similarity else 0.3) and copies_do_no_harm(asked, sizes):
        copies = _copies(rng, asked, sizes, rank)
        if copies is not None:
            return copies
    return (_similar if asked.kind.is_similarity else _grid)(rng, asked, sizes, rank, style)


def _copies(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], rank: int | None) -> Sets | None:
    scale = scale_for(asked)
    beside = int(rng.integers(scale.size)) if rank is None else rank - 1 if asked.kind.largest else rank + 1
    if not 0 <= beside < scale.size:
        return None
    pair = scale.pair(rng, beside)
    if len(sizes) == 2:
        return tuple(np.repeat(row, size, 0) for row, size in zip(pair, sizes, strict=True))
    return shuffled(rng, (np.vstack(pair)[np.arange(sizes[0]) % 2],))


def _similar(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], rank: int | None, style: float) -> Sets:
    """Norms in a narrow range or any declared; or a code in which all pairs of neighbours are tied."""
    scale, l, largest = scale_for(asked), asked.dim, asked.kind.largest
    assert isinstance(scale, Similarities)
    norms = scale.norms
    if style < 0.45 and l % 2 == 0 and l // 2 in norms and rank is None:
        code = (closest_pair if largest else farthest_pair).one_step_worse(rng, sum(sizes) + 2, l // 2, "first")[2:]
        return tuple(np.split(rng.permutation(np.hstack((code, 1 - code)), axis=1), sizes[:-1]))
    if rank is not None:
        # Two random rows of these densities are about as similar as either is dense.
        level, densities = float(scale.value(rank)), norms / l
        side = norms[densities <= level] if largest else norms[densities >= level]
        norms = side if len(side) else norms[:1] if largest else norms[-1:]
    low, high = np.sort(rng.integers(0, len(norms), 2))
    if rng.random() < 0.5:
        low, high = 0, len(norms) - 1
    return tuple(of_norms(rng, l, norms[rng.integers(low, high + 1, size)]) for size in sizes)


def _grid(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], rank: int | None, style: float) -> Sets:
    """Far from one another for closest pairs, near for farthest ones: uniform, in the corners or in the middle."""
    scale, l, levels = scale_for(asked), asked.dim, asked.levels
    rows = rng.random((sum(sizes), l))
    if asked.kind.largest:
        most = float(scale.value(scale.size - 1))
        share = rng.random() if rank is None else min(1.0, float(scale.value(rank)) / most)
        rows = 0.5 + (rows - 0.5) * share
    elif style < 0.6:
        rows = np.where(rows < 0.5, 0.0, 1.0)
    made = np.rint(levels * rows).astype(np.uint8)
    if len(sizes) == 2 and not asked.kind.largest and rng.random() < 0.5:
        # Sets on two sides, so that there is nothing near between them.
        half = rng.random(l) < rng.random()
        made[: sizes[0], half] //= 2
        made[sizes[0] :, half] = levels - made[sizes[0] :, half] // 2
    return tuple(np.split(made, np.cumsum(sizes)[:-1]))
