"""The page of cosines is what its script writes today, for the cheaper sizes; distances against plain fractions."""

from fractions import Fraction
from itertools import pairwise
from math import isqrt
from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cosines.md").read_text().splitlines()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/cosines.py")


@pytest.mark.parametrize("l", [2, 3, 6, 7, 8, 11, 12, 24, 34, 35, 64])
def test_lines_of_the_page(script: ModuleType, l: int) -> None:
    assert script.row(l).strip() in PAGE


@pytest.mark.parametrize("l", [8, 16])
def test_lines_of_what_a_factor_buys(script: ModuleType, l: int) -> None:
    assert script.gamma_row(l).strip() in PAGE


@pytest.mark.parametrize("l", [2, 5, 9, 16])
def test_smallest_distance_by_brute_force(script: ModuleType, l: int) -> None:
    squares = {
        Fraction(k * k, a * b)
        for a in range(1, l + 1)
        for b in range(a, l + 1)
        for k in range(max(0, a + b - l), a + 1)
    }
    digits = 10**30
    roots = sorted((isqrt(int(x * digits**2)), x) for x in squares)
    distance, low, high = min((b - a, x, y) for (a, x), (b, y) in pairwise(roots))
    count, found, below, above = script.nearest(l)
    assert count == len(squares)
    assert (below, above) == (low, high)
    assert found == pytest.approx(distance / digits, rel=1e-12)
