"""Most and least similar document (cosine, Jaccard or Dice similarity), of documents none of which is all zero."""

from dataclasses import replace

from proofformer.circuit import Builder, least, most
from proofformer.problems.kinds import kinds
from proofformer.problems.numbers import Exact
from proofformer.theorems.pairs import some_pair
from proofformer.theorems.similar_pairs import best_by_norm, best_cosine, beyond
from proofformer.theorems.similarity import least_shared, most_shared
from proofformer.theorems.theorem import Claim, Theorem


def msd(c: Builder) -> None:
    best_cosine(c, most)


def msd_by_norm(c: Builder) -> None:
    best_by_norm(c, most)


def msd_decide(c: Builder, t: Exact) -> None:
    some_pair(c, most(beyond(c, least_shared(c.metric, t, c.norms))))


SAYS = "the lexicographically smallest pair that maximises the {similarity}"
GROWS = "For given norms the similarity grows with the shared ones"
SEARCH = (
    f"{GROWS}. The keys of one document are ordered by what they share times a scale of their norm, and pairs by "
    "logarithms, both in whole numbers that are checked for every value that occurs."
)
BY_NORM = f"{GROWS}: so the best pair is the best of those with the best key of a norm."

THEOREM = Theorem(
    task=kinds("msd"),
    says=SAYS,
    proof=SEARCH,
    source="Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorem C.2, with the 2-norm, a threshold in whole numbers in "
    "place of a temperature, and no attention to oneself; Jaccard, Dice and the searches are ours.",
    lemma=best_cosine,
    construct=msd,
    also="the similarity",
    decide=Claim(
        "whether some pair has a {similarity} of {t} or more",
        some_pair,
        msd_decide,
        proof=f"{GROWS}: a pair is at least t exactly when it shares the least number of ones that makes t or more for "
        "its two norms, a look-up, or more; START scores as one that shares just that.",
    ),
    by_norm=Claim(SAYS, best_by_norm, msd_by_norm, "the similarity", BY_NORM),
)


def lsd(c: Builder) -> None:
    best_cosine(c, least)


def lsd_by_norm(c: Builder) -> None:
    best_by_norm(c, least)


def lsd_decide(c: Builder, t: Exact) -> None:
    some_pair(c, least(beyond(c, most_shared(c.metric, t, c.norms))))


LEAST = "the lexicographically smallest pair that minimises the {similarity}"

REVERSED = replace(
    THEOREM,
    task=kinds("lsd"),
    says=LEAST,
    construct=lsd,
    decide=Claim(
        "whether some pair has a {similarity} of {t} or less",
        some_pair,
        lsd_decide,
        proof=f"{GROWS}: a pair is at most t exactly when it shares no more than the largest number of ones that makes "
        "t or less for its two norms, a look-up; START scores as one that shares just that.",
    ),
    by_norm=Claim(LEAST, best_by_norm, lsd_by_norm, "the similarity", BY_NORM),
)
