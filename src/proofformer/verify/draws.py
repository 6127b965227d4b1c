"""Instances drawn for a problem: sizes, families, thresholds near the optimum. All of it from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems import Problem, problem
from proofformer.verify.families import Bits, Family, Sets, families_for, uniform

Costs = npt.NDArray[np.int64]
UNPAIRED = np.iinfo(np.int64).max
TRIES = 4


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

    For a decision its optimum is at the threshold, or one step off, where a few tries and a few constant columns get it
    there.
    """
    families = families_for(asked.name, asked.bichromatic)
    weights = np.array([family.weight for family in families])
    sizes = split(rng, n, asked.bichromatic)

    def drawn(l: int) -> Sets:
        return families[int(rng.choice(len(families), p=weights / weights.sum()))].make(rng, sizes, l)

    if asked.cut is None or asked.kind.target is not None:
        return drawn(asked.dim)
    wanted = (-1 if asked.kind.largest else 1) * asked.cut + int(rng.integers(0, 2))
    nearest, distance = drawn(asked.dim), UNPAIRED
    for width in (asked.dim, *(int(w) for w in rng.integers(1, asked.dim + 1, TRIES - 1))):
        made = _widened(asked, drawn(width), wanted)
        off = abs(int(costs(asked, made).min()) - wanted)
        if off < distance:
            nearest, distance = made, off
    return nearest


def _widened(asked: Problem, sets: Sets, wanted: int) -> Sets:
    """The sets with constant columns up to l, some of them such that each raises every pair's value by one."""
    extra = asked.dim - sets[0].shape[1]
    sign = -1 if asked.kind.largest else 1
    raised = min(max(sign * (wanted - int(costs(asked, sets).min())), 0), extra)
    if asked.kind.measure == "inner":
        ends = tuple((1,) * raised + (0,) * (extra - raised) for _ in sets)
    else:
        ends = tuple((s if len(sets) == 2 else 0,) * raised + (0,) * (extra - raised) for s in range(len(sets)))
    return tuple(
        np.hstack((rows, np.tile(np.array(end, np.uint8), (len(rows), 1))))
        for rows, end in zip(sets, ends, strict=True)
    )


def near_threshold(rng: np.random.Generator, asked: Problem, optimum: int) -> int:
    """A threshold for a decision: the optimal value (yes) or one step beyond it (no); now and then any."""
    if rng.random() < 0.1:
        return int(rng.choice((0, asked.dim, int(rng.integers(0, asked.dim + 1)))))
    step = int(rng.integers(0, 2)) * (1 if asked.kind.largest else -1)
    return min(max(optimum + step, 0), asked.dim)


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
    to chance. The quotas on sizes and ties presuppose ranges about as wide as the default ones.
    """
    deck: list[Family] = [f for f in families_for(name, bichromatic) for _ in range(f.weight)]
    for k in range(count):
        start, position = divmod(k, len(deck))
        order = np.random.default_rng((seed, 0, start)).permutation(len(deck))
        rng = np.random.default_rng((seed, 1, k))
        n, l = _size(rng, *n_range, "n", 2), _size(rng, *l_range, "l", 1)
        sets = deck[order[position]].make(rng, split(rng, n, bichromatic), l)
        asked = problem(name, dim=l, bichromatic=bichromatic)
        if question == "decide":
            sign = -1 if asked.kind.largest else 1
            optimum = sign * int(costs(asked, sets).min())
            threshold = None if asked.kind.target is not None else near_threshold(rng, asked, optimum)
            asked = problem(name, dim=l, question="decide", bichromatic=bichromatic, threshold=threshold)
        yield asked, sets


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
