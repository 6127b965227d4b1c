"""Bits of tokens, 64 of them in a word: read off numbers, counted, spread out again, and turned by a right angle."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.sparse import kernel

FULL = ~np.uint64(0)


@intrinsic  # type: ignore[untyped-decorator]
def ones(typing: Any, word: Any) -> Any:
    """How many bits of a word are 1."""

    def generate(context: Any, b: Any, signature: Any, given: Any) -> Any:
        return b.call(b.module.declare_intrinsic("llvm.ctpop", [given[0].type]), given)

    return types.uint64(types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def equal_to(typing: Any, number: Any, numbers: Any, at: Any) -> Any:
    """A word: which of the 64 numbers from `at` on are this one."""
    signature = types.uint64(numbers.dtype, numbers, types.intp)

    def generate(context: Any, b: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[1])(context, b, given[1])
        vector, none = ir.VectorType(given[0].type, 64), ir.Constant(ir.IntType(32), 0)
        wanted = b.insert_element(ir.Constant(vector, ir.Undefined), given[0], none)
        wanted = b.shuffle_vector(wanted, wanted, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))
        loaded = b.load(b.bitcast(b.gep(array.data, [given[2]]), vector.as_pointer()))
        loaded.align = 4
        return b.bitcast(b.fcmp_ordered("==", loaded, wanted), ir.IntType(64))

    return signature, generate


def words_of(marks: Array) -> Array:
    """Marks (d, n) -> words (d, ceil(n / 64))."""
    d, n = marks.shape
    whole = np.zeros((d, -(-n // 64) * 64), np.bool_)
    whole[:, :n] = marks
    words: Array = np.packbits(whole, axis=1, bitorder="little").view("<u8").astype(np.uint64, copy=False)
    return words


@kernel
def add_bits(words: Array, factor: float, out: Array) -> None:
    """out[k] += factor where bit k is 1; out (n,) in float64."""
    for w in range(len(words)):
        word, target = words[w], out[64 * w : 64 * w + 64]
        for k in range(len(target)):
            target[k] += factor * np.float64((word >> np.uint64(k)) & np.uint64(1))


def turned(words: Array) -> Array:
    """Rows (count, words), 64 tokens in a word -> (ceil(count / 64), tokens), 64 rows in a word."""
    out = np.empty((-(-len(words) // 64), 64 * words.shape[1]), np.uint64)
    for r, into in enumerate(out):
        _turn(np.ascontiguousarray(words[64 * r : 64 * r + 64]), into)
    return out


@kernel
def _turn(rows: Array, out: Array) -> None:
    """Bit e of out[64 w + k] is bit k of rows[e, w]: quarters of a square change places, then theirs, and so on."""
    square = np.zeros(64, np.uint64)
    for w in range(rows.shape[1]):
        for e in range(len(rows)):
            square[e] = rows[e, w]
        for e in range(len(rows), 64):
            square[e] = 0
        side, mask = 32, np.uint64(0xFFFFFFFF)
        while side:
            shift = np.uint64(side)
            for first in range(0, 64, 2 * side):
                for e in range(first, first + side):
                    apart = ((square[e] >> shift) ^ square[e + side]) & mask
                    square[e + side] ^= apart
                    square[e] ^= apart << shift
            side //= 2
            mask ^= mask << np.uint64(side)
        for k in range(64):
            out[64 * w + k] = square[k]


@kernel
def ones_of(words: Array) -> Array:
    """(words, n) -> how many bits of each column are 1 (n,)."""
    total = np.zeros(words.shape[1], np.int64)
    for w in range(len(words)):
        row = words[w]
        for k in range(len(row)):
            total[k] += np.int64(ones(row[k]))
    return total
