"""Instances that ask a method what it remembers: every small one, and those of the proof for any weights (T3).

A document is asked for by its partner: a document that has the best value with it alone, of all with as many ones. That
is the document itself where pairs should be alike, and its complement where they should not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.verify.instances import Bits, Sets

DISTANCES = ("hamming", "sqeuclidean", "cityblock")
MOST_LISTED = 1 << 15
"""Documents of a middle layer that are listed; of a larger one, some are drawn."""
SMALL_BITS, SMALL_N, MOST_SMALL = 3, 4, 4096


def hard_question(name: str, dim: int, **asked: Any) -> Problem:
    """The problem that was asked or, if nothing is said but its name, the decision that the bounds are about: between
    two sets, whether a document has its partner."""
    if asked or name not in {kind.name for kind in KINDS}:
        return problem(name, dim=dim, **asked)
    kind = next(kind for kind in KINDS if kind.name == name)
    row = middle(np.random.default_rng(0), dim, 1)
    search = problem(name, dim=dim, bichromatic=True)
    if kind.target is not None:
        return problem(name, dim=dim, bichromatic=True, question="decide")
    value: Any = search.answer(partner(kind, row), row).value  # type: ignore[union-attr]
    return problem(name, dim=dim, bichromatic=True, threshold=value)


def alike(kind: Kind) -> bool:
    """Whether the best value is that of documents that are alike."""
    return kind.largest != (kind.measure in DISTANCES)


def partner(kind: Kind, rows: Bits) -> Bits:
    """The documents that have the best value with these, (n, l) -> (n, l)."""
    return rows if alike(kind) else (1 - rows).astype(np.uint8)


def middle(rng: np.random.Generator, l: int, count: int) -> Bits:
    """So many different documents with l // 2 ones (l = 1: one), in random order; as many as there are of a small l."""
    ones = max(1, l // 2)
    if comb(l, ones) <= MOST_LISTED:
        places = list(combinations(range(l), ones))
        chosen = rng.permutation(len(places))[:count]
        rows = np.zeros((len(chosen), l), np.uint8)
        for row, k in zip(rows, chosen, strict=True):
            row[list(places[k])] = 1
        return rows
    rows = np.empty((0, l), np.uint8)
    while len(rows) < count:
        drawn = (rng.random((2 * count, l)).argsort(axis=1) < ones).astype(np.uint8)
        rows = np.unique(np.concatenate((rows, drawn)), axis=0)
    return rng.permutation(rows)[:count]


def takes_partners(asked: Problem) -> bool:
    """Whether instances about partners are instances of the problem."""
    plain = asked.task is None and asked.levels == 1 and asked.norms is None and asked.gamma is None
    return asked.bichromatic and plain and asked.dim > 1


def remembered(rng: np.random.Generator, asked: Problem, n: int, count: int) -> list[Sets]:
    """So many draws of T3 with r = 1: of n pairs of documents of the middle layer B has one each, and A has the partner
    of one document of one pair: the answer says whether B has that one. None where there are not so many documents."""
    drawn: list[Sets] = []
    for _ in range(count):
        rows = middle(rng, asked.dim, 2 * n)
        if len(rows) < 2 * n:
            continue
        pairs, taken, t = rows.reshape(n, 2, -1), rng.integers(0, 2, n), int(rng.integers(n))
        drawn.append((partner(asked.kind, pairs[t, :1]), pairs[np.arange(n), taken]))
    return drawn


def sizes_up_to(most: int) -> list[int]:
    """2, 3, then powers of 2, and the most."""
    return sorted({n for n in (2, 3, *(1 << k for k in range(2, most.bit_length()))) if n < most} | {most})


def small_rows(asked: Problem, bits: int) -> Bits:
    """Every document of the problem that has entries above 0 in its first columns only."""
    codes = np.array(list(product(range(asked.levels + 1), repeat=bits)), np.uint8)
    rows = np.pad(codes, ((0, 0), (0, asked.dim - bits)))
    norms = rows.sum(axis=1, dtype=np.int64)
    if asked.norms is not None:
        return rows[np.isin(norms, asked.norms)]
    return rows[norms > 0] if asked.kind.is_similarity else rows


def small(asked: Problem, max_n: int) -> Iterator[list[npt.NDArray[np.uint8]]]:
    """Every instance of a few documents in a few columns, as batches of sets (batch, n, l), the fewest first; of those
    with as many documents, the fewest columns. A size with too many is left out."""
    for n in range(2, min(SMALL_N, max_n) + 1):
        sizes = [(a, n - a) for a in range(1, n)] if asked.bichromatic else [(n,)]
        for bits in range(1, min(SMALL_BITS, asked.dim) + 1):
            rows = small_rows(asked, bits)
            if not len(rows) or len(rows) ** n * len(sizes) > MOST_SMALL:
                continue
            codes = np.array(list(product(range(len(rows)), repeat=n)))
            for size in sizes:
                batch = rows[codes]
                yield [batch] if len(size) == 1 else [batch[:, : size[0]], batch[:, size[0] :]]
