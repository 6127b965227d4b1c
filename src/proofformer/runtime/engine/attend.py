"""Softmax attention over scores that are counts of bits: the exact scores of the few keys that have any weight.

Keys further than a margin below a row's largest score are left out: all of them together weigh less than a roundoff of
what is left, the best keys among it (docs/theory.md, section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from proofformer.runtime.engine.counts import LANES, largest_counts, sliced
from proofformer.runtime.engine.planes import NEVER, Scores, words_of
from proofformer.runtime.engine.sparse import Array, Sparse, kernel

TILE = 128
QUERIES = 1024
"""For which the largest counts of all words of keys are held at a time."""

HITS = 1 << 16
"""Pairs of a query and a key with their weight that are held before their values are added up."""

Run = Callable[[int, int, Array], None]
"""run(first, last, out): attention of queries first..last-1 into the columns of out (values, n), which is 0 there."""


def margin(x: Array) -> float:
    """How far below the largest score keys are left out: n exp(-margin) is at most a roundoff of the type of x (.., n).

    A best key weighs 1, so that the sum of a row's weights, and of its weighted values, is that of all keys but for one
    roundoff more.
    """
    return float(np.log(x.shape[1]) - np.log(np.finfo(x.dtype).eps / 2))


@intrinsic  # type: ignore[untyped-decorator]
def ones(typing: Any, word: Any) -> Any:
    """How many bits of a word are 1."""

    def generate(context: Any, b: Any, signature: Any, given: Any) -> Any:
        return b.call(b.module.declare_intrinsic("llvm.ctpop", [given[0].type]), given)

    return types.uint64(types.uint64), generate


def attention(scores: Scores, values: Sparse, x: Array, itself: int) -> Run:
    """Attention by these scores to values @ x, over the keys before a query and, if `itself` is 1, its own."""
    return (_by_counts if scores.counted else _by_planes)(scores, values, x, itself)


def _by_planes(scores: Scores, values: Sparse, x: Array, itself: int) -> Run:
    kind = np.int32 if scores.small else np.float64
    queries, group = words_of(scores, keys=False)
    keys, _ = words_of(scores, keys=True)
    n = x.shape[1]
    padded = n + -n % TILE
    words = np.zeros((len(keys), padded), np.uint64)
    words[:, :n] = keys
    weight = np.zeros((max(1, len(scores.groups)), padded), kind)
    for g, of in enumerate(scores.groups):
        weight[g, :n] = of.weight / scores.unit
    bias, start = _in_units(scores, padded, kind)
    of_query = scores.kind
    within = kind(min(np.ceil(margin(x) / scores.unit), -NEVER / 2))
    unit = x.dtype.type(scores.unit)

    def run(first: int, last: int, out: Array) -> None:
        _attend_planes(
            queries, words, group, weight, bias, of_query, start, unit, within, itself, first, last,
            *values.parts, x, out,
        )  # fmt: skip

    return run


def _by_counts(scores: Scores, values: Sparse, x: Array, itself: int) -> Run:
    (group,) = scores.groups
    step, bias, of_query, start, unit = float(group.weight[0]), scores.bias, scores.kind, scores.start, scores.unit
    # common(x, y) = (equal(x, y) + |x| + |y| - count) / 2: counting equal bits may leave the keys' biases nearer to
    # each other, and a bound on a word of keys goes by the largest of them.
    half = step / 2
    level = bias + half * group.keys.sum(0, dtype=np.float64)
    level[:, 0] = 0.0
    equal = _spread(level) < _spread(bias) and half % unit == 0
    if equal:
        bias, step = level, half
        start = start - half * (group.queries.sum(0, dtype=np.float64) - len(group.keys))
        if (np.abs(bias).max() + np.abs(start[1:]).max() + step * len(group.keys)) / unit >= -NEVER / 2:
            equal, bias, step, start = False, scores.bias, 2 * half, scores.start
    keys = sliced(group.keys, equal)
    size = 64 * keys.shape[1]
    bias, start = _in_units(replace(scores, bias=bias, start=start), size, np.int32)
    tiles = bias.reshape(len(bias), -1, 64)
    least, most = tiles.min(2), tiles.max(2)
    (asked, _), (held, _) = words_of(scores, keys=False), words_of(scores, keys=True)
    within = np.int32(min(np.ceil(margin(x) / unit), -NEVER / 2))
    queries = np.ascontiguousarray(group.queries, np.uint8)
    whole, in_type = np.int32(step / unit), x.dtype.type(unit)

    def run(first: int, last: int, out: Array) -> None:
        _attend_counts(
            queries, keys, asked, held, equal, whole, bias, of_query, least, most, start, in_type, within, itself,
            first, last, *values.parts, x, out,
        )  # fmt: skip

    return run


def _spread(bias: Array) -> float:
    """How far the biases of 64 keys in a row are apart, in the middle."""
    keys = bias.shape[1] - 1
    tile = min(64, keys)
    whole = bias[:, 1 : 1 + keys // tile * tile]
    return float(np.median(np.ptp(whole.reshape(len(bias), -1, tile), axis=2)))


def _in_units(scores: Scores, size: int, kind: Any) -> tuple[Array, Array]:
    """The biases of so many keys, START and those that fill up being none, and START's scores."""
    kinds, n = scores.bias.shape
    bias = np.full((kinds, size), NEVER if kind is np.int32 else -np.inf, kind)
    bias[:, 1:n] = scores.bias[:, 1:] / scores.unit
    start = scores.start / scores.unit
    start[0] = 0.0
    return bias, start.astype(kind)


