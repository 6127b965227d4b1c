"""The refuter: first counterexamples in order, reasons, counts by formula, and limits that nothing is found within."""

import json
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems.numbers import square_root
from prooflab.paper import (
    CONSTRUCTIONS,
    REASONS,
    Construction,
    Covered,
    InnerProducts,
    OrthogonalVectors,
    PublishedSimilarities,
    Refutation,
    count,
    refute,
)
from prooflab.paper.cells import answers, multisets
from prooflab.paper.refute import instances_before, order, reasons
from prooflab.paper.table import row

HALF = square_root(Fraction(1, 2))

FIRST: list[tuple[Construction, bool, int, Any, Any, tuple[str, ...], int]] = [
    (OrthogonalVectors(), False, 3, None, [(0, 0, 1), (1, 1, 1)], ("leak",), 13),
    (OrthogonalVectors(), True, 1, None, [(0,), (0,)], ("value",), 0),
    (InnerProducts("max-ip"), False, 2, 1, [(0, 1), (1, 0)], ("self",), 2),
    (InnerProducts("max-ip"), True, 1, 1, [(0,), (1,)], ("self",), 1),
    (InnerProducts("min-ip"), False, 2, 0, [(0, 1), (1, 0)], ("sentinel",), 2),
    (InnerProducts("min-ip"), True, 1, 0, [(0,), (0,)], ("sentinel", "value"), 0),
    (InnerProducts("min-ip", "mended"), False, 2, 1, [(1, 1), (1, 1)], ("leak",), 12),
    (InnerProducts("min-ip", "mended"), True, 1, 0, [(0,), (0,)], ("value",), 0),
    (PublishedSimilarities("msd"), False, 2, HALF, [(0, 1), (1, 0)], ("self",), 2),
    (PublishedSimilarities("msd", norm=2), False, 2, HALF, [(0, 1), (1, 0)], ("self",), 2),
    (PublishedSimilarities("lsd"), False, 2, 0, [(0, 1), (1, 0)], ("sentinel",), 1),
    (PublishedSimilarities("lsd", "mended"), False, 2, 0, [(0, 1), (1, 1)], ("norm",), 2),
    (PublishedSimilarities("lsd", norm=2), False, 2, 0, [(0, 1), (1, 0)], ("sentinel",), 1),
    (PublishedSimilarities("lsd", "mended", 2), False, 2, HALF, [(0, 1), (0, 1)], ("leak",), 6),
]


@pytest.mark.parametrize(("construction", "zeros", "dim", "t", "rows", "why", "before"), FIRST)
def test_first_counterexamples(
    construction: Construction, zeros: bool, dim: int, t: Any, rows: Any, why: tuple[str, ...], before: int
) -> None:
    found = refute(construction, zeros=zeros)
    assert isinstance(found, Refutation)
    assert (found.n, found.dim, found.t, list(found.rows)) == (2, dim, t, rows)
    assert (found.reasons, found.before, found.bound) == (why, before, Fraction(1, 3))
    assert found.truth == construction.truth(rows, t) != any(output.reaches(found.bound) for output in found.outputs)
    assert all(REASONS[reason] in str(found) for reason in why)


@pytest.mark.parametrize(("construction", "zeros", "before"), [(case[0], case[1], case[-1]) for case in FIRST])
def test_nothing_before_the_first_is_wrong(construction: Construction, zeros: bool, before: int) -> None:
    examined = 0
    for n, dim, t in order(construction, 2, 4):
        rows = [row for row in product((0, 1), repeat=dim) if zeros or any(row)]
        for instance in combinations_with_replacement(rows, n):
            wrong = construction.decides(instance, t) != construction.truth(instance, t)
            assert wrong == (examined == before)
            if wrong:
                return
            examined += 1


@pytest.mark.parametrize("zeros", [False, True])
def test_the_formula_counts_every_instance_before(zeros: bool) -> None:
    construction, place = InnerProducts("min-ip"), 0
    for n, dim, t in order(construction, 3, 2):
        for documents, _, _ in answers(construction, n, dim, t, zeros):
            for rows in documents.tolist():
                assert instances_before(construction, rows, t, zeros, 2) == place
                place += 1


def test_limits_that_nothing_is_found_within() -> None:
    ov = OrthogonalVectors()
    found = refute(ov, max_n=4, max_l=2)
    instances = sum(multisets(n, dim, False) for n in (2, 3, 4) for dim in (1, 2))
    assert found == Covered(ov, 4, 2, False, instances)
    assert str(found) == f"Theorem 4.1, ov: right on all {instances} instances, n <= 4, l <= 2"


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids=lambda construction: construction.label)
def test_every_wrong_answer_has_a_reason(construction: Construction) -> None:
    zeros = construction.takes_zeros
    for n, dim, t in order(construction, 3, 2):
        for documents, truth, decided in answers(construction, n, dim, t, zeros):
            for index in np.flatnonzero(truth != decided):
                why = reasons(construction, documents[index], t)
                assert why
                # Hiding documents from themselves mends nothing where the least is sought.
                assert construction.sign > 0 or "self" not in why
                assert ("value" in why) <= (not documents[index].any(axis=1).all())
                assert ("sentinel" in why) == ("sentinel" in construction.mended())


def test_a_right_answer_has_no_reason() -> None:
    assert reasons(OrthogonalVectors(), [[0, 1], [1, 0]], None) == ()


def test_a_row_of_the_table() -> None:
    construction = InnerProducts("max-ip")
    data = json.loads(json.dumps(row(construction, 3, 2, zeros=True)))
    assert (data["theorem"], data["problem"], data["reading"], data["zeros"]) == ("Theorem C.1", "max-ip", "", True)
    assert (data["verdict"], data["instances_before"]) == ("refuted", 1)
    assert data["counterexample"]["rows"] == [[0], [1]]
    assert data["counterexample"]["outputs"] == ["1/10", "8/17"]
    assert [(cell["n"], cell["l"], cell["t"]) for cell in data["cells"]] == [
        (n, dim, str(t)) for n in (2, 3) for dim in (1, 2) for t in range(1, dim + 1)
    ]
    for cell in data["cells"]:
        counts = count(construction, cell["n"], cell["l"], int(cell["t"]), True)
        assert (cell["wrong"], cell["total"]) == (counts.wrong, counts.total)
    assert row(OrthogonalVectors(), 2, 2)["counterexample"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_n": 1}, "max_n is 1"),
        ({"max_l": 0}, "max_l is 0"),
        ({"max_l": 9}, "max_l is 9"),
        ({"zeros": True}, "takes no all-zero documents: leave out zeros=True"),
    ],
)
def test_bad_limits(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        refute(PublishedSimilarities("msd"), **options)
