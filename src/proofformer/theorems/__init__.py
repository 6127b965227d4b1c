"""One file per theorem: the circuits that read like the proof, and its texts; the lemmas beside them."""

from proofformer.circuit import Circuit
from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.problems.kinds import Kind
from proofformer.theorems import (
    closest_pair,
    closest_pair_cityblock,
    closest_pair_sqeuclidean,
    max_ip,
    msd,
    ov,
)
from proofformer.theorems.foreign import theorem_file
from proofformer.theorems.pairs import best_pair, some_pair
from proofformer.theorems.statement import statement
from proofformer.theorems.theorem import Claim, Proven, Theorem

_BOTH = (max_ip, closest_pair, closest_pair_sqeuclidean, closest_pair_cityblock, msd)
"""Files with a theorem, and the same with the order reversed."""

THEOREMS: dict[Kind, Theorem] = {
    kind: theorem
    for theorem in (ov.THEOREM, *(t for file in _BOTH for t in (file.THEOREM, file.REVERSED)))
    for kind in theorem.task
}
"""The theorem of each kind of built-in problem; a task of one's own has its theorem with it."""


def theorem_for(problem: Problem) -> Proven:
    """The claim that answers a problem; `InputError` when there is none yet."""
    theorem = THEOREMS.get(problem.kind) if problem.task is None else problem.task.theorem
    claim = theorem.claim_for(problem) if isinstance(theorem, Theorem) else None
    if claim is None:
        raise InputError(f"no theorem answers {problem.label}")
    return claim


def circuit_for(problem: Problem, max_n: int, dim: int | None = None) -> Circuit:
    """The circuit that answers a problem for up to `max_n` documents (`dim`: with another l)."""
    return theorem_for(problem).circuit(problem, max_n, dim or problem.dim)


def statement_for(problem: Problem, max_n: int) -> str:
    """The theorem's statement for this problem and size, with its numbers."""
    return statement(theorem_for(problem), problem, max_n)


__all__ = [
    "THEOREMS",
    "Claim",
    "Proven",
    "Theorem",
    "best_pair",
    "circuit_for",
    "some_pair",
    "statement_for",
    "theorem_file",
    "theorem_for",
]
