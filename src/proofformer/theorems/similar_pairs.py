"""The lemmas about similarities of 0/1 documents: cosine, Jaccard and Dice, in whole numbers throughout.

All three depend on the shared ones k = <a,b> and the norms |a|, |b|, and grow with k. No document is all zero.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from proofformer.circuit import Builder, Row, Selected, Signal, Term, added, inner, most, total
from proofformer.circuit.scores import CHUNK
from proofformer.theorems.cosine import cosine_tables
from proofformer.theorems.pairs import Candidates, answer_first
from proofformer.theorems.similarity import ranks

Prefer = Callable[[Term | Signal], Term]


def beyond(c: Builder, needed: Mapping[tuple[int, int], int]) -> Term:
    """Let `needed` say, for each two norms, how many ones have to be shared to just meet a threshold. The score is how
    many more a document shares: 0 for one that just meets it, and 0 on START. Proof: the document that asks looks up
    what it needs of each norm, a key's flag picks its own, and START, which has neither bits nor flag, scores 0.
    """
    flags = c.lookup("norm", total(c.doc), lambda w: [int(w == b) for b in c.norms])
    terms = [inner(c.doc, c.doc)]
    for shift in range(0, max(needed.values()).bit_length(), CHUNK):

        def digits(w: int, shift: int = shift) -> list[int]:
            return [needed.get((w, b), 0) >> shift & (1 << CHUNK) - 1 for b in c.norms]

        digit = c.lookup(f"needed.{shift}", total(c.doc), digits)
        terms.append(inner(digit, flags).times(-(1 << shift)))
    return added("shared - needed", *terms)


def best_cosine(c: Builder, prefer: Prefer) -> None:
    """Let the tables order the cosines (`cosine_tables`). Then the circuit returns the lexicographically smallest pair
    of best cosine; with gamma, a pair within the factor. Proof: what a key shares, times the scale of its norm, orders
    the keys of i as the cosine does, whose |v_i| is the same for all; so the partner of i is the best, the smallest on
    a tie. With logarithms the pairs are ordered as their cosines are, and those that share nothing all have 0. The
    readout takes the i whose pair is best, the smallest on a tie, among those that have a partner.
    """
    tables = cosine_tables(c.dim, c.gamma)
    most_scale = max(tables.scale)
    scale = c.lookup("scale", total(c.doc), lambda w: [tables.scale[w]])
    scaled = c.relu("scaled", *(Row(-most_scale, (*scale[:], bit.times(most_scale))) for bit in c.doc[:]))
    partner = c.select(
        "partner", by=c.first, among=c.second, order=[prefer(inner(c.doc, scaled))], read=[c.doc, c.place]
    )
    shared = c.count_and("shared", c.doc, partner[c.doc])
    logs = tables.logs
    some = c.lookup("shared.some", shared, lambda k: [int(k > 0)])
    of_shared = c.lookup("log.shared", shared, lambda k: [2 * logs[k]])
    of_i = c.lookup("log.norm_i", total(c.doc), lambda w: [logs[w]])
    of_j = c.lookup("log.norm_j", total(partner[c.doc]), lambda w: [logs[w]])
    parts = (some.part().times(tables.offset), of_shared.part(), of_i.part().times(-1), of_j.part().times(-1))
    similarity = c.relu("similarity", Row(0, parts))
    pairs = Candidates(partner, similarity, similarity_fields(c, shared, partner))
    answer_first(c, pairs, among=partner.found, order=[prefer(similarity)])


def best_by_norm(c: Builder, prefer: Prefer) -> None:
    """Let all documents have norms from a declared set. Then the circuit returns the lexicographically smallest pair of
    best similarity; with gamma, a pair within the factor. Proof: among keys of one norm only the shared ones count, so
    i finds the best of each norm by the inner product, and ranks these by look-ups of what it shares and its own norm
    (0 where it sees none of the norm). A document j has the best rank of all exactly if its norm's rank is the best
    and it shares as many as that norm's best: no j scores more, so these are chosen, the smallest index of them. The
    readout takes the i of best rank, the smallest on a tie, among those that have a partner.
    """
    largest = prefer is most
    order = ranks(c.metric, c.norms, c.dim, c.gamma)
    best_rank = max(order.values())
    shared, rank, flags = [], [], []
    for b in c.norms:
        flag = c.lookup(f"norm{b}", total(c.doc), partial(_is, b))
        among = c.count_and(f"norm{b}.second", c.second, flag)
        best = c.select(f"norm{b}.best", by=c.first, among=among, order=[prefer(inner(c.doc, c.doc))], read=[c.doc])
        share = c.count_and(f"norm{b}.shared", c.doc, best[c.doc])
        flags.append(flag)
        shared.append(share)
        places = {(k, a): r if largest else best_rank + 1 - r for (k, a, d), r in order.items() if d == b}
        rank.append(_rank(c, b, share, best.found, places))
    top = _largest(c, rank)
    sign = 1 if largest else -1
    won = [
        c.lookup(f"norm{b}.won", Row(0, (top.part(), r.part().times(-1))), lambda d: [int(d == 0)])
        for b, r in zip(c.norms, rank, strict=True)
    ]
    query = tuple(Row(0, (s.part().times(-sign), w.part())) for s, w in zip(shared, won, strict=True))
    reach = Term("as many as the best of a norm that won", query, tuple(Row(0, f[:]) for f in flags))
    score = added("the best rank", prefer(inner(c.doc, c.doc)), reach)
    partner = c.select("partner", by=c.first, among=c.second, order=[score], read=[c.doc, c.place])
    pairs = Candidates(partner, top, similarity_fields(c, c.count_and("shared", c.doc, partner[c.doc]), partner))
    answer_first(c, pairs, among=partner.found, order=[most(top)])


def _rank(c: Builder, b: int, shared: Signal, found: Signal, order: Mapping[tuple[int, int], int]) -> Signal:
    """The rank of the pair with the best document of norm b, from the shared ones and the norm of the one that asks.

    The cases (norm, shared) are counted from 1, those of one norm in a row; 0 is for no such document.
    """
    cases = sorted((a, k) for k, a in order)
    first = {a: at - k for at, (a, k) in reversed(list(enumerate(cases, start=1)))}
    offset = c.lookup(f"norm{b}.offset", total(c.doc), lambda w: [first.get(w, 0)])
    highest = max(0, offset.hi)
    case = c.relu(f"norm{b}.case", Row(-highest, (*shared[:], *offset[:], found.part().times(highest))))
    table = [0, *(order[k, a] for a, k in cases)]
    return c.lookup(f"norm{b}.rank", case, lambda x: [table[min(x, len(cases))]])


def _largest(c: Builder, numbers: Sequence[Signal]) -> Signal:
    """The largest of some numbers on one token, two by two."""
    if len(numbers) == 1:
        return numbers[0]
    pairs = enumerate(zip(numbers[::2], numbers[1::2], strict=False))
    larger = [c.maximum(f"rank.of{len(numbers)}.{k}", x, y) for k, (x, y) in pairs]
    return _largest(c, [*larger, *numbers[2 * len(larger) :]])


def _is(b: int, w: int) -> list[int]:
    return [int(w == b)]


def similarity_fields(c: Builder, shared: Signal, partner: Selected) -> dict[str, Sequence[Signal]]:
    """The value of a pair as whole numbers: what it shares, and its two norms."""
    return {
        "shared": c.bits("shared.bits", shared),
        "norm_i": c.bits("norm_i.bits", total(c.doc)),
        "norm_j": c.bits("norm_j.bits", total(partner[c.doc])),
    }
