"""Values of all pairs of an instance, straight from the definitions."""

from fractions import Fraction

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances import Bits, Sets

FAR = 10**6


def literal(measure: object, x: list[int], y: list[int]) -> Fraction:
    """The value of two rows; squared for the cosine."""
    k, a, b = sum(p * q for p, q in zip(x, y, strict=True)), sum(x), sum(y)
    differences = [abs(p - q) for p, q in zip(x, y, strict=True)]
    if measure in ("cosine", "jaccard", "dice"):
        parts = {"cosine": (k * k, a * b), "jaccard": (k, a + b - k), "dice": (2 * k, a + b)}
        return Fraction(*parts[str(measure)])
    return Fraction(k if measure == "inner" else sum(d * d if measure == "sqeuclidean" else d for d in differences))


def products(rows: Bits, others: Bits | None = None) -> np.ndarray:
    """Inner products, shape (a, b); of one set shape (n, n), with FAR on the diagonal."""
    x = rows.astype(np.int64)
    return paired(x @ (x if others is None else others.astype(np.int64)).T, others is None)


def distances(rows: Bits, others: Bits | None = None) -> np.ndarray:
    """Counts of differing coordinates, shape (a, b); of one set shape (n, n), with FAR on the diagonal."""
    x = rows.astype(np.int64)
    y = x if others is None else others.astype(np.int64)
    return paired(x @ (1 - y).T + (1 - x) @ y.T, others is None)


def paired(matrix: np.ndarray, one_set: bool) -> np.ndarray:
    if one_set:
        np.fill_diagonal(matrix, FAR)
    return matrix


def losses(asked: Problem, sets: Sets) -> np.ndarray:
    """The less the better, for bits: values, or l minus values, with FAR where there is no pair."""
    matrix = products(*sets) if asked.kind.measure == "inner" else distances(*sets)
    return np.where(matrix == FAR, FAR, asked.dim - matrix) if asked.kind.largest else matrix


def pairs_at(matrix: np.ndarray, value: float, one_set: bool = True) -> list[tuple[int, int]]:
    """The pairs (i < j in one set) with this value, in lexicographic order."""
    hit = matrix == value
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(hit, 1) if one_set else hit)]


def places(where: str, sizes: tuple[int, ...]) -> set[tuple[int, int]]:
    """The pairs that are meant by a place."""
    i, j = sizes[0] - 1, sizes[-1] - 1
    if len(sizes) == 1:
        return {{"first": (0, 1), "last": (j - 1, j), "ends": (0, j)}[where]}
    return {"first": {(0, 0)}, "last": {(i, j)}, "ends": {(0, j), (i, 0)}}[where]
