"""Claims about scores, thresholds and similarities (docs/theory.md, sections 1 and 7)."""

from __future__ import annotations

from collections.abc import Mapping

from proofformer.circuit.nodes import IS_START, Term
from proofformer.circuit.scores import CHUNK, agreement, euclid
from proofformer.circuit.signals import Row, Signal
from proofformer.planner.dtypes import DTYPES
from prooflab.lemmas.claim import Expr, Workings, claim, constant

_A, _B = Signal("a", 1, 0, 1), Signal("b", 1, 0, 1)
GAP = agreement(_A, _B).gap


def scored(term: Term, query: Mapping[str, Expr], key: Mapping[str, Expr]) -> Expr:
    """A score for the values of the signals, all of width one, on two tokens."""

    def value(row: Row, values: Mapping[str, Expr]) -> Expr:
        return row.constant + sum(p.coefficient * values[p.signal] for p in row.parts)

    return sum(value(q, query) * value(r, key) for q, r in zip(term.query, term.key, strict=True))


@claim("circuit/scores.py agreement", 7)
def agreement_of_bits(k: Workings) -> None:
    """Each component of two documents adds 1 - 2 (a - b)^2: so l components l - 2 h. With a threshold START, which has
    no bits, scores what l - 2 t says, here for l = 1 and t = 0, and documents what they do without.
    """
    a, b = k.bit("a"), k.bit("b")
    k.show(scored(agreement(_A, _B), {"a": a}, {"b": b}), "=", 1 - 2 * (a - b) ** 2)
    with_start = agreement(_A, _B, start=0)
    k.show(scored(with_start, {"a": a}, {"b": b, IS_START: 0}), "=", 1 - 2 * (a - b) ** 2)
    k.show(scored(with_start, {"a": a}, {"b": 0, IS_START: 1}), "=", 1)


@claim("theorems/pairs.py some_pair", 7, gap=constant(GAP, "circuit/scores.py agreement (gap)", GAP + 1))
def agreement_at_a_threshold(k: Workings) -> None:
    """l - 2 h >= l - 2 t exactly when h <= t; a distance beyond t scores less than START by 2 at least."""
    l, t = k.whole("l", 1), k.whole("t", 0)
    near, far = k.whole("near", None, t), k.whole("far", t + 1)
    k.assume(near, ">=", 0)
    k.assume(far, "<=", l)
    k.show(l - 2 * near, ">=", l - 2 * t)
    k.show(l - 2 * far, "<=", l - 2 * t - k["gap"])


@claim("theorems/pairs.py some_pair", 7, margin=constant(1, "planner/heads.py level_weights (margin)", 0))
def documents_at_the_threshold_win(k: Workings) -> None:
    """The last entry, 1 for documents and 0 for START, has weight 1; the score has weight w with w g >= 1 + 1. A
    document that scores what START does or more wins by 1 at least, one that scores g less or worse loses by as much.
    """
    g = k.whole("g", 1)
    w = k.real("w", (1 + k["margin"]) / g)
    start = k.real("start")
    meets, misses = k.real("meets", start), k.real("misses", None, start - g)
    k.show(w * meets + 1, ">=", w * start + 1)
    k.show(w * misses + 1, "<=", w * start - 1)


@claim("circuit/scores.py chunks", 7, chunk=constant(CHUNK, "circuit/scores.py CHUNK", *range(CHUNK + 1, 12)))
def a_chunk_is_exact(k: Workings) -> None:
    """A constant is cut into pieces of 8 bits, which every dtype stores exactly."""
    k.show(k.power(2, "chunk"), "<=", min(d.integers for d in DTYPES))


@claim("circuit/scores.py euclid; theorems/grids.py nearness", 7)
def squared_distance_of_entries(k: Workings) -> None:
    """2 x y - y^2 = x^2 - (x - y)^2 for each entry: the score is |x|^2 less the squared distance."""
    x, y = k.real("x"), k.real("y")
    query, key, square = Signal("x", 1, 0, 9), Signal("y", 1, 0, 9), Signal("yy", 1, 0, 81)
    score = euclid((Row(0, query[:]),), (Row(0, key[:]),), [(1, (Row(0, square[:]),))])
    k.show(scored(score, {"x": x}, {"y": y, "yy": y * y}), "=", x * x - (x - y) ** 2)


@claim("theorems/grids.py city_agreement", 7)
def rungs_of_an_entry(k: Workings) -> None:
    """Rung C + 1 is set, min(x, C + 1) - min(x, C) = 1, exactly when x >= C + 1. So the rungs that an x has and a
    smaller y has not are as many as x - y: the Hamming distance in unary is the cityblock distance.
    """
    c = k.whole("C", 0)
    reaches, stops = k.whole("reaches", c + 1), k.whole("stops", None, c)

    def least(x: Expr, y: Expr) -> Expr:
        return x - k.relu(x - y)

    k.show(least(reaches, c + 1) - least(reaches, c), "=", 1)
    k.show(least(stops, c + 1) - least(stops, c), "=", 0)
    k.show(least(stops, c), "=", stops)


@claim("problems/problem.py Problem (threshold)", 1)
def whole_numbers_at_a_threshold(k: Workings) -> None:
    """A whole number is <= t exactly when it is <= f = floor(t), and >= t exactly when it is >= c = ceil(t). Here t = f
    + r / (1 + r), r >= 0, is any number from f to below f + 1, and so c - r / (1 + r).
    """
    floor, ceiling = k.whole("f"), k.whole("c")
    part = k.real("r", 0)
    part = part / (1 + part)
    k.show(k.whole("within", None, floor), "<=", floor + part)
    k.show(k.whole("beyond", floor + 1), ">", floor + part)
    k.show(k.whole("enough", ceiling), ">=", ceiling - part)
    k.show(k.whole("short", None, ceiling - 1), "<", ceiling - part)


@claim("problems/numbers.py Root", 1)
def whole_numbers_at_a_root(k: Workings) -> None:
    """With m^2 <= x < (m + 1)^2 a whole j >= 0 has j^2 <= x exactly when j <= m. Here x = m^2 + (2 m + 1) r / (1 + r)
    for r >= 0.
    """
    m = k.whole("m", 0)
    part = k.real("r", 0)
    x = m**2 + (2 * m + 1) * part / (1 + part)
    k.show(k.whole("within", 0, m) ** 2, "<=", x)
    k.show(k.whole("beyond", m + 1) ** 2, ">", x)


CLAIMS = (
    agreement_of_bits,
    agreement_at_a_threshold,
    documents_at_the_threshold_win,
    a_chunk_is_exact,
    squared_distance_of_entries,
    rungs_of_an_entry,
    whole_numbers_at_a_threshold,
    whole_numbers_at_a_root,
)
