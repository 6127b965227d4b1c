"""Which reductions lead from one question to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proofformer.errors import InputError
from proofformer.reductions.norms import EqualNorms, InnerProducts
from proofformer.reductions.orthogonal import ByWeight, LeastInnerProduct, LeastSimilar
from proofformer.reductions.question import Asked
from proofformer.reductions.reduction import Chain, Reduction, Translation, checked
from proofformer.reductions.sat import HalfAssignments

SAT = "sat"

STEPS: tuple[tuple[str, str, Translation], ...] = (
    (SAT, "ov", HalfAssignments()),
    ("ov", "min-ip", LeastInnerProduct()),
    ("ov", "lsd", LeastSimilar()),
    ("ov", "max-ip", ByWeight()),
    ("max-ip", "msd", EqualNorms()),
    ("min-ip", "lsd", EqualNorms()),
    ("msd", "max-ip", InnerProducts()),
    ("lsd", "min-ip", InnerProducts()),
)
"""From a problem to a problem, the ways to prefer first."""

ENDS = tuple(dict.fromkeys(name for start, end, _ in STEPS for name in (start, end)))


def route(start: str, end: str) -> Chain:
    """The shortest chain of reductions. Raises InputError when there is none."""
    for name in (start, end):
        if name not in ENDS:
            raise InputError(f"no reduction knows {name!r}: choose from {', '.join(ENDS)}")
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
    return Chain(found[end])


def translated(chain: Chain, question: Any) -> Sequence[Asked]:
    """All the questions that a chain of translations makes of one. Raises InputError where a link refuses."""
    made = [question]
    for link in chain.links:
        if not isinstance(link, Translation):
            raise InputError(f"the questions of {link.name} depend on answers: it cannot be written down beforehand")
        made = [new for old in made for new in link.apply(checked(link, old))[0]]
    return made
