"""Bounds on what a head returns, for every input of the declared size, as exact fractions (docs/theory.md, section 6).

They hold for any attention kernel that (the list is `ASSUMPTIONS`): adds exact products in the accumulator type;
subtracts the row's maximum; computes weights within the dtype's `exp_error`, and rescales them at most once a key,
within `RESCALE_ROUNDOFFS` accumulator roundoffs; adds non-negative numbers in any order; rounds weights and the result
to the stored type, once each.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log

from proofformer.planner.dtypes import DType

ASSUMPTIONS = (
    "products and sums inside a linear layer or an attention score are kept in the accumulator type (float64 for "
    "float64, else float32), whatever the order, with one rounding to the stored type at the end",
    "softmax subtracts the row's largest score",
    "a weight exp(score - largest) is within 2^-10 for float16 and bfloat16, else within 16 roundoffs of the "
    "accumulator type, relatively; one too small for the type may become 0",
    "subnormal numbers may be taken for zero anywhere",
    "an online softmax rescales a weight at most once for each key, by a factor within 16 roundoffs of the "
    "accumulator; by exactly 1 when the largest score stays as it is",
    "weights may be rounded to the stored type before the product with the values, but if they are divided by their "
    "sum before that, subnormal ones are kept; their sum stays in the accumulator",
    "the attention output is rounded to the stored type once",
)

RESCALE_ROUNDOFFS = 16
INV_E = Fraction(500, 1359)
"""An upper bound of 1/e (e > 2.718)."""

LEAK_BUDGET = Fraction(1, 16)
"""The share of a row's weight that may fall outside the best keys. The gate would bear 1/4; the rest is for kernels."""

UNSEEN_BUDGET = Fraction(1, 64)
"""The part of it that START and the invisible keys may take."""

GAP_CAP = 16
"""A gap this much beyond what is needed counts as no more, which keeps the fractions short."""

RESIDUE = Fraction(1, 1 << 100)
"""What a subnormal leak that could not be cleared may leave for the next noisy signal, in all types but float16."""

ZERO_LIMIT = Fraction(1, 2)
ONE_LOW = Fraction(3, 4)
ONE_HIGH = Fraction(5, 4)


@dataclass(frozen=True)
class ReadBounds:
    """A fetched bit lies in `[0, zero]` or in `[one_low, one_high]`."""

    zero: Fraction
    one_low: Fraction
    one_high: Fraction

    @property
    def slack(self) -> Fraction:
        """Distance to the nearest limit of the restore gate; negative when a bit could be misread."""
        return min(ZERO_LIMIT - self.zero, self.one_low - ONE_LOW, ONE_HIGH - self.one_high)


def leak_bound(b: int, keys: int, sharing: int, unseen_gap: int | None) -> Fraction:
    """Weight outside the best keys, relative to the weight on them.

    Scores are integers times b. At most `sharing` visible documents share a score, so they leak at most
    `sharing / (e^b - 1)`; START and the invisible keys are `unseen_gap` below. Without visibility (None), `keys` keys
    are one step below.
    """
    x = INV_E**b
    if unseen_gap is None or unseen_gap < 1:
        return keys * x
    return min(keys * x, sharing * x / (1 - x) + keys * x ** min(unseen_gap, unseen_gap_for(b, keys) + GAP_CAP))


def unseen_gap_for(b: int, keys: int) -> int:
    """The least gap at which all the invisible keys together leak less than `UNSEEN_BUDGET`."""
    gap = ceil(log(keys / UNSEEN_BUDGET) / b)
    while keys * INV_E ** (b * gap) > UNSEEN_BUDGET:
        gap += 1
    return max(1, gap)


def exp_upper(y: Fraction) -> Fraction:
    """An upper bound of e^y for 0 <= y < 16: `(1 - y/16)^-16`."""
    return 1 / (1 - y / 16) ** 16


def read_bounds(leak: Fraction, keys: int, dtype: DType) -> ReadBounds | None:
    """The interval of a fetched bit; None when there are too many keys for the accumulator to say anything.

    `subnormal`: what rounding adds where numbers are below the normal ones, weight by weight and to the result.
    """
    a, u = dtype.sum_roundoff, dtype.roundoff
    rescaling = (RESCALE_ROUNDOFFS + 1) * a * keys
    if keys * a >= Fraction(1, 2) or rescaling >= 8:
        return None
    outside = leak * (1 + dtype.exp_error) / (1 - dtype.exp_error) * _rounded_up(exp_upper(rescaling))
    subnormal = (keys / (1 - dtype.exp_error) + 1) * dtype.tiny
    residue = max(RESIDUE, 2 * dtype.smallest_normal)
    gamma = keys * a / (1 - keys * a)
    growth = (1 + gamma) / (1 - gamma) * (1 + u) ** 2 * (1 + a)
    least = (1 - gamma) / (1 + gamma) / (1 + outside) * (1 - u) ** 2 * (1 - a)
    return ReadBounds(
        zero=_rounded_up((outside + subnormal) * growth + residue),
        one_low=-_rounded_up(subnormal - least),
        one_high=_rounded_up((1 + outside + subnormal) * growth + residue),
    )


def _rounded_up(x: Fraction) -> Fraction:
    """The next multiple of 2^-64: keeps fractions short enough to store."""
    return Fraction(ceil(x * 2**64), 2**64)
