"""Maximum inner product.

Search. The lexicographically smallest pair that maximises the inner product, and the inner product.

Decision. Whether some pair has an inner product of t or more.

Proof. The score is the inner product itself; a document does not see itself, so <v_i, v_i> is no candidate, and START,
as a document with the inner product t, scores as one that just meets the threshold.

Source. Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem C.1, where a row attends to itself; the search is ours.
"""

from proofformer.circuit import Builder, inner, most
from proofformer.theorems.pairs import best_pair, some_pair


def max_ip(c: Builder) -> None:
    best_pair(c, most(inner(c.doc, c.doc)), c.count_and, most)


def max_ip_decide(c: Builder, t: int) -> None:
    some_pair(c, most(inner(c.doc, c.doc, start=t)))
