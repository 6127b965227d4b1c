"""Orthogonal vectors, decision.

Statement. For every n documents in {0,1}^l, 2 <= n <= max_n, the circuit answers whether <v_i, v_j> = 0 for some i < j.

Proof. START and padding carry the zero row, the paper's sentinel: every document is orthogonal to them. A document
sees those and the documents of larger index. Among the keys of least inner product, which is 0 because START is there,
a document is preferred; so the best keys are documents exactly when one of larger index is orthogonal to the asking
one, and `hit` says so. The readout looks for a token with a hit: the OR.

Source. Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem 4.1, with the value 1 for documents and 0 for the sentinel in
place of |v_j|, and the priority list in place of the temperature 3 ln n.
"""

from proofformer.circuit import At, Builder, inner, least, most


def ov_decide(c: Builder) -> None:
    nearest = c.attend("hit", at=At.EVERY, order=[least(inner(c.doc, c.doc)), most(c.documents)], read=c.documents)
    hit = c.restore("hit", nearest)
    any_hit = c.attend("yes", at=At.READ, order=[most(hit)], read=hit)
    c.answer(decision=c.restore("yes", any_hit))
