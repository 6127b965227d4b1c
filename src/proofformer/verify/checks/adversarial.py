"""Adversarial instances: the problem's own families, and those at the edges of the plan, in proportion to weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from proofformer.problems import Problem
from proofformer.runtime import Front, Model
from proofformer.runtime.attention import BACKENDS
from proofformer.verify.check import Check
from proofformer.verify.instances import Family, Sets, families_for, form
from proofformer.verify.instances.draws import LARGEST_DRAWN, draw_n, generator, split
from proofformer.verify.instances.edges import aimed, edge_families, kernel_families
from proofformer.verify.judge import judge
from proofformer.verify.outcome import Case, Outcome, Tally


@dataclass(frozen=True)
class _Source:
    """A family as this check draws from it: `make(rng, number)`."""

    name: str
    purpose: str
    weight: int
    make: Callable[[np.random.Generator, int], Sets]


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
    tally = Tally()
    for number in range(start, stop):
        sets = source.make(generator(seed, family, number), number)
        judge(model, Case(family, seed, number, sets), tally)
    return tally.outcome()


def _sources(model: Front) -> list[_Source]:
    asked, max_n = model.problem, model.max_n
    own = [
        _Source(f.name, f.purpose, f.weight, partial(_drawn, asked=asked, max_n=max_n, family=f))
        for f in families_for(asked)
    ]
    its_own = isinstance(model, Model) and model.attention not in BACKENDS.values()
    edge = [
        _Source(f.name, f.purpose, f.weight, lambda rng, number, make=f.make: make(rng))  # type: ignore[misc]
        for f in (*edge_families(asked, model.plan), *(kernel_families(asked, model.plan) if its_own else ()))
    ]
    return own + edge


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


CHECK = Check(
    "adversarial",
    "Instances built to break models, from all families.",
    shard=50,
    usual=200,
    families=families,
    run=run,
)
