"""Closest pair by Hamming distance.

Search. The lexicographically smallest pair that minimises the Hamming distance, and the distance.

Decision. Whether some pair is at Hamming distance t or less.

Proof. `agreement` is l - 2 distance: most agreement is least distance, and START, as a document at distance t, scores
as one that just meets the threshold.

Source. The decision by the idea of Theorems C.1 and C.2 of Alman & Yu (ICLR 2025, arXiv 2410.04271); the search by two
layers is ours.
"""

from proofformer.circuit import Builder, agreement, least, most
from proofformer.theorems.pairs import best_pair, some_pair


def closest_pair(c: Builder) -> None:
    best_pair(c, most(agreement(c.doc, c.doc)), c.count_xor, least)


def closest_pair_decide(c: Builder, t: int) -> None:
    some_pair(c, most(agreement(c.doc, c.doc, start=t)))
