"""Exact integer oracles by exhaustive search over all pairs: the judge every compiled model is held against.

Rows are packed 64 to a word and compared by popcount, in square blocks. Everything is integer arithmetic, so there
is no rounding anywhere. A pair is i < j in one set, or i in `rows` and j in `others`. Both are 0/1 matrices of
shape (n, l) in any form `binary_rows` reads; `rows` may also be an Instance, with its second set if it has one.
Every function raises InputError as `Instance` does, and for an unknown measure or a block below 1; memory is
O(block^2) beside the rows. Definitions: docs/theory.md, section 1.
"""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems.answers import PairAnswer
from proofformer.problems.instances import Instance

Measure = Literal["inner", "hamming"]

# Eight bytes a pair: a block of words of this size stays in a core's second-level cache.
_BLOCK = 256

# Both measures count the bits that are set after this operation on two rows.
_OPERATIONS = {"inner": np.bitwise_and, "hamming": np.bitwise_xor}


def extreme_pair(
    rows: object, others: object = None, *, measure: Measure, largest: bool, block: int = _BLOCK
) -> PairAnswer:
    """The lexicographically smallest pair of least (or largest) inner product or Hamming distance, with that value.

    Stops early once the value cannot be beaten and no later pair is smaller.
    """
    instance = Instance(rows, others)
    best = (instance.dim + 1, -1, -1)
    for i0, j0, costs in _cost_blocks(instance, measure, largest, block):
        if best[0] == 0 and best[1] < i0:
            break
        # argmin takes the first minimum in row-major order: the lexicographically smallest of this block.
        i, j = divmod(int(costs.argmin()), costs.shape[1])
        best = min(best, (int(costs[i, j]), i0 + i, j0 + j))
    cost, i, j = best
    return PairAnswer(pair=(i, j), value=instance.dim - cost if largest else cost)


def orthogonal_pair(rows: object, others: object = None, *, block: int = _BLOCK) -> PairAnswer:
    """The lexicographically smallest pair of inner product 0, with value 0; PairAnswer(None, None) without one."""
    least = extreme_pair(rows, others, measure="inner", largest=False, block=block)
    return least if least.value == 0 else PairAnswer(None, None)


def pair_exists(
    rows: object,
    others: object = None,
    *,
    measure: Measure,
    at_most: int | None = None,
    at_least: int | None = None,
    block: int = _BLOCK,
) -> bool:
    """Whether some pair has a value <= at_most, or >= at_least; stops at the first block that holds such a pair.

    Raises InputError unless exactly one of the two bounds is given.
    """
    instance = Instance(rows, others)
    if at_most is not None and at_least is None:
        limit, largest = at_most, False
    elif at_least is not None and at_most is None:
        limit, largest = instance.dim - at_least, True
    else:
        raise InputError(f"the bounds are at_most={at_most} and at_least={at_least}: pass exactly one of them")
    # What is no pair costs l + 1: a limit that lets it pass lets every pair pass, and there always is one.
    return any(int(costs.min()) <= limit for _, _, costs in _cost_blocks(instance, measure, largest, block))


def profile(rows: object, others: object = None, *, measure: Measure, block: int = _BLOCK) -> dict[int, int]:
    """The number of pairs at each value that occurs, in increasing order of the value."""
    instance = Instance(rows, others)
    counts = np.zeros(instance.dim + 2, dtype=np.int64)
    for _, _, values in _cost_blocks(instance, measure, False, block):
        counts += np.bincount(values.ravel(), minlength=len(counts))
    return {value: int(count) for value, count in enumerate(counts[:-1]) if count}


def _cost_blocks(
    instance: Instance, measure: Measure, largest: bool, block: int
) -> Iterator[tuple[int, int, npt.NDArray[np.unsignedinteger[Any]]]]:
    """(i0, j0, costs) for each block, first by i0: costs[i, j] belongs to the pair (i0 + i, j0 + j).

    The cost is the value, or l minus the value where the largest is sought; what is no pair costs l + 1.
    """
    if measure not in _OPERATIONS:
        raise InputError(f"unknown measure {measure!r}: choose one of {', '.join(_OPERATIONS)}")
    if block < 1:
        raise InputError(f"block is {block}: pass the number of rows of a block, at least 1")
    operation, width = _OPERATIONS[measure], instance.dim
    packed = [_pack(matrix) for matrix in instance.sets]
    one_set, lefts, rights = len(packed) == 1, packed[0], packed[-1]
    dtype = np.min_scalar_type(width + 1)
    for i0 in range(0, lefts.shape[1], block):
        left = lefts[:, i0 : i0 + block, None]
        for j0 in range(i0 if one_set else 0, rights.shape[1], block):
            right = rights[:, None, j0 : j0 + block]
            costs = np.bitwise_count(operation(left[0], right[0])).astype(dtype, copy=False)
            for word in range(1, len(left)):
                costs += np.bitwise_count(operation(left[word], right[word]))
            if largest:
                np.subtract(width, costs, out=costs)
            if one_set and i0 == j0:
                costs[np.tril_indices(len(costs))] = width + 1
            yield i0, j0, costs


def _pack(matrix: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """(n, l) bits to (ceil(l / 64), n) words; the padding bits are 0 in every row and change no count."""
    packed = np.packbits(matrix, axis=1)
    padding = -packed.shape[1] % 8
    words = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, padding)))).view(np.uint64)
    return np.ascontiguousarray(words.T)
