"""Gates and scores of affine forms: sums of table look-ups, clamped ones, hinges, digits in halves, Euclid's score."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.circuit.nodes import looked_up, typed

from proofformer.circuit import Builder, Gate, Lookup, Part, Relu, Role, Row, Signal, Term, agreement, inner
from proofformer.circuit.builder import MOST_BITS
from proofformer.circuit.scores import CHUNK, added, chunks, euclid, start_scores
from proofformer.circuit.signals import EVERY_KIND, Form, constants, form_range

FIRST = frozenset({Role.FIRST})
BOTH = frozenset({Role.FIRST, Role.SECOND})
X, Y = Signal("x", 2, -2, 3, support=FIRST), Signal("y", 1, 0, 2, support=BOTH)


def values_on(kind: Role, signals: Sequence[Signal]) -> list[list[tuple[int, ...]]]:
    """Every value that the signals can have together on this kind of token."""
    ranges = [range(s.lo, s.hi + 1) if kind in s.support else (0,) for s in signals]
    return [list(v) for v in product(*(product(r, repeat=s.width) for s, r in zip(signals, ranges, strict=True)))]


def check(gate: Gate, signals: Sequence[Signal], meaning: Callable[..., tuple[int, ...]]) -> None:
    """Interpreter, network, range and support against a meaning written by hand, on the whole domain."""
    named = {s.name: s for s in signals}
    made, output = gate.network(named), gate.output(named)
    for kind in Role:
        for values in values_on(kind, signals):
            flat = {(s.name, i): v for s, value in zip(signals, values, strict=True) for i, v in enumerate(value)}
            expected = meaning(*values)
            assert gate.meaning(values) == expected
            assert made.apply(flat) == expected
            assert all(output.lo <= v <= output.hi for v in expected)
            assert kind in output.support or not any(expected)


FORMS: dict[str, Form] = {
    "one row": (Row(1, (Part("x", 0, 2), Part("x", 1, -1), Part("y", 0, 3))),),
    "two rows": (Row(0, (Part("x", 0, 1), Part("y", 0, -1))), Row(-1, (Part("x", 1, 2),))),
    "a row twice": (Row(0, (Part("x", 0, 1), Part("y", 0, 1))),) * 2,
    "a constant row": (Row(2, (Part("x", 0, -1), Part("y", 0, -1))), Row(3)),
}


def rows_of(form: Form, x: tuple[int, ...], y: tuple[int, ...]) -> list[int]:
    return [row.value(lambda s, k: {"x": x, "y": y}[s][k]) for row in form]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_lookup_of_a_form_is_the_sum_over_its_rows(form: Form) -> None:
    def of(v: int) -> tuple[int, int]:
        return (v * v, 2 - 3 * v)

    lo, hi = form_range(form, {"x": X, "y": Y})
    check(
        looked_up(form, [*map(of, range(lo, hi + 1))], lo),
        [X, Y],
        lambda x, y: tuple(map(sum, zip(*map(of, rows_of(form, x, y)), strict=True))),
    )


@settings(deadline=None, max_examples=30)
@given(
    data=st.data(),
    table=st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=9),
    form=st.sampled_from(list(FORMS.values())),
)
def test_a_lookup_outside_its_domain_is_that_of_the_nearer_end(
    data: st.DataObject, table: list[tuple[int, int]], form: Form
) -> None:
    lo, hi = form_range(form, {"x": X, "y": Y})
    ends = st.sampled_from([lo, *(max(lo, hi - len(table) + more) for more in (0, 1))])
    start = data.draw(ends | st.integers(lo, hi))
    del table[hi + 1 - start :]

    def of(v: int) -> tuple[int, int]:
        return table[min(max(v - start, 0), len(table) - 1)]

    check(
        looked_up(form, table, start),
        [X, Y],
        lambda x, y: tuple(map(sum, zip(*map(of, rows_of(form, x, y)), strict=True))),
    )


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_relu_of_a_form(form: Form) -> None:
    check(Relu("g", form), [X, Y], lambda x, y: tuple(max(v, 0) for v in rows_of(form, x, y)))


def test_where_a_form_may_be_set() -> None:
    """A gate that says 0 at rest is zero wherever its signals are; one that says more there may be set anywhere."""
    plain, shifted = (Row(k, (Part("x", 0, 1),)) for k in (0, 1))
    alone = Signal("x", 1, 0, 3, support=FIRST)
    assert typed(Relu("g", (plain,)), alone).support == FIRST
    assert typed(Relu("g", (shifted,)), alone).support == EVERY_KIND
    squares = tuple((v * v,) for v in range(5))
    assert typed(looked_up((plain,), squares[:4]), alone).support == FIRST
    assert typed(looked_up((shifted,), squares[1:], 1), alone).support == EVERY_KIND
    two = (Row(1, (Part("x", 0, 1),)), Row(-1, (Part("x", 0, -1),)))
    odd = tuple((v,) for v in range(-4, 5))
    assert typed(looked_up(two, odd, -4), alone).support == FIRST, "1 and -1 cancel"


@pytest.mark.parametrize("largest", [1, 2, 255, (1 << MOST_BITS) - 1, 1 << MOST_BITS, 5000, 8191, 8192, 40_000])
def test_digits_of_numbers_of_any_size(largest: int) -> None:
    """By one table, or in halves; least significant first, each number exactly once."""
    c = Builder("t", dim=1, max_n=4)
    x = c.lookup("x", c.first, {0: [0], 1: [largest]})
    digits = c.bits("bits", x)
    c.answer(value=digits)
    circuit = c.circuit()
    gates = [n for n in circuit.nodes if isinstance(n, Lookup)][1:]
    assert sum(s.width for s in digits) == max(1, largest.bit_length())
    assert (len(digits) == 1) is (largest < 1 << MOST_BITS)
    assert sum(len(g.table) for g in gates) <= 2 * largest + 200
    networks = {g.name: g.network(circuit.signals) for g in gates}
    for value in {*range(0, largest + 1, max(1, largest // 60)), largest - 1, largest, largest // 2}:
        trace: dict[str, tuple[int, ...]] = {"x": (value,)}
        for g in gates:
            trace[g.name] = g.meaning([trace[s] for s in g.inputs])  # type: ignore[assignment]
            flat = {(s, i): v for s in g.inputs for i, v in enumerate(trace[s])}
            assert networks[g.name].apply(flat) == trace[g.name]
        bits = [b for s in digits for b in trace[s.name]]
        assert sum(b << i for i, b in enumerate(bits)) == value


Point = dict[str, tuple[int, ...]]


def score(term: Term, query: Point, key: Point) -> int:
    def form(rows: Form, token: Point) -> list[int]:
        return [row.value(lambda s, k: token[s][k]) for row in rows]

    return sum(q * k for q, k in zip(form(term.query, query), form(term.key, key), strict=True))


V = Signal("v", 3, 0, 2, support=FIRST)
ROWS = tuple(Row(0, (part,)) for part in V[:])
START: Point = {"v": (0, 0, 0), "sq": (0, 0), "is_start": (1,)}


def point(*v: int) -> Point:
    """With the squared norm as 5 * sq[0] + sq[1]."""
    return {"v": v, "sq": divmod(sum(x * x for x in v), 5), "is_start": (0,)}


SQUARES = [(5, (Row(0, (Part("sq", 0, 1),)),)), (1, (Row(0, (Part("sq", 1, 1),)),))]


def test_euclid_is_the_squared_distance_up_to_what_asks() -> None:
    term = euclid(ROWS, ROWS, SQUARES)
    for x, y in product(product(range(3), repeat=3), repeat=2):
        distance = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
        assert score(term, point(*x), point(*y)) == sum(a * a for a in x) - distance
        assert score(term, point(*x), START) == 0


@pytest.mark.parametrize("weight", [1, -3, 256])
def test_scores_of_start_alone(weight: int) -> None:
    term = start_scores((Row(4, (Part("v", 1, 2),)), Row(0, (Part("v", 0, 1),))), weight)
    for x in product(range(3), repeat=3):
        assert score(term, point(*x), START) == weight * (4 + 2 * x[1] + x[0])
        assert score(term, point(*x), point(2, 2, 2)) == 0


@pytest.mark.parametrize("factor", [1, 2, -1, -300])
def test_a_score_so_many_times_and_sums_of_scores(factor: int) -> None:
    first, second = euclid(ROWS, ROWS, SQUARES), inner(V, V)
    both = added("both", first.times(factor), second)
    signals = {
        "v": V,
        "sq": Signal("sq", 2, 0, 4, support=FIRST),
        "is_start": Signal("is_start", 1, 0, 1, support=frozenset({Role.START})),
    }
    lo, hi = both.bounds(signals)
    for x, y in product(product(range(3), repeat=3), repeat=2):
        a, b = score(first, point(*x), point(*y)), score(second, point(*x), point(*y))
        assert score(first.times(factor), point(*x), point(*y)) == factor * a
        assert lo <= score(both, point(*x), point(*y)) == factor * a + b <= hi
    assert both.label == "both"
    assert both.gap == 1
    plain = agreement(V, V)
    assert plain.times(factor).gap == plain.gap * abs(factor) == plain.times(factor).step


@pytest.mark.parametrize("start", [None, 0, 2, 3])
def test_agreement_of_parts_is_that_of_the_vector_they_make(start: int | None) -> None:
    parts = [V.part(2), *V[:2], V.part(2)]
    for x, y in product(product((0, 1), repeat=3), repeat=2):
        order = (2, 0, 1, 2)
        differ = sum(x[i] != y[i] for i in order)
        assert score(agreement(parts, parts, start), point(*x), point(*y)) == 4 - 2 * differ
        if start is not None:
            assert score(agreement(parts, parts, start), point(*x), START) == 4 - 2 * start


@settings(deadline=None)
@given(st.integers(-(1 << 40), 1 << 40))
def test_a_constant_in_chunks(number: int) -> None:
    rows = chunks(number)
    assert sum(row.constant for row in rows) == number
    assert all((abs(r.constant) // (r.constant & -r.constant)).bit_length() <= CHUNK for r in rows)
    assert rows == constants(row.constant for row in rows)
