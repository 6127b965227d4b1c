"""Closest pair by Hamming distance, and the farthest."""

from dataclasses import replace

from proofformer.circuit import Builder, agreement, least, most
from proofformer.problems.kinds import kinds
from proofformer.theorems.pairs import MEETS, best_pair, some_pair
from proofformer.theorems.theorem import Claim, Theorem


def closest_pair(c: Builder) -> None:
    best_pair(c, most(agreement(c.doc, c.doc)), c.count_xor, least)


def closest_pair_decide(c: Builder, t: int) -> None:
    some_pair(c, most(agreement(c.doc, c.doc, start=t)))


CLOSEST = "`agreement` is l - 2 distance: most agreement is least distance."
FARTHEST = "`agreement` is l - 2 distance: least agreement is most distance."

THEOREM = Theorem(
    task=kinds("closest-pair", "hamming"),
    says="the lexicographically smallest pair that minimises the Hamming distance",
    proof=CLOSEST,
    source="The decision by the idea of Theorems C.1 and C.2 of Alman & Yu (ICLR 2025, arXiv 2410.04271); the search "
    "by two layers is ours.",
    lemma=best_pair,
    construct=closest_pair,
    also="the distance",
    decide=Claim(
        "whether some pair is at Hamming distance {t} or less",
        some_pair,
        closest_pair_decide,
        proof=f"{CLOSEST} {MEETS}",
    ),
)


def farthest_pair(c: Builder) -> None:
    best_pair(c, least(agreement(c.doc, c.doc)), c.count_xor, most)


def farthest_pair_decide(c: Builder, t: int) -> None:
    some_pair(c, least(agreement(c.doc, c.doc, start=t)))


REVERSED = replace(
    THEOREM,
    task=kinds("farthest-pair", "hamming"),
    says="the lexicographically smallest pair that maximises the Hamming distance",
    proof=FARTHEST,
    source="As closest pair: the idea of Theorems C.1 and C.2 of Alman & Yu (ICLR 2025, arXiv 2410.04271), with the "
    "order reversed.",
    construct=farthest_pair,
    decide=Claim(
        "whether some pair is at Hamming distance {t} or more",
        some_pair,
        farthest_pair_decide,
        proof=f"{FARTHEST} {MEETS}",
    ),
)
