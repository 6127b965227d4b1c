"""The margin of each published theorem beside that of the decision that is compiled, against n."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from proofformer.compiler import planned
from proofformer.planner import Plan
from proofformer.problems import Problem
from prooflab.paper import Construction
from prooflab.paper.margins import Margin, margin

SHOWN = (1 << 6, 1 << 12, 1 << 18)
"""The n of the table; the figure has all powers of 8 up to the last, and 2."""

DRAWN = (2, *(8**j for j in range(1, 7)))


@dataclass(frozen=True)
class CompiledMargin:
    """Of a plan for `max_n` documents: its largest b, and how far fetched bits stay within what their gates restore."""

    max_n: int
    dtype: str
    b: int
    value: float


def compiled(asked: Problem, max_n: int) -> CompiledMargin:
    """The plan of a problem in the first usual dtype; ProofError where none has one."""
    return of_plan(planned(asked, max_n))


def of_plan(plan: Plan) -> CompiledMargin:
    slack = min(head.bounds.slack for head in plan.heads)
    return CompiledMargin(plan.max_n, plan.dtype.name, max(head.b for head in plan.heads), float(slack))


def published(construction: Construction, asked: Problem, n: int, zeros: bool = False) -> Margin:
    """The margin at the problem's l and threshold."""
    t = None if asked.kind.target is not None else asked.threshold
    return margin(construction, n, asked.dim, t, zeros)


def temperature(n: int) -> float:
    """3 ln n, that of every published theorem."""
    return 3 * log(n)
