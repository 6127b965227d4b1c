"""Rigorous bounds in integer arithmetic: n^x for exact exponents, sums, products and quotients of enclosed numbers.

Everything is a fraction or an integer scaled by a power of two, rounded down below and up above: no float is involved.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt

from proofformer.problems.numbers import Exact, Root, squared

# n^x to 2^-128 tells apart what 4,096 keywords tell apart; whole exponents are exact anyway.
_BITS = 128


@dataclass(frozen=True)
class Enclosure:
    """A number that is at least `lo` and at most `hi`, both non-negative fractions; exact when they are equal."""

    lo: Fraction
    hi: Fraction

    @classmethod
    def exactly(cls, x: int | Fraction) -> "Enclosure":
        """A number that is known exactly."""
        return cls(Fraction(x), Fraction(x))

    @property
    def exact(self) -> bool:
        """Whether the number is known exactly."""
        return self.lo == self.hi

    def __add__(self, other: "Enclosure") -> "Enclosure":
        return Enclosure(self.lo + other.lo, self.hi + other.hi)

    def __mul__(self, other: "Enclosure") -> "Enclosure":
        return Enclosure(self.lo * other.lo, self.hi * other.hi)

    def __truediv__(self, other: "Enclosure") -> "Enclosure":
        return Enclosure(self.lo / other.hi, self.hi / other.lo)

    def reaches(self, bound: Fraction) -> bool:
        """Whether the number is >= bound; raises ArithmeticError when the enclosure is too wide to tell."""
        if self.lo >= bound:
            return True
        if self.hi < bound:
            return False
        raise ArithmeticError(f"a number from {float(self.lo)} to {float(self.hi)} cannot be compared with {bound}")

    def __str__(self) -> str:
        return str(self.lo) if self.exact else f"{float(self.lo):.12g}"


ONE = Enclosure.exactly(1)
ZERO = Enclosure.exactly(0)


def root(x: Exact) -> Enclosure:
    """An exact number >= 0, its own fraction or, if irrational, between two that are 2^-128 apart."""
    if not isinstance(x, Root):
        return Enclosure.exactly(x)
    below = _scaled(x)
    return Enclosure(Fraction(below, 1 << _BITS), Fraction(below + 1, 1 << _BITS))


@lru_cache(maxsize=4096)
def power(base: int, exponent: Exact) -> Enclosure:
    """base^exponent for a base >= 1 and an exact exponent >= 0: exact where the exponent is whole.

    The exponent is cut to 128 binary places, and the power is a product of square roots of square roots of the base.
    """
    below = _scaled(exponent)
    dyadic = not isinstance(exponent, Root) and exponent * (1 << _BITS) == below
    whole, places = divmod(below, 1 << _BITS)
    if dyadic and places == 0:
        return Enclosure.exactly(base**whole)
    lo = _product(base, below, up=False)
    hi = _product(base, below if dyadic else below + 1, up=True)
    return Enclosure(Fraction(lo, 1 << _BITS), Fraction(hi, 1 << _BITS))


def _scaled(x: Exact) -> int:
    """floor(2^128 x)."""
    if isinstance(x, Root):
        square = squared(x)
        return isqrt((square.numerator << 2 * _BITS) // square.denominator)
    scaled = Fraction(x) * (1 << _BITS)
    return scaled.numerator // scaled.denominator


def _product(base: int, scaled: int, *, up: bool) -> int:
    """2^128 base^(scaled / 2^128), rounded down at every step, or up."""
    whole, places = divmod(scaled, 1 << _BITS)
    product: int = base**whole << _BITS
    factor = base << _BITS
    for place in range(1, _BITS + 1):
        square = factor << _BITS
        factor = isqrt(square - 1) + 1 if up else isqrt(square)
        if places >> (_BITS - place) & 1:
            product = -(-product * factor >> _BITS) if up else product * factor >> _BITS
    return product
