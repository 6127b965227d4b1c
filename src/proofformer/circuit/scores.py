"""Scores for priority lists: what the key of a head is preferred for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proofformer.circuit.nodes import IS_START, Term
from proofformer.circuit.signals import Form, Part, Row, Signal, affine, constants
from proofformer.errors import ProofError

Operand = Signal | Sequence[Part]

CHUNK = 8
"""Bits of a constant that one row of a score carries: every dtype stores so many exactly."""


def agreement(query: Operand, key: Operand, start: int | None = None) -> Term:
    """`<2a - 1, 2b - 1>`: the number of bits in which a and b agree, less those in which they differ.

    With `start`, START scores as a document at Hamming distance `start` does: `l - 2 start`. Without, it scores as a
    zero document, and two different scores differ by at least 2.
    """
    asked, seen = (x[:] if isinstance(x, Signal) else tuple(x) for x in (query, key))
    names = (x.name if isinstance(x, Signal) else x[0].signal for x in (query, key))
    label, ask = f"agreement({', '.join(names)})", affine(asked, scale=2, shift=-1)
    if start is None:
        return Term(label, ask, affine(seen, scale=2, shift=-1), gap=2)
    rows = tuple(Row(-1, (p.times(2), Part(IS_START, 0, 1))) for p in seen)
    return _with_start(Term(label, ask, rows), f"at distance {start}", len(seen) - 2 * start)


def inner(query: Signal, key: Signal, start: int | None = None) -> Term:
    """`<a, b>` of two signals. START scores 0, or as a document with the inner product `start` does."""
    term = Term(f"inner({query.name}, {key.name})", affine(query[:]), affine(key[:]))
    return term if start is None else _with_start(term, f"as {start}", start)


def _with_start(term: Term, told: str, score: int) -> Term:
    """The term, which is 0 on START, with this score added there."""
    return added(f"{term.label}, START {told}", term, start_scores(chunks(score)))


def chunks(number: int) -> Form:
    """A constant as a sum of constants of few significant bits."""
    sign, size = (-1 if number < 0 else 1), abs(number)
    parts = [size >> shift << shift & (1 << shift + CHUNK) - 1 for shift in range(0, size.bit_length(), CHUNK)]
    return constants(sign * part for part in parts if part)


def euclid(query: Form, key: Form, squares: Sequence[tuple[int, Form]]) -> Term:
    """`2 <x, y> - |y|^2` of two vectors of entries: |x|^2 less the squared distance. START scores 0.

    `squares` are the rows that make up |y|^2, each list with the weight it counts with.
    """
    norm = (Term("|y|^2", constants(-weight for _ in rows), rows) for weight, rows in squares)
    return added("2 <x, y> - |y|^2", Term("<x, y>", query, key).times(2), *norm)


def start_scores(rows: Form, weight: int = 1) -> Term:
    """A score that START alone has: the sum of the rows of the query token, `weight` times."""
    query = tuple(Row(weight * r.constant, tuple(p.times(weight) for p in r.parts)) for r in rows)
    return Term("START's", query, tuple(Row(0, (Part(IS_START, 0, 1),)) for _ in rows))


def added(label: str, *terms: Term) -> Term:
    """The sum of scores."""
    return Term(label, sum((t.query for t in terms), ()), sum((t.key for t in terms), ()))


def total(signal: Signal) -> Row:
    """The sum of a signal's components: of bits, the number of ones."""
    return Row(0, signal[:])


def either(a: Signal, b: Signal) -> Term:
    """Prefer keys that have one of two flags, which no token has both of."""
    if a.support & b.support:
        raise ProofError(
            f"{a.name!r} and {b.name!r} may be set on one token: either() is for flags that exclude another"
        )
    return Term(f"{a.name} or {b.name}", constants([1]), (Row(0, (*a[:], *b[:])),))


def most(score: Term | Signal) -> Term:
    """Prefer keys where the score is large. A signal of width one is its own score."""
    if isinstance(score, Term):
        return score
    if score.width != 1:
        raise ProofError(f"{score.name!r} has width {score.width}; only a single number can be preferred")
    return Term(score.name, constants([1]), affine(score[:]))


def least(score: Term | Signal) -> Term:
    """Prefer keys where the score is small."""
    term = most(score)
    return replace(term.times(-1), label=f"least {term.label}")
