"""The theorems by brute force, and numbers that never say more than what is proved."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, log2

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from proofformer.challenge import bounds
from proofformer.challenge.bounds import (
    antichains,
    error_floor,
    least_n,
    log2_bounds,
    log2_choices,
    middle,
    one_pass,
    tellable,
    telling_n,
    two_way,
    widest_blocks,
)
from proofformer.errors import InputError


def functions(dim: int, n: int) -> set[tuple[bool, ...]]:
    """All f_A, as tables: from sets of up to n documents, by their definition alone."""
    documents = range(1 << dim)
    one = {tuple(a & b == 0 for b in documents) for a in documents}
    found = set(one)
    for _ in range(n - 1):
        found |= {tuple(map(max, zip(f, g, strict=True))) for f in found for g in one}
    return found


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
def test_functions_are_as_many_as_antichains(dim: int) -> None:
    counts = tellable(dim)
    for n in range(1, len(counts) + 2):
        assert len(functions(dim, n)) == counts[min(n, len(counts)) - 1]


def test_known_numbers() -> None:
    assert [tellable(4)[n - 1] for n in (1, 2, 3, 4, 6)] == [16, 71, 135, 160, 167]
    # Dedekind's: all antichains, the empty one too.
    assert [sum(antichains(dim)) for dim in range(7)] == [2, 3, 6, 20, 168, 7581, 7_828_354]
    with pytest.raises(InputError, match="dim is 7"):
        antichains(7)


@pytest.mark.parametrize(("N", "n"), [(N, n) for N in range(2, 11) for n in range(1, N // 2 + 1) if comb(N, n) <= 252])
def test_the_kneser_matrix_has_full_rank(N: int, n: int) -> None:
    """Modulo a prime: the rank is no larger there."""
    sets = list(combinations(range(N), n))
    matrix = sympy.polys.matrices.DomainMatrix(
        [[int(not set(a) & set(b)) for b in sets] for a in sets], (len(sets),) * 2, sympy.GF(10_007)
    )
    assert matrix.rank() == comb(N, n)


def test_beyond_half_the_rank_is_not_full() -> None:
    """The condition 2n <= N is needed: no two sets of 3 out of 5 are disjoint."""
    assert not any(not set(a) & set(b) for a in combinations(range(5), 3) for b in combinations(range(5), 3))


def test_a_state_of_20480_bits_at_64_keywords() -> None:
    N, bits = comb(64, 32), 20480
    assert least_n(N, bits) == 383
    assert comb(N, 382) <= 2**bits < comb(N, 383)
    assert two_way(64, bits) == 781
    assert comb(N, 780) <= 2 ** (2 * bits) < comb(N, 781)
    assert one_pass(64, bits) == 360
    pairs = 3**64 - 2**64
    assert comb(2**64, 360) - pairs * comb(2**64 - 2, 358) > 2**bits
    # And no theorem of this form gives less.
    assert sum(comb(2**64, k) for k in range(1, 360)) <= 2**bits


def test_pairs_of_which_one_lies_in_the_other() -> None:
    for dim in range(1, 6):
        documents = range(1 << dim)
        assert sum(a & b in (a, b) for a, b in combinations(documents, 2)) == 3**dim - 2**dim


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(1, 40))
def test_one_pass_is_never_more_than_the_count(dim: int, bits: int) -> None:
    n, counts = one_pass(dim, bits), tellable(dim)
    if n is None:
        assert counts[-1] <= 1 << bits
    else:
        assert counts[n - 1] > 1 << bits
        assert n == 1 or counts[n - 2] <= 1 << bits


def test_the_bound_of_the_cube_holds_where_antichains_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {(dim, bits): one_pass(dim, bits) for dim in (3, 4, 5, 6) for bits in range(1, 24)}
    monkeypatch.setattr(bounds, "MOST_COUNTED", 0)
    found = {key: one_pass(*key) for key in wanted}
    assert all(n is None or ((least := wanted[key]) is not None and n >= least) for key, n in found.items())
    assert any(n is not None and n == wanted[key] for key, n in found.items())


@pytest.mark.parametrize("dim", [7, 10, 13, 20, 33, 64])
def test_n_is_one_at_which_some_count_is_large_enough(dim: int) -> None:
    cube, pairs = 1 << dim, 3**dim - (1 << dim)
    for bits in range(1, 900, 1 if dim < 20 else 7):
        if n := one_pass(dim, bits):
            any_documents = comb(cube, n) - pairs * comb(cube - 2, n - 2) if n > 1 else cube
            assert max(any_documents, comb(middle(dim), n)) > 1 << bits


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_binomials_are_bounded_from_below(N: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, N))
    at_most = log2_choices(N, n)
    assert at_most <= Fraction(log2(comb(N, n)) + 1e-9)
    assert n * 8 > N or at_most >= log2(comb(N, n)) - 0.2


@settings(deadline=None)
@given(st.integers(1, 1 << 150), st.integers(1, 12))
def test_logarithms_are_enclosed(x: int, places: int) -> None:
    scale = 1 << places
    for leading in (128, 3):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bounds, "LEADING", leading)
            low, high = log2_bounds(x, places=places)
        assert 1 << int(low * scale) <= x**scale <= 1 << int(high * scale)
        assert leading == 3 or high - low <= Fraction(2, scale)


@settings(deadline=None)
@given(st.integers(2, 1 << 70), st.integers(1, 3000))
def test_long_numbers_are_bounded_as_short_ones_are(documents: int, bits: int) -> None:
    exact = least_n(documents, bits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "EXACT", 0)
        found = least_n(documents, bits)
    if found is not None:
        assert exact is not None
        assert exact <= found
        assert comb(documents, found) > 1 << bits
        assert bits > documents // 8 or found <= exact + 1


@pytest.mark.parametrize("bits", [1, 69, 70, 10**6])
def test_states_that_hold_everything(bits: int) -> None:
    assert one_pass(6, 64) is two_way(8, 70) is None
    assert least_n(middle(8), bits) == (1 if bits == 1 else None)
    assert telling_n(8, 10**6) is None


def entropy(p: float) -> float:
    return 0.0 if p in (0, 1) else -p * log2(p) - (1 - p) * log2(1 - p)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 400), st.integers(1, 60), st.integers(1, 8))
def test_the_floor_is_below_and_near_the_inverse_of_the_entropy(bits: int, n: int, r: int) -> None:
    floor, left = error_floor(bits, n, r), max(0.0, 1 - bits / (n * r))
    assert 0 <= floor <= Fraction(1, 2)
    assert entropy(float(floor)) <= left + 1e-12
    assert floor == Fraction(1, 2) or entropy(float(floor) + 2e-4) >= left - 2e-4


def optimum(length: int, bits: int) -> Fraction:
    """The least error of any state: words of `length` bits, each remembered as the nearest of 2^bits words."""
    words = range(1 << length)
    best = min(
        sum(min((word ^ kept).bit_count() for kept in book) for word in words)
        for book in combinations(words, 1 << bits)
    )
    return Fraction(best, length << length)


@pytest.mark.parametrize(
    ("length", "bits"), [(m, s) for m, s in product(range(1, 6), range(5)) if s <= m and comb(1 << m, 1 << s) < 40_000]
)
def test_no_state_beats_the_floor(length: int, bits: int) -> None:
    """Every function to S bits, and the best readout of each."""
    for r in range(1, length + 1):
        if length % r == 0:
            assert error_floor(bits, length // r, r) <= optimum(length, bits)


@settings(deadline=None)
@given(st.integers(2, 80), st.integers(1, 1 << 20))
def test_blocks_fit(dim: int, n: int) -> None:
    r = widest_blocks(dim, n)
    assert r == 0 or (n << r <= middle(dim) and 1 << r - 1 <= n)
    assert n << r + 1 > middle(dim) or 1 << r > n


def test_where_the_floor_is_told() -> None:
    assert telling_n(64, 20480) == 4096
    assert error_floor(20480, 4096, 13) == Fraction(1521, 10_000)
    assert error_floor(20480, 2048, 12) < Fraction(1, 10)
