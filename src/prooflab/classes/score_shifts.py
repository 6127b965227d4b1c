"""What altered queries and keys do to the scores of a head, for every query and every kind of key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proofformer.circuit import Head, Visible
from proofformer.circuit.lower import least_digit
from proofformer.circuit.nodes import IS_START, ONE, PLACE, Term
from proofformer.circuit.signals import Role
from proofformer.planner import Plan
from proofformer.planner.bounds import unseen_gap_for
from proofformer.problems.arrays import Floats
from proofformer.runtime import Model
from prooflab.classes.altered import Altered
from prooflab.classes.unread import only_where_found, padding_never_meets


def altered_rows(a: Altered, block: int) -> list[int]:
    """Rows of the queries or the keys of a block that are altered."""
    sides = [f"blocks.{block}.attention.{side}.weight" for side in ("query", "key")]
    return np.flatnonzero(sum((a.before[s] != a.after[s]).any(1) for s in sides)).tolist()


def rows_of_head(a: Altered, block: int) -> tuple[Head | None, int]:
    """The one head whose queries or keys are altered, with its first row; None if its scores do not stay exact."""
    plan = a.model.plan
    names = plan.layout.blocks[block].heads
    size = len(a.before[f"blocks.{block}.attention.query.weight"]) // len(names)
    touched = {row // size for row in altered_rows(a, block)}
    if len(touched) != 1:
        return None, 0
    name = names[h := touched.pop()]
    if not _exact(a, block, slice(h * size, (h + 1) * size), plan.head(name).b):
        return None, 0
    return plan.circuit.heads[name], h * size


def _exact(a: Altered, block: int, rows: slice, b: int) -> bool:
    """Whether queries and keys of a head stay finite, and every partial sum of a score, in units of b, exact."""
    dtype = a.model.plan.dtype
    query, key = (
        _largest(a.model.plan, a.after[f"blocks.{block}.attention.{side}.weight"][rows], block)
        for side in ("query", "key")
    )
    return float(max(query.max(), key.max())) <= dtype.largest and float(query @ key) < b * dtype.sums


def _largest(plan: Plan, weights: Floats, block: int) -> Floats:
    """The largest magnitude of each of some forms (rows, width) of a token that the block's heads see."""
    found = np.zeros(len(weights))
    for kind in Role:
        low, high = np.zeros((2, plan.layout.width))
        for s in sorted((s for s in plan.layout.slices if s.born < 2 * block), key=lambda s: s.born):
            signal, dims = plan.circuit.signals[s.signal], slice(s.start, s.stop)
            ends = (0, 2) if signal.noisy else (signal.lo, signal.hi) if kind in signal.support else (0, 0)
            stands = 2 * block > s.died
            # What was not set back to zero may still stand there.
            low[dims] = np.minimum(low[dims], ends[0]) if stands else ends[0]
            high[dims] = np.maximum(high[dims], ends[1]) if stands else ends[1]
        up, down = np.maximum(weights, 0), np.maximum(-weights, 0)
        found = np.maximum(found, np.maximum(up @ high - down @ low, down @ high - up @ low))
    return found


@dataclass(frozen=True)
class Shift:
    """How an alteration of queries and keys moves the scores of a head: for visible keys, START and the other keys the
    least and the largest of what is added to a key's score beyond what is added to another kind's (over all queries).
    """

    head: Head
    visible_over_start: float
    start_over_visible: float
    visible_over_rest: float
    start_over_rest: float
    constant: bool


def _flag_of(head: Head) -> str:
    """The bit that the first entry puts above the rest: that of visible keys, or the one that it scores."""
    first = head.order[0]
    if isinstance(first, Visible):
        return first.flag
    row = first.key_only()
    flags = [] if row is None else [p.signal for p in row.parts if p.component == 0 and p.signal != IS_START]
    return flags[0] if len(flags) == 1 else ONE


def _shift(a: Altered) -> Shift | None:
    """None where what is added depends on more of a key than its kind."""
    if a.part not in ("attention.query", "attention.key") or a.block is None:
        return None
    plan, block = a.model.plan, a.block
    old_q, new_q, old_k, new_k = (
        w[f"blocks.{block}.attention.{side}.weight"] for side in ("query", "key") for w in (a.before, a.after)
    )
    rows = altered_rows(a, block)
    head, _ = rows_of_head(a, block)
    if head is None:
        return None
    one, start = (plan.layout.slice_of(s).start for s in (ONE, IS_START))
    flag = plan.layout.slice_of(_flag_of(head)).start
    # The added score is sum(new_q * new_k - old_q * old_k); a key of a kind has 1 in `one` and its own flag.
    kinds = {"visible": [one, flag], "start": [one, start], "rest": [one]}
    forms = {}
    for kind, columns in kinds.items():
        columns = list(dict.fromkeys(columns))
        forms[kind] = sum(new_q[r] * new_k[r, columns].sum() - old_q[r] * old_k[r, columns].sum() for r in rows)
    known = {one, flag, start}
    for r in rows:
        changed = (new_k[r] != old_k[r]) if (new_q[r] == old_q[r]).all() else (new_k[r] != 0) | (old_k[r] != 0)
        if set(np.flatnonzero(changed).tolist()) - known:
            return None
    low = {}
    high = {}
    for over, under in (("visible", "start"), ("visible", "rest"), ("start", "rest")):
        low[over, under], high[over, under] = _range(a.model, np.asarray(forms[over] - forms[under]), block)
    constant = all(v == 0 for v in (*low.values(), *high.values()))
    above, below = low["visible", "start"], -high["visible", "start"]
    return Shift(head, above, below, low["visible", "rest"], low["start", "rest"], constant)


