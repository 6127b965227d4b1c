"""Instances built around one step: the scores of a head are whole numbers, and one of them must be enough.

Every instance is one set (n, l) or two, uint8. Columns are shuffled, and for Hamming distance a common vector is added
to all rows, which changes no distance: at times none or all ones, so that padding is as near or as far as can be.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, combinations, islice
from math import floor

import numpy as np

from proofformer.problems import Problem
from proofformer.problems.arrays import Bits, Sets
from proofformer.problems.kinds import Measure

Maker = Callable[[tuple[int, ...], int, int, int, bool], Sets]

PLANTED: dict[tuple[Measure, bool], int] = {
    ("inner", False): 0,
    ("inner", True): 2,
    ("hamming", False): 1,
    ("hamming", True): 3,
}
"""The value of the best pair of `one_step` before it is shifted, by measure and whether the largest is sought."""


def one_step(
    problem: Problem,
    rng: np.random.Generator,
    sizes: tuple[int, ...],
    i: int,
    j: int,
    *,
    planted: bool = True,
    ties: bool = False,
    shift: int | None = None,
) -> Sets:
    """(i, j) is the only best pair and every other pair at least one step worse: those with i or j by exactly one as
    far as the measure allows (in one set, half of the Hamming distances are two worse). Not planted: no pair is at the
    optimum, which for a decision is the threshold; the best are one step off.

    For a decision the optimum is the threshold where a shift of all values can bring it there. With `ties`, some rows
    after i and after j are copies of v_i and v_j.
    """
    kind, l = problem.kind, problem.dim
    if shift is None:
        shift = _shift(problem, rng, len(sizes))
    makers: dict[tuple[Measure, bool], Maker] = {
        ("inner", False): _min_inner,
        ("inner", True): _max_inner,
        ("hamming", False): _closest,
        ("hamming", True): _farthest,
    }
    make = makers[kind.measure, kind.largest]
    first, second = make(sizes, i, j, l - shift, planted)
    if make is _farthest and len(sizes) == 1 and problem.cut is None and rng.random() < 0.5:
        first, second = _two_apart(sizes[0], i, j, l, planted)
    if ties:
        v_i, v_j = first[i].copy(), second[j].copy()
        for rows, after, row in ((first, i, v_i), (second, max(i, j) if len(sizes) == 1 else j, v_j)):
            rows[after + 1 :][rng.random(len(rows) - after - 1) < 0.5] = row
        first[i], second[j] = v_i, v_j
    # An inner product grows by a common 1, a distance across two sets by a column in which they differ.
    extra = [np.ones((len(first), shift)), np.full((len(second), shift), kind.measure == "inner")]
    first, second = (np.hstack([x, e]).astype(np.uint8) for x, e in zip((first, second), extra, strict=True))
    return _disguised(problem, rng, (first,) if len(sizes) == 1 else (first, second))


def _shift(problem: Problem, rng: np.random.Generator, sets: int) -> int:
    kind = problem.kind
    if kind.measure == "hamming" and sets == 1:
        return 0
    if problem.cut is not None:
        return min(max(0, floor(problem.cut) - PLANTED[kind.measure, kind.largest]), max(0, problem.dim - 4))
    return int(rng.integers(0, max(1, problem.dim - 3)))


def beyond(problem: Problem, rng: np.random.Generator, sizes: tuple[int, ...], i: int, j: int) -> Sets:
    """As `one_step`, with every value one larger or smaller, where a shift can do that."""
    shift = _shift(problem, rng, len(sizes))
    if problem.kind.measure == "hamming" and len(sizes) == 1:
        return one_step(problem, rng, sizes, i, j)
    return one_step(problem, rng, sizes, i, j, shift=min(max(0, shift + int(rng.choice([-1, 1]))), problem.dim - 4))


def _min_inner(sizes: tuple[int, ...], i: int, j: int, l: int, planted: bool) -> Sets:
    """v_i has column 0 alone and v_j all others; the rest column 0 and one more, the two sets different ones."""
    half = (l - 1) // 2
    if len(sizes) == 1:
        rows = _with_column_0(sizes[0], range(1, l), l)
        rows[i] = _row(l, 0)
        if planted:
            rows[j] = _row(l, *range(1, l))
        return rows, rows
    first, second = _with_column_0(sizes[0], range(1, 1 + half), l), _with_column_0(sizes[1], range(1 + half, l), l)
    first[i] = _row(l, 0)
    if planted:
        second[j] = _row(l, *range(1, l))
    return first, second


def _max_inner(sizes: tuple[int, ...], i: int, j: int, l: int, planted: bool) -> Sets:
    """v_i and v_j share columns 0 and 1; the rest has column 0, and some rows one more that no row they meet has."""
    half = (l - 2) // 2
    first = np.tile(_row(l, 0), (sizes[0], 1))
    second = first if len(sizes) == 1 else np.tile(_row(l, 0), (sizes[1], 1))
    columns = [range(2, l)] if len(sizes) == 1 else [range(2, 2 + half), range(2 + half, l)]
    for rows, extra in zip((first, second), columns, strict=False):
        for k, column in enumerate(extra):
            rows[(7 * k + 3) % len(rows), column] = 1
    if planted:
        first[i] = second[j] = _row(l, 0, 1)
    return first, second


def _closest(sizes: tuple[int, ...], i: int, j: int, l: int, planted: bool) -> Sets:
    """v_i is zero, v_j the last column. One set: the rest has two others each (four where these run out). Two sets:
    A has one of the first columns each, B two of those between."""
    if len(sizes) == 1:
        every = chain(combinations(range(l - 1), 2), combinations(range(l - 1), 4))
        pairs = list(islice(every, sizes[0]))
        rows = np.array([_row(l, *pairs[k % len(pairs)]) for k in range(sizes[0])])
        rows[i] = 0
        if planted:
            rows[j] = _row(l, l - 1)
        return rows, rows
    half = (l - 1) // 2
    pairs = list(combinations(range(half, l - 1), 2))
    first = np.array([_row(l, k % half) for k in range(sizes[0])])
    second = np.array([_row(l, *pairs[k % len(pairs)]) for k in range(sizes[1])])
    first[i] = 0
    if planted:
        second[j] = _row(l, l - 1)
    return first, second


def _farthest(sizes: tuple[int, ...], i: int, j: int, l: int, planted: bool) -> Sets:
    """v_i is zero, v_j has three columns; the rest two of these, or column 0 in A of two sets."""
    three = [(0, 1), (0, 2), (1, 2)]
    if len(sizes) == 1:
        rows = np.array([_row(l, *three[k % 3]) for k in range(sizes[0])])
        rows[i] = 0
        if planted:
            rows[j] = _row(l, 0, 1, 2)
        return rows, rows
    first = np.tile(_row(l, 0), (sizes[0], 1))
    second = np.array([_row(l, *three[k % 2]) for k in range(sizes[1])])
    first[i] = 0
    if planted:
        second[j] = _row(l, 0, 1, 2)
    return first, second


def _two_apart(n: int, i: int, j: int, l: int, planted: bool) -> Sets:
    """As `_farthest` in one set, with best value 2, whose bits lack those of 1: v_j has two columns, the rest one."""
    rows = np.tile(_row(l, 0), (n, 1))
    rows[i] = 0
    if planted:
        rows[j] = _row(l, 0, 1)
    return rows, rows


def decoys(problem: Problem, rng: np.random.Generator, sizes: tuple[int, ...]) -> Sets:
    """Two sets with pairs inside one of them beyond the threshold (of any value) and all pairs across one step short;
    or, half of the time when it is A, with pairs of one of its documents at the threshold. That is not the last one,
    which sees no other of A.
    """
    kind, l = problem.kind, problem.dim
    t = floor(problem.cut) if problem.cut is not None else int(rng.integers(1, max(2, l // 2)))
    short = min(l, max(0, t - 1 if kind.largest else t + 1))
    swapped = bool(rng.integers(2))
    outer, inside = reversed(sizes) if swapped else sizes
    a, b = np.zeros((outer, l), dtype=np.uint8), np.zeros((inside, l), dtype=np.uint8)
    if kind.measure == "inner" and not kind.largest:
        a[:] = 1
        for row in b:
            row[rng.choice(l, short, replace=False)] = 1
    elif kind.measure == "inner":
        a[:, :t] = 1
        b[:, : l - 1] = 1
        b = np.roll(b, t, axis=1)
    elif not kind.largest:
        a[:, :short] = 1
    else:
        a[:, :1] = 1
        b[::2, :t] = 1
    if swapped and inside > 1 and rng.random() < 0.5:
        row = b[int(rng.integers(inside - 1))]
        if kind.measure == "inner" and not kind.largest:
            row[np.flatnonzero(row)[:1]] = 0
        elif kind.measure == "inner":
            row[:] = 1
        elif not kind.largest:
            row[:1] = 1
        else:
            row[:] = 0
            row[: min(l, t + 1)] = 1
    return _disguised(problem, rng, (b, a) if swapped else (a, b))


def worst(problem: Problem, rng: np.random.Generator, sizes: tuple[int, ...]) -> Sets:
    """All pairs at the worst value there is, or those with one document one step better; padding would be a better
    partner. In one set, the least distance is the worst in a set of two alone, so these have two documents."""
    kind, l = problem.kind, problem.dim
    if kind.measure == "hamming" and not kind.largest and len(sizes) == 1:
        a, b = (x[:1] for x in worst(problem, rng, (1, 1)))
        return (np.concatenate([a, b]),)
    if kind.measure == "inner":
        rows = [np.full((n, l), not kind.largest, dtype=np.uint8) for n in sizes]
        if kind.largest and len(sizes) == 2:
            rows[int(rng.integers(2))][:] = 1
        elif kind.largest:
            rows[0][: min(l, sizes[0])] = np.eye(l, dtype=np.uint8)[: sizes[0]]
    else:
        rows = [np.full((n, l), kind.largest, dtype=np.uint8) for n in sizes]
        if not kind.largest:
            rows[int(rng.integers(2))][:] = 1
    if rng.random() < 0.5:
        better, column = int(rng.integers(sizes[-1])) * int(rng.integers(2)), int(rng.integers(l))
        if kind.measure == "inner" and kind.largest:
            rows[-1][better, column] = rows[0][better - 1 if len(sizes) == 1 else slice(None), column] = 1
        else:
            rows[-1][better, column] ^= 1
    return tuple(rows)


def pools(problem: Problem, rng: np.random.Generator, sizes: tuple[int, ...]) -> Sets:
    """Rows drawn from a few, some of them all zero or all one: ties are the rule."""
    many = int(rng.choice([2, 3, 5, 40]))
    pool = (rng.random((many, problem.dim)) < rng.uniform(0.1, 0.9)).astype(np.uint8)
    if rng.random() < 0.3:
        pool[0] = rng.integers(2)
    return tuple(pool[rng.integers(many, size=n)] for n in sizes)


def _row(l: int, *columns: int) -> Bits:
    row = np.zeros(l, dtype=np.uint8)
    row[list(columns)] = 1
    return row


def _with_column_0(n: int, columns: range, l: int) -> Bits:
    return np.array([_row(l, 0, columns[k % len(columns)]) for k in range(n)])


def _disguised(problem: Problem, rng: np.random.Generator, sets: Sets) -> Sets:
    order = rng.permutation(problem.dim)
    mask = np.full(problem.dim, rng.integers(2), dtype=np.uint8)
    if rng.random() < 0.5:
        mask = rng.integers(2, size=problem.dim, dtype=np.uint8)
    if problem.kind.measure == "inner":
        mask[:] = 0
    return tuple(np.ascontiguousarray((rows ^ mask)[:, order]) for rows in sets)
