"""Which families test which problem, in one set and in two."""

from collections.abc import Callable
from functools import partial

import numpy as np

from proofformer.problems import Problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.verify.instances import (
    closest_pair,
    contrasts,
    farthest_pair,
    foreign,
    grids,
    max_ip,
    min_ip,
    ov,
    similarity,
    two_sets,
)
from proofformer.verify.instances.rows import Bits, Family, Sets
from proofformer.verify.instances.scales import Scale, scale_of

ONE_SET = {
    "ov": ov.OV_FAMILIES,
    "min-ip": min_ip.MIN_IP_FAMILIES,
    "max-ip": max_ip.MAX_IP_FAMILIES,
    "closest-pair": closest_pair.CLOSEST_PAIR_FAMILIES,
    "farthest-pair": farthest_pair.FARTHEST_PAIR_FAMILIES,
}

_PLANTED: dict[str, tuple[Callable[..., Bits], ...]] = {
    "min-ip": (min_ip.one_step_worse, min_ip.many_ties),
    "max-ip": (max_ip.one_step_worse, max_ip.many_ties),
    "closest-pair": (closest_pair.one_step_worse,),
    "farthest-pair": (farthest_pair.one_step_worse, farthest_pair.many_ties),
}


def _two_sets(kind: Kind) -> tuple[Family, ...]:
    step = partial(two_sets.one_step_worse, kind=kind, level=kind.target)
    tied = partial(two_sets.tied, kind=kind, level=kind.target)
    alone = ONE_SET[kind.name]
    families = (
        Family("one_step_worse", "leak of the softmax from keys one step worse", step, 6),
        Family("planted_first", "mask off by one at the start", partial(step, where="first"), 2),
        Family("planted_last", "mask off by one at the end", partial(step, where="last"), 2),
        Family("planted_ends", "indices of the two sets mixed up", partial(step, where="ends"), 3),
        Family("tied", "averages over tied keys, wrong tie order", tied, 6),
        Family("parted", "a set that sees itself", partial(two_sets.parted, families=alone), 10),
        Family(
            "copied", "pairs (i, j) and (j, i), a document and its copy", partial(two_sets.copied, families=alone), 4
        ),
        Family("uneven", "the roles of the sets mixed up", two_sets.uneven, 3),
        Family("extremes", "scores at both ends of the range", two_sets.extremes, 2),
    )
    if kind.target is None:
        return families
    return (
        *families,
        Family("all_one_step_off", "leaked mass that adds up to a yes", two_sets.all_one_step_off, 3),
        Family("orthogonal_inside", "votes of documents of one set for each other", two_sets.orthogonal_inside, 4),
    )


TWO_SETS = {kind.name: _two_sets(kind) for kind in KINDS if kind.measure in ("inner", "hamming")}


def scale_for(asked: Problem) -> Scale | None:
    """The values of a similarity or of a grid's distances; None where values are 0..l, and where nobody knows them."""
    kind = asked.kind
    if asked.task is not None or not (kind.is_similarity or kind.takes_levels):
        return None
    return scale_of(kind.measure, asked.dim, asked.levels, asked.norms)


def families_for(asked: Problem) -> tuple[Family, ...]:
    """The families for a problem, in one set or two; their names and weights depend on its kind and form only."""
    kind, l = asked.kind, asked.dim
    if asked.task is not None:
        return foreign.families(asked)
    if kind.is_similarity:
        return (similarity.two_set if asked.bichromatic else similarity.one_set)(kind, l, asked.norms)
    if kind.takes_levels:
        return (grids.two_set if asked.bichromatic else grids.one_set)(kind, l, asked.levels)
    return (TWO_SETS if asked.bichromatic else ONE_SET)[asked.name]


def planted(rng: np.random.Generator, kind: Kind, sizes: tuple[int, ...], l: int, level: int) -> Sets:
    """One optimal pair or several, at `level` or as near as the construction comes; many others one step worse.

    For values 0..l.
    """
    if len(sizes) == 2:
        make = (two_sets.one_step_worse, two_sets.tied)[int(rng.integers(2))]
        return make(rng, *sizes, l, kind=kind, level=level)
    generators = _PLANTED[kind.name]
    return (generators[int(rng.integers(len(generators)))](rng, *sizes, l, level=level),)


def planted_at(rng: np.random.Generator, asked: Problem, scale: Scale, sizes: tuple[int, ...], rank: int) -> Sets:
    """As `planted`, for values on a scale: the best value is that of the rank, where the documents can have it."""
    kind, l = asked.kind, asked.dim
    value = scale.value(rank)
    if kind.takes_levels and value <= l and rng.random() < 0.7:
        assert isinstance(value, int), "distances of grids are whole"
        hamming = next(other for other in KINDS if other.name == kind.name)
        return grids.lifted(rng, planted(rng, hamming, sizes, l, value), asked.levels)
    ground = (
        partial(similarity.ground, l=l, kind=kind, norms=asked.norms)
        if kind.is_similarity
        else partial(grids.ground, l=l, kind=kind, levels=asked.levels)
    )
    # Copies of documents are no better than other pairs.
    copies = len(sizes) == 2 or kind.largest != kind.is_similarity
    make = contrasts.block if copies and rng.random() < 0.3 else contrasts.one_step_worse
    return make(rng, *sizes, l, scale=scale, largest=kind.largest, ground=ground, rank=rank)
