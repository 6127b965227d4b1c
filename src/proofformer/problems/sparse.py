"""Sparse matrices of scipy, which is imported by whoever has one and never here."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError

MOST_BYTES = 1 << 31
"""Of the dense array; no more is made of a shape, which takes no room where it stands."""


def is_sparse(X: object) -> bool:
    """Whether X is a matrix or array of scipy.sparse."""
    scipy = sys.modules.get("scipy.sparse")
    return scipy is not None and bool(scipy.issparse(X))


def dense(matrix: Any, name: str) -> npt.NDArray[Any]:
    """All entries. Raises InputError for other than two dimensions, for too many entries and for inconsistent ones."""
    shape = tuple(map(int, matrix.shape))
    size = math.prod(shape) * matrix.dtype.itemsize
    if len(shape) != 2:
        raise InputError(f"{name} has shape {shape}, not two dimensions: pass one row of entries per document")
    if matrix.dtype.kind not in "biuf":
        raise InputError(f"{name} is sparse with entries of type {matrix.dtype}: pass bool, int or float entries")
    if size > MOST_BYTES:
        raise InputError(f"{name} has shape {shape}, {size:,} bytes when dense: pass at most {MOST_BYTES:,}")
    try:
        if hasattr(matrix, "check_format"):
            matrix.check_format(full_check=True)
        entries = matrix.tocoo()
        places = np.ravel_multi_index((entries.row, entries.col), shape)
    except (ValueError, IndexError, TypeError) as error:
        raise InputError(f"{name} is a sparse matrix that contradicts itself ({error}): make it again") from None
    # They would be added up, in a type that may be too small for the sum.
    if len(np.unique(places)) < len(places):
        raise InputError(f"{name} is sparse and has two entries at one place: call its sum_duplicates() first")
    made = np.zeros(shape, matrix.dtype)
    made.flat[places] = entries.data
    return made
