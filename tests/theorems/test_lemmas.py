"""The scores that theorems about grids and similarities rest on, as the numbers that they stand for."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from tests.cases import Rows, value

from proofformer.circuit import Builder, Role, Term, interpret, most, sequence
from proofformer.circuit.signals import Form
from proofformer.problems.numbers import Exact, Root
from proofformer.theorems.grids import city_agreement, city_distance, nearness, squared_distance
from proofformer.theorems.similar_pairs import beyond
from proofformer.theorems.similarity import least_shared, most_shared

LEVELS = [1, 2, 5, 10, 15, 16, 17, 255]
DIM, MAX_N = 3, 8


def rows_of(levels: int) -> Rows:
    """Both ends of the grid, and what lies between."""
    rng = np.random.default_rng(levels)
    drawn: Rows = rng.integers(0, levels + 1, (5, DIM)).tolist()
    return [[0] * DIM, [levels] * DIM, *drawn]


def scores(c: Builder, term: Term, rows: Rows, levels: int = 1) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """What a document i scores of a document j, and of START."""
    c.answer(decision=c.first)
    circuit = c.circuit()
    kinds, tokens = sequence((rows,), circuit.inputs, 0, levels)
    trace = interpret(circuit, kinds, tokens)

    def form(form: Form, token: int) -> list[int]:
        return [row.value(lambda s, k: int((trace[s][token] or ())[k])) for row in form]

    def score(query: int, key: int) -> int:
        return sum(q * k for q, k in zip(form(term.query, query), form(term.key, key), strict=True))

    place = {len(rows) - token: token for token, kind in enumerate(kinds) if kind is Role.FIRST}
    of_documents = {(i, j): score(place[i], place[j]) for i in place for j in place}
    lo, hi = term.bounds(circuit.signals)
    assert lo <= min(of_documents.values()) <= max(of_documents.values()) <= hi
    return of_documents, {i: score(place[i], 0) for i in place}


def distance(measure: str, rows: Rows, i: int, j: int) -> int:
    return int(value(measure, tuple(rows[i]), tuple(rows[j])))


@pytest.mark.parametrize("start", [None, 0, 1, 300, 70_000])
@pytest.mark.parametrize("levels", LEVELS)
def test_nearness(levels: int, start: int | None) -> None:
    """|x|^2 less the squared distance; START as a document at that distance."""
    rows = rows_of(levels)
    c = Builder("t", dim=DIM, max_n=MAX_N, levels=levels)
    term = nearness(c, start)
    of_documents, of_start = scores(c, term, rows, levels)
    for i, x in enumerate(rows):
        own = sum(v * v for v in x)
        assert of_start[i] == (own - start if start is not None else 0)
        for j in range(len(rows)):
            assert of_documents[i, j] == own - distance("sqeuclidean", rows, i, j)
    signals = c.circuit().signals
    for form in (term.query, term.key):
        assert max(row.stored_size(signals) for row in form) <= 256, "exact in every dtype"


@pytest.mark.parametrize("start", [None, 0, 1, 300])
@pytest.mark.parametrize("levels", LEVELS)
def test_city_agreement(levels: int, start: int | None) -> None:
    """d C less twice the cityblock distance; START as a document at that distance."""
    rows = rows_of(levels)
    c = Builder("t", dim=DIM, max_n=MAX_N, levels=levels)
    term = city_agreement(c, start)
    of_documents, of_start = scores(c, term, rows, levels)
    for i in range(len(rows)):
        if start is not None:
            assert of_start[i] == DIM * levels - 2 * start
        for j in range(len(rows)):
            assert of_documents[i, j] == DIM * levels - 2 * distance("cityblock", rows, i, j)
    assert term.gap == (2 if start is None else 1)


@pytest.mark.parametrize(
    ("measure", "count"), [("sqeuclidean", squared_distance), ("cityblock", city_distance)], ids=["sqeuclidean", "city"]
)
@pytest.mark.parametrize("levels", LEVELS)
def test_distances_are_counted(levels: int, measure: str, count: Callable[[Builder], Callable[..., object]]) -> None:
    """Of each document and the next one, which it selects."""
    c = Builder("t", dim=DIM, max_n=MAX_N, levels=levels)
    chosen = c.select("s", by=c.first, among=c.first, order=[most(c.first)], read=[c.doc])
    count(c)("value", c.doc, chosen[c.doc])
    c.answer(decision=chosen.found)
    rows, circuit = rows_of(levels), c.circuit()
    trace = interpret(circuit, *sequence((rows,), circuit.inputs, 0, levels))
    for i in range(len(rows) - 1):
        assert trace["value"][len(rows) - i] == (distance(measure, rows, i, i + 1),)
    assert circuit.signals["value"].hi == DIM * levels ** (2 if measure == "sqeuclidean" else 1)


@pytest.mark.parametrize("norms", [None, (1, 2, 4)], ids=str)
@pytest.mark.parametrize("t", [0, 1, Fraction(1, 2), Root(Fraction(1, 2))], ids=str)
@pytest.mark.parametrize("measure", ["cosine", "jaccard", "dice"])
def test_beyond_a_threshold(measure: str, t: Exact, norms: tuple[int, ...] | None) -> None:
    """A document scores what it shares beyond what its two norms need; START, 0."""
    rows = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 0], [0, 0, 0, 1]]
    rows = [row for row in rows if norms is None or sum(row) in norms]
    for needs in (least_shared, most_shared):
        c = Builder("t", dim=4, max_n=MAX_N, norms=norms)
        needed = needs(measure, t, c.norms)
        of_documents, of_start = scores(c, beyond(c, needed), rows)
        assert set(of_start.values()) == {0}
        for (i, j), score in of_documents.items():
            shared = sum(x * y for x, y in zip(rows[i], rows[j], strict=True))
            assert score == shared - needed[sum(rows[i]), sum(rows[j])]


def test_more_ones_than_a_chunk_holds_are_needed() -> None:
    """What is needed comes in digits of eight bits."""
    rows = [[1] * 300, [1] * 290 + [0] * 10, [0] * 10 + [1] * 290]
    c = Builder("t", dim=300, max_n=MAX_N, norms=(290, 300))
    needed = least_shared("jaccard", Fraction(99, 100), c.norms)
    assert max(needed.values()) > 256
    term = beyond(c, needed)
    of_documents, of_start = scores(c, term, rows)
    assert set(of_start.values()) == {0}
    assert of_documents[0, 1] == 290 - needed[300, 290]
    assert of_documents[1, 2] == 280 - needed[290, 290]
    assert max(row.stored_size(c.circuit().signals) for row in term.query) <= 256
