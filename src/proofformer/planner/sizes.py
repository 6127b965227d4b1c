"""How large the numbers of one entry are: all that its weight depends on besides n and the temperature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proofformer.circuit.nodes import Term
from proofformer.circuit.signals import Form, Row, Signal
from proofformer.planner.dtypes import DType
from proofformer.planner.rules import STORED_NUMBERS, WEIGHTED_SUMS, Obligation, Owner

SIGNIFICANT_BITS = 4
"""Weights have at most this many significant bits: exact in every dtype, and at most 1/8 above what is needed."""


@dataclass(frozen=True)
class Sizes:
    """Of an entry without its weight.

    `lo..hi` is its range and `mass` a bound on its partial sums. The weight goes on the query side where `on_query`
    says so, and may have `bits` significant bits there. `rows` has the largest numbers of each row: of the query token
    and of W_Q, of the key token and of W_K (a coefficient of a form may exceed all of its values).
    """

    lo: int
    hi: int
    mass: int
    on_query: bool
    bits: int
    rows: tuple[tuple[int, int], ...]

    def weighted(self, weight: int, b: int) -> list[tuple[int, int]]:
        """`rows` with the weight and the temperature."""
        on_query, on_key = (weight, 1) if self.on_query else (1, weight)
        return [(b * on_query * query, on_key * key) for query, key in self.rows]


def sizes_of(owner: str, term: Term, signals: Mapping[str, Signal], dtype: DType) -> Sizes:
    """The sizes of an entry of the head `owner`. Raises `ProofError` for numbers that are not exact when stored.

    The weight goes where the numbers are smaller, so that weight times number is exact too.
    """

    def largest(form: Form) -> int:
        return max(row.stored_size(signals) for row in form)

    query, key = largest(term.query), largest(term.key)
    entry = Owner("head", owner, term.label)
    for side, size in (("query", query), ("key", key)):
        given = {"side": side, "dtype": dtype.name}
        Obligation(STORED_NUMBERS, entry, size, dtype.integers, given).require()
    for side, form in (("query", term.query), ("key", term.key)):
        given = {"side": side, "dtype": dtype.name}
        sums = max(row.partial_sums(signals) for row in form) << SIGNIFICANT_BITS
        Obligation(WEIGHTED_SUMS, entry, sums, dtype.sums, given).require()
    free = dtype.precision - (max(min(query, key), 1) - 1).bit_length()
    lo, hi = term.bounds(signals)
    rows = tuple((_largest(q, signals), _largest(k, signals)) for q, k in zip(term.query, term.key, strict=True))
    return Sizes(lo, hi, term.mass(signals), query <= key, max(1, min(SIGNIFICANT_BITS, free)), rows)


def balance(rows: list[tuple[int, int]], dtype: DType) -> tuple[tuple[int, ...], int]:
    """For each row the least power of two that moves from query to key (if negative, back) so that both are finite.

    And the largest magnitude that is left in any row, which may still be too large. Whole numbers stay whole: what
    moves has a factor of two for every bit beyond `dtype.width`, since the number is exact but for its size.
    """
    shifts, largest = [], 0
    for query, key in rows:
        shift = max(0, query.bit_length() - dtype.width) - max(0, key.bit_length() - dtype.width)
        shifts.append(shift)
        up, down = max(0, shift), max(0, -shift)
        largest = max(largest, query << down >> up, key << up >> down)
    return tuple(shifts), largest


def _largest(row: Row, signals: Mapping[str, Signal]) -> int:
    return max(row.magnitude(signals), abs(row.constant), *(abs(p.coefficient) for p in row.parts), 0)
