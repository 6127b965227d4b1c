"""Maximum inner product, and the minimum."""

from dataclasses import replace

from proofformer.circuit import Builder, inner, least, most
from proofformer.problems.kinds import kinds
from proofformer.theorems.pairs import best_pair, some_pair
from proofformer.theorems.theorem import Claim, Theorem


def max_ip(c: Builder) -> None:
    best_pair(c, most(inner(c.doc, c.doc)), c.count_and, most)


def max_ip_decide(c: Builder, t: int) -> None:
    some_pair(c, most(inner(c.doc, c.doc, start=t)))


LARGEST = "The score is the inner product itself; a document does not see itself, so <v_i, v_i> is no candidate."
LEAST = "The score is minus the inner product."
MEETS = "START, as a document with the inner product t, scores as one that just meets the threshold."

THEOREM = Theorem(
    task=kinds("max-ip"),
    says="the lexicographically smallest pair that maximises the inner product",
    proof=LARGEST,
    source="Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem C.1, where a row attends to itself; the search is ours.",
    lemma=best_pair,
    construct=max_ip,
    also="the inner product",
    decide=Claim(
        "whether some pair has an inner product of {t} or more", some_pair, max_ip_decide, proof=f"{LARGEST} {MEETS}"
    ),
)


def min_ip(c: Builder) -> None:
    best_pair(c, least(inner(c.doc, c.doc)), c.count_and, least)


def min_ip_decide(c: Builder, t: int) -> None:
    some_pair(c, least(inner(c.doc, c.doc, start=t)))


REVERSED = replace(
    THEOREM,
    task=kinds("min-ip"),
    says="the lexicographically smallest pair that minimises the inner product",
    proof=LEAST,
    source="Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem C.1 with the sentinel's sign mended; the search is ours.",
    construct=min_ip,
    decide=Claim(
        "whether some pair has an inner product of {t} or less", some_pair, min_ip_decide, proof=f"{LEAST} {MEETS}"
    ),
)
