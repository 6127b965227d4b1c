"""The oracle against plain Python, for every measure and at every kind of edge."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist
from tests.cases import SIMILARITIES, Rows, values

from proofformer.errors import InputError
from proofformer.problems import Instance, PairAnswer, Task
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.problems.oracle import extreme_pair, first_pairs, orthogonal_pair, pair_exists, pair_value, profile

WHOLE, GRIDS = ("inner", "hamming"), ("sqeuclidean", "cityblock")
ORDERED = Task("ordered", lambda a, b: 5 * int(a.sum()) + int(b @ b) + 3 * int(a[0]), "least", symmetric=False)
"""A measure of one's own, by which (a, b) is not (b, a)."""


def valued(measure: Any, sets: list[Rows]) -> list[tuple[Exact, tuple[int, int]]]:
    """Every pair with its exact value, one coordinate at a time, in lexicographic order."""
    if measure is ORDERED:
        rows = [(i, j, a, b) for i, a in enumerate(sets[0]) for j, b in enumerate(sets[-1]) if len(sets) == 2 or i < j]
        return [(5 * sum(a) + sum(x * x for x in b) + 3 * a[0], (i, j)) for i, j, a, b in rows]
    found = values(measure, tuple(tuple(map(tuple, rows)) for rows in sets))
    return [(square_root(value) if measure in SIMILARITIES else int(value), pair) for value, pair in found]


def check(sets: list[Rows], measure: Any, levels: int = 1, block: int = 256) -> None:
    """Searches both ways, the profile, and decisions at, just below and just above every value."""
    options: Any = {"measure": measure, "levels": levels, "block": block}
    pairs = valued(measure, sets)
    counts = Counter(value for value, _ in pairs)
    for largest, extreme in ((False, min(counts)), (True, max(counts))):  # type: ignore[type-var]
        answer = extreme_pair(*sets, largest=largest, **options)
        assert answer == PairAnswer(next(pair for value, pair in pairs if value == extreme), extreme), options
    found = profile(*sets, **options)
    assert found == counts
    assert list(found) == sorted(counts)  # type: ignore[type-var]
    step = Fraction(1, 10**17)
    squares = {squared(value) + move for value in counts for move in (-step, 0, step)}
    for bound in {-1, 0, 1, *(square_root(square) for square in squares if square >= 0)}:
        assert pair_exists(*sets, at_most=bound, **options) is any(value <= bound for value in counts), bound
        assert pair_exists(*sets, at_least=bound, **options) is any(value >= bound for value in counts), bound
    if measure == "inner":
        zero = [pair for value, pair in pairs if value == 0]
        assert orthogonal_pair(*sets, block=block) == PairAnswer(zero[0] if zero else None, 0 if zero else None)


MEASURES = (*((m, 1) for m in (*WHOLE, *SIMILARITIES)), *((m, c) for m in (*GRIDS, ORDERED) for c in (1, 3, 255)))


@settings(deadline=None, max_examples=150)
@given(data=st.data(), measured=st.sampled_from(MEASURES), block=st.integers(1, 9), two=st.booleans())
def test_a_few_rows_with_many_ties(data: st.DataObject, measured: tuple[Any, int], block: int, two: bool) -> None:
    measure, levels = measured
    width = data.draw(st.integers(1, 8))
    entry = data.draw(st.sampled_from([st.integers(0, levels), st.sampled_from([0, 0, 0, levels])]))
    row = st.lists(entry, min_size=width, max_size=width).filter(any if measure in SIMILARITIES else lambda row: True)
    pool = data.draw(st.lists(row, min_size=1, max_size=6))
    sizes = data.draw(st.sampled_from([(1, 1), (1, 6), (6, 1), (5, 8)] if two else [(2,), (5,), (11,)]))
    check([[data.draw(st.sampled_from(pool)) for _ in range(n)] for n in sizes], measure, levels, block)


@pytest.mark.parametrize("width", [7, 8, 9, 63, 64, 65, 128, 129, 200])
@pytest.mark.parametrize("density", [0.05, 0.9])
def test_widths_around_bytes_and_words(width: int, density: float) -> None:
    bits = (np.random.default_rng(width).random((6, width)) < density).astype(int)
    bits[:, -1] = 1
    for measure in (*WHOLE, *SIMILARITIES):
        check([bits.tolist()], measure, block=3)
        check([bits[:2].tolist(), bits[2:].tolist()], measure, block=2)


@pytest.mark.parametrize("width", [63, 64, 65, 128, 129])
@pytest.mark.parametrize("column", [0, -1])
def test_the_first_and_the_last_column_count(width: int, column: int) -> None:
    rows = np.zeros((3, width), dtype=int)
    rows[1:, column] = 1
    assert profile(rows, measure="inner") == {0: 2, 1: 1}
    assert profile(rows, measure="hamming") == {0: 1, 1: 2}


