"""One file per problem: statement, proof, source, and the circuits that read like the proof; the lemmas in `pairs`."""

import re

from proofformer.circuit import Circuit
from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.theorems import closest_pair as _closest_pair
from proofformer.theorems import farthest_pair as _farthest_pair
from proofformer.theorems import max_ip as _max_ip
from proofformer.theorems import min_ip as _min_ip
from proofformer.theorems import ov as _ov
from proofformer.theorems.pairs import best_pair, some_pair
from proofformer.theorems.theorem import Theorem

_FILES = (
    ("ov", None, _ov),
    ("min-ip", None, _min_ip),
    ("max-ip", None, _max_ip),
    ("closest-pair", "hamming", _closest_pair),
    ("farthest-pair", "hamming", _farthest_pair),
)

THEOREMS = tuple(
    ((name, question, metric), Theorem.of(question, module, lemma))
    for name, metric, module in _FILES
    for question, lemma in (("search", best_pair), ("decide", some_pair))
)


def theorem_for(problem: Problem) -> Theorem:
    """The theorem that answers a problem; `InputError` when there is none yet."""
    asked = (problem.name, problem.question, problem.metric)
    for key, theorem in THEOREMS:
        if key == asked:
            return theorem
    raise InputError(f"no theorem answers {problem.label}")


def circuit_for(problem: Problem, max_n: int, dim: int | None = None) -> Circuit:
    """The circuit that answers a problem for up to `max_n` documents (`dim`: with another l)."""
    cut = problem.cut if problem.question == "decide" else None
    sizes = {"dim": dim or problem.dim, "max_n": max_n}
    return theorem_for(problem).circuit(**sizes, bichromatic=problem.bichromatic, cut=cut)


def statement_for(problem: Problem, max_n: int) -> str:
    """The theorem's statement for this problem and size, with its numbers."""
    claim = theorem_for(problem).claim
    if problem.threshold is not None:
        claim = re.sub(r"\bt\b", str(problem.cut), claim)
    documents = f"documents in {{0,1}}^{problem.dim}"
    if problem.bichromatic:
        sizes = f"at least one each and at most {max_n:,} together (pairs i in A, j in B)"
        given = f"For all sets A and B of {documents}, {sizes}"
    else:
        given = f"For all {documents}, 2 to {max_n:,} of them (pairs i < j)"
    return f"{given}, the circuit answers: {claim}"


__all__ = ["THEOREMS", "Theorem", "circuit_for", "statement_for", "theorem_for"]
