"""Values of all pairs of an instance, straight from the definitions."""

import numpy as np

from proofformer.problems.kinds import Kind
from proofformer.verify.instances import Bits, Sets

FAR = 1000


def products(rows: Bits, others: Bits | None = None) -> np.ndarray:
    """Inner products, shape (a, b); of one set shape (n, n), with FAR on the diagonal."""
    x = rows.astype(np.float64)
    return _paired(x @ (x if others is None else others.astype(np.float64)).T, others)


def distances(rows: Bits, others: Bits | None = None) -> np.ndarray:
    """Counts of differing coordinates, shape (a, b); of one set shape (n, n), with FAR on the diagonal."""
    x = rows.astype(np.float64)
    y = x if others is None else others.astype(np.float64)
    return _paired(x @ (1 - y).T + (1 - x) @ y.T, others)


def _paired(matrix: np.ndarray, others: Bits | None) -> np.ndarray:
    if others is None:
        np.fill_diagonal(matrix, FAR)
    return matrix


def losses(kind: Kind, sets: Sets) -> np.ndarray:
    """The less the better: values, or l minus values, with FAR where there is no pair."""
    matrix = products(*sets) if kind.measure == "inner" else distances(*sets)
    return np.where(matrix == FAR, FAR, sets[0].shape[1] - matrix) if kind.largest else matrix


def pairs_at(matrix: np.ndarray, value: float, one_set: bool = True) -> list[tuple[int, int]]:
    """The pairs (i < j in one set) with this value, in lexicographic order."""
    hit = matrix == value
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(hit, 1) if one_set else hit)]
