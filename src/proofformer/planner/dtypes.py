"""What the planner knows of a floating-point type, as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proofformer.errors import InputError, one_of


@dataclass(frozen=True)
class DType:
    """A floating-point type of weights and activations.

    `precision`: significand bits of a number of the type; `accumulator`: those of the sums that matrix products and
    attention keep before they round to the type (float32 for float16 and bfloat16). `lowest`: the exponent of the
    smallest normal number, which in IEEE 754 fixes the largest number too.
    """

    name: str
    precision: int
    accumulator: int
    lowest: int
    exp_error: Fraction
    """Relative error of a softmax weight; kernels use a coarser exp where the weight is rounded to few bits anyway."""

    @property
    def integers(self) -> int:
        """Every integer up to this magnitude is exact when stored (and finite: all types here reach further)."""
        return 1 << self.precision

    @property
    def width(self) -> int:
        """Bits of the largest finite number: a whole number of no more bits is finite, if its significand is exact."""
        return 2 - self.lowest

    @property
    def largest(self) -> int:
        """The largest finite number."""
        return (self.integers - 1) << (self.width - self.precision)

    @property
    def sums(self) -> int:
        """Every sum of integers stays exact, in any order, while its partial sums are at most this."""
        return 1 << self.accumulator

    @property
    def roundoff(self) -> Fraction:
        """Relative error of storing a normal number."""
        return Fraction(1, 1 << self.precision)

    @property
    def smallest_normal(self) -> Fraction:
        """Numbers below are subnormal, and may be taken for zero."""
        return Fraction(1, 1 << -self.lowest)

    @property
    def tiny(self) -> Fraction:
        """Absolute error of storing a subnormal number: half the distance of two of them."""
        return self.roundoff * self.smallest_normal

    @property
    def sum_roundoff(self) -> Fraction:
        """Relative error of one accumulated addition."""
        return Fraction(1, 1 << self.accumulator)


DTYPES = (
    DType("float16", 11, 24, -14, Fraction(1, 1 << 10)),
    DType("bfloat16", 8, 24, -126, Fraction(1, 1 << 10)),
    DType("float32", 24, 24, -126, Fraction(16, 1 << 24)),
    DType("float64", 53, 53, -1022, Fraction(16, 1 << 53)),
)


def dtype_named(given: object) -> DType:
    """The dtype of this name, or that torch or numpy has by it. Raises `InputError` for any other."""
    known = given if isinstance(given, str) else getattr(given, "name", getattr(given, "__name__", given))
    name = str(known).removeprefix("torch.")
    for d in DTYPES:
        if d.name == name:
            return d
    raise InputError(f"dtype {name!r} is not supported: {one_of(name, [d.name for d in DTYPES])}")
