"""Instances drawn for a problem: sizes, families, thresholds near the optimum. All of it from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.verify.instances import (
    Bits,
    Family,
    Sets,
    families_for,
    foreign,
    planted,
    planted_at,
    scale_for,
    uniform,
)
from proofformer.verify.instances.grids import uniform as uniform_grid
from proofformer.verify.instances.scales import Scale, Similarities, scale_of
from proofformer.verify.instances.similarity import fitted
from proofformer.verify.instances.steer import optimum, steer

Costs = npt.NDArray[np.int64]
UNPAIRED = np.iinfo(np.int64).max

LENGTHS = (8, 16, 32, 64, 128)
GRID_LENGTHS = (2, 8, 12, 16, 24, 32, 40, 48, 64)
LEVELS = (1, 2, 5, 16)


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

    For similarities and grids, the rank of its value among those that pairs of such rows can have, in place of the
    value. By a matrix product in float64, exact for these sizes: neither the oracle's way nor the model's. A task of
    one's own is asked for its values.
    """
    scale = scale_for(asked)
    values: npt.NDArray[Any]
    if asked.task is not None:
        values = foreign.values(asked.task, sets)
    elif scale is not None:
        values = scale.ranks(scale.table(sets[0], sets[-1]))
    else:
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
    """Independent entries, of a density of its own for each set; n documents in all. Bits are fitted to the norms."""
    sizes, l = split(rng, n, asked.bichromatic), asked.dim
    if asked.kind.takes_levels:
        return tuple(uniform_grid(rng, size, l, levels=asked.levels)[0] for size in sizes)
    sets = tuple(uniform(rng, size, l, float(rng.uniform(0.02, 0.98))) for size in sizes)
    if asked.kind.is_similarity:
        return tuple(fitted(rng, rows, asked.norms, alike=False) for rows in sets)
    return sets


def sample(asked: Problem, rng: np.random.Generator, n: int) -> Sets:
    """An adversarial instance of n documents in all, of a family drawn by weight.

    For a decision at a threshold, mostly one whose optimum is exactly there or one step off on the no side, and half of
    these built for that value, with as many pairs as can be at one step from it. (Similarities and grids: all of these
    are built for it; where the documents cannot have that value, the instance has another.)
    """
    families = families_for(asked)
    weights = np.array([family.weight for family in families])
    sizes = split(rng, n, asked.bichromatic)
    family = families[int(rng.choice(len(families), p=weights / weights.sum()))]
    if asked.threshold is None or asked.cut is None or rng.random() < 0.1:
        return family.make(rng, sizes, asked.dim)
    kind, l, scale = asked.kind, asked.dim, scale_for(asked)
    if scale is not None:
        rank = scale.cut(asked.cut, kind.largest)
        return planted_at(rng, asked, scale, sizes, beyond(kind, rank, int(rng.integers(2)), scale.size - 1))
    assert isinstance(asked.cut, int), "whole for inner products, Hamming distances and tasks of one's own"
    target = beyond(kind, asked.cut, int(rng.integers(2)), l if asked.task is None else foreign.MOST)
    if asked.task is not None:
        return foreign.planted(rng, *sizes, l, asked=asked, goal=target)
    if rng.random() < 0.5:
        sets = steer(rng, kind, family.make(rng, sizes, l), target)
        if optimum(kind, sets) == target:
            return sets
    return steer(rng, kind, planted(rng, kind, sizes, l, target), target)


def beyond(kind: Kind, value: int, steps: int, l: int) -> int:
    """The value, or rank, so many steps worse, within 0..l."""
    return min(max(value + (-steps if kind.largest else steps), 0), l)


def near_threshold(rng: np.random.Generator, kind: Kind, optimum: int, l: int) -> int:
    """A threshold for a decision: the optimal value (yes) or one step better (no); now and then 0, l or any."""
    if rng.random() < 0.1:
        return int(rng.choice((0, l, int(rng.integers(0, l + 1)))))
    # More often beyond: an optimum at the end of the range has nothing beyond it.
    return beyond(kind, optimum, -int(rng.random() < 0.75), l)


def threshold_near(rng: np.random.Generator, scale: Scale, largest: bool, rank: int) -> Exact:
    """A threshold for a decision about values on a scale, the best value having the rank.

    The best value (yes), the next better one (no), or a number between the two (no) or between the best and the next
    worse (yes); now and then the value of any rank.
    """
    better, style = (1 if largest else -1), rng.random()
    if style < 0.1:
        return scale.value(int(rng.integers(scale.size)))
    step = 0 if style < 0.3 else better
    near = min(max(rank + step, 0), scale.size - 1)
    other = rank if step else rank - better
    if rng.random() < 0.25 and other != near and 0 <= other < scale.size:
        return between(scale.value(near), scale.value(other))
    return scale.value(near)


def between(x: Exact, y: Exact) -> Exact:
    """A number between two others, a fraction or the root of one; exact."""
    if isinstance(x, int | Fraction) and isinstance(y, int | Fraction):
        return Fraction(x + y) / 2
    return square_root((squared(x) + squared(y)) / 2)


