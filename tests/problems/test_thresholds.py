"""Thresholds of decisions: which are read, what they are exactly, and which whole number counts."""

from fractions import Fraction
from typing import Any

import pytest

from proofformer.errors import InputError
from proofformer.problems import Decision, Problem, problem
from proofformer.problems.numbers import Exact, Root

NAMES = ("min-ip", "max-ip", "closest-pair", "farthest-pair")

A, B = [[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 1, 1], [1, 0, 0]]
"""Inner products 2, 1, 1 and 1, 0, 1; distances 1, 2, 1 and 2, 3, 0."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("threshold", "exact", "floor", "ceiling"),
    [
        (0, Fraction(0), 0, 0),
        (5, Fraction(5), 5, 5),
        (Fraction(7, 2), Fraction(7, 2), 3, 4),
        ("7/2", Fraction(7, 2), 3, 4),
        ("3.5", Fraction(7, 2), 3, 4),
        ("+3.50", Fraction(7, 2), 3, 4),
        ("4", Fraction(4), 4, 4),
        ("4.000", Fraction(4), 4, 4),
        ("007/07", Fraction(1), 1, 1),
        ("-0", Fraction(0), 0, 0),
        ("0.000000000000000001", Fraction(1, 10**18), 0, 1),
        ("14999999/3000000", Fraction(14999999, 3000000), 4, 5),
        ("sqrt(4)", Fraction(2), 2, 2),
        ("sqrt(10)", Root(Fraction(10)), 3, 4),
        (Root(Fraction(1, 2)), Root(Fraction(1, 2)), 0, 1),
    ],
    ids=str,
)
def test_thresholds_and_the_whole_number_that_counts(
    name: str, threshold: Any, exact: Exact, floor: int, ceiling: int
) -> None:
    made = problem(name, dim=5, threshold=threshold)
    assert made.question == "decide"
    whole = isinstance(exact, Fraction) and exact.denominator == 1
    assert type(made.threshold) is (int if whole else type(exact))
    assert made.threshold == exact
    assert made.cut == (ceiling if name in ("max-ip", "farthest-pair") else floor)
    assert type(made.cut) is int
    assert made == problem(name, dim=5, question="decide", threshold=exact)
    assert Problem(name, 5, "decide", threshold=threshold) == made


def test_cuts_of_what_has_no_threshold() -> None:
    assert problem("ov", dim=5, question="decide").cut == 0
    assert problem("ov", dim=5).cut == 0
    for name in NAMES:
        assert problem(name, dim=5).cut is None


@pytest.mark.parametrize(
    "threshold",
    [
        *("", "x", "1e0", "1/0", "3/-1", "1/2/3", "1.", ".5", " 3", "3\n", "1_0", "٣", "0x1", "inf", "nan", "½"),
        *(0.5, 3.0, float("nan"), float("inf"), True, False, [1], (1, 2), b"1", 1j, object),
    ],
    ids=repr,
)
def test_a_threshold_that_is_not_exact_is_refused(threshold: Any) -> None:
    with pytest.raises(InputError, match="write it exactly, as a whole number such as 5 or a fraction") as caught:
        problem("max-ip", dim=3, threshold=threshold)
    assert repr(threshold) in str(caught.value)
    with pytest.raises(InputError, match="write it exactly"):
        Problem("max-ip", 3, "decide", threshold=threshold)


@pytest.mark.parametrize("threshold", [-1, 4, "7/2", "-1/1000000", Fraction(3_000_001, 1_000_000), 10**18, "-5"])
def test_a_threshold_beyond_the_values_is_named(threshold: Any) -> None:
    named = f"threshold {Fraction(threshold)}: with l = 3 the values of max-ip are 0 to 3"
    with pytest.raises(InputError) as caught:
        problem("max-ip", dim=3, threshold=threshold)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "threshold",
    ["9" * 100_000, "1/" + "9" * 100_000, "0." + "1" * 100_000, 10**5000, -(10**5000), Fraction(1, 10**5000)],
    ids=["digits", "denominator", "decimals", "int", "negative int", "Fraction"],
)
def test_a_huge_threshold_is_refused_in_one_short_sentence(threshold: Any) -> None:
    """Python itself refuses to write whole numbers of more than 4300 digits."""
    with pytest.raises(InputError) as caught:
        problem("max-ip", dim=3, threshold=threshold)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("name", "values"),
    [("min-ip", {0, 1, 2}), ("max-ip", {0, 1, 2}), ("closest-pair", {0, 1, 2, 3}), ("farthest-pair", {0, 1, 2, 3})],
)
@pytest.mark.parametrize("threshold", [Fraction(k, 4) for k in range(13)])
def test_decisions_compare_with_the_threshold_itself(name: str, values: set[int], threshold: Fraction) -> None:
    largest = name in ("max-ip", "farthest-pair")
    expected = any(v >= threshold if largest else v <= threshold for v in values)
    asked = problem(name, dim=3, bichromatic=True, threshold=threshold)
    assert asked.answer(A, B) == Decision(expected)
