"""Softmax attention over scores that are counts of bits: the exact scores of the few keys that have any weight.

Keys further than a margin below a row's largest score are left out: all of them together weigh less than a roundoff of
what is left, the best keys among it (docs/theory.md, section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.bits import ones_of, turned
from proofformer.runtime.engine.counts import sliced
from proofformer.runtime.engine.passes import (
    TILE,
    Counted,
    Fetchable,
    Queries,
    Weighted,
    attend_counted,
    attend_weighted,
)
from proofformer.runtime.engine.planes import NEVER, Scores, by_token
from proofformer.runtime.engine.rows import Rows


def margin(n: int, dtype: Any) -> float:
    """How far below the largest score keys are left out: n exp(-margin) is at most a roundoff of the dtype.

    A best key weighs 1, so that the sum of a row's weights, and of its weighted values, is that of all keys but for one
    roundoff more.
    """
    return float(np.log(n) - np.log(np.finfo(dtype).eps / 2))


@dataclass(frozen=True)
class Fetch:
    """What a head fetches: by these scores, values of the keys before a query and, if `itself` is 1, its own; weights
    and sums are of the dtype. It may be sent elsewhere, where it is made ready anew."""

    scores: Scores
    values: Rows
    dtype: type[np.floating[Any]]
    itself: int

    def __reduce__(self) -> tuple[type[Fetch], tuple[Any, ...]]:
        return Fetch, (self.scores, self.values, self.dtype, self.itself)

    @cached_property
    def ready(self) -> Callable[[int, int, Array], None]:
        values, others = self.values, np.zeros((len(self.values.others), self.values.n), self.dtype)
        apart = np.full(len(values.low), -1)
        for k, (r, numbers) in enumerate(values.others.items()):
            apart[r], others[k] = k, numbers
        low, high, start = (numbers.astype(self.dtype) for numbers in (values.low, values.high, values.start))
        fetched = Fetchable(turned(values.bits), low, high, start, apart, others)
        if self.scores.counted:
            counted, asked = _by_counts(self.scores, self.dtype, self.itself)
            return partial(attend_counted, counted, asked, fetched)
        weighted, asked = _by_planes(self.scores, self.dtype, self.itself)
        return partial(attend_weighted, weighted, asked, fetched)

    def __call__(self, first: int, last: int) -> Array:
        """What queries first..last-1 fetch (values, last - first)."""
        out = np.zeros((len(self.values.low), last - first), self.dtype)
        self.ready(first, last, out)
        return out


def _by_planes(scores: Scores, dtype: Any, itself: int) -> tuple[Weighted, Queries]:
    kind = np.int32 if scores.small else np.float64
    queries, group = by_token(scores, keys=False)
    keys, _ = by_token(scores, keys=True)
    n = len(scores.kind)
    padded = n + -n % TILE
    words = np.zeros((len(keys), padded), np.uint64)
    words[:, : keys.shape[1]] = keys
    weight = np.zeros((max(1, len(scores.groups)), padded), kind)
    for g, of in enumerate(scores.groups):
        weight[g, :n] = of.weight / scores.unit
    return Weighted(queries, words, group, weight), _asked(scores, padded, kind, dtype, itself)


def _by_counts(scores: Scores, dtype: Any, itself: int) -> tuple[Counted, Queries]:
    (group,) = scores.groups
    n, size = len(scores.kind), len(group.keys)
    (queries, _), (keys, _) = by_token(scores, keys=False), by_token(scores, keys=True)
    # common(x, y) = (equal(x, y) + |x| + |y| - size) / 2: counting equal bits may leave the keys' biases nearer to
    # each other, and a bound on a word of keys goes by the largest of them.
    step = float(group.weight[0])
    half = step / 2
    bias = scores.bias + half * ones_of(keys)[:n]
    bias[:, 0] = 0.0
    start = scores.start - half * (ones_of(queries)[:n] - size)
    large = (np.abs(bias).max() + np.abs(start[1:]).max() + half * size) / scores.unit >= -NEVER / 2
    equal = bool(_spread(bias) < _spread(scores.bias) and half % scores.unit == 0 and not large)
    if equal:
        scores, step = replace(scores, bias=bias, start=start), half
    slices = sliced(group.keys, equal)
    asked = _asked(scores, 64 * slices.shape[1], np.int32, dtype, itself)
    tiles = asked.bias.reshape(len(bias), -1, 64)
    least, most = tiles.min(2), tiles.max(2)
    return Counted(queries, keys, slices, np.int32(size), equal, np.int32(step / scores.unit), least, most), asked


def _spread(bias: Array) -> float:
    """How far the biases of 64 keys in a row are apart, in the middle."""
    keys = bias.shape[1] - 1
    tile = min(64, keys)
    whole = bias[:, 1 : 1 + keys // tile * tile]
    return float(np.median(np.ptp(whole.reshape(len(bias), -1, tile), axis=2)))


def _asked(scores: Scores, size: int, kind: Any, dtype: Any, itself: int) -> Queries:
    """In units, for so many keys: those that fill up, and START among them, are none."""
    kinds, n = scores.bias.shape
    bias = np.full((kinds, size), NEVER if kind is np.int32 else -np.inf, kind)
    bias[:, 1:n] = scores.bias[:, 1:] / scores.unit
    start = scores.start / scores.unit
    start[0] = 0.0
    within = kind(np.ceil(margin(n, dtype) / scores.unit))
    return Queries(bias, scores.kind, start.astype(kind), dtype(scores.unit), within, itself)
