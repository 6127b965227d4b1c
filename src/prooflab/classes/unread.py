"""What later parts of a model look at: dimensions that no weight reads, tokens that no head takes into account."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from proofformer.circuit import At, Gate, Head, Restore, Visible
from proofformer.circuit.nodes import PLACE
from proofformer.circuit.signals import Role, Row
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.problems.arrays import Floats, Indices


def outputs_of(before: Mapping[str, Floats], after: Mapping[str, Floats], tensor: str, block: int) -> Indices | None:
    """The dimensions that come out different when a tensor of a block is altered; None for queries and keys."""
    half = ".".join(tensor.split(".")[2:-1])
    old, new = before[tensor], after[tensor]
    changed = np.flatnonzero((old != new).reshape(len(old), -1).any(1))
    if half.endswith("output"):
        return changed
    if half == "mlp.hidden":
        return np.flatnonzero((before[f"blocks.{block}.mlp.output.weight"][:, changed] != 0).any(1))
    if half == "attention.value":
        return np.flatnonzero((before[f"blocks.{block}.attention.output.weight"][:, changed] != 0).any(1))
    return None


def unread(plan: Plan, before: Mapping[str, Floats], out: Indices, block: int, mlp: bool, *, read_too: bool) -> bool:
    """Whether no weight after the altered half block reads these dimensions: on any token, or (`read_too` false) on any
    token but READ, which is nobody's key and in whose own blocks only queries, gates and the unembedding look at it.
    """
    for name, weight in before.items():
        if not _reads_the_stream(name) or not _after(name, block, mlp) or not (weight[:, out] != 0).any():
            continue
        of_read = name == "unembed.weight" or (
            plan.layout.blocks[int(name.split(".")[1])].at is At.READ
            and not name.endswith(("key.weight", "attention.value.weight"))
        )
        if read_too or not of_read:
            return False
    return True


def _reads_the_stream(name: str) -> bool:
    return name == "unembed.weight" or name.endswith(
        ("query.weight", "key.weight", "attention.value.weight", "hidden.weight")
    )


def _after(name: str, block: int, mlp: bool) -> bool:
    if name == "unembed.weight":
        return True
    its = int(name.split(".")[1])
    return its > block or (its == block and not mlp and ".mlp." in name)


def only_where_found(problem: Problem, plan: Plan, head: Head) -> bool:
    """Whether what the head reads is used only where it found a visible key.

    What it reads, but for the flag of the key, goes on through gates and queries; a head may take it from keys that
    are visible by `found` alone, and an answer may name it if there always is a pair (where there is none, the other
    fields still have to be bits).
    """
    if not isinstance(head.order[0], Visible):
        return False
    flag = head.order[0].flag
    own = [r.output for r in head.reads if r.signal == flag]
    if len(own) != 1:
        return False
    found = {n.name for n in plan.circuit.nodes if isinstance(n, Restore) and n.inputs[0] == own[0]}
    tainted = {r.output for r in head.reads} - set(own)
    for node in plan.circuit.nodes:
        if isinstance(node, Gate):
            if tainted & set(node.inputs):
                tainted.add(node.name)
        elif isinstance(node, Head) and node is not head:
            keys = {p.signal for t in node.order for row in t.key for p in row.parts} | {r.signal for r in node.reads}
            queries = {p.signal for t in node.order for row in t.query for p in row.parts}
            by_found = isinstance(node.order[0], Visible) and node.order[0].flag in found
            if (keys & tainted and not by_found) or tainted & queries:
                tainted |= {r.output for r in node.reads}
    used = {out.field for out in plan.circuit.outputs if out.signal in tainted}
    always = problem.kind.target is None and problem.question == "search"
    return "found" not in used if always else not used


def zero_values(problem: Problem, plan: Plan) -> frozenset[str]:
    """Signals that are 0 on READ, and on all keys that it finds: the bits of the value, where only orthogonal pairs are
    answered. Other documents have values.
    """
    if problem.kind.target is None or problem.question != "search":
        return frozenset()
    values = {out.signal for out in plan.circuit.outputs if out.field == "value"}
    fetched = {g.inputs[0] for name, g in plan.circuit.gates.items() if name in values}
    sources = {r.signal for h in plan.circuit.heads.values() for r in h.reads if r.output in fetched}
    return frozenset(values | fetched | sources)


def vanishing_values(problem: Problem, plan: Plan) -> frozenset[str]:
    """Of `zero_values` those fetched as exactly 0: START's are 0 too, and the other invisible keys are so far below
    that they weigh nothing. exp(-110) is less than a hundredth of the least subnormal number of float32.
    """
    if plan.dtype.name == "float64":
        return frozenset()
    far = [h for h in plan.circuit.heads.values() if plan.head(h.name).b * _start_over_rest(plan, h) >= 110]
    return zero_values(problem, plan) & frozenset(r.output for h in far for r in h.reads)


def _start_over_rest(plan: Plan, head: Head) -> int:
    """How far START is above invisible keys, and visible ones further, in units of b."""
    if not isinstance(first := head.order[0], Visible):
        return 0
    above, *weights = plan.head(head.name).weights
    for weight, term in zip(weights, head.order[1:], strict=True):
        low, high = term.bounds(plan.circuit.signals)
        row = term.key_only()
        if row is not None:
            hidden = Row(row.constant, tuple(p for p in row.parts if p.signal != first.flag))
            high = hidden.bounds(plan.circuit.signals)[1]
            if not any(Role.START in plan.circuit.signals[p.signal].support for p in row.parts):
                low = row.constant
        above -= weight * (high - low)
    return above


def zero_on_read(problem: Problem, plan: Plan) -> frozenset[str]:
    """What READ fetches as 0 with the other tokens. It asks like a document without ones, which has the inner product 0
    with all: it reads the index 0, and at a threshold that 0 misses the flag of START.
    """
    if problem.kind.measure != "inner":
        return frozenset()
    own = PLACE if problem.question == "search" else None
    return frozenset(
        r.output for h in plan.circuit.heads.values() if h.at is At.EVERY for r in h.reads if r.signal == own
    ) | frozenset(_votes(problem, plan))


def only_of_documents(problem: Problem, plan: Plan) -> dict[str, str]:
    """Fetched bits that are 1 on documents only, with the flag of these: the votes at a threshold that 0 misses.

    Other tokens ask like documents without ones, whose inner products are 0. Of two sets, those of B ask too, and see
    one another.
    """
    return {} if problem.bichromatic else _votes(problem, plan)


def _votes(problem: Problem, plan: Plan) -> dict[str, str]:
    if not _zero_misses(problem):
        return {}
    noisy = {r.output for h in plan.circuit.heads.values() if h.at is At.EVERY for r in h.reads}
    gates = [n for n in plan.circuit.nodes if isinstance(n, Restore) and len(n.inputs) == 2]
    return {g.inputs[0]: g.inputs[1] for g in gates if g.inputs[0] in noisy}


def padding_never_meets(problem: Problem, head: Head) -> bool:
    """Whether keys without ones miss the threshold that this head's START plays: they may be as visible as it is."""
    return _zero_misses(problem) and not problem.bichromatic and head.at is At.EVERY


def _zero_misses(problem: Problem) -> bool:
    largest_inner = problem.kind.measure == "inner" and problem.kind.largest
    return problem.question == "decide" and largest_inner and (problem.cut or 0) >= 1
