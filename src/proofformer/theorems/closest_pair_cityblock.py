"""Closest pair by cityblock distance, and the farthest, of vectors with entries 0..C."""

from dataclasses import replace

from proofformer.circuit import Builder, least, most
from proofformer.problems.kinds import kinds
from proofformer.theorems.grids import city_agreement, city_distance
from proofformer.theorems.pairs import MEETS, best_pair, some_pair
from proofformer.theorems.theorem import Claim, Theorem


def closest_pair_cityblock(c: Builder) -> None:
    best_pair(c, most(city_agreement(c)), city_distance(c), least)


def closest_pair_cityblock_decide(c: Builder, t: int) -> None:
    some_pair(c, most(city_agreement(c, start=t)))


CLOSEST = "`city_agreement` is d C - 2 distance: most agreement is least distance."
FARTHEST = "`city_agreement` is d C - 2 distance: least agreement is most distance."

THEOREM = Theorem(
    task=kinds("closest-pair", "cityblock"),
    says="the lexicographically smallest pair that minimises the cityblock distance",
    proof=CLOSEST,
    source="The decision by the idea of Theorems C.1 and C.2 of Alman & Yu (ICLR 2025, arXiv 2410.04271), for "
    "entries 0 and 1; grids and the search are ours.",
    lemma=best_pair,
    construct=closest_pair_cityblock,
    also="the distance",
    decide=Claim(
        "whether some pair is at cityblock distance {t} or less",
        some_pair,
        closest_pair_cityblock_decide,
        proof=f"{CLOSEST} {MEETS}",
    ),
)


def farthest_pair_cityblock(c: Builder) -> None:
    best_pair(c, least(city_agreement(c)), city_distance(c), most)


def farthest_pair_cityblock_decide(c: Builder, t: int) -> None:
    some_pair(c, least(city_agreement(c, start=t)))


REVERSED = replace(
    THEOREM,
    task=kinds("farthest-pair", "cityblock"),
    says="the lexicographically smallest pair that maximises the cityblock distance",
    proof=FARTHEST,
    construct=farthest_pair_cityblock,
    decide=Claim(
        "whether some pair is at cityblock distance {t} or more",
        some_pair,
        farthest_pair_cityblock_decide,
        proof=f"{FARTHEST} {MEETS}",
    ),
)
