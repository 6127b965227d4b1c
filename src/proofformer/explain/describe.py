"""A plan in words: its numbers, the dimensions of the residual stream, and the times at which they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from proofformer.circuit import At, Gate, Visible
from proofformer.planner.bounds import unseen_gap_for
from proofformer.planner.layout import Slice
from proofformer.planner.plan import Plan
from proofformer.planner.weights import Level, level_symbol

TOKENS = {At.EVERY: "every token", At.READ: "READ"}
"""Where a head or a gate is computed, in words."""


def short(x: Fraction | int) -> str:
    """A whole number in full, anything else to four digits."""
    return f"{int(x):,}" if x == int(x) else f"{float(x):.4g}"


@dataclass(frozen=True)
class Priority:
    """An entry of a head's list: what it prefers, the range of that, its weight, and the symbol of its weight."""

    label: str
    lo: int
    hi: int
    weight: int
    symbol: str


def priorities(plan: Plan, head: str) -> list[Priority]:
    """What a head prefers, the most important first."""
    terms = plan.circuit.heads[head].order
    return [
        Priority(term.label, *term.bounds(plan.circuit.signals), weight, level_symbol(plan, Level(head, e)))
        for e, (term, weight) in enumerate(zip(terms, plan.head(head).weights, strict=True))
    ]


@dataclass(frozen=True)
class LevelRule:
    """What the weight of a level, entries `start..stop` of a head, follows from: it is at least (below + gap) / step.

    `below` is the range of all lower entries, weights counted.
    """

    start: int
    stop: int
    below: int
    gap: int
    step: int


def level_rules(plan: Plan, head: str) -> Iterator[LevelRule]:
    """Of each level of a head, the most important first."""
    terms, numbers, prefers = plan.circuit.heads[head].order, plan.head(head), priorities(plan, head)
    starts = [e for e, term in enumerate(terms) if term.continues is None]
    for start, stop in zip(starts, [*starts[1:], len(terms)], strict=True):
        gap = unseen_gap_for(numbers.b, plan.keys) if isinstance(terms[start], Visible) else 1
        below = sum(p.weight * (p.hi - p.lo) for p in prefers[stop:])
        yield LevelRule(start, stop, below, gap, min(term.gap for term in terms[start:stop]))


def call(gate: Gate) -> str:
    """A gate as a function of its inputs."""
    return f"{gate.op}({', '.join(gate.inputs)})"


def block_of(plan: Plan, head: str) -> int:
    return next(k for k, block in enumerate(plan.layout.blocks) if head in block.heads)


def time_name(plan: Plan, time: int) -> str:
    """A time of the layout in words."""
    if time < 0:
        return "embedding"
    block, half = divmod(time, 2)
    return "unembedding" if block == len(plan.layout.blocks) else f"block {block} {('attention', 'mlp')[half]}"


def slice_at(plan: Plan, dimension: int, time: int) -> Slice | None:
    """The signal whose numbers stand in a dimension after `time`; None before the first."""
    there = [s for s in plan.layout.slices if s.start <= dimension < s.stop and s.born <= time]
    return max(there, key=lambda s: s.born, default=None)


def component_at(plan: Plan, dimension: int, time: int) -> tuple[str, int]:
    """The signal and component that stand in a dimension after `time`."""
    s = slice_at(plan, dimension, time)
    return ("unused", dimension) if s is None else (s.signal, dimension - s.start)


def span(start: int, stop: int) -> str:
    """The numbers start..stop-1 in words."""
    return str(start) if stop == start + 1 else f"{start}..{stop - 1}"


def named_dimensions(plan: Plan, dimensions: Iterable[int], time: int) -> list[str]:
    """Dimensions as ranges, each with the signal that stands there after `time`."""
    found = []
    ordered = sorted(set(dimensions))
    for name, group in groupby(ordered, key=lambda d: component_at(plan, d, time)[0]):
        runs = groupby(enumerate(group), key=lambda at: at[1] - at[0])
        parts = [[d for _, d in run] for _, run in runs]
        found.append(f"{name} ({', '.join(span(part[0], part[-1] + 1) for part in parts)})")
    return found
