"""What heads prefer, as integers: agreement, inner product, their value on START, one of two flags."""

from collections.abc import Callable, Mapping
from itertools import product

import pytest

from proofformer.circuit import (
    Builder,
    Gate,
    Part,
    Role,
    Row,
    Signal,
    Term,
    agreement,
    either,
    inner,
    least,
)
from proofformer.circuit.scores import CHUNK
from proofformer.circuit.signals import EVERY_KIND, Form
from proofformer.errors import ProofError

Token = Mapping[str, tuple[int, ...]]

THRESHOLDS = (0, 1, 2, 3, 5, 127, 128, 149, 150, 151, 254, 255, 256, 257, 299, 300, 511, 513, 65535, 65536, 70000)
DOC = Signal("doc", 5, 0, 1, support=frozenset({Role.FIRST, Role.SECOND}))
START: Token = {"doc": (0,) * 5, "is_start": (1,)}


def document(*bits: int) -> Token:
    return {"doc": bits, "is_start": (0,)}


def score(term: Term, query: Token, key: Token) -> int:
    def form(rows: Form, token: Token) -> list[int]:
        return [row.value(lambda signal, component: token[signal][component]) for row in rows]

    return sum(q * k for q, k in zip(form(term.query, query), form(term.key, key), strict=True))


def signals_of(dim: int = 5) -> dict[str, Signal]:
    c = Builder("t", dim=dim, max_n=4, bichromatic=True)
    return {s.name: s for s in (c.one, c.is_start, c.first, c.second, c.doc)}


@pytest.mark.parametrize("start", THRESHOLDS)
def test_start_scores_as_a_document_at_the_threshold(start: int) -> None:
    """Whatever the document that asks; and documents score as without it."""
    for bits in product((0, 1), repeat=5):
        asks = document(*bits)
        assert score(inner(DOC, DOC, start=start), asks, START) == start
        assert score(agreement(DOC, DOC, start=start), asks, START) == 5 - 2 * start
        assert score(least(inner(DOC, DOC, start=start)), asks, START) == -start
        assert score(inner(DOC, DOC), asks, START) == 0
        assert score(agreement(DOC, DOC), asks, START) == score(agreement(DOC, DOC), asks, document(0, 0, 0, 0, 0))
        key = document(0, 1, 1, 0, 1)
        for make in (inner, agreement):
            assert score(make(DOC, DOC, start=start), asks, key) == score(make(DOC, DOC), asks, key)


def test_scores_of_documents() -> None:
    for a, b in product(product((0, 1), repeat=3), repeat=2):
        doc = Signal("doc", 3, 0, 1)
        query, key = document(*a), document(*b)
        assert score(inner(doc, doc), query, key) == sum(x and y for x, y in zip(a, b, strict=True))
        distance = sum(x != y for x, y in zip(a, b, strict=True))
        assert score(agreement(doc, doc), query, key) == 3 - 2 * distance
    assert agreement(doc, doc).gap == agreement(doc, doc).step == 2
    assert agreement(doc, doc).label == "agreement(doc, doc)"
    assert inner(doc, doc, start=0).label == "inner(doc, doc), START as 0"


@pytest.mark.parametrize("dim", [5, 300])
@pytest.mark.parametrize("make", [agreement, inner])
@pytest.mark.parametrize("start", THRESHOLDS)
def test_every_stored_number_has_eight_significant_bits(
    make: Callable[[Signal, Signal, int], Term], dim: int, start: int
) -> None:
    """The constants are exact in bfloat16, and their sum is the score of START."""
    doc = signals_of(dim)["doc"]
    term = make(doc, doc, start)
    added = list(zip(term.query, term.key, strict=True))[dim:]
    for query, key in added:
        assert query.parts == ()
        assert (abs(query.constant) // (query.constant & -query.constant)).bit_length() <= CHUNK == 8
        assert key == Row(0, (Part("is_start", 0, 1),))
    assert sum(query.constant for query, _ in added) == (start if make is inner else dim - 2 * start)
    assert len(added) <= -(-max(start, abs(dim - 2 * start)).bit_length() // CHUNK)
    for form in (term.query, term.key, least(term).query):
        assert max(row.stored_size(signals_of(dim)) for row in form) <= 255


@pytest.mark.parametrize("start", THRESHOLDS)
def test_bounds_hold_the_scores_of_start_and_of_every_document(start: int) -> None:
    for make in (agreement, inner):
        for term in (make(DOC, DOC, start=start), least(make(DOC, DOC, start=start))):
            lo, hi = term.bounds(signals_of())
            keys = [START, *(document(*bits) for bits in product((0, 1), repeat=5))]
            scores = [score(term, query, key) for query in keys[1:] for key in keys]
            assert lo <= min(scores) <= max(scores) <= hi
            assert max(map(abs, scores)) <= term.mass(signals_of())


def test_either() -> None:
    signals = signals_of()
    start, first, second = signals["is_start"], signals["is_first"], signals["is_second"]
    for a, b in ((first, second), (second, start), (start, first)):
        term = either(a, b)
        assert term.key_only() is not None
        names = [s.name for s in signals.values()]
        for here in names:
            key = {name: (int(name == here),) for name in names}
            assert score(term, key, key) == int(here in (a.name, b.name))
        assert term.bounds(signals) == (0, 1), "the two are never set together"


@pytest.mark.parametrize("others", [EVERY_KIND, frozenset({Role.FIRST, Role.START}), frozenset({Role.FIRST})])
def test_either_is_for_flags_that_exclude_one_another(others: frozenset[Role]) -> None:
    first = signals_of()["is_first"]
    with pytest.raises(ProofError, match="'is_first' and 'other' may be set on one token"):
        either(first, Signal("other", 1, 0, 1, support=others))


@pytest.mark.parametrize(("lo", "hi"), [(0, 1), (-2, 3), (-3, -1), (2, 4), (0, 0)])
def test_is_zero_on_its_whole_range(lo: int, hi: int) -> None:
    c = Builder("t", dim=1, max_n=4)
    x = c.lookup("x", c.first, {0: [lo], 1: [hi]})
    zero = c.is_zero("zero", x)
    c.answer(decision=zero)
    gate = c.circuit().nodes[-1]
    assert isinstance(gate, Gate)
    for value in range(lo, hi + 1):
        assert gate.meaning([(value,)]) == (int(value == 0),)
        assert gate.network({"x": x}).apply({("x", 0): value}) == (int(value == 0),)
    assert zero.is_bits
    assert zero.support == EVERY_KIND or not lo <= 0 <= hi, "it is set where there is no document"
