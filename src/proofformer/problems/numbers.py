"""Exact numbers: whole numbers, fractions and square roots of fractions, compared without rounding."""

import math
import re
import reprlib
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from numbers import Rational

from proofformer.errors import InputError

_NUMBER = r"[+-]?\d{1,18}(?:/0*[1-9]\d{0,17}|\.\d{1,18})?"
_ROOT = re.compile(rf"sqrt\(({_NUMBER})\)", re.ASCII)

# Python writes no number of more than 4,300 digits; nobody needs that many.
_BEYOND = 10**19


@total_ordering
@dataclass(frozen=True)
class Root:
    """The positive, irrational square root of a positive fraction; `square_root` makes it and the rational ones.

    It compares exactly with ints, Fractions and other Roots, and `math.floor` and `math.ceil` of it are exact too.
    Raises InputError for a square that is not a positive int or Fraction, or whose root is rational.
    """

    square: Fraction

    def __post_init__(self) -> None:
        if not isinstance(self.square, Rational) or self.square <= 0:
            raise InputError(f"a Root of {self.square!r}: pass a positive int or Fraction")
        square = _fraction(self.square)
        if _rational_root(square) is not None:
            raise InputError(f"the square root of {square} is rational: make it with square_root")
        object.__setattr__(self, "square", square)

    def __lt__(self, other: object) -> bool:
        if isinstance(other, Root):
            return self.square < other.square
        if isinstance(other, Rational):
            rational = _fraction(other)
            return rational > 0 and self.square < rational**2
        return NotImplemented

    def __floor__(self) -> int:
        # The largest k with k^2 <= x is the largest with k^2 <= floor(x), k^2 being whole.
        return math.isqrt(math.floor(self.square))

    def __ceil__(self) -> int:
        return math.floor(self) + 1

    def __float__(self) -> float:
        return math.sqrt(self.square)

    def __str__(self) -> str:
        return f"sqrt({self.square})"


Exact = int | Fraction | Root


def simplest(x: Fraction) -> int | Fraction:
    """The same number, as an int when it is whole."""
    return x.numerator if x.denominator == 1 else x


def square_root(x: Fraction | int) -> Exact:
    """The exact square root of x >= 0: an int or a Fraction when it is rational, else a Root.

    Raises InputError for x < 0.
    """
    square = _fraction(x)
    if square < 0:
        raise InputError(f"the square root of {square}: pass a number that is not negative")
    rational = _rational_root(square)
    return Root(square) if rational is None else simplest(rational)


def squared(x: Exact) -> Fraction:
    """The square of an exact number: always a fraction."""
    return x.square if isinstance(x, Root) else _fraction(x) ** 2


def exact_number(value: object, what: str = "threshold", *, roots: bool = True) -> Exact:
    """The exact number that an int, a Fraction, a Root or a text such as "5", "7/2", "0.25" or "sqrt(1/2)" is.

    Whole numbers come back as ints. Raises InputError, which calls the number `what`, for anything else (floats are
    not exact), for more than 19 digits, and for an irrational root unless `roots`.
    """
    how = "write a whole number such as 5 or a fraction such as 7/2"
    if roots:
        how += " or a root such as sqrt(1/2)"
    exact = _from_text(value) if isinstance(value, str) else value
    if isinstance(exact, Root) and roots:
        digits = exact.square
    elif isinstance(exact, Rational) and not isinstance(exact, bool):
        digits = _fraction(exact)
    else:
        shown = value if isinstance(value, Root) else reprlib.repr(value)
        raise InputError(f"{what} {shown} is no exact number: {how}")
    if max(abs(digits.numerator), digits.denominator) >= _BEYOND:
        raise InputError(f"{what} has more than 19 digits: {how}")
    return exact if isinstance(exact, Root) else simplest(digits)


def _fraction(x: Rational | int) -> Fraction:
    # numpy's integers would stay what they are inside a Fraction, and overflow.
    return Fraction(int(x.numerator), int(x.denominator))


def _from_text(text: str) -> Exact | None:
    if re.fullmatch(_NUMBER, text, re.ASCII):
        return simplest(Fraction(text))
    match = _ROOT.fullmatch(text)
    if match is None or Fraction(match[1]) < 0:
        return None
    return square_root(Fraction(match[1]))


def _rational_root(x: Fraction) -> Fraction | None:
    # A fraction in lowest terms is a square exactly when its numerator and its denominator are.
    p, q = math.isqrt(x.numerator), math.isqrt(x.denominator)
    return Fraction(p, q) if (p * p, q * q) == (x.numerator, x.denominator) else None
