"""Which families test which problem, in one set and in two."""

from collections.abc import Callable
from functools import partial

import numpy as np

from proofformer.problems.problem import KINDS, Kind
from proofformer.verify.families import closest_pair, farthest_pair, max_ip, min_ip, ov, two_sets
from proofformer.verify.families.rows import Bits, Family, Sets

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


TWO_SETS = {kind.name: _two_sets(kind) for kind in KINDS}


def families_for(name: str, bichromatic: bool) -> tuple[Family, ...]:
    """The families for a problem of this name."""
    return (TWO_SETS if bichromatic else ONE_SET)[name]


def planted(rng: np.random.Generator, kind: Kind, sizes: tuple[int, ...], l: int, level: int) -> Sets:
    """One optimal pair or several, at `level` or as near as the construction comes; many others one step worse."""
    if len(sizes) == 2:
        make = (two_sets.one_step_worse, two_sets.tied)[int(rng.integers(2))]
        return make(rng, *sizes, l, kind=kind, level=level)
    generators = _PLANTED[kind.name]
    return (generators[int(rng.integers(len(generators)))](rng, *sizes, l, level=level),)
