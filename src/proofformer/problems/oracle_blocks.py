"""The oracle's arithmetic: the value of every pair, in square blocks, as whole numbers or as exact sort keys.

0/1 rows are packed 64 to a word and compared by popcount; rows on a grid are compared one coordinate at a time, in
64-bit integers, which hold sums up to 255^2 l for every l that fits a memory; a measure of one's own is asked pair by
pair, for Python's whole numbers. Definitions: docs/theory.md, section 1.
"""

from collections.abc import Callable, Iterator
from math import inf

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError, one_of
from proofformer.problems.arrays import Array
from proofformer.problems.instances import Instance
from proofformer.problems.kinds import GRID_MEASURES, MOST_SIMILARITY_DIM, SIMILARITIES, Measure, Own, largest_value
from proofformer.problems.norms import check_similarity_rows

_STEPS: dict[str, Callable[[Array, Array], Array]] = {
    "inner": lambda x, y: np.bitwise_count(x & y),
    "hamming": lambda x, y: np.bitwise_count(x ^ y),
    "sqeuclidean": lambda x, y: np.square(x - y),
    "cityblock": lambda x, y: np.abs(x - y),
}


def cost_blocks(instance: Instance, measure: Measure, largest: bool, block: int) -> Iterator[tuple[int, int, Array]]:
    """(i0, j0, costs) for each block that holds a pair, in order of i0: costs[i, j] is of the pair (i0 + i, j0 + j).

    The best pair costs least: costs compare as values do, or the other way round where the largest is sought. A place
    that is no pair (in one set, on or below the diagonal) costs more than every pair; no pair costs less than
    `least_cost`. Raises InputError for an unknown measure,
    a block below 1, and rows that the measure does not take.
    """
    _check_rows(instance, measure, block)
    if not isinstance(measure, str):
        yield from _own_blocks(instance, measure, largest, block)
        return
    similar = measure in SIMILARITIES
    top = largest_value(measure, instance.dim, instance.levels)
    norms = [matrix.sum(axis=1, dtype=np.int64) for matrix in instance.sets]
    for i0, j0, values in _value_blocks(instance, "inner" if similar else measure, block):
        if similar:
            left, right = norms[0][i0 : i0 + block, None], norms[-1][j0 : j0 + block]
            costs = similarity_keys(measure, values, left, right)
            if largest:
                np.negative(costs, out=costs)
        else:
            costs = np.subtract(top, values, out=values) if largest else values
        if instance.others is None and i0 == j0:
            if len(costs) == 1:
                continue
            costs[np.tril_indices(len(costs))] = top + 1
        yield i0, j0, costs


def _own_blocks(instance: Instance, measure: Own, largest: bool, block: int) -> Iterator[tuple[int, int, Array]]:
    """As `cost_blocks`: values of every pair, or their negatives; pairs of equal rows in a block are asked for once."""
    sign = -1 if largest else 1
    for i0, j0 in _corners(instance, block):
        left, right = instance.rows[i0 : i0 + block], instance.sets[-1][j0 : j0 + block]
        costs, known = np.full((len(left), len(right)), inf, dtype=object), dict[tuple[bytes, bytes], int]()
        keys, diagonal = [row.tobytes() for row in right], instance.others is None and i0 == j0
        for i, row in enumerate(left):
            key = row.tobytes()
            for j in range(i + 1 if diagonal else 0, len(right)):
                if (key, keys[j]) not in known:
                    known[key, keys[j]] = sign * measure.of(row, right[j])
                costs[i, j] = known[key, keys[j]]
        if not (diagonal and len(left) == 1):
            yield i0, j0, costs


def _corners(instance: Instance, block: int) -> Iterator[tuple[int, int]]:
    """(i0, j0) of each block, first by i0; in one set only of those with some i <= j."""
    for i0 in range(0, len(instance.rows), block):
        for j0 in range(i0 if instance.others is None else 0, len(instance.sets[-1]), block):
            yield i0, j0


def least_cost(measure: Measure, largest: bool) -> float:
    """No pair costs less: a search that has met this cost can stop."""
    if not isinstance(measure, str):
        return -inf if largest else 0
    return -1 if measure in SIMILARITIES and largest else 0


def _check_rows(instance: Instance, measure: Measure, block: int) -> None:
    """Raises InputError for an unknown measure, a block below 1, and rows that the measure does not take."""
    known = (*_STEPS, *SIMILARITIES)
    if isinstance(measure, str) and measure not in known:
        raise InputError(f"unknown measure {measure!r}: {one_of(measure, known)}")
    if block < 1:
        raise InputError(f"block is {block}: pass the number of rows of a block, at least 1")
    if isinstance(measure, str) and instance.levels > 1 and measure not in GRID_MEASURES:
        raise InputError(f"{measure} compares 0/1 rows and levels is {instance.levels}: leave levels out")
    if measure in SIMILARITIES:
        if instance.dim > MOST_SIMILARITY_DIM:
            raise InputError(f"l is {instance.dim}: similarities are told apart up to l = {MOST_SIMILARITY_DIM}")
        check_similarity_rows(instance)


def _value_blocks(instance: Instance, measure: str, block: int) -> Iterator[tuple[int, int, Array]]:
    """(i0, j0, values) for each of the `_corners`, for a measure with whole values."""
    step, grid = _STEPS[measure], measure in GRID_MEASURES
    matrices = [_coordinates(matrix) if grid else _pack(matrix) for matrix in instance.sets]
    lefts, rights = matrices[0], matrices[-1]
    # Room for one more than the largest value, which is the cost of what is no pair.
    dtype = np.dtype(np.int64) if grid else np.min_scalar_type(instance.dim + 1)
    for i0, j0 in _corners(instance, block):
        left, right = lefts[:, i0 : i0 + block, None], rights[:, None, j0 : j0 + block]
        values = step(left[0], right[0]).astype(dtype, copy=False)
        for place in range(1, len(left)):
            values += step(left[place], right[place])
        yield i0, j0, values


def similarity_keys(measure: Measure, k: Array, a: Array, b: Array) -> Array:
    """Floats ordered, and equal, exactly as the similarities of rows with k common ones, a and b ones in all.

    The key is the quotient p/q of two whole numbers, rounded once: cosine^2 = k^2 / (a b), which is ordered as cosine
    is; jaccard = k / (a + b - k); dice = 2k / (a + b). Why that is exact: with l <= 4096, 0 <= p <= q <= 2^24, so p, q
    are floats and the division gives the float nearest to p/q. Equal fractions have equal quotients. Of two different
    ones, p/q < p'/q', either p = 0 and the key 0 is below every other; or p'/q' : p/q = p'q : pq' >= 1 + 1/(pq')
    >= 1 + 2^-48, while rounding moves each by a factor within 1 +- 2^-53, so their keys differ in the same direction.
    """
    k = k.astype(np.float64)
    if measure == "cosine":
        p, q = k * k, a * b
    elif measure == "jaccard":
        p, q = k, a + b - k
    else:
        p, q = 2 * k, a + b
    keys: Array = p / q
    return keys


def _coordinates(matrix: npt.NDArray[np.uint8]) -> Array:
    """(n, l) to (l, n)."""
    return np.ascontiguousarray(matrix.T, dtype=np.int64)


def _pack(matrix: npt.NDArray[np.uint8]) -> Array:
    """(n, l) bits to (ceil(l / 64), n) words; the padding bits are 0 in every row and change no count."""
    packed = np.packbits(matrix, axis=1)
    padding = -packed.shape[1] % 8
    words = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, padding)))).view(np.uint64)
    return np.ascontiguousarray(words.T)
