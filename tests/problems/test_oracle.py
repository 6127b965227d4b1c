"""The oracles against plain Python loops, at every kind of edge."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proofformer.errors import InputError
from proofformer.problems import Instance, PairAnswer
from proofformer.problems.numbers import Root
from proofformer.problems.oracle import Measure, extreme_pair, orthogonal_pair, pair_exists, profile

Rows = list[list[int]]

MEASURES: tuple[Measure, ...] = ("inner", "hamming")


def valued_pairs(rows: Rows, others: Rows | None, measure: Measure) -> list[tuple[tuple[int, int], int]]:
    """Every pair with its value, one bit at a time, in lexicographic order."""
    found = []
    for i, left in enumerate(rows):
        for j, right in enumerate(rows if others is None else others):
            if others is None and j <= i:
                continue
            value = 0
            for a, b in zip(left, right, strict=True):
                if (a == 1 and b == 1) if measure == "inner" else a != b:
                    value += 1
            found.append(((i, j), value))
    return found


def check(rows: Rows, others: Rows | None = None, block: int = 256) -> None:
    """Every function, both measures, both directions, every bound, against the list of all pairs."""
    for measure in MEASURES:
        pairs = valued_pairs(rows, others, measure)
        values = [value for _, value in pairs]
        for largest, optimum in ((False, min(values)), (True, max(values))):
            first = next(pair for pair, value in pairs if value == optimum)
            answer = extreme_pair(rows, others, measure=measure, largest=largest, block=block)
            assert answer == PairAnswer(first, optimum), (measure, largest)
        counts = profile(rows, others, measure=measure, block=block)
        assert counts == Counter(values)
        assert list(counts) == sorted(counts)
        between = (
            Fraction(2 * min(values) - 1, 2),
            Fraction(2 * max(values) + 1, 2),
            Root(Fraction(2 * max(values) ** 2 + 1, 2)),
        )
        for bound in {-1, 0, *(value + step for value in counts for step in (-1, 0, 1)), len(rows[0]) + 1, *between}:
            at_most = pair_exists(rows, others, measure=measure, at_most=bound, block=block)
            assert at_most is any(value <= bound for value in values), (measure, bound)
            at_least = pair_exists(rows, others, measure=measure, at_least=bound, block=block)
            assert at_least is any(value >= bound for value in values), (measure, bound)
    orthogonal = [pair for pair, value in valued_pairs(rows, others, "inner") if value == 0]
    expected = PairAnswer(orthogonal[0], 0) if orthogonal else PairAnswer(None, None)
    assert orthogonal_pair(rows, others, block=block) == expected


@st.composite
def pools(draw: st.DrawFn) -> list[list[int]]:
    """A few rows of up to 8 bits, dense to sparse, to draw documents from: duplicates and ties are the rule."""
    width = draw(st.integers(1, 8))
    bit = draw(st.sampled_from([st.integers(0, 1), st.sampled_from([0, 0, 0, 1]), st.sampled_from([0, 1, 1, 1])]))
    return draw(st.lists(st.lists(bit, min_size=width, max_size=width), min_size=1, max_size=6))


@settings(deadline=None, max_examples=200)
@given(data=st.data(), pool=pools(), block=st.integers(1, 12))
def test_one_set(data: st.DataObject, pool: Rows, block: int) -> None:
    check(data.draw(st.lists(st.sampled_from(pool), min_size=2, max_size=11)), block=block)


@settings(deadline=None, max_examples=200)
@given(data=st.data(), pool=pools(), block=st.integers(1, 9))
def test_two_sets(data: st.DataObject, pool: Rows, block: int) -> None:
    documents = st.lists(st.sampled_from(pool), min_size=1, max_size=8)
    check(data.draw(documents), data.draw(documents), block)


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 10),
    m=st.sampled_from([None, 1, 2, 7]),
    width=st.sampled_from([7, 8, 9, 63, 64, 65, 127, 128, 129, 200]),
    density=st.sampled_from([0.02, 0.3, 0.5, 0.98]),
    block=st.sampled_from([2, 3, 256]),
)
@example(seed=0, n=10, m=7, width=129, density=0.98, block=3)
def test_widths_around_bytes_and_words(
    seed: int, n: int, m: int | None, width: int, density: float, block: int
) -> None:
    bits = (np.random.default_rng(seed).random((n + (m or 0), width)) < density).astype(int).tolist()
    check(bits[:n], None if m is None else bits[n:], block)


@pytest.mark.parametrize("width", [63, 64, 65, 128, 129])
@pytest.mark.parametrize("column", [0, -1])
def test_the_first_and_the_last_column_count(width: int, column: int) -> None:
    rows = np.zeros((3, width), dtype=int)
    rows[1:, column] = 1
    assert profile(rows, measure="inner") == {0: 2, 1: 1}
    assert profile(rows, measure="hamming") == {0: 1, 1: 2}
    assert extreme_pair(rows, measure="inner", largest=True) == PairAnswer((1, 2), 1)
    assert extreme_pair(rows, measure="hamming", largest=False) == PairAnswer((1, 2), 0)


@pytest.mark.parametrize("width", [253, 254, 255, 256, 257, 511, 512])
def test_the_largest_value_fits_at_every_width(width: int) -> None:
    zeros, ones = [0] * width, [1] * width
    for measure, rows in (("hamming", [zeros, ones]), ("inner", [ones, ones])):
        assert extreme_pair(rows, measure=measure, largest=False) == PairAnswer((0, 1), width)
        assert extreme_pair(rows[:1], rows[1:], measure=measure, largest=True) == PairAnswer((0, 0), width)
        assert profile(rows, measure=measure) == {width: 1}
    check([zeros, ones, ones, [1] * (width - 1) + [0]], block=3)


@pytest.mark.parametrize("width", [1, 5, 64, 70])
@pytest.mark.parametrize("bit", [0, 1])
@pytest.mark.parametrize("block", [1, 2, 3, 4, 5, 256])
def test_all_rows_equal(width: int, bit: int, block: int) -> None:
    rows = [[bit] * width] * 5
    check(rows, block=block)
    check(rows, rows[:3], block)
    for largest in (False, True):
        assert extreme_pair(rows, measure="inner", largest=largest, block=block) == PairAnswer((0, 1), bit * width)
        assert extreme_pair(rows, measure="hamming", largest=largest, block=block) == PairAnswer((0, 1), 0)
        assert extreme_pair(rows, rows, measure="hamming", largest=largest, block=block) == PairAnswer((0, 0), 0)
    assert profile(rows, measure="inner", block=block) == {bit * width: 10}
    assert profile(rows, rows, measure="inner", block=block) == {bit * width: 25}


@pytest.mark.parametrize("block", [1, 2, 3, 7, 256])
def test_one_document_against_many(block: int) -> None:
    one = [[1, 1, 0, 0, 1]]
    many = [[1, 0, 0, 0, 1], [1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 0, 0, 0]]
    check(one, many, block)
    check(many, one, block)
    check(one, one, block)
    assert orthogonal_pair(one, many, block=block) == PairAnswer((0, 2), 0)
    assert orthogonal_pair(many, one, block=block) == PairAnswer((2, 0), 0)


@pytest.mark.parametrize("block", range(1, 12))
@pytest.mark.parametrize("pair", [(0, 1), (0, 9), (3, 4), (4, 5), (7, 8), (8, 9)])
def test_one_planted_pair_is_found_wherever_blocks_end(pair: tuple[int, int], block: int) -> None:
    # Row k has bits 4k to 4k + 3 alone, so all distances are 8; the planted pair is at distance 1 and shares 3 bits.
    rows = np.repeat(np.eye(10, dtype=int), 4, axis=1)
    rows[pair[1]] = rows[pair[0]]
    rows[pair[1], 4 * pair[0]] = 0
    assert extreme_pair(rows, measure="hamming", largest=False, block=block) == PairAnswer(pair, 1)
    assert extreme_pair(rows, measure="inner", largest=True, block=block) == PairAnswer(pair, 3)
    assert pair_exists(rows, measure="hamming", at_most=1, block=block)
    assert pair_exists(rows, measure="inner", at_least=3, block=block)
    assert profile(rows, measure="inner", block=block) == {0: 44, 3: 1}


@pytest.mark.parametrize("block", range(1, 8))
@pytest.mark.parametrize("pair", [(0, 1), (0, 5), (2, 3), (4, 5)])
def test_one_orthogonal_pair_is_found_wherever_blocks_end(pair: tuple[int, int], block: int) -> None:
    # Every other pair of rows shares one bit of its own, spread over both words; this pair shares none.
    rows = np.zeros((6, 80), dtype=int)
    for index, other in enumerate(combinations(range(6), 2)):
        if other != pair:
            rows[list(other), 5 * index] = 1
    assert orthogonal_pair(rows, block=block) == PairAnswer(pair, 0)
    assert pair_exists(rows, measure="inner", at_most=0, block=block)
    rows[list(pair), 79] = 1
    assert orthogonal_pair(rows, block=block) == PairAnswer(None, None)
    assert not pair_exists(rows, measure="inner", at_most=0, block=block)


@pytest.mark.parametrize("block", range(1, 9))
def test_ties_go_to_the_smaller_first_index_even_in_a_later_block(block: int) -> None:
    # (2, 3) and (1, 6) are both at distance 0: the second is met in a later block but comes first.
    rows = np.repeat(np.eye(7, dtype=int), 2, axis=1)
    rows[3], rows[6] = rows[2], rows[1]
    assert extreme_pair(rows, measure="hamming", largest=False, block=block) == PairAnswer((1, 6), 0)
    assert extreme_pair(rows, measure="inner", largest=True, block=block) == PairAnswer((1, 6), 2)


@pytest.mark.parametrize("block", range(1, 9))
@pytest.mark.parametrize("largest", [False, True])
def test_ties_between_two_sets_go_to_the_smaller_first_index(largest: bool, block: int) -> None:
    # Only (3, 0), (2, 6) and (2, 7) have the extreme distance, 0 or l, at which a search may stop early.
    rows, others = np.zeros((8, 4), dtype=int), np.zeros((8, 4), dtype=int)
    rows[:, :2], others[:, 0] = 1, 1
    rows[3], others[0] = [1, 0, 1, 1], [1, 0, 1, 1]
    rows[2], others[6:] = [0, 0, 1, 0], [0, 0, 1, 0]
    sought = 1 - others if largest else others
    answer = extreme_pair(rows, sought, measure="hamming", largest=largest, block=block)
    assert answer == PairAnswer((2, 6), 4 if largest else 0)
    assert profile(rows, sought, measure="hamming")[answer.value] == 3


@pytest.mark.parametrize("block", range(1, 9))
def test_ties_go_to_the_smaller_second_index(block: int) -> None:
    rows = np.repeat(np.eye(7, dtype=int), 2, axis=1)
    rows[6] = rows[4] = rows[1]
    assert extreme_pair(rows, measure="hamming", largest=False, block=block) == PairAnswer((1, 4), 0)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_zero_row_is_orthogonal_to_everything(place: int) -> None:
    rows = np.ones((5, 9), dtype=int)
    rows[place] = 0
    assert orthogonal_pair(rows, block=2) == PairAnswer((0, place or 1), 0)
    assert orthogonal_pair(rows[:1], rows, block=2) == PairAnswer((0, place), 0)


def test_a_row_is_paired_with_itself_only_across_two_sets() -> None:
    rows = [[0, 0], [1, 1]]
    assert extreme_pair(rows, measure="hamming", largest=False) == PairAnswer((0, 1), 2)
    assert extreme_pair(rows, rows, measure="hamming", largest=False) == PairAnswer((0, 0), 0)
    assert extreme_pair(rows, measure="inner", largest=True) == PairAnswer((0, 1), 0)
    assert extreme_pair(rows, rows, measure="inner", largest=True) == PairAnswer((1, 1), 2)
    assert orthogonal_pair([[1, 0], [1, 1]]) == PairAnswer(None, None)


def test_no_pair_of_one_set_passes_a_bound_that_only_the_diagonal_meets() -> None:
    # With blocks of one row the first block holds no pair at all.
    for bound in (-1, 0, 1):
        assert not pair_exists([[1, 1], [0, 0]], measure="hamming", at_most=bound, block=1)
        assert not pair_exists([[1, 1], [0, 0]], measure="inner", at_least=bound + 2, block=1)
    assert not pair_exists([[1, 1]], [[0, 0]], measure="hamming", at_least=3)
    assert pair_exists([[1, 1], [0, 0]], measure="hamming", at_most=10**30, block=1)
    assert not pair_exists([[1, 1], [0, 0]], measure="hamming", at_least=10**30)


def test_an_instance_is_taken_with_its_second_set() -> None:
    rows, others = [[1, 1], [0, 1]], [[0, 0], [1, 0]]
    for instance, sets in ((Instance(rows, others), (rows, others)), (Instance(rows), (rows,))):
        assert extreme_pair(instance, measure="inner", largest=True) == PairAnswer((0, 1), 1)
        assert profile(instance, measure="hamming") == profile(*sets, measure="hamming")
        assert orthogonal_pair(instance) == orthogonal_pair(*sets)
        assert pair_exists(instance, measure="inner", at_least=1)


FUNCTIONS: dict[str, Callable[..., object]] = {
    "extreme_pair": lambda *sets, measure="inner", **more: extreme_pair(*sets, measure=measure, largest=True, **more),
    "profile": lambda *sets, measure="hamming", **more: profile(*sets, measure=measure, **more),
    "orthogonal_pair": orthogonal_pair,
    "pair_exists": lambda *sets, measure="inner", **more: pair_exists(*sets, measure=measure, at_most=0, **more),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_rows_and_blocks_are_refused(name: str) -> None:
    function = FUNCTIONS[name]
    for sets, named in [
        (([[0, 1], [2, 1]],), "row 1, column 0 holds 2"),
        (([[0, 1]],), "1 row"),
        (([[0, 1]], [[1, 3]]), "row 0, column 1 of B holds 3"),
        (([[0, 1]], [[1, 0, 1]]), "A has 2 columns and B has 3"),
        ((Instance([[0, 1]], [[1, 1]]), [[0, 1]]), "A is an Instance of two sets"),
    ]:
        with pytest.raises(InputError, match=named):
            function(*sets)
    for block in (0, -1):
        with pytest.raises(InputError, match=f"block is {block}"):
            function([[0, 1], [1, 1]], block=block)


@pytest.mark.parametrize("name", ["extreme_pair", "profile", "pair_exists"])
def test_an_unknown_measure_is_refused(name: str) -> None:
    known = "inner, hamming, sqeuclidean, cityblock, cosine, jaccard, dice"
    with pytest.raises(InputError, match=f"unknown measure 'euclid': choose one of {known}"):
        FUNCTIONS[name]([[0, 1], [1, 1]], measure="euclid")


@pytest.mark.parametrize("bounds", [{}, {"at_most": None}, {"at_most": 0, "at_least": 0}])
def test_exactly_one_bound_is_asked_for(bounds: dict[str, int | None]) -> None:
    with pytest.raises(InputError, match="exactly one"):
        pair_exists([[0, 1], [1, 1]], measure="inner", at_most=bounds.get("at_most"), at_least=bounds.get("at_least"))


def test_twenty_thousand_rows() -> None:
    n, width = 20_000, 64
    rows = np.random.default_rng(5).integers(0, 2, (n, width), dtype=np.uint8)
    rows[:, 0] = 1
    rows[n - 1] = rows[n - 2]
    rows[n - 1, [7, 63]] ^= 1
    assert extreme_pair(rows, measure="hamming", largest=False) == PairAnswer((n - 2, n - 1), 2)
    assert orthogonal_pair(rows) == PairAnswer(None, None)
    distances, products = profile(rows, measure="hamming"), profile(rows, measure="inner")
    ones = rows.sum(axis=0, dtype=np.int64)
    assert distances[2] == 1
    assert sum(distances.values()) == sum(products.values()) == n * (n - 1) // 2
    assert sum(value * count for value, count in distances.items()) == int((ones * (n - ones)).sum())
    assert sum(value * count for value, count in products.items()) == int((ones * (ones - 1) // 2).sum())
