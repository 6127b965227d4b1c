"""Universal obligations: each inequality behind the planner's choices, proved for all n and l at once.

A claim is proved twice: by polynomials with positive coefficients (`unproved` is then empty), and by SMT solvers, which
find no counterexample in `proofs/obligations/*.smt2`. Its constants are those of the planner. docs/obligations.md lists
all claims, and for each constant the value at which the claim becomes false.
"""

from prooflab.lemmas import gates, leak, reads, scores, similarities, weights
from prooflab.lemmas.claim import Body, Constant, Inequality, Lemma, Variable
from prooflab.lemmas.proof import unproved
from prooflab.lemmas.smt import BreakEven, break_even, counterexample, cvc5_says, refutes, script, z3_says

__all__ = [
    "CLAIMS",
    "Body",
    "BreakEven",
    "Constant",
    "Inequality",
    "Lemma",
    "Variable",
    "break_even",
    "counterexample",
    "cvc5_says",
    "refutes",
    "script",
    "unproved",
    "z3_says",
]

CLAIMS = (
    *gates.CLAIMS,
    *weights.CLAIMS,
    *leak.CLAIMS,
    *reads.CLAIMS,
    *scores.CLAIMS,
    *similarities.CLAIMS,
)
