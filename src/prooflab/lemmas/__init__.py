"""Universal obligations: each inequality behind the planner's choices, proved for all n and l at once.

A claim is proved twice: by polynomials with positive coefficients (`unproved` is then empty), and by Coq, as a lemma of
`proofs/coq/Obligations.v`. Its constants are those of the planner. docs/obligations.md lists all claims, and for each
constant the value at which the claim becomes false, where SMT solvers find a counterexample.
"""

from prooflab.lemmas import gates, leak, reads, scores, similarities, weights
from prooflab.lemmas.claim import Body, Constant, Inequality, Lemma, Variable
from prooflab.lemmas.coq import lemma_name
from prooflab.lemmas.coq import lemmas as coq_lemmas
from prooflab.lemmas.proof import unproved
from prooflab.lemmas.smt import BreakEven, break_even, counterexample, cvc5_says, question, refutes, z3_says

__all__ = [
    "CLAIMS",
    "Body",
    "BreakEven",
    "Constant",
    "Inequality",
    "Lemma",
    "Variable",
    "break_even",
    "coq_lemmas",
    "counterexample",
    "cvc5_says",
    "lemma_name",
    "question",
    "refutes",
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
