"""Rows for the most and the least similar documents: none is all zero, and norms are of those declared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from proofformer.problems import Problem
from proofformer.verify.instances.rows import Bits, Sets

Norms = npt.NDArray[np.int64]


def of_norms(rng: np.random.Generator, l: int, norms: Sequence[int] | Norms) -> Bits:
    """Shape (len(norms), l): an independent random row of each norm."""
    return (rng.random((len(norms), l)).argsort(1).argsort(1) < np.asarray(norms)[:, None]).astype(np.uint8)


def allowed(asked: Problem) -> Norms:
    """The norms that rows may have, in order."""
    return np.arange(1, asked.dim + 1) if asked.norms is None else np.array(asked.norms)


def fitted(rng: np.random.Generator, rows: Bits, asked: Problem, alike: bool = True) -> Bits:
    """The rows with as few bits changed as give each the nearest norm allowed, or one where it was all zero.

    `alike`: by one order of the coordinates, so that equal rows stay equal and nested ones nested.
    """
    norms, weights = allowed(asked), rows.sum(1, dtype=np.int64)
    nearest = norms[np.abs(weights[:, None] - norms).argmin(1)]
    order = rng.random((1 if alike else len(rows), rows.shape[1]))
    made: Bits = np.less((order - rows).argsort(1).argsort(1), nearest[:, None]).astype(np.uint8)
    return made


def extreme_norms(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """For scores at both ends: every row has the least norm or the largest, 1 and l where none are declared.

    With two documents or more, not all of one set have the same.
    """
    ends = allowed(asked)[[0, -1]]
    return tuple(of_norms(rng, asked.dim, ends[rng.permutation(n) % 2]) for n in sizes)


def uneven(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """For the roles of the sets mixed up: all rows of a set have one norm, and that of the other is drawn apart."""
    return tuple(of_norms(rng, asked.dim, np.full(n, rng.choice(allowed(asked)))) for n in sizes)


def orbit(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Cyclic shifts of one row, all different for n <= l. For ties of equal norms: many, for n near l. One set."""
    (n,), l = sizes, asked.dim
    row = of_norms(rng, l, [int(rng.choice(allowed(asked)))])[0]
    return (np.stack([np.roll(row, int(step)) for step in rng.permutation(max(n, l))[:n]]),)
