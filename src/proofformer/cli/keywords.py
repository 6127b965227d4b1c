"""Which keywords describe texts: the most telling and, while pairs tie for the best, those that part them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from proofformer.documents import Bag, Words
    from proofformer.problems.kinds import Kind

FIRST = 64
"""Keywords unless told otherwise, as far as no pairs tie."""
MOST_NORMS = 32
"""Different numbers of keywords that texts may have, where there is a search for each."""
FEWER, STEP = (16, 32), 2
"""Keywords to begin with there unless texts have at most half as many numbers of the `FIRST`; how many more at once."""
MOST, MOST_SIMILAR = 4096, 256
"""The most keywords that are taken to part pairs: tables for cosines grow with their square."""
TIED = 4096
"""Pairs that are looked at for what parts them."""


def bags_for(words: Words, asked: int | None, kind: Kind, near: bool) -> list[Bag]:
    """Texts as rows for the most telling keywords, then for more and more; the last is the best choice.

    With `asked` there is one, of at most so many. Jaccard and Dice begin with fewer, and take more only as far as texts
    have at most `MOST_NORMS` different numbers of them. Texts of the same words are compared once, unless all are the
    same. More keywords, at most twice as many (for Jaccard and Dice `STEP` more), are those that part the pairs of the
    best value, or two texts that differ in words and not in keywords; none are added when one pair is the best, or no
    word parts those that tie. With `near`, pairs are of the first text and another.
    """
    import numpy as np

    again = {k for group in words.groups for k in group[1:]}
    different = [k for k in range(words.counts.shape[0]) if k not in again]
    numbers = MOST_NORMS if kind.measure in ("jaccard", "dice") and asked is None else None
    tried = [words.telling(limit) for limit in ((*FEWER, FIRST) if numbers else (asked or FIRST,))]
    bags, chosen = [words.bag(these, different) for these in tried], tried[-1]
    if len(bags[-1].kept) < 2:
        return [words.bag(chosen)]
    if numbers:
        room = [k for k, bag in enumerate(bags) if has_pairs(bag, near) and 2 * len(norms_of(bag.rows)) <= numbers]
        if not room:
            return [bag for bag in bags if has_pairs(bag, near)] or bags[-1:]
        bags, chosen = [bags[room[-1]]], tried[room[-1]]
    most = MOST_SIMILAR if kind.is_similarity else MOST
    while asked is None and len(chosen) < most:
        pairs = _to_part(bags[-1], kind, near)
        if not len(pairs):
            break
        shared = kind.measure == "inner" or (kind.is_similarity and not kind.largest)
        limit = min(STEP if numbers else len(chosen), most - len(chosen))
        more = words.parting(pairs, chosen, limit, shared=shared, numbers=numbers)
        if not len(more):
            break
        chosen = np.union1d(chosen, more)
        bags.append(words.bag(chosen, different))
    return [bag for bag in bags if has_pairs(bag, near)] or bags[-1:]


def norms_of(rows: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    """The numbers of keywords that the texts have."""
    return tuple(sorted({*rows.sum(axis=1).tolist()}))


def has_pairs(bag: Bag, near: bool) -> bool:
    """Whether there are two texts with keywords, or with `near` the first and another."""
    return len(bag.kept) > 1 and (not near or bag.kept[0] == 0)


def sets_of(bag: Bag, near: bool) -> tuple[npt.NDArray[np.uint8], ...]:
    """The rows as one set, or with `near` as two: the first, and all others."""
    return (bag.rows[:1], bag.rows[1:]) if near else (bag.rows,)


def _to_part(bag: Bag, kind: Kind, near: bool) -> npt.NDArray[np.int64]:
    """The pairs of texts that tie for the best; and the best, if nothing tells its texts apart though it should."""
    import numpy as np

    from proofformer.problems.oracle import first_pairs

    if not has_pairs(bag, near):
        return np.empty((0, 2), dtype=np.int64)
    found = first_pairs(*sets_of(bag, near), measure=kind.measure, largest=kind.largest, most=TIED)
    tied = [(pair.pair[0], pair.pair[1] + near) for pair in found if pair.value == found[0].value and pair.pair]
    i, j = tied[0]
    alike = kind.measure != "inner" and np.array_equal(bag.rows[i], bag.rows[j])
    kept = np.array(bag.kept, dtype=np.int64)
    return kept[np.array(tied if len(tied) > 1 or alike else [], dtype=np.int64).reshape(-1, 2)]
