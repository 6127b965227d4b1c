"""Experiments of known outcome: scores and values of keys, and the assumptions of the proof that each is aimed at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log

import numpy as np

from proofformer.planner.dtypes import DType
from proofformer.problems.arrays import Floats, Ints

ROWS = 130
"""Tokens of the experiments in which each asks those up to itself: tiles of 16 to 128 rows, and two more."""
KEYS, MANY = 6000, 1 << 15
"""Keys of the experiments in which one query asks; many only for models that may have so many."""
EDGES = tuple(size + more for size in (16, 32, 48, 64, 128, 256, 512, 2048) for more in (-1, 0, 1))
"""Keys of the experiments in which none is lost, doubled or made up where tiles of 16 to 128 keys are just full."""
COLUMNS = 4
STEP, FAR = 64, 128
"""Differences of scores that leave a weight less than any type can tell beside 1, and next to nothing."""
FINE = 1 << 12
"""Where whole scores are too coarse, they are in parts of 1 / `FINE`."""
FEW, MORE = (0, 1, 4), (12, 13)
"""Powers of two: how many keys weigh as much as the best in all, so few that little is lost of sums, or more."""

ONE = ("result", "weights", "mean")
"""What of a kernel is seen with a single key."""


@dataclass(frozen=True)
class Experiment:
    """Keys with these scores, in parts of 1 / `fine`, and values, each (keys,), to see whether an assumption holds: of
    several, each by itself would explain that it fails. One that is seen to fail by itself does, also where it is the
    `other`."""

    assumptions: tuple[str, ...]
    scores: Ints
    values: Ints | Floats
    fine: int = 1
    other: str = ""


def batches(dtype: DType, width: int, many: bool) -> Iterator[tuple[list[Experiment], bool]]:
    """All experiments for heads of this width, those with as many keys together; and whether each token asks keys up to
    itself, or one query asks all."""
    for made, causal in (
        (_one(dtype), False),
        (_small(dtype), False),
        (_even(), False),
        (_near(), False),
        *[(_many(), False)] * many,
        # A wide head would not have room for as many keys.
        *[(_sums(dtype), False)] * (many and dtype.precision < dtype.accumulator and width <= 512),
        (_each_asks(dtype, width), True),
        (_merged(dtype, width), False),
        *((_balanced(power), False) for power in (*FEW, *MORE)),
        *((_edge(keys), False) for keys in EDGES),
    ):
        # Where a width has no columns for scores this large, no model of it has them.
        spelled = [x for x in made if np.abs(x.scores).max() <= _largest(dtype, width)]
        if spelled:
            yield spelled, causal


def _one(dtype: DType) -> Iterator[Experiment]:
    """Experiments with one key, whose value is returned but for an error of its weight, a quotient, or the result."""
    for value in (1, -1, 2 - 2 * float(dtype.roundoff)):
        yield Experiment(ONE, np.array([0]), np.array([value]))


def _small(dtype: DType) -> Iterator[Experiment]:
    """Experiments with one key, whose value is small, but not subnormal."""
    for value in (1.5, 4 - 4 * float(dtype.roundoff)):
        yield Experiment(("subnormal", "mean"), np.array([0]), np.array([value * float(dtype.smallest_normal)]))


def _balanced(power: int) -> Iterator[Experiment]:
    """Experiments of one query with one best key or two, the first or the last, and 2^power others that weigh as much.

    Values cancel, so that next to nothing is lost of the result; weights, divided by their sum or not, are nearly
    powers of two, so that storing them loses nothing either.
    """
    best, others = 1 + (power > 1), 2**power
    lower, k = max(1, power - best + 1), np.arange(best + others)
    for first in (k < best, k >= others):
        values = np.where(first, 1, -best * 2**lower // others)
        yield Experiment(
            ("exp" if power in FEW else "rescaling",), np.where(first, 0, -round(lower * log(2) * FINE)), values, FINE
        )


def _even() -> Iterator[Experiment]:
    """Experiments of one query to which `KEYS` keys are all the same."""
    rng, k = np.random.default_rng(1), np.arange(KEYS)
    yield Experiment(("mean",), 0 * k, rng.integers(0, 2, KEYS))
    yield Experiment(("mean",), 0 * k, 1 + 0 * k)


def _near() -> Iterator[Experiment]:
    """Experiments of one query whose best key is the first, with others a few steps below."""
    k = np.arange(512)
    for d in range(1, 7):
        # Few, or so many that half of the weight is theirs.
        for others in (1, 3, ceil(np.exp(d))):
            yield Experiment(("exp",), np.where(k == 0, 0, np.where(k <= others, -d, -FAR)), (k > 0) * 1)


def _each_asks(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of `ROWS` tokens; where exp is not what they are about, other scores are too far to weigh."""
    k, top = np.arange(ROWS), _largest(dtype, width)
    odd = k % 2
    # Without the largest score subtracted, exp overflows, or all weights vanish.
    for size in (1024, -1024):
        yield Experiment(("largest",), size - 128 * odd, 1 - odd)
    # What comes later weighs nothing, however large its score is.
    yield Experiment(("masked",), 128 * k, odd)
    yield Experiment(("masked",), k // 16 * 1024, k // 16 % 2)
    # Neighbouring scores, far from 0 on either side: rounded, they tie or are far apart.
    for size in (top, top >> 1, top >> 3, STEP - top):
        yield Experiment(("scores",), size - STEP * odd, 1 - odd)
        yield Experiment(("exp", "scores"), np.where(k < 16, size - odd, -top), 1 - odd)
    yield Experiment(("rescaling",), k, (k % 3 == 0) * 1)
    yield Experiment(("rescaling",), k // 5, odd)
    # None is lost, where all have the same share.
    yield Experiment(("mean",), 0 * k, odd)


def _edge(keys: int) -> Iterator[Experiment]:
    """Experiments of one query to which keys are all the same, the values of one of them 1: on either side of a tile's
    edge, the first, the last."""
    k = np.arange(keys)
    for one in {0, keys // 16 * 16 - 1, keys // 16 * 16, keys - 2, keys - 1} - {keys, -1}:
        yield Experiment(("mean",), 0 * k, (k == one) * 1)


def _many() -> Iterator[Experiment]:
    """Experiments of one query that asks so many keys that each has a subnormal share, in float16."""
    k = np.arange(MANY)
    yield Experiment(("weights",), 0 * k, (k < MANY // 3) * 1)


def _sums(dtype: DType) -> Iterator[Experiment]:
    """Experiments of one query that asks so many keys that more is lost in sums than in the result, of which all digits
    count."""
    k = np.arange(2 * MANY)
    yield Experiment(("mean",), 0 * k, np.full(len(k), 2 - 2 * float(dtype.roundoff)))


def _merged(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of one query with `KEYS` keys, of which the best lie close in one place and apart in another: beside
    their score, the logarithm of how many there are is lost."""
    k, top = np.arange(KEYS), _largest(dtype, width)
    close = k < KEYS // 3
    for size in (top, top >> 1, top >> 2, top >> 4, STEP - top):
        best = close | (k % 16 == 0)
        yield Experiment(("rescaling",), np.where(best, size, size - STEP), close * 1, other="scores")
    yield Experiment(("rescaling",), k * 64 // KEYS, k % 2)


def _largest(dtype: DType, width: int) -> int:
    """The largest score that columns of exact numbers can spell."""
    return (1 << min(dtype.accumulator, min(width, COLUMNS) * dtype.precision)) - 1