@kernel
def _gather(
    asking: Array,
    seen: Array,
    weights: Array,
    m: int,
    pointer: Array,
    column: Array,
    value: Array,
    x: Array,
    out: Array,
) -> None:
    """Add the weighted values of m hits."""
    for v in range(len(pointer) - 1):
        target = out[v]
        for p in range(pointer[v], pointer[v + 1]):
            source, factor = x[column[p]], value[p]
            for h in range(m):
                target[asking[h]] += weights[h] * factor * source[seen[h]]


@kernel
def _share(out: Array, totals: Array, first: int) -> None:
    for v in range(len(out)):
        target = out[v]
        for i in range(len(totals)):
            target[first + i] /= totals[i]


@kernel
def _weigh(
    i: int,
    own: Any,
    scores: Array,
    keys: Array,
    count: int,
    best: Any,
    within: Any,
    unit: Any,
    asking: Array,
    seen: Array,
    weights: Array,
    m: int,
    pointer: Array,
    column: Array,
    value: Array,
    x: Array,
    out: Array,
) -> tuple[int, Any]:
    """Add query i's weights of START, which scores `own`, and of `count` keys to the m hits.

    How many there are now, and the sum of the weights.
    """
    total, exponent = np.zeros(1, x.dtype), np.empty(1, x.dtype)
    for c in range(-1, count):
        score = own if c < 0 else scores[c]
        if score < best - within:
            continue
        exponent[0] = (score - best) * unit
        if m == len(weights):
            _gather(asking, seen, weights, m, pointer, column, value, x, out)
            m = 0
        asking[m], seen[m], weights[m] = i, 0 if c < 0 else keys[c], np.exp(exponent[0])
        total[0] += weights[m]
        m += 1
    return m, total[0]


