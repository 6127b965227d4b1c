"""One planter for every problem: a pair that is best, at a place and of a value asked for, or as near as can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

import numpy as np

from proofformer.problems import Problem
from proofformer.problems.kinds import Kind, Measure
from proofformer.verify.instances import (
    closest_pair,
    contrasts,
    farthest_pair,
    foreign,
    grids,
    max_ip,
    min_ip,
    ov,
    two_sets,
)
from proofformer.verify.instances.family import Family
from proofformer.verify.instances.grounds import copies_do_no_harm, form, scale_for
from proofformer.verify.instances.rows import Bits, Place, Sets
from proofformer.verify.instances.steer import steer

_ONE_SET: dict[tuple[Measure, bool], ModuleType] = {
    ("inner", False): min_ip,
    ("inner", True): max_ip,
    ("hamming", False): closest_pair,
    ("hamming", True): farthest_pair,
}


def one_step_worse(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], *, where: Place = "random") -> Sets:
    """For leaks, masks and indices: one best pair, others one step worse; as far as each kind of problem promises."""
    if form(asked) == "own":
        return foreign.planted(rng, asked, sizes, where)
    if form(asked) != "bits":
        return contrasts.one_step_worse(rng, asked, sizes, where)
    kind, l = asked.kind, asked.dim
    if len(sizes) == 2:
        return two_sets.one_step_worse(rng, kind, sizes, l, where)
    of = _ONE_SET[kind.measure, kind.largest]
    make: Callable[..., Bits] = of.one_step_worse if kind.target is None else ov.single_yes
    if of is closest_pair and where != "random":
        make = closest_pair.planted_at
    return (make(rng, *sizes, l, where),)


def many_ties(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """For ties, among bits: several best pairs, many of them that share a document."""
    kind, l = asked.kind, asked.dim
    if len(sizes) == 2:
        return two_sets.tied(rng, kind, sizes, l)
    return (_ONE_SET[kind.measure, kind.largest].many_ties(rng, *sizes, l),)


def among_bits(rng: np.random.Generator, kind: Kind, sizes: Sequence[int], l: int, level: int) -> Sets:
    """One optimal pair or several, at `level` or as near as the construction comes; many others one step worse."""
    if len(sizes) == 2:
        return (two_sets.one_step_worse, two_sets.tied)[int(rng.integers(2))](rng, kind, sizes, l, level=level)
    of = _ONE_SET[kind.measure, kind.largest]
    if of is closest_pair or not int(rng.integers(2)):
        return (of.one_step_worse(rng, *sizes, l, level=level),)
    return (of.many_ties(rng, *sizes, l, level=level),)


def planted(
    rng: np.random.Generator, asked: Problem, sizes: Sequence[int], rank: int, family: Family | None = None
) -> Sets:
    """An instance whose best pair has the rank, where the documents can have it: built for that, or of the family."""
    kind, l = asked.kind, asked.dim
    if form(asked) == "own":
        return foreign.planted(rng, asked, sizes, goal=rank)
    if form(asked) == "bits":
        made = among_bits(rng, kind, sizes, l, rank) if family is None else family.make(rng, asked, sizes)
        return steer(rng, kind, made, rank)
    if family is not None:
        return contrasts.one_step_worse(rng, asked, sizes, rank=rank, around=partial(_ground, family=family))
    value = scale_for(asked).value(rank)
    if kind.takes_levels and isinstance(value, int) and value <= l and rng.random() < 0.7:
        hamming = in_bits(asked).kind
        return grids.lifted(rng, among_bits(rng, hamming, sizes, l, value), asked.levels)
    make = contrasts.block if copies_do_no_harm(asked, sizes) and rng.random() < 0.3 else contrasts.one_step_worse
    return make(rng, asked, sizes, rank=rank)


def goal(asked: Problem, steps: int) -> int:
    """The value or rank so many steps worse than the threshold of a decision; the nearest that there is."""
    assert asked.cut is not None, "a decision has a threshold"
    scale, largest = scale_for(asked), asked.kind.largest
    rank = scale.cut(asked.cut, largest) + (-steps if largest else steps)
    return min(max(rank, 0), scale.size - 1)


def in_bits(asked: Problem) -> Problem:
    """The same question about rows of 0 and 1, where both distances are the Hamming distance."""
    return Problem(asked.name, asked.dim, bichromatic=asked.bichromatic)


def _ground(
    rng: np.random.Generator, asked: Problem, sizes: Sequence[int], rank: int | None, *, family: Family
) -> Sets:
    """Rows of a family to plant a pair in; of no documents too, which a family does not make."""
    made = family.make(rng, asked, [max(asked.least_n, size) for size in sizes])
    return tuple(rows[:size] for rows, size in zip(made, sizes, strict=True))
