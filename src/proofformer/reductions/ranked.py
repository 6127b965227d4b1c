"""The best pairs in turn, each the answer to a smaller question.

Once (i, j) is the best pair of a set, every other one is without i, or it is i with another than j: two questions, each
on fewer pairs. No pair belongs to two of them, so none comes twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from heapq import heappop, heappush

from proofformer.problems.answers import PairAnswer
from proofformer.problems.numbers import squared

Documents = list[int]
Ask = Callable[[Documents, Documents | None], PairAnswer]
"""The best pair of one set of documents, or of one document and others: as places in these lists."""


def ranked(
    ask: Ask, first: Sequence[int], second: Sequence[int] | None = None, *, largest: bool
) -> Iterator[PairAnswer]:
    """Every pair of the documents `first`, or of the only one of `first` and those of `second`, the best first; pairs
    of one value in order of (i, j), where i < j.

    Indices ascend. What is asked answers with the best pair, of several with the lexicographically smallest: of a
    document and others that is the one of smallest index, on whichever side of the document it is. Questions are asked
    when a pair beyond those known is wanted.
    """
    found: list[tuple[Fraction, tuple[int, int], PairAnswer, Documents, Documents | None]] = []

    def put(lefts: Documents, rights: Documents | None) -> None:
        if not rights and (rights is not None or len(lefts) < 2):
            return
        answer = ask(lefts, rights)
        if answer.pair is None or answer.value is None:
            return
        at, to = answer.pair
        i, j = lefts[at], (lefts if rights is None else rights)[to]
        pair, key = (min(i, j), max(i, j)), squared(answer.value)
        met = PairAnswer(pair, answer.value)
        heappush(found, (-key if largest else key, pair, met, lefts, rights))

    put(list(first), None if second is None else list(second))
    while found:
        _, pair, answer, lefts, rights = heappop(found)
        yield answer
        if rights is None:
            i = pair[0]
            put([k for k in lefts if k != i], None)
            put([i], [k for k in lefts if k not in pair])
        else:
            put(lefts, [k for k in rights if k not in pair])
