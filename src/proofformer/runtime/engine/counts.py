"""The largest number of bits that a query has in common with any of 64 keys, for 512 keys at a time.

Keys are bit-sliced: a word has one bit of 64 keys. For each three bit rows and each value of the query's three bits,
the sum of the three bits of 512 keys stands ready in a table, as two planes of binary digits. A tree of carry-save
adders adds up the sums that the query picks, in logic of 512 bits alone, which LLVM makes of whatever vector registers
there are. From the top digit down, the keys that have it stay if there is any: what is left has the largest count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from proofformer.runtime.engine.sparse import Array, kernel

LANES = 8
"""Words side by side: 512 keys."""

TRIPLES = 22
"""Three bit rows each, in one tree: 66 rows."""

PLANES = 3 * TRIPLES
COUNTER = 13
"""Binary digits of a count that is added up over several trees."""

MOST_PLANES = (1 << COUNTER) - 1
FULL = np.full(LANES, ~np.uint64(0))

_WORD, _HALF = ir.IntType(64), ir.IntType(16)
_VECTOR, _COUNTS = ir.VectorType(_WORD, LANES), ir.VectorType(_HALF, LANES)


class _Tree:
    """Carry-save adders: three planes of one weight make one of it and one of the next."""

    def __init__(self, build: Any) -> None:
        self.build = build
        self.waiting: dict[int, list[Any]] = {}

    def add(self, weight: int, plane: Any) -> None:
        b, planes = self.build, self.waiting.setdefault(weight, [])
        planes.append(plane)
        if len(planes) == 3:
            x, y, z = planes
            either = b.xor(x, y)
            self.waiting[weight] = [b.xor(either, z)]
            self.add(weight + 1, b.or_(b.and_(x, y), b.and_(either, z)))

    def digits(self, most: int) -> list[Any]:
        """The sum's binary digits, of which there are as many as `most` has."""
        found, weight = [], 0
        while weight in self.waiting:
            if len(self.waiting[weight]) == 2:
                x, y = self.waiting[weight]
                self.waiting[weight] = [self.build.xor(x, y)]
                self.add(weight + 1, self.build.and_(x, y))
            found += self.waiting[weight]
            weight += 1
        return found[: most.bit_length()]