def campaign(
    name: str,
    question: str,
    bichromatic: bool,
    seed: int,
    count: int,
    n_range: tuple[int, int] = (2, 600),
    l_range: tuple[int, int] = (1, 80),
    *,
    metric: str | None = None,
    lengths: Sequence[int] | None = None,
    levels: Sequence[int] | None = None,
    norms: bool = False,
    gamma: Fraction | int | None = None,
) -> Iterator[tuple[Problem, Sets]]:
    """Yields count problems with an instance each; number k depends on (seed, k), the question and the ranges only.

    Families come in shuffled rounds in which each occurs as often as its weight says, so that their shares are not left
    to chance. Two decisions of three are at a threshold near the optimum of such an instance; the third has a threshold
    that some instance of these sizes has for its optimum, and an instance sampled for it. The quotas presuppose ranges
    about as wide as the default ones.

    For similarities and grids l is one of `lengths` (default `LENGTHS`, `GRID_LENGTHS`), not of l_range; for grids the
    largest entry is one of `levels` (default `LEVELS`), and with `norms` each problem declares one of three sets of
    norms that its l has. Every third decision is at one of a few thresholds of its l. So problems occur again.
    """
    kind = next((kind for kind in KINDS if kind.name == name and metric in (None, kind.metric)), None)
    if kind is None:
        raise InputError(f"there is no {name} with the metric {metric!r}: choose one that it has")
    thresholded = question == "decide" and kind.target is None
    on_scale = kind.is_similarity or kind.takes_levels
    ask = partial(problem, name, question=question, bichromatic=bichromatic, metric=metric, gamma=gamma)
    declared = _declared(kind, seed, lengths, levels, norms) if on_scale else []
    for k in range(count):
        rng = np.random.default_rng((seed, 1, k))
        n = _size(rng, *n_range, "n", 2)
        given = declared[int(rng.integers(len(declared)))] if on_scale else {"dim": _size(rng, *l_range, "l", 1)}
        asked = ask(**given, threshold=0 if thresholded else None)
        deck: list[Family] = [family for family in families_for(asked) for _ in range(family.weight)]
        start, position = divmod(k, len(deck))
        order = np.random.default_rng((seed, 0, start)).permutation(len(deck))
        family, sizes, scale, l = deck[order[position]], split(rng, n, bichromatic), scale_for(asked), asked.dim
        if not thresholded:
            yield asked, family.make(rng, sizes, l)
        elif k % 3:
            sets = family.make(rng, sizes, l)
            yield ask(**given, threshold=_threshold(rng, asked, sets, scale)), sets
        else:
            if scale is None:
                sets = planted(rng, kind, sizes, l, int(rng.integers(0, l + 1)))
                asked = ask(**given, threshold=_threshold(rng, asked, sets, None))
            else:
                asked = ask(**given, threshold=_usual(rng, asked, scale))
            yield asked, sample(asked, rng, n)


def _threshold(rng: np.random.Generator, asked: Problem, sets: Sets, scale: Scale | None) -> Exact:
    """One near the optimum of the sets."""
    kind = asked.kind
    if scale is None:
        return near_threshold(rng, kind, optimum(kind, sets), asked.dim)
    return threshold_near(rng, scale, kind.largest, abs(int(costs(asked, sets).min())))


def _usual(rng: np.random.Generator, asked: Problem, scale: Scale) -> Exact:
    """One of a few thresholds; distances mostly those that rows of 0 and 1 have too."""
    if asked.kind.is_similarity:
        ends = (Fraction(9, 10), 1) if asked.kind.largest else (0, Fraction(1, 4))
        usual: tuple[Exact, ...] = (Fraction(1, 2), Fraction(3, 4), square_root(Fraction(1, 2)), *ends)
        return usual[int(rng.integers(len(usual)))]
    if rng.random() < 0.3:
        return scale.value(int(rng.choice([1 / 16, 1 / 4, 1 / 2, 3 / 4]) * scale.size))
    return max(
        1, int(rng.choice([1 / 8, 1 / 4, 1 / 2, 3 / 4] if asked.kind.largest else [0, 1 / 8, 1 / 4]) * asked.dim)
    )


def _declared(
    kind: Kind, seed: int, lengths: Sequence[int] | None, levels: Sequence[int] | None, norms: bool
) -> list[dict[str, Any]]:
    """The l, with the levels or the norms, that problems of a campaign have."""
    if kind.takes_levels:
        return [{"dim": l, "levels": top} for l in lengths or GRID_LENGTHS for top in levels or LEVELS]
    lengths = lengths or LENGTHS
    if not norms:
        return [{"dim": l} for l in lengths]
    return [{"dim": l, "norms": some} for l in lengths for some in _norms(np.random.default_rng((seed, 2, l)), kind, l)]


def _norms(rng: np.random.Generator, kind: Kind, l: int) -> list[tuple[int, ...]]:
    """Three sets of up to 4 norms: with 1 among them, with l, and those of two pairs of one value."""
    low, high = ({end, *rng.integers(1, l + 1, int(rng.integers(2, 4))).tolist()} for end in (1, l))
    scale, tied = scale_of(kind.measure, l), {1, l}
    assert isinstance(scale, Similarities)
    for rank in rng.integers(0, scale.size, 200):
        shapes = scale.shapes(rng, int(rank))
        other = shapes[(shapes[:, 1:] != shapes[0, 1:]).any(1)]
        if len(other) and shapes[0, 0] and (shapes[0, 0] < shapes[0, 1:]).any():
            tied = {*shapes[0, 1:].tolist(), *other[0, 1:].tolist()}
            break
    return [tuple(sorted(some)) for some in (low, high, tied)]


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
