"""Minimum inner product.

Search. The lexicographically smallest pair that minimises the inner product, and the inner product.

Decision. Whether some pair has an inner product of t or less.

Proof. The score is minus the inner product, and START, as a document with the inner product t, scores as one that just
meets the threshold.

Source. Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem C.1 with the sentinel's sign mended; the search is ours.
"""

from proofformer.circuit import Builder, inner, least
from proofformer.theorems.pairs import best_pair, some_pair


def min_ip(c: Builder) -> None:
    best_pair(c, least(inner(c.doc, c.doc)), c.count_and, least)


def min_ip_decide(c: Builder, t: int) -> None:
    some_pair(c, least(inner(c.doc, c.doc, start=t)))
