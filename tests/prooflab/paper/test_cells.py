"""Counts of wrong answers: the exact decisions, the oracle and plain enumeration agree with the vectorised count."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems.numbers import square_root
from prooflab.paper import (
    CONSTRUCTIONS,
    Construction,
    Counts,
    InnerProducts,
    OrthogonalVectors,
    PublishedSimilarities,
    cells,
    count,
)
from prooflab.paper.cells import answers, multisets, rank


def rows_of(dim: int, zeros: bool) -> list[tuple[int, ...]]:
    return [row for row in product((0, 1), repeat=dim) if zeros or any(row)]


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize(("n", "dim"), [(2, 1), (2, 4), (3, 3), (4, 2), (5, 2)])
def test_ranks_count_what_comes_before(n: int, dim: int, zeros: bool) -> None:
    listed = list(combinations_with_replacement(rows_of(dim, zeros), n))
    assert listed == sorted(listed)
    assert len(listed) == multisets(n, dim, zeros)
    assert [rank(rows, zeros) for rows in listed] == list(range(len(listed)))


def test_multisets_come_in_order_and_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_BLOCK", 7)
    blocks = [rows for rows, _, _ in answers(OrthogonalVectors(), 3, 2, None, True)]
    assert [len(block) for block in blocks] == [7, 7, 6]
    listed = [tuple(map(tuple, rows)) for block in blocks for rows in block.tolist()]
    assert listed == list(combinations_with_replacement(rows_of(2, True), 3))


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda construction: construction.label)
def test_counts_against_exact_decisions_and_the_oracle(construction: Construction) -> None:
    zeros = construction.takes_zeros
    for n, dim in [(2, 3), (3, 2)]:
        for t in construction.thresholds(dim):
            found = [0, 0, 0, 0]
            for rows in combinations_with_replacement(rows_of(dim, zeros), n):
                truth = construction.truth(rows, t)
                found[2 * truth + (construction.decides(rows, t) != truth)] += 1
            no, wrong_no, yes, wrong_yes = found
            expected = Counts(yes + wrong_yes, no + wrong_no, wrong_yes, wrong_no)
            assert count(construction, n, dim, t, zeros) == expected
            assert expected.total == multisets(n, dim, zeros)


@pytest.mark.parametrize(
    ("construction", "dim", "t"),
    [
        (InnerProducts("max-ip"), 3, 2),
        (InnerProducts("min-ip", "mended"), 3, 1),
        (PublishedSimilarities("msd"), 3, 1),
        (PublishedSimilarities("lsd", "mended", 2), 3, square_root(Fraction(1, 2))),
    ],
)
def test_float64_decides_nothing_that_exact_arithmetic_decides_otherwise(
    construction: Construction, dim: int, t: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = count(construction, 3, dim, t)
    monkeypatch.setattr(cells, "_MARGIN", 1e9)
    assert count(construction, 3, dim, t) == counts


def test_the_margin_catches_outputs_at_the_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    msd = PublishedSimilarities("msd")
    assert count(msd, 2, 3, 1) == Counts(yes=7, no=21, wrong_yes=0, wrong_no=21)
    monkeypatch.setattr(cells, "_MARGIN", 0.0)
    assert count(msd, 2, 3, 1).wrong_yes == 1


@pytest.mark.parametrize(
    ("construction", "zeros", "expected"),
    [
        (InnerProducts("max-ip"), False, Counts(yes=2388, no=672, wrong_yes=0, wrong_no=637)),
        (InnerProducts("max-ip"), True, Counts(yes=2837, no=1039, wrong_yes=0, wrong_no=969)),
        (InnerProducts("min-ip"), False, Counts(yes=3043, no=17, wrong_yes=3043, wrong_no=0)),
        (InnerProducts("min-ip"), True, Counts(yes=3859, no=17, wrong_yes=3859, wrong_no=0)),
        (InnerProducts("min-ip", "mended"), False, Counts(yes=3043, no=17, wrong_yes=0, wrong_no=8)),
    ],
)
def test_counts_at_four_by_four(construction: Construction, zeros: bool, expected: Counts) -> None:
    counts = count(construction, 4, 4, 2, zeros)
    assert counts == expected
    assert counts.total == (3876 if zeros else 3060)


def test_msd_by_the_cosine_fails_every_no_instance() -> None:
    msd = PublishedSimilarities("msd", norm=2)
    for n, dim in [(2, 3), (3, 3), (4, 3)]:
        found = [count(msd, n, dim, t) for t in msd.thresholds(dim)]
        assert all((counts.wrong_yes, counts.wrong_no) == (0, counts.no) for counts in found)
        assert any(counts.no for counts in found)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count(OrthogonalVectors(), 1, 2, None), "n is 1"),
        (lambda: count(OrthogonalVectors(), 2, 0, None), "l is 0"),
        (lambda: count(OrthogonalVectors(), 2, 9, None), "l is 9"),
        (
            lambda: count(PublishedSimilarities("msd"), 2, 2, 1, zeros=True),
            "takes no all-zero documents: leave out zeros=True",
        ),
        (lambda: count(InnerProducts("max-ip"), 2, 2, 3), "threshold 3"),
    ],
)
def test_bad_input(call: Callable[[], Counts], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_all_numbers_are_counted_once() -> None:
    totals = [count(OrthogonalVectors(), n, dim, None).total for n in (2, 3) for dim in (1, 2, 3)]
    assert totals == [multisets(n, dim, False) for n in (2, 3) for dim in (1, 2, 3)]
    assert np.prod(totals) == 1 * 6 * 28 * 1 * 10 * 84
