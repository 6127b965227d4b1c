"""Between which numbers a mean lies that an attention kernel returns, if it keeps to the assumptions of the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from proofformer.planner.bounds import RESCALE_ROUNDOFFS
from proofformer.planner.dtypes import DType
from proofformer.problems.arrays import Array, Floats

LEAST = 2.0**-100
"""What is less makes no difference to the proof."""


def means_allowed(
    scores: Floats, values: Floats, causal: bool, dtype: DType, roundoffs: float = 1.0
) -> tuple[Floats, Floats]:
    """The least and the largest mean (experiments, rows) of values (experiments, keys), which are exact in the type.

    Each weight is anywhere within its bounds, stored in the type or not, divided before that or after. Sums and stored
    numbers are rounded to nearest or truncated (docs/theory.md, section 6). `roundoffs`: where more than 1, stored
    numbers are off by so many.
    """
    softmax = _softmax(scores, causal, dtype, roundoffs)
    return -_largest_mean(softmax, -values), _largest_mean(softmax, values)


@dataclass(frozen=True)
class _Softmax:
    """What is known of the weights of rows: the least and the largest of each (experiments, rows, keys), where a best
    key's is 1; the relative errors of their sum (rows, 1) and of a quotient; and which experiments
    (experiments, 1, 1) have weights of two sizes at most. In float64, or more where bounds are about that type."""

    dtype: DType
    roundoffs: float
    low: Array
    high: Array
    sums: Array
    quotient: Any
    two: Array


def _softmax(scores: Floats, causal: bool, dtype: DType, roundoffs: float) -> _Softmax:
    real = np.longdouble if dtype.precision > 24 else np.float64
    a, h, n = real(2 * float(dtype.sum_roundoff)), real(float(dtype.exp_error)), scores.shape[1]
    seen = np.tril(np.ones((n, n), dtype=bool)) if causal else np.ones((1, n), dtype=bool)
    below = np.where(seen, scores[:, None, :].astype(real), -np.inf)
    below -= below.max(axis=-1, keepdims=True)
    others, best = seen.sum(axis=1, keepdims=True) - 1, below == 0
    # When a best key's weight is made, the largest score is final.
    rescaled = np.where(best, 1, np.exp((RESCALE_ROUNDOFFS + 1) * a * others))
    low, high = np.exp(below) * (1 - h) / rescaled, np.exp(below) * (1 + h) * rescaled
    low, high = np.where(best, low, np.maximum(low - LEAST, 0)), np.where(best | ~seen, high, high + LEAST)
    two = np.array([len(np.unique(row)) <= 2 for row in scores])[:, None, None]
    return _Softmax(dtype, roundoffs, low, high, others * a / (1 - others * a), a, two)


def _largest_mean(of: _Softmax, values: Floats) -> Floats:
    v, a, sums = values[:, None, :].astype(of.low.dtype), of.quotient, of.sums
    # A product with a power of two is exact.
    terms = (1 + sums) * np.where(np.abs(np.frexp(v)[0]) == 0.5, 1, 1 + a) - 1
    most = []
    for down, up, lost in _stored(of):
        numbers = np.maximum(v * down, v * up)
        mean = _largest_ratio(numbers + terms * np.abs(numbers), of.low, of.high)
        mean = np.where(mean > 0, mean * (1 + a) / (1 - sums[:, 0]), mean * (1 - a) / (1 + sums[:, 0]))
        most.append(mean + (lost * np.abs(v)).sum(axis=-1) * (1 + sums[:, 0]))
    return _result(np.maximum(*most), of.dtype, of.roundoffs)


def _largest_ratio(numbers: Array, low: Array, high: Array) -> Array:
    """The largest weighted mean of numbers, with weights anywhere within their bounds: those of numbers above it are as
    large as can be, those of numbers below it as small."""
    mean, before = np.full(np.broadcast_shapes(numbers.shape, low.shape)[:-1], -np.inf, low.dtype), None
    while before is None or (mean > before).any():
        before, weights = mean, np.where(numbers > mean[..., None], high, low)
        mean = np.maximum(before, (weights * numbers).sum(axis=-1) / weights.sum(axis=-1))
    return mean


def _stored(of: _Softmax) -> Iterator[tuple[Array, Array, Array]]:
    """For weights that are stored in the type before they are divided by their sum, and after: by what that multiplies
    each at least and at most, and what it may add."""
    off, tiny, dtype = (1 + of.sums) * (1 + of.quotient), float(of.dtype.tiny), of.dtype
    more, less = (x.sum(axis=-1, keepdims=True) - x for x in (of.high, of.low))
    shares = of.low / np.maximum(of.low + more, tiny) / off, of.high / np.maximum(of.high + less, tiny) * off
    # Weights in the accumulator type are stored already.
    u = float(dtype.roundoff) if dtype.precision < dtype.accumulator or of.roundoffs > 1 else 0.0
    for divided, (low, high) in enumerate(((of.low, of.high), shares)):
        down, up = np.full_like(low, 1 - max(2, of.roundoffs) * u), np.full_like(low, 1 + of.roundoffs * u)
        if u and of.roundoffs == 1:
            # Of weights of two sizes, whatever part of a row they are in, one may be so near a stored number that it
            # becomes that or, truncated, the one below it.
            kept = _rounded(low, dtype)
            same = of.two & (kept == _rounded(high, dtype)) & (kept > 0)
            near, least, most = (np.where(same, x, 1) for x in (kept, low, high))
            down = np.where(same, np.minimum(near / most, np.minimum(_truncated(least, dtype) / near, 1)), down)
            up = np.where(same, np.maximum(near / least, 1), up)
        small = (low < float(dtype.smallest_normal)) & (high > 0)
        # Subnormal shares are kept, subnormal weights need not be.
        yield np.where(small & (not divided), 0, down), up, np.where(small, of.roundoffs * tiny, 0)


def _result(mean: Array, dtype: DType, roundoffs: float) -> Floats:
    """The largest that is returned for this mean: stored, and 0 for a subnormal number."""
    most = mean + 16 * np.finfo(mean.dtype).eps * np.abs(mean)
    if roundoffs > 1:
        # Half of the least float64 is none.
        tiny = max(float(dtype.tiny), float(np.nextafter(0, 1)))
        most += roundoffs * np.maximum(float(dtype.roundoff) * np.abs(mean), tiny)
    out = np.where(most > 0, _rounded(most, dtype), -_truncated(-most, dtype))
    return np.where((out < 0) & (out > -float(dtype.smallest_normal)), 0, out)


def _rounded(x: Array, dtype: DType) -> Floats:
    out: Floats = _nearest(x, dtype).double().numpy()
    return out


def _truncated(x: Array, dtype: DType) -> Floats:
    """Of numbers that are not below 0."""
    near = _nearest(x, dtype)
    out: Floats = torch.where(torch.from_numpy(_rounded(x, dtype) > x), near.nextafter(0 * near), near).double().numpy()
    return out


def _nearest(x: Array, dtype: DType) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64)).to(getattr(torch, dtype.name))