@pytest.mark.parametrize("width", [1, 253, 254, 255, 256, 257, 512])
@pytest.mark.parametrize(
    ("measure", "levels"), [("inner", 1), ("hamming", 1), ("sqeuclidean", 255), ("cityblock", 255)]
)
def test_the_largest_value_fits_at_every_width(measure: Any, levels: int, width: int) -> None:
    low, high = [levels * (measure == "inner")] * width, [levels] * width
    value = width * levels ** (1 + (measure == "sqeuclidean"))
    for sets in ([[low, high]], [[low], [high]]):
        for largest in (False, True):
            found = extreme_pair(*sets, measure=measure, largest=largest, levels=levels)
            assert found == PairAnswer((0, 2 - len(sets)), value)
        assert profile(*sets, measure=measure, levels=levels) == {value: 1}
    check([[low, high, high, [*high[1:], 0]]], measure, levels, block=3)


@pytest.mark.parametrize("measure", WHOLE)
@pytest.mark.parametrize("bit", [0, 1])
@pytest.mark.parametrize("block", [1, 2, 3, 5, 256])
def test_all_rows_equal(measure: str, bit: int, block: int) -> None:
    rows = [[bit] * 70] * 5
    check([rows], measure, block=block)
    check([rows, rows[:3]], measure, block=block)


@pytest.mark.parametrize("block", range(1, 12))
@pytest.mark.parametrize("pair", [(0, 1), (0, 9), (4, 5), (8, 9)])
def test_one_planted_pair_is_found_wherever_blocks_end(pair: tuple[int, int], block: int) -> None:
    # Row k has bits 4k to 4k + 3 alone, so all distances are 8; the planted pair is at distance 1 and shares 3 bits.
    rows = np.repeat(np.eye(10, dtype=int), 4, axis=1)
    rows[pair[1]] = rows[pair[0]]
    rows[pair[1], 4 * pair[0]] = 0
    assert extreme_pair(rows, measure="hamming", largest=False, block=block) == PairAnswer(pair, 1)
    assert extreme_pair(rows, measure="inner", largest=True, block=block) == PairAnswer(pair, 3)
    assert pair_exists(rows, measure="hamming", at_most=1, block=block)
    assert pair_exists(rows, measure="inner", at_least=3, block=block)
    for measure in SIMILARITIES:
        found = extreme_pair(rows, measure=measure, largest=True, block=block)  # type: ignore[arg-type]
        assert found.pair == pair
        assert pair_exists(rows, measure=measure, at_least=found.value, block=block)  # type: ignore[arg-type]
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
    for measure in SIMILARITIES:
        assert extreme_pair(rows, measure=measure, largest=False, block=block) == PairAnswer(pair, 0)  # type: ignore[arg-type]
    rows[list(pair), 79] = 1
    assert orthogonal_pair(rows, block=block) == PairAnswer(None, None)
    assert not pair_exists(rows, measure="inner", at_most=0, block=block)


@pytest.mark.parametrize("block", range(1, 9))
@pytest.mark.parametrize("measure", ["hamming", *GRIDS])
def test_ties_go_to_the_smaller_pair(measure: Any, block: int) -> None:
    # (2, 3) and (1, 6) are both at distance 0: the second is met in a later block but comes first.
    rows = np.repeat(np.eye(7, dtype=int), 2, axis=1)
    rows[3], rows[6] = rows[2], rows[1]
    assert extreme_pair(rows, measure=measure, largest=False, block=block) == PairAnswer((1, 6), 0)
    assert extreme_pair(rows, measure="inner", largest=True, block=block) == PairAnswer((1, 6), 2)
    rows[4] = rows[1]
    assert extreme_pair(rows, measure=measure, largest=False, block=block) == PairAnswer((1, 4), 0)


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
    assert extreme_pair(rows, rows, measure="inner", largest=True) == PairAnswer((1, 1), 2)
    assert orthogonal_pair([[1, 0], [1, 1]]) == PairAnswer(None, None)
    # With blocks of one row the first block holds no pair at all, and only the diagonal meets these bounds.
    for bound in (-1, 0, 1):
        assert not pair_exists([[1, 1], [0, 0]], measure="hamming", at_most=bound, block=1)
        assert not pair_exists([[1, 1], [0, 0]], measure="inner", at_least=bound + 2, block=1)
    assert pair_exists([[1, 1], [0, 0]], measure="hamming", at_most=10**30, block=1)
    assert not pair_exists([[1, 1], [0, 0]], measure="hamming", at_least=10**30)


def test_an_instance_is_taken_with_its_second_set() -> None:
    rows, others = [[1, 1], [0, 1]], [[0, 0], [1, 0]]
    for instance, sets in ((Instance(rows, others), (rows, others)), (Instance(rows), (rows,))):
        assert extreme_pair(instance, measure="inner", largest=True) == PairAnswer((0, 1), 1)
        assert profile(instance, measure="hamming") == profile(*sets, measure="hamming")
        assert orthogonal_pair(instance) == orthogonal_pair(*sets)
        assert pair_exists(instance, measure="inner", at_least=1)
    assert extreme_pair(Instance([[0, 16]], [[3, 4]], 16), measure="cityblock", largest=True).value == 15


