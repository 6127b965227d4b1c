"""Closest pair by Hamming distance, search.

Statement. For every n documents in {0,1}^l, 2 <= n <= max_n, the circuit returns the lexicographically smallest pair
i < j that minimises the Hamming distance, and the distance.

Proof. A document sees exactly the documents of larger index, so each pair is seen once, by its first member, and never
a document with itself. `agreement` is minus the distance up to a term of the asking document alone, so `partner` is
the nearest document of larger index, the smallest of them on a tie. `distance` is counted on exact bits. The readout
takes the document with the least distance to its partner, again the smallest on a tie: that is i, its partner is j.
The last document has no partner; `found` is 0 there and the readout does not see it.

Source. Alman & Yu (ICLR 2025, arXiv 2410.04271), Theorems C.1 and C.2 decide; the search by two layers is ours.
"""

from proofformer.circuit import Builder, agreement, least, most


def closest_pair(c: Builder) -> None:
    partner = c.select(
        "partner",
        by=c.documents,
        among=c.documents,
        order=[most(agreement(c.doc, c.doc))],
        read=[c.doc, c.place],
    )
    distance = c.count_xor("distance", c.doc, partner[c.doc])
    value = c.bits("value", distance)
    best = c.select("best", among=partner.found, order=[least(distance)], read=[c.place, partner[c.place], value])
    c.answer(i=best[c.place], j=best[partner[c.place]], value=best[value], found=best.found)
