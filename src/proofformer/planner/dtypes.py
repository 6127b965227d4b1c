"""What the planner knows of a floating-point type, as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proofformer.errors import InputError


@dataclass(frozen=True)
class DType:
    """`precision`: significand bits of a stored number; `accumulator`: those of sums in attention and linear layers."""

    name: str
    precision: int
    accumulator: int
    exp_error: Fraction
    """Relative error of a softmax weight; kernels use a coarser exp where the weight is rounded to few bits anyway."""

    @property
    def integers(self) -> int:
        """Every integer up to this magnitude is exact when stored."""
        return 1 << self.precision

    @property
    def sums(self) -> int:
        """Every sum of integers stays exact, in any order, while its partial sums are at most this."""
        return 1 << self.accumulator

    @property
    def roundoff(self) -> Fraction:
        """Relative error of storing a number."""
        return Fraction(1, 1 << self.precision)

    @property
    def sum_roundoff(self) -> Fraction:
        """Relative error of one accumulated addition."""
        return Fraction(1, 1 << self.accumulator)


DTYPES = (
    DType("bfloat16", 8, 24, Fraction(1, 1 << 10)),
    DType("float32", 24, 24, Fraction(16, 1 << 24)),
    DType("float64", 53, 53, Fraction(16, 1 << 53)),
)


def dtype_named(name: str) -> DType:
    for d in DTYPES:
        if d.name == name:
            return d
    raise InputError(f"dtype {name!r} is not supported: choose one of {', '.join(d.name for d in DTYPES)}")