@pytest.mark.parametrize("levels", [1, 16, 255])
def test_against_scipy(levels: int) -> None:
    generator = np.random.default_rng(levels)
    A, B = generator.integers(0, levels + 1, (130, 64)), generator.integers(0, levels + 1, (270, 64))
    for measure in (*GRIDS, *(["hamming"] if levels == 1 else [])):
        scale = 64 if measure == "hamming" else 1
        counts = profile(B, measure=measure, levels=levels)  # type: ignore[arg-type]
        assert counts == Counter(np.rint(scale * pdist(B.astype(float), measure)).astype(int).tolist())
        between = np.rint(scale * cdist(A.astype(float), B.astype(float), measure)).astype(int)
        for largest, best in ((False, between.argmin()), (True, between.argmax())):
            i, j = divmod(int(best), len(B))
            found = extreme_pair(A, B, measure=measure, largest=largest, levels=levels)  # type: ignore[arg-type]
            assert found == PairAnswer((i, j), int(between[i, j]))


FUNCTIONS: dict[str, Callable[..., object]] = {
    "extreme_pair": lambda *sets, measure="inner", **more: extreme_pair(*sets, measure=measure, largest=True, **more),
    "profile": lambda *sets, measure="hamming", **more: profile(*sets, measure=measure, **more),
    "pair_exists": lambda *sets, measure="inner", **more: pair_exists(*sets, measure=measure, at_most=0, **more),
    "orthogonal_pair": orthogonal_pair,
}
TWO = [[0, 1], [1, 1]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_rows_blocks_and_measures_are_refused(name: str) -> None:
    known = "inner, hamming, sqeuclidean, cityblock, cosine, jaccard, dice"
    refused: list[tuple[list[Any], dict[str, Any], str]] = [
        ([[[0, 1], [2, 1]]], {}, "row 1, column 0 holds 2"),
        ([[[0, 1]]], {}, "1 row"),
        ([[[0, 1]], [[1, 3]]], {}, "row 0, column 1 of B holds 3"),
        ([[[0, 1]], [[1, 0, 1]]], {}, "A has 2 columns and B has 3"),
        ([Instance([[0, 1]], [[1, 1]]), [[0, 1]]], {}, "A is an Instance of two sets"),
        *(([TWO], {"block": block}, f"block is {block}") for block in (0, -1)),
    ]
    if name != "orthogonal_pair":
        wide = np.ones((2, 4097), dtype=np.uint8)
        refused.append(([TWO], {"measure": "euclid"}, f"unknown measure 'euclid': choose one of {known}"))
        for measure in SIMILARITIES:
            refused.append(([[[1, 0], [0, 0]]], {"measure": measure}, "row 1 is all zero"))
            refused.append(([wide], {"measure": measure}, "l is 4097: similarities are told apart up to l = 4096"))
        for measure in (*WHOLE, *SIMILARITIES):
            levels = f"{measure} compares 0/1 rows and levels is 3: leave levels out"
            refused.append(([[[1, 0], [2, 0]]], {"measure": measure, "levels": 3}, levels))
    for sets, options, named in refused:
        with pytest.raises(InputError, match=named):
            FUNCTIONS[name](*sets, **options)


@pytest.mark.parametrize("bounds", [{}, {"at_most": None}, {"at_most": 0, "at_least": 0}])
def test_exactly_one_bound_is_asked_for(bounds: dict[str, int | None]) -> None:
    with pytest.raises(InputError, match="exactly one"):
        pair_exists(TWO, measure="inner", at_most=bounds.get("at_most"), at_least=bounds.get("at_least"))


def test_three_thousand_rows() -> None:
    """More pairs in one profile than a block counts, and one planted pair at the very end."""
    n, width = 3_000, 64
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
    assert sum(value * count for value, count in distances.items()) == int((ones * (n - ones)).sum())  # type: ignore[operator]
    assert sum(value * count for value, count in products.items()) == int((ones * (ones - 1) // 2).sum())  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(30))
def test_the_first_pairs_are_those_of_sorting_all(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2, (int(rng.integers(2, 24)), int(rng.integers(1, 7))), dtype=np.uint8)
    rows[:, 0] = 1
    two = rng.integers(2)
    sets = (rows, rows[::-1][: rng.integers(1, len(rows) + 1)]) if two else (rows,)
    pairs = list(product(range(len(sets[0])), range(len(sets[1])))) if two else list(combinations(range(len(rows)), 2))
    for measure in ("hamming", "inner", "cosine", "jaccard", "dice"):
        values = {(i, j): pair_value(sets[0][i], sets[-1][j], measure=measure) for i, j in pairs}
        for largest, most, block in product((False, True), (1, 2, 5, 1000), (1, 3, 256)):
            ranked = sorted(pairs, key=lambda pair: ((-1 if largest else 1) * squared(values[pair]), pair))
            found = first_pairs(*sets, measure=measure, largest=largest, most=most, block=block)
            assert [(one.pair, one.value) for one in found] == [(pair, values[pair]) for pair in ranked[:most]]
