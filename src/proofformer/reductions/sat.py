"""SAT to orthogonal vectors: a document for each half of an assignment, a keyword for each clause (Williams, 2005)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from proofformer.problems import problem
from proofformer.problems.arrays import Bits
from proofformer.reductions.formulas import Clause, Formula
from proofformer.reductions.question import Question
from proofformer.reductions.reduction import Conversation, Cost, Reduction

SAT = "sat"
"""What a formula is called where problems are named."""


def half_assignments(settle: bool = True) -> Reduction:
    """`settle` drops what is settled early: unit clauses, clauses within a half, half-assignments that break one."""
    return Reduction(
        name="half-assignments",
        statement="A formula is satisfiable exactly when two half-assignments are orthogonal.",
        proof=(
            "Split the variables in two. A document stands for an assignment of one half; it has the keyword of a "
            "clause when that half leaves the clause unsatisfied. Two halves have no keyword in common exactly "
            "when every clause is satisfied by one of them. A clause all of whose variables are in one half is "
            "settled there: assignments that break it are left out, and the clause with them."
        ),
        sizes="at most 2^ceil(N/2) + 2^floor(N/2) documents, l' at most the number of clauses (1 if there are none)",
        source="SAT to OV (Williams, 2005)",
        takes={"a formula": lambda question: isinstance(question, Formula)},
        asks=lambda formula: _halves(formula, settle),
        cost=_most,
        at_most=settle,
        leads={SAT: "ov"},
    )


def _most(formula: Formula) -> Cost:
    n = formula.variables
    return Cost(1, 2 ** ((n + 1) // 2) + 2 ** (n // 2), max(1, len(formula.clauses)))


def _halves(formula: Formula, settle: bool) -> Conversation:
    simplified = formula.simplified() if settle else (formula.clauses, {})
    if simplified is None:
        return None
    clauses, fixed = simplified
    free = [v for v in range(1, formula.variables + 1) if v not in fixed]
    middle = (len(free) + 1) // 2
    halves = free[:middle], free[middle:]
    crossing = [c for c in clauses if not (settle and any(all(abs(x) in half for x in c) for half in halves))]
    kept, documents = [], []
    for half in halves:
        assignments = _assignments(len(half))
        own = [c for c in clauses if c not in crossing and all(abs(x) in half for x in c)]
        good = ~_unsatisfied(own, half, assignments).any(axis=1)
        kept.append(assignments[good])
        documents.append(_unsatisfied(crossing or [()], half, assignments[good]))
    if not all(map(len, kept)):
        return None
    if not crossing:
        documents = [np.zeros_like(rows) for rows in documents]
    (answer,) = yield [Question.of(problem("ov", dim=max(1, len(crossing)), bichromatic=True), *documents)]
    if answer.pair is None:
        return None
    value = dict(fixed)
    for half, rows, chosen in zip(halves, kept, answer.pair, strict=True):
        value |= {v: bool(bit) for v, bit in zip(half, rows[chosen], strict=True)}
    return tuple(v if value[v] else -v for v in range(1, formula.variables + 1))


def _assignments(count: int) -> Bits:
    """All assignments of so many variables, (2^count, count), in binary order."""
    return (np.arange(1 << count)[:, None] >> np.arange(count - 1, -1, -1) & 1).astype(np.uint8)


def _unsatisfied(clauses: Sequence[Clause], half: Sequence[int], assignments: Bits) -> Bits:
    """Which clauses (columns) none of the assignments' literals satisfies, (assignments, clauses)."""
    column = {v: k for k, v in enumerate(half)}
    found = np.ones((len(assignments), len(clauses)), dtype=np.uint8)
    for c, clause in enumerate(clauses):
        for literal in clause:
            if abs(literal) in column:
                found[:, c] &= assignments[:, column[abs(literal)]] != (literal > 0)
    return found
