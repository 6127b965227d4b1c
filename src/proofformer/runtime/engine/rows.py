"""Queries and keys row by row: the two numbers that a row has on all documents, and which of them where.

START is column 0, and may have a third number: it is kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.bits import FULL, add_bits, equal_to
from proofformer.runtime.engine.sparse import Sparse, kernel, row

CHUNK = 4096
"""Tokens whose numbers are held at a time, whole words of them."""


@dataclass(frozen=True)
class Rows:
    """`low` and `high` (d,) of each row from column 1 on, its number `start` in column 0, and where it is `high`:
    `bits` (d, words), 64 of the `n` tokens in a word. A row that has a third number, so that its bits say nothing, is
    among the `others` in full."""

    low: Array
    high: Array
    start: Array
    bits: Array
    n: int
    others: dict[int, Array]

    @cached_property
    def span(self) -> Array:
        return self.high - self.low

    @staticmethod
    def of(weights: Sparse, x: Array, n: int) -> Rows:
        """Those of weights @ x, the first n columns of x (width, ..)."""
        d = len(weights)
        low, high, two = np.empty(d), np.empty(d), np.empty(d, np.bool_)
        bits = np.zeros((d, -(-n // 64)), np.uint64)
        _scan(*weights.parts, x, n, low, high, two, bits)
        others = {}
        for r in map(int, np.nonzero(~two)[0]):
            others[r] = np.empty(n, x.dtype)
            row(*weights.parts, r, x[:, :n], others[r])
            low[r], high[r] = others[r][1:].min(), others[r][1:].max()
        return Rows(low, high, weights.of_one(x, 0), bits, n, others)

    def add_above(self, r: int, factor: float, out: Array) -> None:
        """out += factor * (row r less its low end), out (n,) in float64; what comes to column 0 is no document's."""
        if r in self.others:
            out += factor * (self.others[r].astype(np.float64) - self.low[r])
        else:
            add_bits(self.bits[r], factor * self.span[r], out)

    def above(self, r: int) -> Array:
        """Row r less its low end (n,), in float64."""
        numbers = np.zeros(self.n)
        self.add_above(r, 1.0, numbers)
        return numbers


@kernel
def _scan(
    pointer: Array, column: Array, value: Array, x: Array, n: int, low: Array, high: Array, two: Array, bits: Array
) -> None:
    numbers = np.empty(CHUNK, x.dtype)
    for r in range(len(pointer) - 1):
        row(pointer, column, value, r, x[:, 1:2], numbers[:1])
        one = another = numbers[0]
        third, marks = np.uint64(0), bits[r]
        for at in range(0, n, CHUNK):
            m = min(CHUNK, n - at)
            row(pointer, column, value, r, x[:, at : at + m], numbers[:m])
            for k in range(m, m + -m % 64):
                numbers[k] = one
            if at == 0:
                numbers[0] = one
            for k in range(0, m, 64):
                rest = ~equal_to(one, numbers, k)
                if rest == 0:
                    continue
                if another == one:
                    for e in range(k, k + 64):
                        if numbers[e] != one:
                            another = numbers[e]
                            break
                mine = equal_to(another, numbers, k)
                third |= rest ^ mine
                marks[(at + k) // 64] = mine
            if third:
                break
        two[r], low[r], high[r] = third == 0, min(one, another), max(one, another)
        if another < one:
            for w in range(len(marks)):
                marks[w] = ~marks[w]
            if n % 64:
                marks[-1] &= FULL >> np.uint64(64 - n % 64)
