"""One file per theorem: statement, proof, source, and the circuit that reads like the proof."""

from proofformer.errors import InputError
from proofformer.theorems import closest_pair as _closest_pair
from proofformer.theorems import ov_decide as _ov_decide
from proofformer.theorems.theorem import Theorem

THEOREMS = (
    (("closest-pair", "search", "hamming"), Theorem.of(_closest_pair.closest_pair, _closest_pair)),
    (("ov", "decide", None), Theorem.of(_ov_decide.ov_decide, _ov_decide)),
)


def theorem_for(name: str, question: str, metric: str | None) -> Theorem:
    """The theorem that answers a problem; `InputError` when there is none yet."""
    for key, theorem in THEOREMS:
        if key == (name, question, metric):
            return theorem
    raise InputError(f"no theorem answers {name!r} with question {question!r} and metric {metric!r}")


__all__ = ["THEOREMS", "Theorem", "theorem_for"]
