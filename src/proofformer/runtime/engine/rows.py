"""Queries and keys row by row: the two numbers that a row has on all documents, and which of them where.

START is column 0, and may have a third number: it is kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proofformer.runtime.engine.sparse import Array, Sparse, kernel, row


@dataclass(frozen=True)
class Rows:
    """`low` and `high` (d,) of each row from column 1 on, its number `start` in column 0, and where it is `high`:
    `bits` (d, n). A row that has a third number, so that its bits are not all of it, is among the `others` in full."""

    low: Array
    high: Array
    start: Array
    bits: Array
    others: dict[int, Array]

    @property
    def span(self) -> Array:
        return self.high - self.low

    @staticmethod
    def of(weights: Sparse, x: Array) -> Rows:
        """Those of weights @ x, x (width, n)."""
        d, n = len(weights), x.shape[1]
        low, high, two = np.empty(d, x.dtype), np.empty(d, x.dtype), np.empty(d, np.bool_)
        bits = np.empty((d, n), np.uint8)
        _scan(*weights.parts, x, low, high, two, bits)
        others = {}
        for r in map(int, np.nonzero(~two)[0]):
            others[r] = np.empty(n, x.dtype)
            row(*weights.parts, r, x, others[r])
        return Rows(low.astype(np.float64), high.astype(np.float64), weights.of_one(x, 0), bits, others)

    def above(self, r: int) -> Array:
        """Row r less its low end (n,), in float64; what stands in column 0 is no document's."""
        if r in self.others:
            numbers: Array = self.others[r].astype(np.float64)
            numbers -= self.low[r]
        else:
            numbers = self.bits[r].astype(np.float64)
            numbers *= self.span[r]
        return numbers


@kernel
def _scan(
    pointer: Array, column: Array, value: Array, x: Array, low: Array, high: Array, two: Array, bits: Array
) -> None:
    n = x.shape[1]
    numbers = np.empty(n, x.dtype)
    for r in range(len(pointer) - 1):
        row(pointer, column, value, r, x, numbers)
        least = most = numbers[1]
        for k in range(1, n):
            least, most = min(least, numbers[k]), max(most, numbers[k])
        low[r], high[r], two[r] = least, most, True
        if least == most:
            bits[r] = 0
            continue
        third, marks = np.int32(0), bits[r]
        for k in range(1, n):
            third += np.int32((numbers[k] != least) & (numbers[k] != most))
        for k in range(n):
            marks[k] = numbers[k] == most
        two[r] = third == 0


@kernel
def pack(bits: Array, words: Array) -> None:
    """Bit e of words (n,) is bits[e] (up to 64, n)."""
    words[:] = 0
    for e in range(len(bits)):
        marks, place = bits[e], np.uint64(e)
        for k in range(len(words)):
            words[k] |= np.uint64(marks[k]) << place


def packed(bits: Array) -> Array:
    """(count, n) -> uint64 words (ceil(count / 64), n)."""
    words = np.empty((-(-len(bits) // 64), bits.shape[1]), np.uint64)
    for w, into in enumerate(words):
        pack(np.ascontiguousarray(bits[64 * w : 64 * w + 64], np.uint8), into)
    return words
