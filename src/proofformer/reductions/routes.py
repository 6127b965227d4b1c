"""Which reductions there are, and which lead from one question to another."""

from __future__ import annotations

from functools import reduce
from operator import rshift

from proofformer.errors import InputError, one_of
from proofformer.reductions import REDUCTIONS
from proofformer.reductions.reduction import Reduction

STEPS = tuple((start, end, step) for step in REDUCTIONS for start, end in step.leads.items())
"""From a problem to a problem, the ways to prefer first."""

ENDS = tuple(dict.fromkeys(name for start, end, _ in STEPS for name in (start, end)))


def named(name: str) -> Reduction:
    """The reduction of this name. Raises InputError when there is none."""
    for reduction in REDUCTIONS:
        if reduction.name == name:
            return reduction
    raise InputError(f"no reduction is named {name!r}: {one_of(name, [r.name for r in REDUCTIONS])}")


def route(start: str, end: str) -> Reduction:
    """The shortest chain of reductions. Raises InputError when there is none."""
    for name in (start, end):
        if name not in ENDS:
            raise InputError(f"no reduction knows {name!r}: {one_of(name, ENDS)}")
    found: dict[str, tuple[Reduction, ...]] = {start: ()}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        for a, b, step in STEPS:
            if a == here and b not in found:
                found[b] = (*found[here], step)
                waiting.append(b)
    if end not in found or end == start:
        raise InputError(f"no reduction leads from {start} to {end}: see docs/reductions.md for those there are")
    return reduce(rshift, found[end])
