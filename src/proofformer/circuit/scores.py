"""Scores for priority lists: what the key of a head is preferred for."""

from __future__ import annotations

from dataclasses import replace

from proofformer.circuit.heads import IS_START, Term
from proofformer.circuit.signals import Form, Part, Row, Signal, affine, constants
from proofformer.errors import ProofError

CHUNK = 8
"""Bits of a constant that one row of a score carries: every dtype stores so many exactly."""


def agreement(query: Signal, key: Signal, start: int | None = None) -> Term:
    """`<2a - 1, 2b - 1>`: the number of bits in which a and b agree, less those in which they differ.

    With `start`, START scores as a document at Hamming distance `start` does: `l - 2 start`. Without, it scores as a
    zero document, and two different scores differ by at least 2.
    """
    label, ask = f"agreement({query.name}, {key.name})", affine(query[:], scale=2, shift=-1)
    if start is None:
        return Term(label, ask, affine(key[:], scale=2, shift=-1), gap=2)
    rows = tuple(Row(-1, (p.times(2), Part(IS_START, 0, 1))) for p in key[:])
    return _with_start(Term(label, ask, rows), start, key.width, -2)


def inner(query: Signal, key: Signal, start: int | None = None) -> Term:
    """`<a, b>` of two signals. START scores 0, or as a document with the inner product `start` does."""
    return _with_start(Term(f"inner({query.name}, {key.name})", affine(query[:]), affine(key[:])), start, 0, 1)


def _with_start(term: Term, value: int | None, at_zero: int, per_unit: int) -> Term:
    """The term, which is 0 on START, with `at_zero + per_unit * value` added there in rows of few significant bits."""
    if value is None:
        return term
    score = at_zero + per_unit * value
    sign, size = (-1 if score < 0 else 1), abs(score)
    parts = [size >> shift << shift & (1 << shift + CHUNK) - 1 for shift in range(0, size.bit_length(), CHUNK)]
    query: Form = constants(sign * part for part in parts if part)
    key: Form = tuple(Row(0, (Part(IS_START, 0, 1),)) for _ in query)
    return replace(term, label=f"{term.label}, START as {value}", query=term.query + query, key=term.key + key)


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
    query = tuple(Row(-r.constant, tuple(p.times(-1) for p in r.parts)) for r in term.query)
    return replace(term, label=f"least {term.label}", query=query)
