"""Exact integer oracles by exhaustive search over all pairs: the judge every compiled model is held against.

Rows are packed 64 to a word and compared by popcount, in square blocks over the upper triangle. Everything is
integer arithmetic, so there is no rounding anywhere. `rows` is always an (n, l) matrix of 0/1 entries in any
form `binary_rows` reads; every function raises InputError as `binary_rows` does. Definitions:
docs/theory.md, section 1.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.problems.answers import PairAnswer
from proofformer.problems.instances import binary_rows

_Words = npt.NDArray[np.uint64]

# Eight bytes a pair: a block of words of this size stays in a core's second-level cache.
_BLOCK = 256


def closest_pair(rows: object, *, block: int = _BLOCK) -> PairAnswer:
    """The lexicographically smallest pair i < j at minimal Hamming distance, with that distance.

    Memory is O(block^2) beside the packed rows. Stops early once no later pair can be smaller.
    """
    matrix = binary_rows(rows)
    best = (matrix.shape[1] + 1, -1, -1)
    for i0, j0, distances in _distance_blocks(matrix, block):
        if best[0] == 0 and best[1] < i0:
            break
        # argmin takes the first minimum in row-major order: the lexicographically smallest of this block.
        i, j = divmod(int(distances.argmin()), distances.shape[1])
        best = min(best, (int(distances[i, j]), i0 + i, j0 + j))
    distance, i, j = best
    return PairAnswer(pair=(i, j), value=distance)


def count_closest(rows: object, *, block: int = _BLOCK) -> int:
    """The number of pairs i < j whose Hamming distance is the minimum."""
    return next(iter(distance_profile(rows, block=block).values()))


def distance_profile(rows: object, *, block: int = _BLOCK) -> dict[int, int]:
    """The number of pairs i < j at each Hamming distance that occurs, in increasing order of distance."""
    matrix = binary_rows(rows)
    width = matrix.shape[1]
    counts = np.zeros(width + 2, dtype=np.int64)
    for _, _, distances in _distance_blocks(matrix, block):
        counts += np.bincount(distances.ravel(), minlength=width + 2)
    return {distance: int(count) for distance, count in enumerate(counts[: width + 1]) if count}


def orthogonal_pair_exists(rows: object, *, block: int = _BLOCK) -> bool:
    """Whether two different rows have inner product 0; stops at the first block that holds such a pair."""
    words = _pack(binary_rows(rows))
    # Only a zero row is orthogonal to itself, and it is so to all others too: no block needs a mask.
    for i0, j0 in _corners(len(words), block):
        left, right = words[i0 : i0 + block, None], words[None, j0 : j0 + block]
        common = left[..., 0] & right[..., 0]
        for word in range(1, words.shape[1]):
            common |= left[..., word] & right[..., word]
        if not common.all():
            return True
    return False


def _distance_blocks(
    matrix: npt.NDArray[np.uint8], block: int
) -> Iterator[tuple[int, int, npt.NDArray[np.unsignedinteger[Any]]]]:
    """(i0, j0, distances) for each block, first by i0; entries that are no pair i < j read l + 1."""
    words, width = _pack(matrix), matrix.shape[1]
    dtype = np.min_scalar_type(width + 1)
    for i0, j0 in _corners(len(words), block):
        left, right = words[i0 : i0 + block, None], words[None, j0 : j0 + block]
        distances = np.bitwise_count(left[..., 0] ^ right[..., 0]).astype(dtype, copy=False)
        for word in range(1, words.shape[1]):
            distances += np.bitwise_count(left[..., word] ^ right[..., word])
        if i0 == j0:
            distances[np.tril_indices(len(distances))] = width + 1
        yield i0, j0, distances


def _corners(n: int, block: int) -> Iterator[tuple[int, int]]:
    for i0 in range(0, n, block):
        for j0 in range(i0, n, block):
            yield i0, j0


def _pack(matrix: npt.NDArray[np.uint8]) -> _Words:
    """(n, l) bits to (n, ceil(l / 64)) words; the padding bits are 0 in every row and change no count."""
    packed = np.packbits(matrix, axis=1)
    padding = -packed.shape[1] % 8
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, padding)))).view(np.uint64)
