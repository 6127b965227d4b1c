"""Orthogonal vectors."""

from proofformer.circuit import Builder, inner, least, most
from proofformer.problems.kinds import kinds
from proofformer.theorems.max_ip import min_ip_decide
from proofformer.theorems.pairs import answer_first, best_pair, candidates, some_pair
from proofformer.theorems.theorem import Claim, Theorem


def ov(c: Builder) -> None:
    pairs = candidates(c, least(inner(c.doc, c.doc)), c.count_and)
    orthogonal = c.count_and("orthogonal", pairs.partner.found, c.is_zero("value.is_zero", pairs.objective))
    answer_first(c, pairs, among=orthogonal, order=[most(orthogonal)])


def ov_decide(c: Builder, t: int) -> None:
    min_ip_decide(c, t)


THEOREM = Theorem(
    task=kinds("ov"),
    says="the lexicographically smallest orthogonal pair, or none when there is none",
    proof="The partner of a document is one of least inner product, so it has an orthogonal partner exactly when the "
    "value of its pair is zero; the readout takes the first such document.",
    source="Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem 4.1, with the value 1 for documents and 0 for the "
    "sentinel in place of |v_j|, and the priority list in place of the temperature 3 ln n; the search is ours.",
    lemma=best_pair,
    construct=ov,
    decide=Claim(
        "whether some pair is orthogonal, <v_i, v_j> = 0",
        some_pair,
        ov_decide,
        proof="Orthogonal is an inner product of 0 or less, so START scores as a document with the inner product 0.",
    ),
)
