"""Exact numbers: how they compare, what is read and what is refused."""

import dataclasses
import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofformer.errors import InputError
from proofformer.problems.numbers import Exact, Root, exact_number, square_root, squared

HUGE = 10**40
SQUARES = st.one_of(
    st.fractions(min_value=0, max_denominator=30),
    st.builds(Fraction, st.integers(0, HUGE), st.integers(1, HUGE)),
    st.builds(lambda k, d: Fraction(k * k + d), st.integers(0, HUGE), st.sampled_from([0, 1, -1])).map(abs),
)


@given(SQUARES, SQUARES)
def test_roots_compare_as_their_squares_do(x: Fraction, y: Fraction) -> None:
    a, b = square_root(x), square_root(y)
    assert ((a < b), (a <= b), (a > b), (a >= b), (a == b), (a != b)) == (x < y, x <= y, x > y, x >= y, x == y, x != y)
    assert (hash(a) == hash(b)) or x != y
    assert squared(a) == x
    if not isinstance(a, Root):
        assert -a - 1 < b
        assert b > -a - 1


@given(SQUARES)
def test_a_rational_root_is_no_root(x: Fraction) -> None:
    root = square_root(x * x)
    assert root == x
    assert type(root) is (int if x.denominator == 1 else Fraction)
    exact = square_root(x)
    assert isinstance(exact, int | Fraction | Root)
    assert isinstance(exact, Root) or exact * exact == x
    assert math.floor(exact) == max(k for k in range(math.isqrt(int(x)) - 1, math.isqrt(int(x)) + 3) if k * k <= x)
    assert math.ceil(exact) == min(
        k for k in range(max(0, math.isqrt(int(x)) - 1), math.isqrt(int(x)) + 3) if k * k >= x
    )


def test_neighbours_that_floats_take_for_equal() -> None:
    n = 10**18
    root = square_root(n * n + 1)
    assert isinstance(root, Root)
    assert float(root) == float(n)
    assert n < root < Fraction(2 * n * n * n + n + 1, 2 * n * n) < n + 1
    assert not root <= n
    assert not n >= root
    assert root != n
    below, above = square_root(Fraction(n - 1, 2 * n)), square_root(Fraction(n, 2 * n + 1))
    assert below < above < square_root(Fraction(1, 2))


def test_comparison_with_other_types() -> None:
    root = Root(Fraction(2))
    assert root > np.int64(1)
    assert root > True
    assert root < np.int64(2)
    assert root > -5
    assert root > Fraction(-7, 2)
    assert root < Root(Fraction(3))
    assert (root == 2) is False
    assert (root == "sqrt(2)") is False
    assert Root(Fraction(2 * 10**30)) > np.int64(10**15)
    assert Root(Fraction(10**36 - 1)) < np.int64(10**18), "numpy's squares would overflow"
    for other in (1.5, "2", None):
        with pytest.raises(TypeError):
            root < other  # noqa: B015


@pytest.mark.parametrize(
    ("square", "text", "value"),
    [(Fraction(9, 20), "sqrt(9/20)", 0.45**0.5), (2, "sqrt(2)", 2**0.5), (Fraction(8, 4) * 4, "sqrt(8)", 8**0.5)],
)
def test_a_root_reads_well(square: Any, text: str, value: float) -> None:
    root = square_root(square)
    assert str(root) == text
    assert exact_number(text) == root
    assert math.isclose(float(root), value, rel_tol=1e-15)


@pytest.mark.parametrize("square", [0, -2, Fraction(-1, 2), 4, Fraction(9, 16), 2.0, "2", None])
def test_a_root_is_positive_and_irrational(square: Any) -> None:
    with pytest.raises(InputError):
        Root(square)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Root(Fraction(2)).square = square  # type: ignore[misc]


def test_no_negative_square() -> None:
    with pytest.raises(InputError, match="the square root of -1/2: pass"):
        square_root(Fraction(-1, 2))
    assert square_root(0) == 0


READ: list[tuple[Any, Exact]] = [
    (5, 5),
    (np.int8(5), 5),
    ("5", 5),
    ("+3.50", Fraction(7, 2)),
    ("4.000", 4),
    ("007/07", 1),
    ("-0", 0),
    ("7/2", Fraction(7, 2)),
    ("0.25", Fraction(1, 4)),
    ("-3", -3),
    ("6/3", 2),
    (Fraction(6, 3), 2),
    (Fraction(7, 2), Fraction(7, 2)),
    ("sqrt(1/2)", Root(Fraction(1, 2))),
    ("sqrt(0.5)", Root(Fraction(1, 2))),
    ("sqrt(4/9)", Fraction(2, 3)),
    ("sqrt(9)", 3),
    ("sqrt(0)", 0),
    (Root(Fraction(1, 2)), Root(Fraction(1, 2))),
    ("0.999999999999999999", Fraction(10**18 - 1, 10**18)),
    ("sqrt(999999999999999998/999999999999999999)", Root(Fraction(10**18 - 2, 10**18 - 1))),
]


@pytest.mark.parametrize(("given", "expected"), READ, ids=str)
def test_what_is_read(given: Any, expected: Exact) -> None:
    number = exact_number(given)
    assert number == expected
    assert type(number) is type(expected)


@pytest.mark.parametrize(
    "given",
    [
        *(0.5, 3.0, float("nan"), float("inf"), None, True, False, [], (1, 2), b"1", 1j, object, "", "x", " 5", "3\n"),
        *("1e3", "1e0", "0,5", "1/0", "3/-1", "1/2/3", "1.", ".5", "1_0", "0x1", "inf", "nan", "½", "٣"),
        *("sqrt(-1)", "sqrt 2", "sqrt(2", "sqrt(sqrt(2))"),
    ],
    ids=repr,
)
def test_what_is_not_read(given: Any) -> None:
    with pytest.raises(InputError) as caught:
        exact_number(given, "bound")
    assert str(caught.value).startswith(f"bound {given!r} is no exact number: write a")
    assert "sqrt(1/2)" in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        *(10**19, 10**5000, -(10**5000), Fraction(1, 10**19), Fraction(1, 10**5000), Root(Fraction(10**19))),
        *("sqrt(" + "9" * 99, "9" * 100_000, "1/" + "9" * 100_000, "0." + "1" * 100_000),
    ],
    ids=lambda x: type(x).__name__,
)
def test_too_many_digits(given: Any) -> None:
    with pytest.raises(InputError) as caught:
        exact_number(given)
    assert len(str(caught.value)) < 200


def test_roots_can_be_ruled_out() -> None:
    assert exact_number("sqrt(4)", "gamma", roots=False) == 2
    for root in ("sqrt(2)", Root(Fraction(2))):
        with pytest.raises(InputError) as caught:
            exact_number(root, "gamma", roots=False)
        assert "gamma" in str(caught.value)
        assert "sqrt(2)" in str(caught.value)
        assert "a root such as" not in str(caught.value)


def test_mixed_numbers_sort() -> None:
    numbers: list[Exact] = [square_root(Fraction(k, 12)) for k in range(60, -1, -1)]
    assert [squared(x) for x in sorted(numbers)] == [Fraction(k, 12) for k in range(61)]  # type: ignore[type-var]
    for x, y in product(numbers[::7], numbers[::5]):
        assert (x < y) + (x == y) + (x > y) == 1
