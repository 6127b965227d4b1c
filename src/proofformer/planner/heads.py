"""Numbers for one head: the weight of each entry, and the temperature b."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofformer.circuit.check import Scope, indexed
from proofformer.circuit.nodes import PLACE, Head, Term, Visible
from proofformer.planner.bounds import (
    LEAK_BUDGET,
    ONE_HIGH,
    ONE_LOW,
    ZERO_LIMIT,
    ReadBounds,
    leak_bound,
    most_summed,
    read_bounds,
    unseen_gap_for,
)
from proofformer.planner.dtypes import DType
from proofformer.planner.rules import (
    LEAK,
    NUMBERS_FINITE,
    ONE_NOT_TOO_LARGE,
    ONE_NOT_TOO_SMALL,
    SCORE_SUMS,
    SUMMED_WEIGHTS,
    ZERO_RESTORES,
    Obligation,
    Owner,
    Unmet,
)
from proofformer.planner.sizes import Sizes, balance, sizes_of

LARGEST_TEMPERATURE = 1024


@dataclass(frozen=True)
class HeadPlan:
    """`score = b * sum of weights[e] * term_e`; `on_query[e]`: whether W_Q or W_K carries the weight (b is in W_Q).

    `shifts` has one number for each row of the queries and keys, all entries in a row: the row's query is divided and
    its key multiplied by 2^shift, so that both are finite. `largest` is the largest magnitude of any of them.
    """

    name: str
    b: int
    weights: tuple[int, ...]
    on_query: tuple[bool, ...]
    shifts: tuple[int, ...]
    largest: int
    mass: int
    sharing: int
    unseen_gap: int | None
    leak: Fraction
    bounds: ReadBounds

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "b": self.b,
            "weights": list(self.weights),
            "on_query": list(self.on_query),
            "shifts": list(self.shifts),
            "largest_number": self.largest,
            "largest_score": self.mass,
            "documents_sharing_a_score": self.sharing,
            "unseen_gap": self.unseen_gap,
            "leak": str(self.leak),
            "zero_at_most": str(self.bounds.zero),
            "one_at_least": str(self.bounds.one_low),
            "one_at_most": str(self.bounds.one_high),
        }


def round_up(x: int, bits: int) -> int:
    """The least integer >= x with at most `bits` significant bits."""
    shift = max(0, x.bit_length() - bits)
    return -(-x >> shift) << shift


def level_weights(terms: Sequence[Term], sizes: list[Sizes], unseen_gap: int) -> tuple[int, ...]:
    """Each level outweighs the whole range of those below it; the visibility level, by `unseen_gap` more.

    A prefix entry has the weight of the entry above it (see `check.prefix_bits`).
    """
    weights = [0] * len(terms)
    below = 0
    end = len(terms)
    while end:
        start = end - 1
        while start and terms[start].continues is not None:
            start -= 1
        level = range(start, end)
        needed = -(-(below + (unseen_gap if start == 0 else 1)) // min(terms[e].gap for e in level))
        weight = round_up(needed, min(sizes[e].bits for e in level))
        for e in level:
            weights[e] = weight
            below += weight * (sizes[e].hi - sizes[e].lo)
        end = start
    return tuple(weights)


def sharing_of(head: Head, scope: Scope, max_n: int) -> int:
    """How many visible documents can have one and the same score: those that agree in the digit this head scores.

    Equal scores mean equal levels; an entry that shares its level with a prefix may still differ.
    """
    first = head.order[0]
    if not isinstance(first, Visible) or not indexed(first.flag, scope):
        return max_n
    terms, below = head.order, [*head.order[1:], None]
    alone = [t for t, u in zip(terms, below, strict=True) if t.continues is None and (u is None or u.continues is None)]
    known = {at for t in alone for at in t.determines(scope.signals)}
    place = scope.signals[first.flag].beside(PLACE)
    width = scope.signals[place].width
    return min(max_n, 1 << sum((place, i) not in known for i in range(width)))


def keys_seen(scope: Scope, max_n: int) -> int:
    """The most keys of any token: READ sees START and all documents, and where a token sees itself, itself too.

    There every token has as many keys as its place says, counted from 1: those of the tokens before it, seen one token
    late, and the first token's copy of nothing.
    """
    return max_n + 1 + scope.inclusive


def plan_head(head: Head, scope: Scope, max_n: int, dtype: DType) -> HeadPlan:
    """The least power of two b that keeps the leak in its budget, with weights and bounds.

    Raises `Unmet` with the obligation that fails when no b does.
    """
    sizes = _sizes(head, scope, dtype)
    for exponent in range(LARGEST_TEMPERATURE.bit_length()):
        plan = _plan(head, sizes, scope, max_n, dtype, 1 << exponent)
        if plan.leak <= LEAK_BUDGET:
            break
    for obligation in head_obligations(plan, max_n, dtype):
        obligation.require()
    return plan


def plan_head_at(head: Head, scope: Scope, max_n: int, dtype: DType, b: int) -> HeadPlan:
    """The plan of a head at a given temperature; its obligations may fail."""
    return _plan(head, _sizes(head, scope, dtype), scope, max_n, dtype, b)


def _sizes(head: Head, scope: Scope, dtype: DType) -> list[Sizes]:
    return [sizes_of(head.name, t, scope.signals, dtype) for t in head.order]


def _plan(head: Head, sizes: list[Sizes], scope: Scope, max_n: int, dtype: DType, b: int) -> HeadPlan:
    keys = keys_seen(scope, max_n)
    visible = isinstance(head.order[0], Visible)
    weights = level_weights(head.order, sizes, unseen_gap_for(b, keys) if visible else 1)
    weighted = list(zip(weights, sizes, strict=True))
    unseen_gap = weights[0] - sum(w * (s.hi - s.lo) for w, s in weighted[1:]) if visible else None
    shifts, largest = balance([row for w, s in weighted for row in s.weighted(w, b)], dtype)
    mass = sum(w * s.mass for w, s in weighted)
    on_query = tuple(s.on_query for s in sizes)
    sharing = sharing_of(head, scope, max_n) if visible else keys
    leak = leak_bound(b, keys, sharing, unseen_gap)
    bounds = read_bounds(leak, keys, dtype)
    if bounds is None:
        raise Unmet(
            Obligation(SUMMED_WEIGHTS, Owner("head", head.name), keys, most_summed(dtype), {"dtype": dtype.name})
        )
    return HeadPlan(head.name, b, weights, on_query, shifts, largest, mass, sharing, unseen_gap, leak, bounds)


def head_obligations(plan: HeadPlan, max_n: int, dtype: DType) -> list[Obligation]:
    """All that makes the head's reads restorable for every input of at most `max_n` documents."""
    who, given = Owner("head", plan.name), {"dtype": dtype.name, "n": max_n, "b": plan.b}
    return [
        Obligation(rule, who, value, limit, given)
        for rule, value, limit in (
            (SCORE_SUMS, plan.mass, dtype.sums - 1),
            (NUMBERS_FINITE, plan.largest.bit_length(), dtype.width),
            (LEAK, plan.leak, LEAK_BUDGET),
            (ZERO_RESTORES, plan.bounds.zero, ZERO_LIMIT),
            (ONE_NOT_TOO_SMALL, 1 - plan.bounds.one_low, 1 - ONE_LOW),
            (ONE_NOT_TOO_LARGE, plan.bounds.one_high - 1, ONE_HIGH - 1),
        )
    ]
