"""The two lemmas that every question about pairs follows from: find the best pair; decide whether some pair is good.

A pair is (i, j) with i < j in one set of documents, or i in A and j in B. `c.first` flags the documents that may be i,
`c.second` those that may be j. Causal attention does the rest: a document sees those of larger index in its own set,
and a document of A sees all of B. So each pair is seen once, by i, and never a document with itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from proofformer.circuit import At, Builder, Selected, Signal, Term, either, most
from proofformer.theorems.similarity import classes

MEETS = "START, as a document at distance t, scores as one that just meets the threshold."
"""What the decisions about distances have in their proofs."""


@dataclass(frozen=True)
class Candidates:
    """For each document i its best partner, what to compare that pair by, and its value in bits (answer fields)."""

    partner: Selected
    objective: Signal
    value: Mapping[str, Sequence[Signal]]


def candidates(c: Builder, score: Term, count: Callable[[str, Signal, Signal], Signal]) -> Candidates:
    """Each document's partner: the best by `score`, the smallest index on a tie; the value is counted on exact bits."""
    partner = c.select("partner", by=c.first, among=c.second, order=[score], read=[c.doc, c.place])
    value = count("value", c.doc, partner[c.doc])
    return Candidates(partner, coarse(c, value), {"value": c.bits("value.bits", value)})


def coarse(c: Builder, value: Signal) -> Signal:
    """The value, or its class if an answer within a factor will do: a value of the best class is within the factor."""
    if c.gamma is None:
        return value
    order = classes(value.hi, c.gamma)
    return c.lookup("class", value, lambda v: [order[v]])


def answer_first(c: Builder, pairs: Candidates, among: Signal, order: Sequence[Term]) -> None:
    """The answer: of the documents flagged `among`, the best by `order`, the smallest index on a tie, with its pair."""
    place = pairs.partner[c.place]
    bits = [part for parts in pairs.value.values() for part in parts]
    best = c.select("best", among=among, order=order, read=[c.place, place, *bits])
    value = {field: [best[part] for part in parts] for field, parts in pairs.value.items()}
    c.answer(i=best[c.place], j=best[place], **value, found=best.found)


def best_pair(
    c: Builder,
    score: Term,
    count: Callable[[str, Signal, Signal], Signal],
    prefer: Callable[[Signal], Term],
) -> None:
    """Let `score` order the keys of each document i as the value of the pair does, up to terms of i alone. Then the
    circuit returns the lexicographically smallest pair of best value. Proof: the partner of i is the j of best value,
    the smallest on a tie. The readout takes the i whose pair has the best value, the smallest on a tie, among those
    that have a partner (`found`); the last document of one set has none.
    """
    pairs = candidates(c, score, count)
    answer_first(c, pairs, among=pairs.partner.found, order=[prefer(pairs.objective)])


def some_pair(c: Builder, score: Term) -> None:
    """Let `score` be as large on START as on a document that just meets the threshold. Then the circuit answers whether
    some pair meets it. Proof: among START and the documents j, those of the largest score are best, documents before
    START on a tie. So the best keys are documents exactly when one of them scores at least as START does, and `hit`
    says so, for documents i alone: others would vote for pairs that are none. The readout looks for a hit: the OR.
    """
    order = [most(either(c.second, c.is_start)), score, most(c.second)]
    witness = c.attend("hit", at=At.EVERY, order=order, read=c.second)
    hit = c.restore("hit", witness, flag=c.first)
    any_hit = c.attend("yes", at=At.READ, order=[most(hit)], read=hit)
    c.answer(decision=c.restore("yes", any_hit))
