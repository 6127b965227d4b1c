"""One file per problem: statement, proof, source, and the circuits that read like the proof; the lemmas beside them."""

import re

from proofformer.circuit import Circuit
from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.theorems import closest_pair as _closest_pair
from proofformer.theorems import closest_pair_cityblock as _closest_pair_cityblock
from proofformer.theorems import closest_pair_sqeuclidean as _closest_pair_sqeuclidean
from proofformer.theorems import farthest_pair as _farthest_pair
from proofformer.theorems import farthest_pair_cityblock as _farthest_pair_cityblock
from proofformer.theorems import farthest_pair_sqeuclidean as _farthest_pair_sqeuclidean
from proofformer.theorems import lsd as _lsd
from proofformer.theorems import max_ip as _max_ip
from proofformer.theorems import min_ip as _min_ip
from proofformer.theorems import msd as _msd
from proofformer.theorems import ov as _ov
from proofformer.theorems.pairs import best_pair, some_pair
from proofformer.theorems.similar_pairs import best_by_norm, best_cosine
from proofformer.theorems.theorem import Theorem

_OF_VALUES = (
    ("ov", None, _ov),
    ("min-ip", None, _min_ip),
    ("max-ip", None, _max_ip),
    ("closest-pair", "hamming", _closest_pair),
    ("closest-pair", "sqeuclidean", _closest_pair_sqeuclidean),
    ("closest-pair", "cityblock", _closest_pair_cityblock),
    ("farthest-pair", "hamming", _farthest_pair),
    ("farthest-pair", "sqeuclidean", _farthest_pair_sqeuclidean),
    ("farthest-pair", "cityblock", _farthest_pair_cityblock),
)
_OF_SIMILARITIES = (("msd", _msd), ("lsd", _lsd))
_MEASURES = ("cosine", "jaccard", "dice")

Key = tuple[str, str | None, str, bool]
"""Of a theorem: problem, metric, question, and whether the norms of the documents are declared."""


def _theorems() -> dict[Key, Theorem]:
    found: dict[Key, Theorem] = {}
    for name, metric, module in _OF_VALUES:
        found[name, metric, "search", False] = Theorem.of(module, best_pair)
        found[name, metric, "decide", False] = Theorem.of(module, some_pair, suffix="_decide", question="decide")
    for name, module in _OF_SIMILARITIES:
        decision = Theorem.of(module, some_pair, suffix="_decide", question="decide", measured=True)
        by_norm = Theorem.of(module, best_by_norm, suffix="_by_norm", measured=True)
        for metric in _MEASURES:
            found |= {(name, metric, "decide", declared): decision for declared in (False, True)}
            found[name, metric, "search", True] = by_norm
        found[name, "cosine", "search", False] = Theorem.of(module, best_cosine)
    return found


THEOREMS = _theorems()


def theorem_for(problem: Problem) -> Theorem:
    """The theorem that answers a problem; `InputError` when there is none yet."""
    key = (problem.name, problem.metric, problem.question, problem.norms is not None)
    if key not in THEOREMS:
        raise InputError(f"no theorem answers {problem.label}")
    return THEOREMS[key]


def circuit_for(problem: Problem, max_n: int, dim: int | None = None) -> Circuit:
    """The circuit that answers a problem for up to `max_n` documents (`dim`: with another l)."""
    return theorem_for(problem).circuit(problem, max_n, dim or problem.dim)


def statement_for(problem: Problem, max_n: int) -> str:
    """The theorem's statement for this problem and size, with its numbers."""
    claim = theorem_for(problem).claim
    if problem.kind.is_similarity:
        claim = claim.replace("similarity", f"{problem.metric} similarity", 1)
    if problem.threshold is not None:
        claim = re.sub(r"\bt\b", str(problem.cut), claim)
    if problem.gamma is not None:
        best = claim.partition(", and the ")[0]
        claim = f"a pair whose value is within a factor {problem.gamma} of that of {best}, and its value."
    documents = f"documents in {{0{',1' if problem.levels == 1 else f',..,{problem.levels}'}}}^{problem.dim}"
    if problem.norms is not None:
        documents += f" with {', '.join(map(str, problem.norms))} ones"
    elif problem.kind.is_similarity:
        documents += " that are not all zero"
    if problem.bichromatic:
        sizes = f"at least one each and at most {max_n:,} together (pairs i in A, j in B)"
        given = f"For all sets A and B of {documents}, {sizes}"
    else:
        given = f"For all {documents}, 2 to {max_n:,} of them (pairs i < j)"
    return f"{given}, the circuit answers: {claim}"


__all__ = ["THEOREMS", "Theorem", "circuit_for", "statement_for", "theorem_for"]
