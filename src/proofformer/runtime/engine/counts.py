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

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.bits import FULL
from proofformer.runtime.engine.sparse import kernel

LANES = 8
"""Words side by side: 512 keys."""

TRIPLES, SMALL = 22, 4
"""Three bit rows each, in one tree, 66 rows, and in a small one, for what is left over."""

MOST_SMALL = 2
"""Small trees, which together take less time than another large one."""

PLANES = 3 * TRIPLES
COUNTER = 13
"""Binary digits of a count that is added up over several trees."""

MOST_PLANES = (1 << COUNTER) - 1

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

            def tree(first: Any, size: int) -> list[Any]:
                sums = _Tree(b)
                for t in range(size):
                    place = b.zext(b.load(b.gep(mine, [b.add(first, constant(t))])), _WORD)
                    sums.add(0, loaded(table.data, place))
                    sums.add(1, loaded(table.data, b.add(place, constant(LANES))))
                return sums.digits(3 * size)

            digits = _added_up(b, triples, tree, zero) if trees else tree(constant(0), TRIPLES)
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


def _added_up(b: Any, triples: Any, tree: Callable[[Any, int], list[Any]], zero: Any) -> list[Any]:
    """The digits of the sum over all trees, by a ripple of carries."""
    digits = [cgutils.alloca_once_value(b, zero) for _ in range(COUNTER)]
    for digit in digits:
        b.store(zero, digit)
    whole, small = ir.Constant(_WORD, TRIPLES), ir.Constant(_WORD, SMALL)
    left, of_whole = b.urem(triples, whole), b.sub(triples, b.urem(triples, whole))
    for first, count, step, size in (
        (ir.Constant(_WORD, 0), b.udiv(triples, whole), whole, TRIPLES),
        (of_whole, b.udiv(left, small), small, SMALL),
    ):
        with cgutils.for_range(b, count) as loop:
            planes, carry = tree(b.add(first, b.mul(loop.index, step)), size), zero
            for k, digit in enumerate(digits):
                old, new = b.load(digit), planes[k] if k < len(planes) else zero
                either = b.xor(old, new)
                b.store(b.xor(either, carry), digit)
                carry = b.or_(b.and_(old, new), b.and_(either, carry))
    return [b.load(digit) for digit in digits]


_largest_of_one, _largest_of_many = _emitted(False), _emitted(True)


def sliced(keys: Array, equal: bool) -> Array:
    """Keys' bits (count, words), 64 keys in a word, filled up with rows that count 0: (whole trees, whole lanes)."""
    count, words = keys.shape
    trees, left = divmod(count, PLANES)
    small = -(-left // (3 * SMALL))
    if not trees or small > MOST_SMALL:
        trees, small = trees + 1, 0
    rows = PLANES * trees + 3 * SMALL * small
    made = np.full((rows, LANES * -(-words // LANES)), FULL if equal else np.uint64(0))
    made[:count, :words] = keys
    return made


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
    """Where in the table queries first..last-1 find what they pick; queries (words, n), 64 bits in a word."""
    for i in range(first, last):
        for t in range(picks.shape[1]):
            w, shift = 3 * t // 64, 3 * t % 64
            value = queries[w, i] >> np.uint64(shift) if w < len(queries) else np.uint64(0)
            if shift > 61 and w + 1 < len(queries):
                value |= queries[w + 1, i] << np.uint64(64 - shift)
            picks[i - first, t] = (8 * t + np.int64(value & np.uint64(7))) * 2 * LANES


@kernel
def room(keys: Array, queries: int) -> tuple[Array, Array, Array]:
    """For `largest_counts` of so many queries: a table whose entries are whole lines of the cache, picks, and counts,
    whose rows are an odd number of lines apart, so that they do not share places in the cache."""
    tables, line = len(keys) // 3, 8
    table = np.empty(tables * 16 * LANES + line, np.uint64)
    skipped = -(table.ctypes.data // 8) % line
    counts = np.zeros((queries, (keys.shape[1] // (4 * line) + 1 | 1) * 4 * line), np.uint16)
    return table[skipped : skipped + tables * 16 * LANES], np.empty((queries, tables), np.uint32), counts


@kernel
def largest_counts(
    queries: Array, keys: Array, equal: bool, first: int, last: int, itself: int, room: tuple[Array, Array, Array]
) -> None:
    """counts[i - first, w] = the largest count of query i with the keys of word w that it sees: those before it and, if
    `itself` is 1, its own. Of a word of which it sees none, it is not written or 0.

    Queries are (words, n), 64 bits of one in a word; keys are `sliced`; `counts` is the last array of `room`.
    """
    table, picks, counts = room
    _picked(queries, first, last, picks)
    live, full = np.empty(LANES, np.uint64), np.full(LANES, FULL)
    block = 64 * LANES
    for b in range((last - 1 + itself + block - 1) // block):
        _tabulate(keys, LANES * b, equal, table)
        for i in range(max(first, block * b + 1 - itself), last):
            seen = i + itself - block * b
            if seen < block:
                for k in range(LANES):
                    c = min(max(seen - 64 * k, 0), 64)
                    live[k] = FULL if c == 64 else (np.uint64(1) << np.uint64(c)) - np.uint64(1)
            mask = full if seen >= block else live
            if len(keys) == PLANES:
                _largest_of_one(table, picks, i - first, mask, counts, LANES * b)
            else:
                _largest_of_many(table, picks, i - first, mask, counts, LANES * b)
