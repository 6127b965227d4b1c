"""Cells (n, l, t): every multiset of n rows of l entries, in lexicographic order, and how many are answered wrongly.

A construction treats documents alike and so does the question: the order of the rows changes no answer, and a multiset
stands for all of its orders. Rows are numbered as binary numbers, the first entry first, which is their lexicographic
order; a multiset is the ascending list of its rows' numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, islice
from math import comb

import numpy as np

from proofformer.errors import Choice, InputError
from proofformer.problems import Decision
from proofformer.problems.arrays import Array
from prooflab.paper.construction import Construction, Threshold

# One question to the oracle for every two rows, so 4^8 / 2 a threshold at most.
MOST_DIM = 8

_BLOCK = 1 << 14

# Scores are sums of l + 1 products in float64, below 6 (l + 2) ln(n), and a weight is as wrong, relatively, as its
# score is absolutely: outputs, at most l, are off by less than 1e-10 up to l = 8 and n = 1,000. What is nearer to the
# threshold than this is decided exactly.
_MARGIN = 1e-9


@dataclass(frozen=True)
class Counts:
    """The multisets of a cell by their true answer, and how many of each are answered wrongly."""

    yes: int
    no: int
    wrong_yes: int
    wrong_no: int

    @property
    def total(self) -> int:
        """All multisets of the cell."""
        return self.yes + self.no

    @property
    def wrong(self) -> int:
        """Those answered wrongly."""
        return self.wrong_yes + self.wrong_no


def multisets(n: int, dim: int, zeros: bool) -> int:
    """The number of multisets of n rows of `dim` entries, the zero row among them or not: a binomial coefficient."""
    return comb(2**dim - (not zeros) + n - 1, n)


def rank(rows: Sequence[Sequence[int]], zeros: bool) -> int:
    """The number of multisets of as many rows that come before this one, in lexicographic order; by binomials.

    Those that first differ at position i have a smaller row there, from the row before on: with u of these smaller
    than a row, C(m - u + r, r + 1) multisets of r + 1 rows have none of the u, where m rows exist and r come after.
    """
    n, m = len(rows), 2 ** len(rows[0]) - (not zeros)
    before, lowest = 0, 0
    for place, number in enumerate(sorted(_number(row) - (not zeros) for row in rows)):
        rest = n - place
        before += comb(m - lowest + rest - 1, rest) - comb(m - number + rest - 1, rest)
        lowest = number
    return before


def answers(
    construction: Construction, n: int, dim: int, t: Threshold, zeros: bool
) -> Iterator[tuple[Array, Array, Array]]:
    """(rows, truth, decided) of blocks of multisets in order: shapes (m, n, dim), (m,) and (m,).

    The attention unit runs in float64; an output within 1e-9 of the threshold is decided in exact arithmetic. The truth
    is the oracle's answer for each two rows. Raises InputError for an n below 2, a dim that is not 1..8, and for zeros
    where the construction takes none.
    """
    if n < 2:
        raise InputError(f"n is {n}: pass a number of documents of at least 2")
    if not 1 <= dim <= MOST_DIM:
        raise InputError(f"l is {dim}: pass a number of keywords from 1 to {MOST_DIM}")
    if zeros and not construction.takes_zeros:
        raise InputError(f"{construction.label} takes no all-zero documents: leave out ", Choice("zeros", True))
    rows = _rows(dim)
    related = _related(construction, dim, t)
    bound = 1 / (n + 1)
    numbers = combinations_with_replacement(range(0 if zeros else 1, 2**dim), n)
    while block := list(islice(numbers, _BLOCK)):
        chosen = np.array(block)
        documents = rows[chosen]
        left, right = np.triu_indices(n, 1)
        truth = related[chosen[:, left], chosen[:, right]].any(axis=1)
        beyond = construction.run(documents, t).max(axis=1) - bound
        decided = beyond >= 0
        for index in np.flatnonzero(np.abs(beyond) < _MARGIN):
            decided[index] = construction.decides(documents[index], t)
        yield documents, truth, decided


def count(construction: Construction, n: int, dim: int, t: Threshold, zeros: bool = False) -> Counts:
    """All multisets of a cell, by true answer and by whether the construction gives it; raises as `answers`."""
    counts = np.zeros((2, 2), dtype=np.int64)
    for _, truth, decided in answers(construction, n, dim, t, zeros):
        np.add.at(counts, (truth.astype(int), (truth != decided).astype(int)), 1)
    (no_right, no_wrong), (yes_right, yes_wrong) = counts.tolist()
    return Counts(yes=yes_right + yes_wrong, no=no_right + no_wrong, wrong_yes=yes_wrong, wrong_no=no_wrong)


def _number(row: Sequence[int]) -> int:
    return int("".join(str(int(entry)) for entry in row), 2)


def _rows(dim: int) -> Array:
    """All rows in order, shape (2^dim, dim)."""
    return (np.arange(2**dim)[:, None] >> np.arange(dim - 1, -1, -1)) & 1


@lru_cache(maxsize=64)
def _related(construction: Construction, dim: int, t: Threshold) -> Array:
    """Whether two rows are a pair that makes the answer yes, by the oracle, shape (2^dim, 2^dim)."""
    rows, question = _rows(dim), construction.question(dim, t)
    least = 0 if construction.takes_zeros else 1
    related = np.zeros((2**dim, 2**dim), dtype=bool)
    for i in range(least, 2**dim):
        for j in range(i, 2**dim):
            answer = question.answer(rows[[i, j]])
            assert isinstance(answer, Decision)
            related[i, j] = related[j, i] = answer.decision
    return related
