"""The values that a pair can have, in order, as exact keys; and pairs of rows that have a value asked for.

A step is from one value to the next that some pair of rows has. A key is a number that orders the values exactly: an
integer, or the float64 quotient of two integers. Division rounds correctly, so equal fractions have equal quotients,
and different ones, which for l <= 4096 are at least 2^-48 apart, have different ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.problems.kinds import GRID_MEASURES, Measure
from proofformer.problems.numbers import Exact, square_root
from proofformer.verify.instances.rows import Bits

Keys = npt.NDArray[Any]
Shapes = npt.NDArray[np.int64]
Ranks = npt.NDArray[np.int64]

# Every norm of rows of up to so many bits is enumerated, and of longer ones a few; and sums of squares of as many
# columns as take so many operations.
MOST_NORMS = 128
FEW_NORMS = 32
MOST_WORK = 10**10


class Scale(ABC):
    """The distinct values in ascending order; a rank is an index into them.

    A shape is what a pair of rows of some value looks like: `shapes` has one a row, `pairs` makes rows of them.
    """

    l: int
    keys: Keys

    @abstractmethod
    def table(self, A: Bits, B: Bits | None = None) -> Keys:
        """The keys of all pairs, shape (a, b); of one set (a, a), where only those of i < j count."""

    @abstractmethod
    def value(self, rank: int) -> Exact:
        """The value at a rank, exact."""

    @abstractmethod
    def shapes(self, rng: np.random.Generator, rank: int) -> Shapes:
        """Shapes of pairs at this rank, one a row."""

    @abstractmethod
    def pairs(self, rng: np.random.Generator, shapes: Shapes, count: int, rows: Bits) -> tuple[Bits, Bits]:
        """`count` pairs of rows, each of one of the shapes; in places that have to do with the `rows` there are."""

    def rival(self, shapes: Shapes) -> Keys:
        """What a mistaken measure says of each shape: the inner product, or the other distance."""
        return shapes[:, 0]

    @property
    def size(self) -> int:
        return len(self.keys)

    def ranks(self, table: Keys) -> Ranks:
        """The rank of each key: the key itself where every whole number is one."""
        if self.size == self.keys[-1] + 1:
            return table.astype(np.int64)
        return np.searchsorted(self.keys, table).astype(np.int64)

    def pair(self, rng: np.random.Generator, rank: int) -> tuple[Bits, Bits]:
        """Two rows at this rank, each of shape (1, l)."""
        return self.pairs(rng, self.shapes(rng, rank), 1, np.zeros((0, self.l), np.uint8))

    def better(self, key: float | None, largest: bool) -> range:
        """The ranks better than a key, the nearest first; all of them for None, the worst first."""
        if largest:
            return range(0 if key is None else int(np.searchsorted(self.keys, key, "right")), self.size)
        return range((self.size if key is None else int(np.searchsorted(self.keys, key))) - 1, -1, -1)

    def cut(self, threshold: Exact, largest: bool) -> int:
        """The worst rank that meets a threshold; one beyond the best rank if none does."""
        if largest:
            return bisect_left(range(self.size), True, key=lambda rank: self.value(rank) >= threshold)
        return bisect_right(range(self.size), False, key=lambda rank: self.value(rank) > threshold) - 1


class Products(Scale):
    """Inner products of rows of l bits; a shape is (k,)."""

    def __init__(self, l: int) -> None:
        self.l, self.keys = l, np.arange(l + 1)

    def table(self, A: Bits, B: Bits | None = None) -> Keys:
        return A.astype(np.float64) @ (A if B is None else B).T.astype(np.float64)

    def value(self, rank: int) -> Exact:
        return rank

    def shapes(self, rng: np.random.Generator, rank: int) -> Shapes:
        return np.array([[rank]])

    def pairs(self, rng: np.random.Generator, shapes: Shapes, count: int, rows: Bits) -> tuple[Bits, Bits]:
        # Columns in which both (3), neither (0), or one of the rows has a one.
        states, (k,) = np.zeros((count, self.l), np.uint8), shapes[0]
        for pair in states:
            share = rng.dirichlet((1, 1, 1)) if rng.random() < 0.5 else np.eye(3)[rng.integers(3)]
            pair[:] = rng.permutation(np.concatenate((np.full(k, 3), rng.choice(3, self.l - k, p=share))))
        return states & np.uint8(1), states >> np.uint8(1)


class Similarities(Scale):
    """Cosine, Jaccard or Dice of rows of l bits with the norms given; shapes are (k, |a|, |b|) with |a| <= |b|.

    Raises ValueError for norms outside 1..l.
    """

    def __init__(self, measure: Measure, l: int, norms: Iterable[int] | None) -> None:
        self.measure, self.l = measure, l
        declared = range(1, l + 1) if norms is None else sorted(set(norms))
        if not declared or declared[0] < 1 or declared[-1] > l:
            raise ValueError(f"norms {list(declared)}: within 1 to {l}")
        few = np.unique(np.linspace(0, len(declared) - 1, MOST_NORMS if l <= MOST_NORMS else FEW_NORMS).astype(int))
        self.norms = np.array(declared, np.int64)[few]
        a, b = (self.norms[side] for side in np.triu_indices(len(self.norms)))
        least = np.maximum(0, a + b - l)
        count = a - least + 1
        k = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count) + np.repeat(least, count)
        triples = np.stack((k, np.repeat(a, count), np.repeat(b, count)), 1)
        keys = self._key(*triples.T)
        order = keys.argsort(kind="stable")
        self._triples = triples[order]
        self.keys, self._starts = np.unique(keys[order], return_index=True)

    def _key(self, k: Keys, a: Keys, b: Keys) -> Keys:
        if self.measure == "cosine":
            return np.asarray(k * k / (a * b))
        return np.asarray(k / (a + b - k) if self.measure == "jaccard" else 2 * k / (a + b))

    def table(self, A: Bits, B: Bits | None = None) -> Keys:
        B = A if B is None else B
        k = A.astype(np.float64) @ B.T.astype(np.float64)
        return self._key(k, A.sum(1, dtype=np.float64)[:, None], B.sum(1, dtype=np.float64))

    def value(self, rank: int) -> Exact:
        k, a, b = (int(number) for number in self._triples[self._starts[rank]])
        if self.measure == "cosine":
            return square_root(Fraction(k * k, a * b))
        value = Fraction(k, a + b - k) if self.measure == "jaccard" else Fraction(2 * k, a + b)
        return int(value) if value.denominator == 1 else value

    def triples(self, rank: int) -> Shapes:
        """All shapes at this rank."""
        end = self._starts[rank + 1] if rank + 1 < self.size else len(self._triples)
        return self._triples[self._starts[rank] : end]

    def shapes(self, rng: np.random.Generator, rank: int) -> Shapes:
        return rng.permutation(self.triples(rank), axis=0)

    def pairs(self, rng: np.random.Generator, shapes: Shapes, count: int, rows: Bits) -> tuple[Bits, Bits]:
        k, a, b = shapes[rng.integers(0, len(shapes), count)].T[:, :, None]
        swap = rng.random((count, 1)) < 0.5
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        usual = rows.mean(0) if len(rows) else np.zeros(self.l)
        # The ones where the other rows have few, or many, or anywhere: similar to few rows, or to all.
        leaning = rng.choice([-1.0, 1.0], (count, 1)) * usual
        order = leaning + rng.choice([0.01, 0.3, 1.0, 100.0], (count, 1)) * rng.random((count, self.l))
        position = order.argsort(1).argsort(1)
        x = position < a
        y = (position < k) | ((position >= a) & (position < a + b - k))
        return x.astype(np.uint8), y.astype(np.uint8)


class Distances(Scale):
    """Squared Euclidean or cityblock distances of rows of l entries 0..levels; shapes are absolute differences.

    Squared Euclidean distances of so many large entries that enumerating them takes long are those of pairs that
    differ in a few columns.
    """

    def __init__(self, measure: Measure, l: int, levels: int) -> None:
        self.measure, self.l, self.levels = measure, l, levels
        self._each = [step * step if measure == "sqeuclidean" else step for step in range(levels + 1)]
        self._columns = l
        if measure != "sqeuclidean":
            self.keys = np.arange(levels * l + 1)
            return
        # Bit v of _reach[d] tells whether the differences of d columns can add up to v.
        self._reach = [1]
        for width in range(1, l + 1):
            if width > 1 and self._each[-1] * width**2 * levels > MOST_WORK:
                self._columns = width - 1
                break
            reach = 0
            for each in self._each:
                reach |= self._reach[-1] << each
            self._reach.append(reach)
        bits = np.frombuffer(self._reach[-1].to_bytes(self._reach[-1].bit_length() // 8 + 1, "little"), np.uint8)
        self.keys = np.flatnonzero(np.unpackbits(bits, bitorder="little"))

    def _reaches(self, columns: int, value: int) -> bool:
        """Whether the differences of so many columns can add up to a value from 0."""
        if self.measure == "sqeuclidean":
            return bool(self._reach[columns] >> value & 1)
        return value <= columns * self.levels

    def table(self, A: Bits, B: Bits | None = None) -> Keys:
        return self._distances(A, A if B is None else B, self.measure)

    def _distances(self, A: Bits, B: Bits, measure: Measure) -> Keys:
        a, b = A.astype(np.float64), B.astype(np.float64)
        if measure == "sqeuclidean":
            return np.asarray(((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * (a @ b.T)).astype(np.int64))
        # The smaller of two entries counts the levels that both reach.
        low = np.zeros((len(A), len(B)))
        for level in range(1, int(min(A.max(initial=0), B.max(initial=0))) + 1):
            low += np.greater_equal(A, level).astype(np.float64) @ np.greater_equal(B, level).T.astype(np.float64)
        return np.asarray((a.sum(1)[:, None] + b.sum(1) - 2 * low).astype(np.int64))

    def value(self, rank: int) -> Exact:
        return int(self.keys[rank])

    def shapes(self, rng: np.random.Generator, rank: int) -> Shapes:
        made = np.zeros((4, self.l), np.int64)
        for shape in made:
            left, even = int(self.keys[rank]), rng.random() < 0.5
            for column in range(self._columns):
                rest = self._columns - 1 - column
                steps = [
                    step for step, each in enumerate(self._each) if each <= left and self._reaches(rest, left - each)
                ]
                if even:
                    steps = sorted(steps, key=lambda step: abs(self._each[step] * (rest + 1) - left))[:2]
                shape[column] = steps[int(rng.integers(len(steps)))]
                left -= self._each[shape[column]]
            rng.shuffle(shape)
        return made

    def pairs(self, rng: np.random.Generator, shapes: Shapes, count: int, rows: Bits) -> tuple[Bits, Bits]:
        difference = shapes[rng.integers(0, len(shapes), count)]
        # Anywhere, in the corners, in the middle, or around one of the rows.
        at = rng.random((4, count, self.l))
        at[1] = at[1] < 0.5
        at[2] = 0.5
        if len(rows):
            at[3] = rows[rng.integers(0, len(rows), count)] / self.levels
        x = np.rint((self.levels - difference) * at[rng.integers(0, 4, count), np.arange(count)]).astype(np.int64)
        turned = rng.random(x.shape) < 0.5
        y = x + difference
        return np.where(turned, y, x).astype(np.uint8), np.where(turned, x, y).astype(np.uint8)

    def rival(self, shapes: Shapes) -> Keys:
        other: Measure = "cityblock" if self.measure == "sqeuclidean" else "sqeuclidean"
        zeros = np.zeros((1, self.l), np.uint8)
        return self._distances(shapes.astype(np.uint8), zeros, other)[:, 0]


@lru_cache(maxsize=32)
def scale_of(measure: Measure, l: int, levels: int = 1, norms: tuple[int, ...] | None = None) -> Scale:
    """The scale of a measure on rows of l entries 0..levels, for a similarity with the norms declared or any."""
    if measure == "inner":
        return Products(l)
    if measure in ("hamming", *GRID_MEASURES):
        return Distances("sqeuclidean" if measure == "sqeuclidean" else "cityblock", l, levels)
    return Similarities(measure, l, norms)
