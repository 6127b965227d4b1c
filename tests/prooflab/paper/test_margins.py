"""Margins are those of real instances: negative ones refute in exact arithmetic, and none beats the worst of all."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from math import log

import numpy as np
import pytest

from proofformer.errors import InputError
from prooflab.paper import CONSTRUCTIONS, Construction, OrthogonalVectors
from prooflab.paper.cells import answers
from prooflab.paper.code import agreements, words
from prooflab.paper.margins import CODE, claimed, margin, mended_bounds


def worst(construction: Construction, n: int, dim: int, t: object) -> float:
    """The least margin over every multiset, by the construction itself."""
    found = []
    for documents, truth, _ in answers(construction, n, dim, t, False):
        outputs = construction.run(documents, t).max(axis=-1)
        found.append(np.where(truth, outputs - 1 / (n + 1), 1 / (n + 1) - outputs).min())
    return float(min(found))


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda c: c.label)
@pytest.mark.parametrize(("n", "dim"), [(2, 2), (2, 3), (3, 3), (4, 2)])
def test_the_margin_is_that_of_an_instance_and_no_better_than_the_worst(
    construction: Construction, n: int, dim: int
) -> None:
    for t in construction.thresholds(dim):
        if construction.name == "msd" and n > 2:
            with pytest.raises(InputError, match="pass 64"):
                margin(construction, n, dim, t)
            continue
        found = margin(construction, n, dim, t)
        rows = found.rows(dim)
        assert rows.shape == (n, dim)
        assert construction.truth(rows, t) == found.answer
        assert construction.outputs(rows, t).max() == pytest.approx(found.output)
        if abs(found.value) > 1e-9:
            assert (construction.decides(rows, t) == found.answer) == (found.value > 0)
        assert worst(construction, n, dim, t) <= found.value + 1e-12


@pytest.mark.parametrize(("n", "dim"), [(2, 2), (2, 3), (3, 2), (3, 3), (4, 3)])
def test_the_family_has_the_worst_instance_of_theorem_4_1(n: int, dim: int) -> None:
    found = margin(OrthogonalVectors(), n, dim)
    assert found.value == pytest.approx(worst(OrthogonalVectors(), n, dim, None))
    if found.output < 1 and not found.answer:
        assert found.output == pytest.approx(((n - 1) * dim + 1) * n**-3 / (1 + n**-2))


def test_theorem_4_1_holds_from_about_n_equal_l_on() -> None:
    values = {n: margin(OrthogonalVectors(), n, 64).value for n in (60, 63, 64, 65, 4096, 1 << 18)}
    assert [n for n, value in values.items() if value > 0] == [64, 65, 4096, 1 << 18]
    # Up to what n^-3 still takes away.
    assert all(value == pytest.approx(claimed(n), rel=0.1) for n, value in values.items() if n > 1000)


@pytest.mark.parametrize("construction", [c for c in CONSTRUCTIONS if c.name != "ov"], ids=lambda c: c.label)
def test_all_others_but_one_fail_at_every_n(construction: Construction) -> None:
    t = Fraction(3, 4) if construction.name in ("msd", "lsd") else 16
    values = [margin(construction, n, 64, t).value for n in (2, 64, 4096, 1 << 18)]
    mended = construction.name == "min-ip" and construction.reading == "sentinel mended"
    assert [value < 0 for value in values] == [True, True, not mended, not mended]


def test_zero_documents_make_every_reading_fail() -> None:
    for construction in (c for c in CONSTRUCTIONS if c.takes_zeros):
        t = None if construction.name == "ov" else 16
        assert all(margin(construction, n, 64, t, zeros=True).value < 0 for n in (2, 64, 4096, 1 << 18))


@pytest.mark.parametrize("j", [1, 2, 3])
def test_words_of_the_code_share_little(j: int) -> None:
    rows = words(8**j).astype(int)
    shared = rows @ rows.T
    assert (np.diag(shared) == 8).all()
    assert shared[~np.eye(len(rows), dtype=bool)].max() <= j - 1
    for row in shared:
        assert np.bincount(row, minlength=9).tolist() == list(agreements(j))


def test_the_code_refutes_msd_in_exact_arithmetic() -> None:
    construction = next(c for c in CONSTRUCTIONS if c.name == "msd" and c.reading == "2-norm")
    found = margin(construction, 8, 64, Fraction(3, 4))
    assert (found.family, found.answer, found.value < 0) == (CODE, False, True)
    rows = found.rows(64)
    assert construction.decides(rows, Fraction(3, 4))
    assert not construction.truth(rows, Fraction(3, 4))
    assert construction.outputs(rows, Fraction(3, 4)).max() == pytest.approx(found.output)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_mended_unit_is_right_on_everything(n: int) -> None:
    b = log(8 * n)
    yes, no = mended_bounds(n, b)
    assert (yes, no) == (0.5, pytest.approx(1 / 8))
    rows = [np.array(bits) for bits in np.ndindex(2, 2, 2)]
    for documents in combinations_with_replacement(rows, n):
        scores = np.array([[a @ c for c in documents] for a in documents])
        for t in range(4):
            weights = np.exp(b * (scores - t))
            np.fill_diagonal(weights, 0)
            outputs = weights.sum(axis=1) / (1 + weights.sum(axis=1))
            meets = any(scores[i, j] >= t for i, j in combinations(range(n), 2))
            assert outputs.max() >= yes - 1e-12 if meets else outputs.max() <= no


def test_what_has_no_margin_is_refused() -> None:
    with pytest.raises(InputError, match="n is 1"):
        margin(OrthogonalVectors(), 1, 3)
    with pytest.raises(InputError, match="power of 8"):
        words(9)
    msd = next(c for c in CONSTRUCTIONS if c.name == "msd")
    with pytest.raises(InputError, match="no all-zero documents"):
        margin(msd, 8, 64, Fraction(1, 2), zeros=True)
