"""Instances drawn for a problem: sizes, families, thresholds near the optimum. All of it from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems import Problem, problem
from proofformer.problems.problem import KINDS, Kind
from proofformer.verify.families import Bits, Family, Sets, families_for, planted, uniform
from proofformer.verify.families.steer import optimum, steer

Costs = npt.NDArray[np.int64]
UNPAIRED = np.iinfo(np.int64).max


def costs(asked: Problem, sets: Sequence[Bits]) -> Costs:
    """What a pair costs, (n, n) or (nA, nB): its value, negated where the largest is wanted; `UNPAIRED` on a diagonal.

    By a matrix product in float64, exact for these sizes: neither the oracle's way nor the model's.
    """
    a, b = (rows.astype(np.float64) for rows in (sets[0], sets[-1]))
    values = a @ b.T
    if asked.kind.measure == "hamming":
        values = a.sum(1)[:, None] + b.sum(1) - 2 * values
    made = np.asarray((-values if asked.kind.largest else values).astype(np.int64))
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
    """Independent bits, of a density of its own for each set; n documents in all."""
    return tuple(
        uniform(rng, size, asked.dim, float(rng.uniform(0.02, 0.98))) for size in split(rng, n, asked.bichromatic)
    )


def sample(asked: Problem, rng: np.random.Generator, n: int) -> Sets:
    """An adversarial instance of n documents in all, of a family drawn by weight.

    For a decision at a threshold, mostly one whose optimum is exactly there or one step off on the no side, and half of
    these built for that value, with as many pairs as can be at one step from it.
    """
    families = families_for(asked.name, asked.bichromatic)
    weights = np.array([family.weight for family in families])
    sizes = split(rng, n, asked.bichromatic)
    family = families[int(rng.choice(len(families), p=weights / weights.sum()))]
    if asked.threshold is None or asked.cut is None or rng.random() < 0.1:
        return family.make(rng, sizes, asked.dim)
    kind, l = asked.kind, asked.dim
    target = beyond(kind, asked.cut, int(rng.integers(2)), l)
    if rng.random() < 0.5:
        sets = steer(rng, kind, family.make(rng, sizes, l), target)
        if optimum(kind, sets) == target:
            return sets
    return steer(rng, kind, planted(rng, kind, sizes, l, target), target)


def beyond(kind: Kind, value: int, steps: int, l: int) -> int:
    """The value so many steps worse, within 0..l."""
    return min(max(value + (-steps if kind.largest else steps), 0), l)


def near_threshold(rng: np.random.Generator, kind: Kind, optimum: int, l: int) -> int:
    """A threshold for a decision: the optimal value (yes) or one step better (no); now and then 0, l or any."""
    if rng.random() < 0.1:
        return int(rng.choice((0, l, int(rng.integers(0, l + 1)))))
    # More often beyond: an optimum at the end of the range has nothing beyond it.
    return beyond(kind, optimum, -int(rng.random() < 0.75), l)


def campaign(
    name: str,
    question: str,
    bichromatic: bool,
    seed: int,
    count: int,
    n_range: tuple[int, int] = (2, 600),
    l_range: tuple[int, int] = (1, 80),
) -> Iterator[tuple[Problem, Sets]]:
    """Yields count problems with an instance each; number k depends on (seed, k), the question and the ranges only.

    Families come in shuffled rounds in which each occurs as often as its weight says, so that their shares are not left
    to chance. Two decisions of three are at a threshold near the optimum of such an instance; the third has a threshold
    that some instance of these sizes has for its optimum, and an instance sampled for it. The quotas presuppose ranges
    about as wide as the default ones.
    """
    deck: list[Family] = [f for f in families_for(name, bichromatic) for _ in range(f.weight)]
    kind = next(kind for kind in KINDS if kind.name == name)
    thresholded = question == "decide" and kind.target is None
    for k in range(count):
        start, position = divmod(k, len(deck))
        order = np.random.default_rng((seed, 0, start)).permutation(len(deck))
        rng = np.random.default_rng((seed, 1, k))
        n, l = _size(rng, *n_range, "n", 2), _size(rng, *l_range, "l", 1)
        sizes = split(rng, n, bichromatic)
        ask = partial(problem, name, dim=l, question=question, bichromatic=bichromatic)
        if not thresholded:
            yield ask(), deck[order[position]].make(rng, sizes, l)
        elif k % 3:
            sets = deck[order[position]].make(rng, sizes, l)
            yield ask(threshold=near_threshold(rng, kind, optimum(kind, sets), l)), sets
        else:
            sets = planted(rng, kind, sizes, l, int(rng.integers(0, l + 1)))
            asked = ask(threshold=near_threshold(rng, kind, optimum(kind, sets), l))
            yield asked, sample(asked, rng, n)


def _size(rng: np.random.Generator, low: int, high: int, name: str, least: int) -> int:
    """From an inclusive range: mostly uniform, often small, sometimes at an end."""
    if not least <= low <= high:
        raise InputError(f"the range of {name} is {low} to {high}: give {least} <= low <= high")
    kind = rng.random()
    if kind < 0.1:
        return low if kind < 0.05 else high
    if kind < 0.3:
        return min(high, int(low * ((high + 1) / low) ** rng.random()))
    return int(rng.integers(low, high + 1))
