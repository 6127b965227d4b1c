"""Streams of problems with an instance each: families in shares, thresholds near the optimum. All of it from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from proofformer.errors import InputError
from proofformer.problems import Problem, problem
from proofformer.problems.kinds import Kind, kinds
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.verify.instances import Family, Sets, families_for, scale_for
from proofformer.verify.instances.draws import costs, sample, split
from proofformer.verify.instances.planter import among_bits
from proofformer.verify.instances.scales import Scale, Similarities, scale_of

LENGTHS = (8, 16, 32, 64, 128)
GRID_LENGTHS = (2, 8, 12, 16, 24, 32, 40, 48, 64)
LEVELS = (1, 2, 5, 16)


def near_threshold(rng: np.random.Generator, kind: Kind, optimum: int, l: int) -> int:
    """A threshold for a decision: the optimal value (yes) or one step better (no); now and then 0, l or any."""
    if rng.random() < 0.1:
        return int(rng.choice((0, l, int(rng.integers(0, l + 1)))))
    # More often beyond: an optimum at the end of the range has nothing beyond it.
    better = int(rng.random() < 0.75) * (1 if kind.largest else -1)
    return min(max(optimum + better, 0), l)


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
    found = kinds(name, metric)
    if not found:
        raise InputError(f"there is no {name} with the metric {metric!r}: choose one that it has")
    kind = found[0]
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
        family, sizes = deck[order[position]], split(rng, n, bichromatic)
        if not thresholded:
            yield asked, family.make(rng, asked, sizes)
        elif k % 3:
            sets = family.make(rng, asked, sizes)
            yield ask(**given, threshold=_threshold(rng, asked, sets)), sets
        else:
            if on_scale:
                asked = ask(**given, threshold=_usual(rng, asked))
            else:
                sets = among_bits(rng, kind, sizes, asked.dim, int(rng.integers(0, asked.dim + 1)))
                asked = ask(**given, threshold=_threshold(rng, asked, sets))
            yield asked, sample(asked, rng, n)


def _threshold(rng: np.random.Generator, asked: Problem, sets: Sets) -> Exact:
    """One near the optimum of the sets."""
    kind, best = asked.kind, abs(int(costs(asked, sets).min()))
    if kind.is_similarity or kind.takes_levels:
        return threshold_near(rng, scale_for(asked), kind.largest, best)
    return near_threshold(rng, kind, best, asked.dim)


def _usual(rng: np.random.Generator, asked: Problem) -> Exact:
    """One of a few thresholds; distances mostly those that rows of 0 and 1 have too."""
    if asked.kind.is_similarity:
        ends = (Fraction(9, 10), 1) if asked.kind.largest else (0, Fraction(1, 4))
        usual: tuple[Exact, ...] = (Fraction(1, 2), Fraction(3, 4), square_root(Fraction(1, 2)), *ends)
        return usual[int(rng.integers(len(usual)))]
    if rng.random() < 0.3:
        scale = scale_for(asked)
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