def _emitted(trees: bool) -> Any:
    """`largest(table, picks, i, live, out, at)`: out[i, at : at + LANES] = the largest count of query i in each word of
    keys. picks[i] has the place in the table of what it picks of each triple; `live` (LANES,) are the keys it sees.

    With `trees`, of several trees, one after the other.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def largest(typing: Any, table: Any, picks: Any, i: Any, live: Any, out: Any, at: Any) -> Any:
        signature = types.void(table, picks, i, live, out, at)

        def generate(context: Any, b: Any, signature: Any, given: Any) -> Any:
            table, picks, live, out = (
                context.make_array(signature.args[k])(context, b, given[k]) for k in (0, 1, 3, 4)
            )
            i, at = given[2], given[5]
            zero = ir.Constant(_VECTOR, [0] * LANES)

            def constant(number: int) -> Any:
                return ir.Constant(_WORD, number)

            def loaded(pointer: Any, place: Any) -> Any:
                vector = b.load(b.bitcast(b.gep(pointer, [place]), _VECTOR.as_pointer()))
                vector.align = 8
                return vector

            triples = cgutils.unpack_tuple(b, picks.shape)[1]
            mine = b.gep(picks.data, [b.mul(i, triples)])

            def tree(first: Any) -> list[Any]:
                sums = _Tree(b)
                for t in range(TRIPLES):
                    place = b.zext(b.load(b.gep(mine, [b.add(first, constant(t))])), _WORD)
                    sums.add(0, loaded(table.data, place))
                    sums.add(1, loaded(table.data, b.add(place, constant(LANES))))
                return sums.digits(PLANES)

            digits = _added_up(b, triples, tree, zero) if trees else tree(constant(0))
            left, count = loaded(live.data, constant(0)), zero
            for k in reversed(range(len(digits))):
                having = b.and_(left, digits[k])
                some = b.icmp_unsigned("!=", having, zero)
                left = b.select(some, having, left)
                count = b.or_(count, b.select(some, ir.Constant(_VECTOR, [1 << k] * LANES), zero))
            target = b.gep(out.data, [b.add(b.mul(i, cgutils.unpack_tuple(b, out.shape)[1]), at)])
            stored = b.store(b.trunc(count, _COUNTS), b.bitcast(target, _COUNTS.as_pointer()))
            stored.align = 2
            return context.get_dummy_value()

        return signature, generate

    return largest


def _added_up(b: Any, triples: Any, tree: Callable[[Any], list[Any]], zero: Any) -> list[Any]:
    """The digits of the sum over all trees, by a ripple of carries."""
    digits = [cgutils.alloca_once_value(b, zero) for _ in range(COUNTER)]
    for digit in digits:
        b.store(zero, digit)
    step = ir.Constant(_WORD, TRIPLES)
    with cgutils.for_range(b, b.udiv(triples, step)) as loop:
        planes, carry = tree(b.mul(loop.index, step)), zero
        for k, digit in enumerate(digits):
            old, new = b.load(digit), planes[k] if k < len(planes) else zero
            either = b.xor(old, new)
            b.store(b.xor(either, carry), digit)
            carry = b.or_(b.and_(old, new), b.and_(either, carry))
    return [b.load(digit) for digit in digits]


_largest_of_one, _largest_of_many = _emitted(False), _emitted(True)


def sliced(bits: Array, equal: bool) -> Array:
    """Keys' bits (count, n) as uint64 (whole trees, whole lanes): 64 keys a word, filled up with rows that count 0."""
    count, n = bits.shape
    made = np.zeros((PLANES * -(-count // PLANES), LANES * -(-n // (64 * LANES))), np.uint64)
    if equal:
        made[count:] = ~np.uint64(0)
    _slice(np.ascontiguousarray(bits, np.uint8), made)
    return made


@kernel
def _slice(bits: Array, words: Array) -> None:
    for e in range(len(bits)):
        marks = bits[e]
        for w in range((len(marks) + 63) // 64):
            word = np.uint64(0)
            for k in range(min(64, len(marks) - 64 * w)):
                word |= np.uint64(marks[64 * w + k]) << np.uint64(k)
            words[e, w] = word


@kernel
def _tabulate(keys: Array, at: int, equal: bool, table: Array) -> None:
    """For each triple of rows of keys (rows, words) and each value of a query's three bits, the sum of the bits in
    common, or of those that are equal, of the 512 keys from word `at` on: two planes of LANES words."""
    none = np.uint64(0)
    for t in range(len(keys) // 3):
        for k in range(LANES):
            a, b, c = keys[3 * t, at + k], keys[3 * t + 1, at + k], keys[3 * t + 2, at + k]
            for v in range(8):
                x = a if v & 1 else (~a if equal else none)
                y = b if v & 2 else (~b if equal else none)
                z = c if v & 4 else (~c if equal else none)
                place = (t * 8 + v) * 2 * LANES + k
                table[place] = x ^ y ^ z
                table[place + LANES] = (x & y) | ((x ^ y) & z)


@kernel
def _picked(queries: Array, first: int, last: int, picks: Array) -> None:
    """Where in the table queries first..last-1 find what they pick; queries (count, n) of bits."""
    picks[:] = 0
    for e in range(len(queries)):
        marks, place = queries[e], np.uint32(1) << np.uint32(e % 3)
        for i in range(first, last):
            picks[i - first, e // 3] |= np.uint32(marks[i]) * place
    for i in range(last - first):
        for t in range(picks.shape[1]):
            picks[i, t] = (np.uint32(8 * t) + picks[i, t]) * np.uint32(2 * LANES)


@kernel
def largest_counts(
    queries: Array, keys: Array, equal: bool, first: int, last: int, itself: int, table: Array, picks: Array, out: Array
) -> None:
    """out[i - first, w] = the largest count of query i with the keys of word w that it sees: those before it and, if
    `itself` is 1, its own. Of a word of which it sees none, it is not written or 0.

    `table` (triples * 16 * LANES,), `picks` (queries, triples) and `out` (queries, words) are room to work in.
    """
    _picked(queries, first, last, picks)
    live, full = np.empty(LANES, np.uint64), np.full(LANES, ~np.uint64(0))
    block = 64 * LANES
    for b in range((last - 1 + itself + block - 1) // block):
        _tabulate(keys, LANES * b, equal, table)
        for i in range(max(first, block * b + 1 - itself), last):
            seen = i + itself - block * b
            if seen < block:
                for k in range(LANES):
                    c = min(max(seen - 64 * k, 0), 64)
                    live[k] = full[0] if c == 64 else (np.uint64(1) << np.uint64(c)) - np.uint64(1)
            mask = full if seen >= block else live
            if len(keys) == PLANES:
                _largest_of_one(table, picks, i - first, mask, out, LANES * b)
            else:
                _largest_of_many(table, picks, i - first, mask, out, LANES * b)
