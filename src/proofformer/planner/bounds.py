"""Bounds on what a head returns, for every input of the declared size, as exact fractions (docs/theory.md, section 6).

They hold for any attention kernel and linear layers that keep to `ASSUMPTIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log

from proofformer.planner.dtypes import DType


@dataclass(frozen=True)
class Assumption:
    """Something that the proof takes for granted of a machine."""

    name: str
    says: str


ASSUMPTIONS = (
    Assumption(
        "layers",
        "the sums of products inside a linear layer are kept in the accumulator type (float64 for float64, else "
        "float32), in whatever order, and rounded once to the stored type",
    ),
    Assumption(
        "scores",
        "the sums of products of an attention score are kept in the accumulator, in whatever order, and never rounded "
        "to the stored type; nor is score - largest",
    ),
    Assumption("largest", "softmax subtracts the row's largest score, of the keys that are not masked"),
    Assumption("masked", "masked keys weigh exactly 0"),
    Assumption(
        "exp",
        "a weight exp(score - largest) is within 2^-10 for float16 and bfloat16, else within 16 roundoffs of the "
        "accumulator, relatively, also where the difference is 0; one too small for the type may become 0",
    ),
    Assumption(
        "rescaling",
        "parts of a row are merged by their largest scores and their sums, each kept by itself: a weight is rescaled "
        "at most once for each key, by a factor within 16 roundoffs of the accumulator, and by exactly 1 when the "
        "largest score stays as it is",
    ),
    Assumption(
        "weights",
        "weights may be rounded to the stored type before the product with the values, and are added up before that; "
        "if they are divided by their sum before they are rounded, subnormal ones are kept",
    ),
    Assumption(
        "mean",
        "the sum of the weights and the sums of weights times values stay in the accumulator, in whatever order, and "
        "their quotient is within one roundoff of it",
    ),
    Assumption("result", "the attention output is rounded to the stored type once"),
    Assumption("subnormal", "numbers below the smallest normal one may be taken for zero anywhere else"),
    Assumption("nearest", "rounding is to nearest; a plan says for how many documents truncating will do as well"),
)

RESCALE_ROUNDOFFS = 16
INV_E = Fraction(500, 1359)
"""An upper bound of 1/e (e > 2.718)."""

LEAK_BUDGET = Fraction(1, 16)
"""The weight that may fall outside the best keys of a row, relative to that on them. The gate would bear 1/3; the rest
is for kernels."""

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


def most_summed(dtype: DType, *, truncating: bool = False) -> int:
    """The most keys whose weights the accumulator adds up with so small an error that it says something of a bit: all
    roundings together reach less than 1/2, and those of rescaled weights less than 8."""
    a = (2 if truncating else 1) * dtype.sum_roundoff
    return ceil(min(Fraction(1, 2), Fraction(8, RESCALE_ROUNDOFFS + 1)) / a) - 1


def read_bounds(leak: Fraction, keys: int, dtype: DType, *, truncating: bool = False) -> ReadBounds | None:
    """The interval of a fetched bit; None when there are too many keys for the accumulator to say anything.

    `subnormal`: what rounding adds where numbers are below the normal ones, weight by weight and to the result. Where
    numbers are truncated instead of rounded to nearest, all that is lost in rounding is twice as much.
    """
    lost = 2 if truncating else 1
    a, u, tiny = lost * dtype.sum_roundoff, lost * dtype.roundoff, lost * dtype.tiny
    rescaling = (RESCALE_ROUNDOFFS + 1) * a * keys  # less than 8, as `exp_upper` needs it
    if keys > most_summed(dtype, truncating=truncating):
        return None
    outside = leak * (1 + dtype.exp_error) / (1 - dtype.exp_error) * _rounded_up(exp_upper(rescaling))
    subnormal = (keys / (1 - dtype.exp_error) + 1) * tiny
    residue = max(RESIDUE, 2 * dtype.smallest_normal)
    gamma = keys * a / (1 - keys * a)
    growth = (1 + gamma) / (1 - gamma) * (1 + u) ** 2 * (1 + a)
    least = (1 - gamma) / (1 + gamma) / (1 + outside) * (1 - u) ** 2 * (1 - a)
    return ReadBounds(
        zero=_rounded_up((outside + subnormal) * growth + residue),
        one_low=-_rounded_up(subnormal - least),
        one_high=_rounded_up((1 + outside + subnormal) * growth + residue),
    )


def most_keys(leak: Fraction, keys: int, dtype: DType, *, truncating: bool = False) -> int:
    """Up to `keys`, the most for which a fetched bit can be restored at this leak; 0 when there are none."""

    def restorable(count: int) -> bool:
        bounds = read_bounds(leak, count, dtype, truncating=truncating)
        return bounds is not None and bounds.slack >= 0

    low, high = 0, keys + 1
    while high - low > 1:
        middle = high - 1 if high == keys + 1 else (low + high) // 2
        low, high = (middle, high) if restorable(middle) else (low, middle)
    return low


def _rounded_up(x: Fraction) -> Fraction:
    """The next multiple of 2^-64: keeps fractions short enough to store."""
    return Fraction(ceil(x * 2**64), 2**64)
