"""Closest pair by squared Euclidean distance, and the farthest, of vectors with entries 0..C."""

from dataclasses import replace

from proofformer.circuit import Builder, least, most
from proofformer.problems.kinds import kinds
from proofformer.theorems.grids import nearness, squared_distance
from proofformer.theorems.pairs import MEETS, best_pair, some_pair
from proofformer.theorems.theorem import Claim, Theorem


def closest_pair_sqeuclidean(c: Builder) -> None:
    best_pair(c, most(nearness(c)), squared_distance(c), least)


def closest_pair_sqeuclidean_decide(c: Builder, t: int) -> None:
    some_pair(c, most(nearness(c, start=t)))


SCORE = "`nearness` is |x|^2 less the squared distance, where x asks and is the same for all keys"
CLOSEST, FARTHEST = f"{SCORE}: most nearness is least distance.", f"{SCORE}: least nearness is most distance."

THEOREM = Theorem(
    task=kinds("closest-pair", "sqeuclidean"),
    says="the lexicographically smallest pair that minimises the squared Euclidean distance",
    proof=CLOSEST,
    source="The decision by the idea of Theorems C.1 and C.2 of Alman & Yu (ICLR 2025, arXiv 2410.04271), for "
    "entries 0 and 1; grids and the search are ours.",
    lemma=best_pair,
    construct=closest_pair_sqeuclidean,
    also="the distance",
    decide=Claim(
        "whether some pair is at squared Euclidean distance {t} or less",
        some_pair,
        closest_pair_sqeuclidean_decide,
        proof=f"{CLOSEST} {MEETS}",
    ),
)


def farthest_pair_sqeuclidean(c: Builder) -> None:
    best_pair(c, least(nearness(c)), squared_distance(c), most)


def farthest_pair_sqeuclidean_decide(c: Builder, t: int) -> None:
    some_pair(c, least(nearness(c, start=t)))


REVERSED = replace(
    THEOREM,
    task=kinds("farthest-pair", "sqeuclidean"),
    says="the lexicographically smallest pair that maximises the squared Euclidean distance",
    proof=FARTHEST,
    construct=farthest_pair_sqeuclidean,
    decide=Claim(
        "whether some pair is at squared Euclidean distance {t} or more",
        some_pair,
        farthest_pair_sqeuclidean_decide,
        proof=f"{FARTHEST} {MEETS}",
    ),
)
