"""The two ways through a query's keys, and what it then fetches: softmax over the few keys that have any weight.

Both find the largest score of a query first, and then the exact scores within a margin of it. A hit is a query, a key
and its weight; the values of many hits are added up at once, row by row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from proofformer.problems.arrays import Array
from proofformer.runtime.engine.bits import ones
from proofformer.runtime.engine.counts import LANES, largest_counts, room
from proofformer.runtime.engine.sparse import kernel

TILE = 128
QUERIES = 1024
"""For which the largest counts of all words of keys are held at a time."""

HITS = 1 << 16


class Queries(NamedTuple):
    """What is asked of the keys: query i is of kind `kind[i]`, and its score for START is `start[i]`; `bias` (kinds,
    tokens) are the keys' own. Scores are given in units of `unit`, a number of the dtype that weights have, and those
    more than `within` below the largest are left out. A query sees the keys before it and, if `itself` is 1, its own.
    """

    bias: Array
    kind: Array
    start: Array
    unit: Any
    within: Any
    itself: int


class Fetchable(NamedTuple):
    """What tokens may fetch: row v of it is `high[v]` where bit v of a token is 1, else `low[v]`; (words, tokens), 64
    rows in a word. START has `start`; rows `apart` have the numbers of `others` instead (rows, tokens)."""

    words: Array
    low: Array
    high: Array
    start: Array
    apart: Array
    others: Array


class Hits(NamedTuple):
    """Queries, counted from the first of them, and keys, with their scores and then their weights: some at a time."""

    asking: Array
    seen: Array
    score: Array
    weight: Array


class Counted(NamedTuple):
    """score(i, j) = step * (bits that query and key have in common, or equal) + bias.

    Queries and keys (words, tokens), 64 bits of one in a word, `size` bits in all; keys also `sliced`. `least` and
    `most` (kinds, words) are the ends of the biases of each 64 keys.
    """

    queries: Array
    keys: Array
    sliced: Array
    size: Any
    equal: bool
    step: Any
    least: Array
    most: Array


class Weighted(NamedTuple):
    """score(i, j) = sum over words w of weight[group[w], j] * ones(queries[w, i] & keys[w, j]) + bias."""

    queries: Array
    keys: Array
    group: Array
    weight: Array


@kernel
def _gather(hits: Hits, m: int, fetched: Fetchable, out: Array) -> None:
    """Add the weighted values of m hits."""
    asking, seen, weight = hits.asking[:m], hits.seen[:m], hits.weight[:m]
    bits, numbers = np.empty(m, np.uint64), np.empty(m, out.dtype)
    one_each = True
    for h in range(1, m):
        one_each &= asking[h] == asking[0] + h
    for v in range(len(out)):
        if v % 64 == 0:
            row = fetched.words[v // 64]
            for h in range(m):
                bits[h] = row[seen[h]]
        low, high, place = fetched.low[v], fetched.high[v], np.uint64(v % 64)
        for h in range(m):
            numbers[h] = high if (bits[h] >> place) & np.uint64(1) else low
        if fetched.apart[v] >= 0:
            row_of_all = fetched.others[fetched.apart[v]]
            for h in range(m):
                numbers[h] = row_of_all[seen[h]]
        for h in range(m):
            if seen[h] == 0:
                numbers[h] = fetched.start[v]
        target = out[v]
        if one_each:
            for h in range(m):
                target[asking[0] + h] += weight[h] * numbers[h]
        else:
            for h in range(m):
                target[asking[h]] += weight[h] * numbers[h]


@kernel
def _share(out: Array, totals: Array) -> None:
    for v in range(len(out)):
        target = out[v]
        for q in range(len(totals)):
            target[q] /= totals[q]


@kernel
def _hits(queries: int, tokens: int, bias: Array, out: Array) -> Hits:
    """Room for those of one query at least."""
    held = tokens + min(HITS, 4 * queries)
    return Hits(
        np.empty(held, np.int32), np.empty(held, np.int32), np.empty(held, bias.dtype), np.empty(held, out.dtype)
    )


@kernel
def _weigh(q: int, first: int, last: int, best: Any, within: Any, unit: Any, hits: Hits, totals: Array) -> int:
    """Give the hits first..last-1, all that query q may have, their weights, and leave out those that are too low: how
    many hits there are now."""
    asking, seen, score, weight = hits
    m = first
    totals[q] = 0
    for c in range(first, last):
        if score[c] >= best - within:
            asking[m], seen[m], weight[m] = q, seen[c], (score[c] - best) * unit
            weight[m] = np.exp(weight[m])
            totals[q] += weight[m]
            m += 1
    return m


@kernel
def attend_weighted(planes: Weighted, asked: Queries, fetched: Fetchable, first: int, last: int, out: Array) -> None:
    """Attention of queries first..last-1 into out (values, last - first), which is 0."""
    size = planes.keys.shape[1]
    largest, scores = np.empty(size // TILE, asked.bias.dtype), np.empty(TILE, asked.bias.dtype)
    hits, totals, m = _hits(last - first, size, asked.bias, out), np.empty(last - first, out.dtype), 0
    for i in range(first, last):
        end, best, bias = i + asked.itself, asked.start[i], asked.bias[asked.kind[i]]
        for t in range((end + TILE - 1) // TILE):
            _score(planes, bias, i, t * TILE, scores)
            top = scores[0]
            for k in range(min(TILE, end - t * TILE)):
                top = max(top, scores[k])
            largest[t] = top
            best = max(best, top)
        if m + end >= len(hits.seen):
            _gather(hits, m, fetched, out)
            m = 0
        hits.seen[m], hits.score[m], found = 0, asked.start[i], m + 1
        for t in range((end + TILE - 1) // TILE):
            if largest[t] >= best - asked.within:
                _score(planes, bias, i, t * TILE, scores)
                for k in range(min(TILE, end - t * TILE)):
                    if scores[k] >= best - asked.within:
                        hits.seen[found], hits.score[found] = t * TILE + k, scores[k]
                        found += 1
        m = _weigh(i - first, m, found, best, asked.within, asked.unit, hits, totals)
    _gather(hits, m, fetched, out)
    _share(out, totals)


@kernel
def _score(planes: Weighted, bias: Array, i: int, at: int, scores: Array) -> None:
    """The scores of query i with the TILE keys from `at` on."""
    for k in range(TILE):
        scores[k] = bias[at + k]
    for w in range(len(planes.keys)):
        mine, theirs = planes.queries[w, i], planes.keys[w, at : at + TILE]
        factor = planes.weight[planes.group[w], at : at + TILE]
        for k in range(TILE):
            scores[k] += np.int32(ones(mine & theirs[k])) * factor[k]


@kernel
def _count(planes: Counted, bias: Array, i: int, at: int, scores: Array) -> None:
    """The scores of query i with the 64 keys from `at` on."""
    for k in range(64):
        scores[k] = planes.size if planes.equal else 0
    for w in range(len(planes.keys)):
        mine, theirs = planes.queries[w, i], planes.keys[w, at : at + 64]
        if planes.equal:
            for k in range(64):
                scores[k] -= np.int32(ones(mine ^ theirs[k]))
        else:
            for k in range(64):
                scores[k] += np.int32(ones(mine & theirs[k]))
    for k in range(64):
        scores[k] = np.int32(scores[k] * planes.step) + bias[at + k]


@kernel
def _surely(counts: Array, step: Any, least: Array, low: Any, words: int) -> Any:
    """The largest score that one of these words has for certain, or `low`."""
    for t in range(words):
        low = max(low, np.int32(np.int32(np.int32(counts[t]) * step) + least[t]))
    return low


@kernel
def _perhaps(counts: Array, step: Any, most: Array, at: int) -> Any:
    """The largest score that one of LANES words from `at` on may have."""
    top = np.int32(np.int32(np.int32(counts[at]) * step) + most[at])
    for t in range(at + 1, at + LANES):
        top = max(top, np.int32(np.int32(np.int32(counts[t]) * step) + most[t]))
    return top


@kernel
def attend_counted(planes: Counted, asked: Queries, fetched: Fetchable, first: int, last: int, out: Array) -> None:
    """Attention of queries first..last-1 into out (values, last - first), which is 0."""
    held = room(planes.sliced, min(QUERIES, last - first))
    counts, scores = held[2], np.empty(64, np.int32)
    size = planes.keys.shape[1]
    hits, totals, m = _hits(last - first, size, asked.bias, out), np.empty(last - first, out.dtype), 0
    for block in range(first, last, QUERIES):
        stop = min(last, block + QUERIES)
        largest_counts(planes.queries, planes.sliced, planes.equal, block, stop, asked.itself, held)
        for i in range(block, stop):
            end, row, kind = i + asked.itself, counts[i - block], asked.kind[i]
            bias, most, words = asked.bias[kind], planes.most[kind], (end + 63) // 64
            low = _surely(row, planes.step, planes.least[kind], asked.start[i], words) - asked.within
            if m + end >= len(hits.seen):
                _gather(hits, m, fetched, out)
                m = 0
            best, found = asked.start[i], m + 1
            hits.seen[m], hits.score[m] = 0, best
            for few in range(0, words, LANES):
                if _perhaps(row, planes.step, most, few) < low:
                    continue
                for t in range(few, min(few + LANES, words)):
                    if np.int32(np.int32(np.int32(row[t]) * planes.step) + most[t]) < low:
                        continue
                    _count(planes, bias, i, 64 * t, scores)
                    for k in range(min(64, end - 64 * t)):
                        if scores[k] >= low:
                            hits.seen[found], hits.score[found] = 64 * t + k, scores[k]
                            found += 1
                            best = max(best, scores[k])
            m = _weigh(i - first, m, found, best, asked.within, asked.unit, hits, totals)
    _gather(hits, m, fetched, out)
    _share(out, totals)
