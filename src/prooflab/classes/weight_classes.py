"""Why an altered weight may change nothing: classes of alterations, each with a condition checked on the numbers.

None of them looks at instances: a condition holds for every input of the declared size, or it does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from proofformer.circuit import At, Head
from proofformer.problems.arrays import Floats
from proofformer.runtime import Model
from proofformer.verify.weights import Alteration
from prooflab.classes.altered import Altered
from prooflab.classes.score_shifts import (
    altered_rows,
    further_apart,
    rows_of_head,
    same_for_all_keys,
    same_order_of_indices,
    within_slack,
)
from prooflab.classes.unit_domains import Domain, furthest, spare
from prooflab.classes.unread import only_of_documents, outputs_of, unread, vanishing_values, zero_on_read, zero_values


@dataclass(frozen=True)
class Class:
    """A reason in words, and whether it holds for an alteration."""

    name: str
    reason: str
    holds: Callable[[Altered], bool]


def _same_function(a: Altered) -> bool:
    if not a.part.startswith("mlp.") or a.block is None:
        return False
    problem, plan = a.model.problem, a.model.plan
    on_read = plan.layout.blocks[a.block].at is At.READ
    zeros, votes = zero_values(problem, plan) if on_read else frozenset(), only_of_documents(problem, plan)
    domain = Domain(plan, a.block, zeros, vanishing_values(problem, plan), votes, ones=problem.norms or ())
    return furthest(domain, a.before, a.after) == 0


def _unread(a: Altered, read_too: bool = True) -> bool:
    if a.block is None:
        return False
    out = outputs_of(a.before, a.after, a.alteration.tensor, a.block)
    return out is not None and unread(
        a.model.plan, a.before, out, a.block, a.part.startswith("mlp."), read_too=read_too
    )


def _same_on_read(a: Altered) -> bool:
    """Exactly the same, or in dimensions that hold fetched bits from then on, different by a leak."""
    if not a.part.startswith("mlp.") or a.block is None or not _unread(a, read_too=False):
        return False
    plan = a.model.plan
    zeros = zero_values(a.model.problem, plan) | zero_on_read(a.model.problem, plan)
    off = furthest(Domain(plan, a.block, zeros, at_read=True), a.before, a.after)
    out = outputs_of(a.before, a.after, a.alteration.tensor, a.block)
    return off == 0 or (out is not None and off < spare(plan, out.tolist(), 2 * a.block + 1))


def _scaled_row(a: Altered, head_at: At, entry: Callable[[Head], int]) -> tuple[Head, float] | None:
    """The head and the factor, where the one thing altered is a row of that entry, all of it by one positive factor."""
    if a.part not in ("attention.query", "attention.key") or a.block is None:
        return None
    head, first = rows_of_head(a, a.block)
    rows = altered_rows(a, a.block)
    if head is None or head.at is not head_at or len(rows) != 1:
        return None
    sizes = [len(t.query) for t in head.order]
    start = first + sum(sizes[: entry(head)])
    old, new = a.before[a.alteration.tensor][rows[0]], a.after[a.alteration.tensor][rows[0]]
    some = old != 0
    if not start <= rows[0] < start + sizes[entry(head)] or not some.any() or (new[~some] != 0).any():
        return None
    factors = set((new[some] / old[some]).tolist())
    factor = factors.pop()
    return (head, float(factor)) if not factors and factor > 0 else None


def _orthogonal_all_the_same(a: Altered) -> bool:
    asked = a.model.problem
    if asked.kind.target is None or asked.question != "decide":
        return False
    return _scaled_row(a, At.EVERY, lambda head: 1) is not None


def _steps_of_two(a: Altered) -> bool:
    asked = a.model.problem
    if asked.kind.measure not in ("hamming", "cityblock") or asked.question != "decide":
        return False
    scaled = _scaled_row(a, At.EVERY, lambda head: len(head.order) - 1)
    if scaled is None:
        return False
    head, factor = scaled
    weights = a.model.plan.head(head.name).weights
    return 2 * weights[-2] >= factor * weights[-1] + 1


def _zero_anyway(a: Altered) -> bool:
    """The leaks that are fetched go where they may be."""
    plan = a.model.plan
    if a.part == "unembed":
        return _are_zero(a, a.after["unembed.weight"] - a.before["unembed.weight"], 2 * len(plan.layout.blocks))
    if a.part not in ("attention.output", "attention.value") or a.block is None:
        return False
    heads, name = plan.layout.blocks[a.block].heads, f"blocks.{a.block}.attention"
    for h, head in enumerate(heads):
        size = len(a.before[f"{name}.value.weight"]) // len(heads)
        part = slice(h * size, (h + 1) * size)
        old, new = (w[f"{name}.output.weight"][:, part] @ w[f"{name}.value.weight"][part] for w in (a.before, a.after))
        leaks = np.abs(new - old).sum(1) * float(plan.head(head).bounds.zero)
        on_read = plan.layout.blocks[a.block].at is At.READ
        if leaks.any() and not (on_read and _are_zero(a, new - old, 2 * a.block)):
            return False
        if any(leaks[d] > spare(plan, [d], 2 * a.block) for d in np.flatnonzero(leaks).tolist()):
            return False
    return True


def _are_zero(a: Altered, weights: Floats, time: int) -> bool:
    """Whether all that these weights (rows, width) take at a time is 0."""
    plan, zeros = a.model.plan, zero_values(a.model.problem, a.model.plan)
    return all(
        any(s.start <= d < s.stop and s.born < time <= s.died and s.signal in zeros for s in plan.layout.slices)
        for d in np.flatnonzero(weights.any(0)).tolist()
    )


CLASSES = (
    Class(
        "same function",
        "the gate computes the same function on every value that its signals can take (units exchanged, a unit's slope "
        "beyond its domain)",
        _same_function,
    ),
    Class("unread", "the dimensions that come out different are read by no later weight", _unread),
    Class(
        "same for all keys",
        "the scores of all keys of a query move by the same number, which softmax does not see",
        same_for_all_keys,
    ),
    Class(
        "further apart",
        "visible keys move as one, and further above START and the other keys. (If START comes nearer to others that "
        "are invisible: a token that sees no visible key has `found` 0 whichever of them it reads, and what it reads "
        "besides is used only where `found` is 1. In a decision, documents and START stay as they are to each other, "
        "and others are above neither: padding has the inner product 0, which misses the threshold)",
        further_apart,
    ),
    Class(
        "within the slack",
        "visible keys move as one, START and the others come nearer to them, but by less than what the weight of "
        "visibility has to spare, which was rounded up to few bits and reckons with every index of as many bits",
        within_slack,
    ),
    Class(
        "same order of indices",
        "the digit's new weights order its numbers as before, and the levels above still outweigh them",
        same_order_of_indices,
    ),
    Class(
        "unread but on READ",
        "only READ's dimension is read again, and what READ has there was 0 anyway, or a leak: READ is no document, "
        "and asks like one without ones, whose inner products are 0: it reads the index 0, or the flag of START",
        _same_on_read,
    ),
    Class(
        "zero anyway",
        "nothing is read here, or only what is 0: orthogonal pairs alone are answered, and all their values are 0",
        _zero_anyway,
    ),
    Class(
        "orthogonal all the same",
        "one part of the inner product weighs more: it is still 0 for orthogonal documents, which is the threshold "
        "that START plays, and below it for all others",
        _orthogonal_all_the_same,
    ),
    Class(
        "steps of two",
        "distances move the agreement by two, START's too: the entry below may weigh twice as much and is still "
        "outweighed by one step",
        _steps_of_two,
    ),
)


def class_of(model: Model, alteration: Alteration) -> Class | None:
    """The first class whose condition holds; None where none does."""
    a = Altered.of(model, alteration)
    return next((c for c in CLASSES if c.holds(a)), None)
