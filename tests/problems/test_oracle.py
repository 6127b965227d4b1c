"""The oracles against plain Python loops, at every kind of edge."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofformer.errors import InputError
from proofformer.problems import PairAnswer
from proofformer.problems.oracle import (
    closest_pair,
    count_closest,
    distance_profile,
    orthogonal_pair_exists,
)

Rows = list[list[int]]


def brute_force(rows: Rows) -> tuple[tuple[int, int], Counter[int], bool]:
    """(first closest pair, pairs at each distance, some pair is orthogonal), one bit at a time."""
    first, best, profile, orthogonal = (-1, -1), len(rows[0]) + 1, Counter[int](), False
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            distance = sum(a != b for a, b in zip(rows[i], rows[j], strict=True))
            profile[distance] += 1
            orthogonal = orthogonal or not any(a and b for a, b in zip(rows[i], rows[j], strict=True))
            if distance < best:
                first, best = (i, j), distance
    return first, profile, orthogonal


def check(rows: Rows, block: int) -> None:
    pair, profile, orthogonal = brute_force(rows)
    assert closest_pair(rows, block=block) == PairAnswer(pair, min(profile))
    assert distance_profile(rows, block=block) == profile
    assert list(distance_profile(rows, block=block)) == sorted(profile)
    assert count_closest(rows, block=block) == profile[min(profile)]
    assert orthogonal_pair_exists(rows, block=block) is orthogonal


@st.composite
def matrices(draw: st.DrawFn) -> Rows:
    """Up to 14 rows of up to 10 bits, from dense to sparse, with rows repeated now and then."""
    width = draw(st.integers(1, 10))
    bit = draw(st.sampled_from([st.integers(0, 1), st.sampled_from([0, 0, 0, 1]), st.sampled_from([0, 1, 1, 1])]))
    rows = draw(st.lists(st.lists(bit, min_size=width, max_size=width), min_size=2, max_size=12))
    repeats = draw(st.lists(st.sampled_from(rows), max_size=2))
    return draw(st.permutations(rows + repeats))


@settings(deadline=None, max_examples=400)
@given(rows=matrices(), block=st.integers(1, 16))
def test_small_instances(rows: Rows, block: int) -> None:
    check(rows, block)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 20),
    width=st.sampled_from([7, 8, 9, 63, 64, 65, 127, 128, 129, 200]),
    density=st.sampled_from([0.08, 0.3, 0.5, 0.9]),
    block=st.integers(1, 21),
)
def test_widths_around_bytes_and_words(seed: int, n: int, width: int, density: float, block: int) -> None:
    check((np.random.default_rng(seed).random((n, width)) < density).astype(int).tolist(), block)


@pytest.mark.parametrize("width", [253, 254, 255, 256, 257, 300])
def test_the_largest_distance_fits_at_every_width(width: int) -> None:
    rows = [[0] * width, [1] * width]
    assert closest_pair(rows) == PairAnswer((0, 1), width)
    assert distance_profile(rows) == {width: 1}
    check([*rows, [1] * (width - 1) + [0], [0] * (width - 1) + [1]], block=3)


@pytest.mark.parametrize("width", [1, 5, 64, 70])
@pytest.mark.parametrize("bit", [0, 1])
@pytest.mark.parametrize("block", [1, 2, 4, 5, 8, 256])
def test_all_rows_equal(width: int, bit: int, block: int) -> None:
    rows = [[bit] * width] * 5
    check(rows, block)
    assert closest_pair(rows, block=block) == PairAnswer((0, 1), 0)
    assert count_closest(rows, block=block) == 10
    assert orthogonal_pair_exists(rows, block=block) is (bit == 0)


@pytest.mark.parametrize("block", range(1, 12))
@pytest.mark.parametrize("pair", [(0, 1), (0, 9), (3, 4), (4, 5), (7, 8), (8, 9)])
def test_one_planted_pair_is_found_wherever_blocks_end(pair: tuple[int, int], block: int) -> None:
    # Row k has bits 4k to 4k + 3 alone, so all distances are 8; the planted pair is at distance 1.
    rows = np.repeat(np.eye(10, dtype=int), 4, axis=1)
    rows[pair[1]] = rows[pair[0]]
    rows[pair[1], 4 * pair[0]] = 0
    assert closest_pair(rows, block=block) == PairAnswer(pair, 1)
    assert count_closest(rows, block=block) == 1
    check(rows.tolist(), block)


@pytest.mark.parametrize("block", range(1, 9))
def test_ties_go_to_the_smaller_first_index_even_in_a_later_block(block: int) -> None:
    # (2, 3) and (1, 6) are both at distance 0: the second is met in a later block but comes first.
    rows = np.repeat(np.eye(7, dtype=int), 2, axis=1)
    rows[3], rows[6] = rows[2], rows[1]
    assert closest_pair(rows, block=block) == PairAnswer((1, 6), 0)
    assert count_closest(rows, block=block) == 2


@pytest.mark.parametrize("block", range(1, 9))
def test_ties_go_to_the_smaller_second_index(block: int) -> None:
    rows = np.repeat(np.eye(7, dtype=int), 2, axis=1)
    rows[6] = rows[4] = rows[1]
    assert closest_pair(rows, block=block) == PairAnswer((1, 4), 0)


@pytest.mark.parametrize("block", range(1, 8))
@pytest.mark.parametrize("pair", [(0, 1), (0, 5), (2, 3), (4, 5)])
def test_one_orthogonal_pair_is_found_wherever_blocks_end(pair: tuple[int, int], block: int) -> None:
    # Every other pair of rows shares one bit of its own, spread over both words; this pair shares none.
    rows = np.zeros((6, 80), dtype=int)
    for index, other in enumerate(combinations(range(6), 2)):
        if other != pair:
            rows[list(other), 5 * index] = 1
    assert brute_force(rows.tolist())[2]
    assert orthogonal_pair_exists(rows, block=block)
    rows[list(pair), 79] = 1
    assert not orthogonal_pair_exists(rows, block=block)
    check(rows.tolist(), block)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_zero_row_is_orthogonal_to_everything(place: int) -> None:
    rows = np.ones((5, 9), dtype=int)
    rows[place] = 0
    assert orthogonal_pair_exists(rows, block=2)


def test_a_row_is_never_paired_with_itself() -> None:
    assert closest_pair([[0, 0], [1, 1]]) == PairAnswer((0, 1), 2)
    assert not orthogonal_pair_exists([[1, 0], [1, 1]])


@pytest.mark.parametrize(
    "function",
    [closest_pair, count_closest, distance_profile, orthogonal_pair_exists],
    ids=lambda f: f.__name__,
)
def test_bad_rows_are_refused(function: object) -> None:
    assert callable(function)
    with pytest.raises(InputError, match="row 1, column 0 holds 2"):
        function([[0, 1], [2, 1]])
    with pytest.raises(InputError, match="1 row"):
        function([[0, 1]])


def test_twenty_thousand_rows() -> None:
    n, width = 20_000, 64
    rows = np.random.default_rng(5).integers(0, 2, (n, width), dtype=np.uint8)
    rows[:, 0] = 1
    rows[n - 1] = rows[n - 2]
    rows[n - 1, [7, 63]] ^= 1
    assert closest_pair(rows) == PairAnswer((n - 2, n - 1), 2)
    assert not orthogonal_pair_exists(rows)
    profile = distance_profile(rows)
    ones = rows.sum(axis=0, dtype=np.int64)
    assert profile[2] == count_closest(rows) == 1
    assert sum(profile.values()) == n * (n - 1) // 2
    assert sum(distance * count for distance, count in profile.items()) == int((ones * (n - ones)).sum())