def _range(model: Model, form: Floats, block: int) -> tuple[float, float]:
    """The least and the largest value of a linear form of a token that the block's heads see; infinite where a
    dimension holds no exact signal."""
    low = high = 0.0
    for dim in np.flatnonzero(form).tolist():
        here = [s for s in model.plan.layout.slices if s.start <= dim < s.stop and s.born < 2 * block <= s.died]
        signals = [model.plan.circuit.signals[s.signal] for s in here]
        if len(signals) != 1 or signals[0].noisy:
            return float("-inf"), float("inf")
        ends = form[dim] * signals[0].lo, form[dim] * signals[0].hi
        low, high = low + min(ends), high + max(ends)
    return low, high


def same_for_all_keys(a: Altered) -> bool:
    shift = _shift(a)
    return shift is not None and shift.constant


def further_apart(a: Altered) -> bool:
    shift = _shift(a)
    if shift is None or _flag_of(shift.head) == ONE:
        return False
    if isinstance(shift.head.order[0], Visible):
        return min(shift.visible_over_start, shift.visible_over_rest) >= 0 and _start_keeps(a, shift)
    if len(shift.head.order) == 1:
        flag_alone = all(r.signal == _flag_of(shift.head) for r in shift.head.reads)
        return min(shift.visible_over_start, shift.visible_over_rest) >= 0 and flag_alone
    # START competes with the documents: they have to stay where they are to each other.
    together = shift.visible_over_start == 0 == shift.start_over_visible
    planned = a.model.plan.head(shift.head.name)
    spare = planned.b * planned.weights[0] if padding_never_meets(a.model.problem, shift.head) else 0
    return together and min(shift.visible_over_rest, shift.start_over_rest) >= -spare


def _start_keeps(a: Altered, shift: Shift) -> bool:
    """Whether START stays above all invisible keys, or need not."""
    return shift.start_over_rest >= 0 or only_where_found(a.model.problem, a.model.plan, shift.head)


def within_slack(a: Altered) -> bool:
    shift = _shift(a)
    if shift is None or not isinstance(shift.head.order[0], Visible):
        return False
    nearer = -min(shift.visible_over_start, shift.visible_over_rest)
    return nearer <= slack(a.model.plan, shift.head) and _start_keeps(a, shift)


def _by_flags(head: Head, term: Term) -> dict[str, int] | None:
    """The score of a visible key, of START and of the others, where it follows from the flags that say so."""
    row = term.key_only()
    if row is None or not isinstance(head.order[0], Visible):
        return None
    flag = head.order[0].flag
    if any(p.signal not in (ONE, flag, IS_START) for p in row.parts):
        return None
    ones = {"visible": (ONE, flag), "start": (ONE, IS_START), "rest": (ONE,)}
    return {k: row.constant + sum(p.coefficient for p in row.parts if p.signal in on) for k, on in ones.items()}


def slack(plan: Plan, head: Head, more_below: float = 0) -> float:
    """How far visible keys are above all others beyond what is needed, in scores; less, if levels below take more.

    The planner rounds the weight of visibility up, and reckons with every number that the bits of an index can spell.
    """
    planned, terms = plan.head(head.name), head.order
    below = 0
    for e, term in enumerate(terms[1:], 1):
        low, high = term.bounds(plan.circuit.signals)
        if (by_kind := _by_flags(head, term)) is not None:
            below += planned.weights[e] * (max(by_kind["start"], by_kind["rest"]) - by_kind["visible"])
        elif term.label == least_digit(0, plan.circuit.signals[PLACE].width).label:
            below += planned.weights[e] * min(high - low, plan.max_n - 1)
        else:
            below += planned.weights[e] * (high - low)
    needed = unseen_gap_for(planned.b, plan.keys)
    return planned.b * (planned.weights[0] - below - needed) - more_below


def same_order_of_indices(a: Altered) -> bool:
    """Only the last digit is altered; its weights still order its numbers, and the levels above outweigh them."""
    if a.part not in ("attention.query", "attention.key") or a.block is None:
        return False
    plan = a.model.plan
    head, offset = rows_of_head(a, a.block)
    if head is None or not isinstance(head.order[0], Visible):
        return False
    terms, planned = head.order, plan.head(head.name)
    first = sum(len(t.query) for t in terms[:-1])
    if not all(first <= r - offset < first + len(terms[-1].query) for r in altered_rows(a, a.block)):
        return False
    place, one = plan.layout.slice_of(PLACE), plan.layout.slice_of(ONE).start
    digit = slice(offset + first, offset + first + len(terms[-1].query))
    q = a.after[f"blocks.{a.block}.attention.query.weight"][digit]
    k = a.after[f"blocks.{a.block}.attention.key.weight"][digit]
    others = [d for d in range(k.shape[1]) if not place.start <= d < place.stop]
    if (q[:, [d for d in range(q.shape[1]) if d != one]] != 0).any() or (k[:, others] != 0).any():
        return False
    bits = [p.component for row in terms[-1].key for p in row.parts]
    weights = -(q[:, one] @ k)[[place.start + bit for bit in bits]] / planned.b
    total, used = float(weights.sum()), float((-(q[:, one] @ k)).sum() / planned.b)
    increasing = all(w >= weights[:i].sum() + 1 for i, w in enumerate(weights))
    above = [e for e in range(1, len(terms) - 1) if _by_flags(head, terms[e]) is None]
    if sum(terms[e].continues is None for e in above) > 1:
        return False
    level = planned.weights[above[-1]] * min(terms[e].gap for e in above) if above else total + 1
    more = planned.b * (total - ((1 << len(bits)) - 1))
    return increasing and total == used and total + 1 <= level and slack(plan, head, more) >= 0
