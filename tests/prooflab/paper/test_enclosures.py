"""Bounds for powers: against exact roots and 100 decimal places."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from proofformer.problems.numbers import Exact, square_root
from prooflab.paper.enclosures import ONE, Enclosure, power, root

NARROW = Fraction(1, 2**110)


@pytest.mark.parametrize("base", [2, 3, 4, 7])
@pytest.mark.parametrize("exponent", [0, 1, 6, 13])
def test_whole_exponents_are_exact(base: int, exponent: int) -> None:
    assert power(base, exponent) == Enclosure.exactly(base**exponent)


@pytest.mark.parametrize(
    ("base", "exponent", "exact"), [(4, Fraction(1, 2), 2), (4, Fraction(3, 2), 8), (16, Fraction(5, 4), 32)]
)
def test_square_roots_that_are_whole_are_exact(base: int, exponent: Fraction, exact: int) -> None:
    assert power(base, exponent) == Enclosure.exactly(exact)


@pytest.mark.parametrize("base", [2, 3, 4])
@pytest.mark.parametrize("exponent", [Fraction(1, 3), Fraction(7, 4), Fraction(9, 16), Fraction(17, 6)])
def test_fractions_enclose_the_root(base: int, exponent: Fraction) -> None:
    p, q = exponent.numerator, exponent.denominator
    bounds = power(base, exponent)
    assert bounds.lo**q <= base**p <= bounds.hi**q
    assert bounds.hi - bounds.lo < NARROW * base**3


@pytest.mark.parametrize("base", [2, 3, 4, 5])
@pytest.mark.parametrize("square", [Fraction(1, 2), Fraction(2), Fraction(2, 3), Fraction(27, 4)])
def test_irrational_exponents_against_decimal(base: int, square: Fraction) -> None:
    with localcontext() as context:
        context.prec = 100
        true = Fraction(Decimal(base) ** (Decimal(square.numerator) / Decimal(square.denominator)).sqrt())
    bounds, slack = power(base, square_root(square)), Fraction(1, 10**90)
    assert bounds.lo - slack < true < bounds.hi + slack
    assert 0 < bounds.hi - bounds.lo < NARROW * base**3


@pytest.mark.parametrize(("x", "square"), [(3, 9), (Fraction(1, 2), Fraction(1, 4)), (square_root(2), 2)])
def test_root(x: Exact, square: Fraction) -> None:
    bounds = root(x)
    assert bounds.lo**2 <= square <= bounds.hi**2
    assert bounds.hi - bounds.lo < NARROW


def test_arithmetic_keeps_both_ends() -> None:
    x, y = Enclosure(Fraction(1), Fraction(2)), Enclosure(Fraction(3), Fraction(5))
    assert x + y == Enclosure(Fraction(4), Fraction(7))
    assert x * y == Enclosure(Fraction(3), Fraction(10))
    assert x / y == Enclosure(Fraction(1, 5), Fraction(2, 3))
    assert not x.exact
    assert ONE.exact


def test_a_comparison_that_cannot_be_made_is_refused() -> None:
    x = Enclosure(Fraction(1), Fraction(2))
    assert x.reaches(Fraction(1))
    assert not x.reaches(Fraction(3))
    with pytest.raises(ArithmeticError, match="cannot be compared with 2"):
        x.reaches(Fraction(2))
