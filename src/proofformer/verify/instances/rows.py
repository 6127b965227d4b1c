"""Rows of bits that serve every problem, and where a pair stands among others."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from proofformer.problems.arrays import Bits as Bits
from proofformer.problems.arrays import Sets as Sets

Generate: TypeAlias = Callable[[np.random.Generator, int, int], Bits]
Place: TypeAlias = Literal["random", "first", "last", "ends"]


def inner_products(rows: Bits | npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """All inner products of binary rows of shape (n, l), exact, shape (n, n)."""
    n, l = rows.shape
    padded = np.zeros((n, -(-l // 64) * 64), np.uint8)
    padded[:, :l] = rows
    products = np.zeros((n, n), np.int32)
    for word in np.packbits(padded, axis=1).view(np.uint64).T:
        products += np.bitwise_count(word[:, None] & word)
    return products


def uniform(rng: np.random.Generator, n: int, l: int, density: float | None = None) -> Bits:
    """Shape (n, l), independent bits of density 1.5/l or as given. For mistakes that need no structure."""
    return (rng.random((n, l)) < (1.5 / l if density is None else density)).astype(np.uint8)


def all_zero(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), only zeros. For empty rows mistaken for START or padding, and for a value |v_j| of 0."""
    return np.zeros((n, l), np.uint8)


def all_one(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), only ones. For the largest scores and for leaked values of the largest weight."""
    return np.ones((n, l), np.uint8)


def extreme_rows(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), random with at least one all-zero and one all-one row. For scores at both range ends."""
    rows = uniform(rng, n, l, rng.choice([0.1, 0.5, 0.9]))
    zero, one = int(rng.integers(1, 1 + min(3, n // 2))), int(rng.integers(1, 1 + min(3, n // 2)))
    chosen = rng.permutation(n)
    rows[chosen[:zero]] = 0
    rows[chosen[zero : zero + one]] = 1
    return rows


def one_hot(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), rows of weight one, each coordinate n/l times (rounded up or down).

    For ties between all keys at once: distances are 0 and 2 only, inner products 0 and 1 only.
    """
    rows = np.zeros((n, l), np.uint8)
    rows[np.arange(n), rng.permutation(l)[rng.permutation(n) % l]] = 1
    return rows


def duplicates(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), at most max(1, min(8, n // 3)) distinct rows. For values averaged over tied keys."""
    distinct = uniform(rng, int(rng.integers(1, 1 + max(1, min(8, n // 3)))), l, rng.choice([0.1, 0.5, 0.9]))
    return distinct[rng.permutation(n) % len(distinct)]


def nested(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), supports that form a chain under inclusion; by size up, down, or in random order.

    For inner products that grow with the key's norm while the distance does not: similarity without `|b|`.
    """
    lengths = rng.integers(0, l + 1, n)
    order = rng.choice(["up", "down", "random"])
    if order != "random":
        lengths = np.sort(lengths)[:: 1 if order == "up" else -1]
    return (rng.permutation(l) < lengths[:, None]).astype(np.uint8)


def disjoint(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), each coordinate in exactly one row. For self-attention: only `<v_i, v_i>` is positive."""
    rows = np.zeros((n, l), np.uint8)
    rows[rng.integers(0, n, l), np.arange(l)] = 1
    return rows


def subsets(rng: np.random.Generator, n: int, l: int, size: int) -> Bits:
    """Shape (n, l), independent random rows of weight `size`."""
    return (rng.random((n, l)).argsort(axis=1) < size).astype(np.uint8)


def disguise(rng: np.random.Generator, rows: Bits) -> Bits:
    """An isometry of the cube: coordinates permuted and some, none or all of them complemented."""
    mask = uniform(rng, 1, rows.shape[1], rng.choice([0.0, 0.5, 1.0]))
    return rng.permutation(rows, axis=1) ^ mask


def positions(rng: np.random.Generator, n: int, where: Place) -> tuple[int, int]:
    if where == "random":
        i, j = np.sort(rng.choice(n, 2, replace=False))
        return int(i), int(j)
    return {"first": (0, 1), "last": (n - 2, n - 1), "ends": (0, n - 1)}[where]


def moved(rng: np.random.Generator, rows: Bits, chosen: Sequence[int], to: Sequence[int]) -> Bits:
    """The chosen rows at the places, the others in any order."""
    order, free = np.empty(len(rows), np.int64), np.ones(len(rows), bool)
    free[to] = False
    order[to] = chosen
    order[free] = rng.permutation(np.setdiff1d(np.arange(len(rows)), chosen))
    return rows[order]


def put_first_pair(rng: np.random.Generator, rows: Bits, where: Place) -> Bits:
    """Rows 0 and 1, in either order, at the place asked for, the others in any order."""
    return moved(rng, rows, (0, 1), rng.permutation(positions(rng, len(rows), where)).tolist())


def placed(rng: np.random.Generator, sets: Sets, where: Place) -> Sets:
    """The pair in front of one set or of two at the place asked for, the others in any order."""
    if len(sets) == 1:
        return (put_first_pair(rng, sets[0], where),)
    a, b = (len(rows) - 1 for rows in sets)
    places = {"first": (0, 0), "last": (a, b), "ends": ((0, b), (a, 0))[int(rng.integers(2))]}
    at = places.get(where, (int(rng.integers(a + 1)), int(rng.integers(b + 1))))
    return tuple(moved(rng, rows, [0], [to]) for rows, to in zip(sets, at, strict=True))


def shuffled(rng: np.random.Generator, sets: Sets) -> Sets:
    """Each set in any order."""
    return tuple(rng.permutation(rows, axis=0) for rows in sets)