@kernel
def _attend_planes(
    queries: Array,
    words: Array,
    group: Array,
    weight: Array,
    bias: Array,
    kind: Array,
    start: Array,
    unit: Any,
    within: Any,
    itself: int,
    first: int,
    last: int,
    pointer: Array,
    column: Array,
    value: Array,
    x: Array,
    out: Array,
) -> None:
    """score(i, j) = sum over words w of weight[group[w], j] * ones(queries[w, i] & words[w, j]) + bias[kind[i], j]."""
    largest, scores = np.empty(words.shape[1] // TILE, bias.dtype), np.empty(TILE, bias.dtype)
    near, keys = np.empty(words.shape[1], bias.dtype), np.empty(words.shape[1], np.int32)
    asking, seen = np.empty(HITS, np.int32), np.empty(HITS, np.int32)
    weights, totals, m = np.empty(HITS, x.dtype), np.empty(last - first, x.dtype), 0
    for i in range(first, last):
        end, best, own = i + itself, start[i], bias[kind[i]]
        for t in range((end + TILE - 1) // TILE):
            _score(queries, words, group, weight, own, i, t * TILE, scores)
            top = scores[0]
            for k in range(min(TILE, end - t * TILE)):
                top = max(top, scores[k])
            largest[t] = top
            best = max(best, top)
        count = 0
        for t in range((end + TILE - 1) // TILE):
            if largest[t] >= best - within:
                _score(queries, words, group, weight, own, i, t * TILE, scores)
                for k in range(min(TILE, end - t * TILE)):
                    if scores[k] >= best - within:
                        near[count], keys[count] = scores[k], t * TILE + k
                        count += 1
        m, totals[i - first] = _weigh(
            i, start[i], near, keys, count, best, within, unit, asking, seen, weights, m, pointer, column, value, x, out
        )
    _gather(asking, seen, weights, m, pointer, column, value, x, out)
    _share(out, totals, first)


@kernel
def _score(
    queries: Array, words: Array, group: Array, weight: Array, bias: Array, i: int, at: int, scores: Array
) -> None:
    """The scores of query i with the TILE keys from `at` on."""
    for k in range(TILE):
        scores[k] = bias[at + k]
    for w in range(len(words)):
        mine, theirs, factor = queries[w, i], words[w, at : at + TILE], weight[group[w], at : at + TILE]
        for k in range(TILE):
            scores[k] += np.int32(ones(mine & theirs[k])) * factor[k]


@kernel
def _attend_counts(
    queries: Array,
    keys: Array,
    asked: Array,
    held: Array,
    equal: bool,
    step: Any,
    bias: Array,
    kind: Array,
    least: Array,
    most: Array,
    start: Array,
    unit: Any,
    within: Any,
    itself: int,
    first: int,
    last: int,
    pointer: Array,
    column: Array,
    value: Array,
    x: Array,
    out: Array,
) -> None:
    """score(i, j) = step * (bits that query and key have in common, or equal) + bias[kind[i], j].

    `queries` (count, n) are bits, `keys` are sliced; `asked` and `held` (words, n) are the same bits by token.
    `least` and `most` are the ends of the biases of each 64 keys, for each kind of query.
    """
    tables, size = keys.shape[0] // 3, np.int32(len(queries))
    room = min(QUERIES, last - first)
    table = np.empty(tables * 16 * LANES, np.uint64)
    picks, counts = np.empty((room, tables), np.uint32), np.zeros((room, keys.shape[1]), np.uint16)
    bound = np.empty(keys.shape[1], np.int32)
    near, seen_keys = np.empty(64 * keys.shape[1], np.int32), np.empty(64 * keys.shape[1], np.int32)
    held_hits = min(HITS, 4 * (last - first) + 64)
    asking, seen = np.empty(held_hits, np.int32), np.empty(held_hits, np.int32)
    weights, totals, m = np.empty(held_hits, x.dtype), np.empty(last - first, x.dtype), 0
    for block in range(first, last, QUERIES):
        stop = min(last, block + QUERIES)
        largest_counts(queries, keys, equal, block, stop, itself, table, picks, counts)
        for i in range(block, stop):
            end, row, low = i + itself, counts[i - block], start[i]
            own, lower, upper = bias[kind[i]], least[kind[i]], most[kind[i]]
            for t in range((end + 63) // 64):
                reached = np.int32(np.int32(row[t]) * step)
                bound[t] = reached + upper[t]
                low = max(low, np.int32(reached + lower[t]))
            low, best, count = np.int32(low - within), start[i], 0
            for t in range((end + 63) // 64):
                if bound[t] < low:
                    continue
                for j in range(64 * t, min(64 * t + 64, end)):
                    common = np.int32(0)
                    for w in range(len(asked)):
                        a, b = asked[w, i], held[w, j]
                        common += np.int32(ones(a ^ b if equal else a & b))
                    score = np.int32((size - common if equal else common) * step + own[j])
                    if score >= low:
                        near[count], seen_keys[count] = score, j
                        count += 1
                        best = max(best, score)
            m, totals[i - first] = _weigh(
                i,
                start[i],
                near,
                seen_keys,
                count,
                best,
                within,
                unit,
                asking,
                seen,
                weights,
                m,
                pointer,
                column,
                value,
                x,
                out,
            )
    _gather(asking, seen, weights, m, pointer, column, value, x, out)
    _share(out, totals, first)
