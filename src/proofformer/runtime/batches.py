"""Many instances at once: what is a batch of them, and how many are answered together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from proofformer.problems.instances import Instance

MOST_PAIRS = 1 << 22
"""Pairs of documents of a batch that is answered at once."""


def is_batch(A: Any) -> bool:
    """Whether it has an axis more than an instance: an array (batch, n, l), a list of arrays or of lists of rows."""
    if isinstance(A, list | tuple):
        return bool(A) and _is_matrix(A[0])
    return getattr(A, "ndim", None) == 3


def _is_matrix(A: Any) -> bool:
    if isinstance(A, list | tuple):
        return bool(A) and (isinstance(A[0], list | tuple) or getattr(A[0], "ndim", None) == 1)
    return getattr(A, "ndim", None) == 2


def shares(instances: Sequence[Instance], max_n: int) -> Iterator[list[Instance]]:
    """The instances in order, as many at a time as have few pairs when padded, and no more than max_n rows each."""
    some: list[Instance] = []
    for instance in instances:
        rows = sum(map(max, zip(*([len(matrix) for matrix in x.sets] for x in (*some, instance)), strict=True)))
        if some and (rows > max_n or (len(some) + 1) * rows**2 > MOST_PAIRS):
            yield some
            some = []
        some.append(instance)
    if some:
        yield some
