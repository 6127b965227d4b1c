"""Adversarial instances: the problem's own families, and those at the edges of the plan, in proportion to weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proofformer.problems import Problem
from proofformer.runtime import Front, Model
from proofformer.runtime.attention import BACKENDS
from proofformer.verify.instances import Family, Sets, families_for, form
from proofformer.verify.instances.draws import LARGEST_DRAWN, draw_n, generator, split
from proofformer.verify.instances.edges import OWN_KERNEL, EdgeFamily, aimed, edge_families
from proofformer.verify.judge import judge
from proofformer.verify.outcome import Case, Outcome, Tally


def families(model: Front, count: int) -> list[tuple[str, int]]:
    """Each family at least once where `count` allows; those that get no instance are left out."""
    sources = _sources(model)
    shares = _shares([source.weight for source in sources], count)
    return [(source.name, share) for source, share in zip(sources, shares, strict=True) if share]


def purposes(model: Front) -> dict[str, str]:
    """For each family the mistake it is for."""
    return {source.name: source.purpose for source in _sources(model)}


def run(model: Front, family: str, seed: int, start: int, stop: int) -> Outcome:
    """Instances start..stop - 1 of the family, against the oracle; none has more than 4,096 documents."""
    source = next(source for source in _sources(model) if source.name == family)
    asked, tally = model.problem, Tally()
    for number in range(start, stop):
        rng = generator(seed, family, number)
        if isinstance(source, EdgeFamily):
            sets = source.make(rng, asked, model.plan)
        else:
            sets = _drawn(rng, number, asked=asked, max_n=model.max_n, family=source)
        judge(model, Case(family, seed, number, sets), tally)
    return tally.outcome()


def _sources(model: Front) -> tuple[Family | EdgeFamily, ...]:
    its_own = isinstance(model, Model) and model.attention not in BACKENDS.values()
    return (*families_for(model.problem), *edge_families(model.problem), *((OWN_KERNEL,) if its_own else ()))


def _drawn(rng: np.random.Generator, number: int, *, asked: Problem, max_n: int, family: Family) -> Sets:
    """One of a problem's own families; half of those for a decision with their best value at the threshold or a step
    off, except of more than 600 documents with values on a scale."""
    n = draw_n(rng, max_n, number)
    sizes = split(rng, n, asked.bichromatic)
    steered = asked.threshold is not None and (form(asked) in ("bits", "own") or n <= LARGEST_DRAWN)
    if steered and rng.random() < 0.5:
        return aimed(rng, asked, sizes, int(rng.integers(2)), family)
    return family.make(rng, asked, sizes)


def _shares(weights: Sequence[int], count: int) -> list[int]:
    """`count` split in proportion to the weights, each at least 1 where there are enough."""
    least = int(count >= len(weights))
    left, total = count - least * len(weights), sum(weights)
    shares = [least + left * weight // total for weight in weights]
    rest = sorted(range(len(weights)), key=lambda k: left * weights[k] % total, reverse=True)
    for k in rest[: count - sum(shares)]:
        shares[k] += 1
    return shares
